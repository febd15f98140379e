//! Starting a flow: the address of Connect, and the service that sends browsers there.

pub(crate) mod begin_connect;
pub(crate) mod connect_url;
mod cross_origin;
pub(crate) mod future;
#[cfg(feature = "tracing")]
mod host;
pub(crate) mod invalid;
mod optional;
mod origin;
mod parameters;
mod settings;

//! Starting flows: `ConnectUrl`, the address of Connect, and `BeginConnect`, the service that sends
//! browsers there.

mod address;
#[path = "../browser/mod.rs"]
mod browser;
mod cross_origin;
mod failures;
mod invalid_address;
#[cfg(feature = "tracing")]
#[path = "../support/log.rs"]
mod log;
mod origins;
mod read_back;
mod redirect_uris;
mod responses;
mod servers;
mod service;
mod stored_state;
mod threads;

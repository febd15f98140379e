//! Starting a flow: the address of Connect, and the service that sends browsers there.
//!
//! [`StartConnect`](crate::StartConnect) is the service, [`ConnectUrl`](crate::ConnectUrl) the
//! address, and [`Flow`](crate::Flow) one flow of one owner, which also starts in a route of your
//! own. [The guide](crate::guide::starting_a_flow) has what can go wrong in a browser.

mod choose_flow;
mod client;
pub(crate) mod connect_url;
pub(crate) mod flow;
mod future;
#[cfg(feature = "tracing")]
mod host;
mod login;
mod response;
pub(crate) mod start_connect;

pub use self::choose_flow::{ChooseFlow, SameFlow};
pub use self::connect_url::InvalidConnectUrl;
pub use self::flow::{StartedFlow, StartingFlow};
pub use self::future::StartFuture;
pub use self::login::LoginRequired;

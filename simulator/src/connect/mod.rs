//! The requests with which apps send browsers to Connect.

mod endpoint;
mod invalid;
mod parameters;
mod registration;
mod request;

pub(crate) use self::endpoint::{ENDPOINTS, Effect, SIMULATED_OUTCOME};
pub use self::invalid::InvalidAuthorizeRequest;
pub(crate) use self::parameters::MAX_QUERY_BYTES;
pub use self::registration::InvalidRedirectUri;
pub(crate) use self::registration::{Registration, is_loopback};
pub use self::request::AuthorizeRequest;

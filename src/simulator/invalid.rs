//! What an authorize request is that Connect cannot answer with a redirect.

use std::error::Error;
use std::fmt;

/// A request to Connect that nothing can be redirected for.
///
/// It is a mistake of the app, or a forged link. The browser stays on an error page, because a redirect to an address
/// that is not trusted would make an open redirector ([RFC 6749, section 4.1.2.1]), and because the codes of Connect
/// have none for a request that it cannot read.
///
/// It carries nothing of the request, so it can be logged and shown.
///
/// ```
/// use http::Uri;
/// use tower_smartcar_connect::simulator::{InvalidAuthorizeRequest, Simulator};
///
/// let simulator = Simulator::new("client-1", "http://localhost:8000/callback")?;
/// let uri = Uri::from_static("/oauth/authorize?response_type=code&client_id=client-1&redirect_uri=http://evil.example");
/// let invalid = simulator.authorize(&uri).unwrap_err();
/// assert_eq!(invalid, InvalidAuthorizeRequest::UnregisteredRedirectUri);
/// # Ok::<_, tower_smartcar_connect::InvalidRedirectUri>(())
/// ```
///
/// [RFC 6749, section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidAuthorizeRequest {
    /// The query is longer than 8192 bytes, and was not read. The page of the [`Simulator`](super::Simulator) needs
    /// room for the name of an outcome among them.
    QueryTooLong,
    /// This parameter is given more than once, or both as `client_id` and as `application_id`.
    DuplicateParameter(&'static str),
    /// This parameter is missing, or has no value.
    MissingParameter(&'static str),
    /// This parameter has a value that Smartcar does not document.
    UnsupportedValue(&'static str),
    /// The `client_id` is not that of the simulator.
    UnknownClient,
    /// The `redirect_uri` is not, to the letter, one of those that are registered.
    UnregisteredRedirectUri,
}

impl fmt::Display for InvalidAuthorizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueryTooLong => {
                f.write_str("the query has more than 8192 bytes, or no room for an outcome among them")
            }
            Self::DuplicateParameter(name) => write!(f, "the parameter `{name}` is given more than once"),
            Self::MissingParameter(name) => write!(f, "the parameter `{name}` is missing or empty"),
            Self::UnsupportedValue(name) => write!(f, "the parameter `{name}` has a value that is not documented"),
            Self::UnknownClient => f.write_str("the `client_id` is not the one of this simulator"),
            Self::UnregisteredRedirectUri => {
                f.write_str("the `redirect_uri` is not, to the letter, one that is registered with this simulator")
            }
        }
    }
}

impl Error for InvalidAuthorizeRequest {}

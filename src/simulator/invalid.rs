//! Authorize requests that Connect does not answer with a redirect.

use std::error::Error;
use std::fmt;

/// An authorize request that Connect does not answer with a redirect.
///
/// It is a mistake of the app, or a forged link. The browser stays on an error page, because a
/// redirect to an untrusted address would be an open redirect ([RFC 6749, section 4.1.2.1]), and
/// because Connect has no error code for a malformed request.
///
/// It has no text from the request, so you can log and show it.
///
/// ```
/// use http::Uri;
/// use tower_smartcar_connect::simulator::{InvalidAuthorizeRequest, Simulator};
///
/// let simulator = Simulator::new("client-1", ["http://localhost:8000/callback"])?;
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
    /// The query is longer than 8192 bytes and was not read, or the links of the page, which add
    /// the name of an outcome to it, would be longer.
    QueryTooLong,
    /// This parameter appears more than once, or once as `client_id` and once as `application_id`.
    DuplicateParameter(&'static str),
    /// This parameter is missing or empty.
    MissingParameter(&'static str),
    /// This parameter has a value that Smartcar does not document.
    UnsupportedValue(&'static str),
    /// The `client_id` is not that of the simulator.
    UnknownClient,
    /// The `redirect_uri` is not exactly one of the registered ones.
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

//! Authorize requests that the simulator rejects.

use std::error::Error;
use std::fmt;

/// An authorize request that the simulator rejects, as Connect would.
///
/// It is a mistake in your app, or a forged link. The browser stays on an error page, because a
/// redirect to an address that is not registered would be an open redirect ([RFC 6749, section
/// 4.1.2.1]).
///
/// It contains no text from the request, so you can log and show it.
///
/// ```
/// use http::Uri;
/// use smartcar_connect_simulator::{InvalidAuthorizeRequest, Simulator};
///
/// let simulator = Simulator::new("app-1", ["http://localhost:8000/callback"])?;
/// let uri = Uri::from_static("/oauth/authorize?application_id=app-1");
/// let invalid = simulator.authorize(&uri).unwrap_err();
/// assert_eq!(invalid, InvalidAuthorizeRequest::MissingParameter("response_type"));
/// assert_eq!(invalid.to_string(), "the parameter `response_type` is missing or empty");
/// # Ok::<_, smartcar_connect_simulator::InvalidRedirectUri>(())
/// ```
///
/// [RFC 6749, section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidAuthorizeRequest {
    /// The path does not end with a path of Connect.
    UnknownPath,
    /// The query has more than 8192 bytes, or no room for the name of an outcome within them.
    QueryTooLong,
    /// This parameter appears more than once, or under both names of the application id.
    DuplicateParameter(&'static str),
    /// This parameter is missing or empty.
    MissingParameter(&'static str),
    /// This parameter has a value that Smartcar does not document for this path.
    UnsupportedValue {
        /// The name of the parameter.
        parameter: &'static str,
        /// The values that it may have.
        documented: &'static [&'static str],
    },
    /// The application id is not the one of the simulator.
    UnknownApplication,
    /// The `redirect_uri` is not exactly one of the registered ones.
    UnregisteredRedirectUri,
    /// The `simulated_outcome` is not the name of an outcome.
    UnknownOutcome,
}

impl fmt::Display for InvalidAuthorizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPath => {
                f.write_str("the path is not one of Connect; use ")?;
                f.write_str("`/oauth/authorize`, `/oauth/reauthenticate` or `/battery-capacity`")
            }
            Self::QueryTooLong => f.write_str(
                "the query has more than 8192 bytes, or no room for the name of an outcome within them",
            ),
            Self::DuplicateParameter(name) => {
                write!(f, "the parameter `{name}` appears more than once")
            }
            Self::MissingParameter(name) => {
                write!(f, "the parameter `{name}` is missing or empty")
            }
            Self::UnsupportedValue {
                parameter,
                documented,
            } => {
                write!(
                    f,
                    "the parameter `{parameter}` has a value that is not documented for this path; use "
                )?;
                list(f, documented.iter().copied())
            }
            Self::UnknownApplication => {
                f.write_str("the `application_id` is not the one of this simulator")
            }
            Self::UnregisteredRedirectUri => f.write_str(
                "the `redirect_uri` is not exactly one that is registered with this simulator",
            ),
            Self::UnknownOutcome => {
                f.write_str("the `simulated_outcome` is not the name of an outcome")
            }
        }
    }
}

impl Error for InvalidAuthorizeRequest {}

/// Writes "`a`, `b` or `c`".
fn list(
    f: &mut fmt::Formatter<'_>,
    names: impl ExactSizeIterator<Item = &'static str>,
) -> fmt::Result {
    let last = names.len().saturating_sub(1);
    for (index, name) in names.enumerate() {
        let separator = match index {
            0 => "",
            _ if index == last => " or ",
            _ => ", ",
        };
        write!(f, "{separator}`{name}`")?;
    }
    Ok(())
}

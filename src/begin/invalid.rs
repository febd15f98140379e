//! Why a [`ConnectUrl`](crate::ConnectUrl) was rejected.

use std::error::Error;
use std::fmt;

use crate::redirect_uri::InvalidRedirectUri;

/// Why a [`ConnectUrl`](crate::ConnectUrl) was rejected.
///
/// It is a mistake in your app's configuration. Connect would show a page of its own, and your app
/// would get no callback. The message says what to change.
///
/// ```
/// use tower_smartcar_connect::ConnectUrl;
///
/// let result = ConnectUrl::new("client_01HXYZ", "https://example.com/callback");
/// assert!(result.unwrap_err().to_string().contains("API credential"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidConnectUrl {
    /// The application id is the id of an API credential.
    CredentialId,
    /// No callback can reach this server at the redirect URI. The message is the one of the
    /// [`InvalidRedirectUri`].
    RedirectUri(InvalidRedirectUri),
    /// A value is empty.
    Empty {
        /// The name of the parameter.
        parameter: &'static str,
    },
    /// Connect does not accept the value.
    InvalidValue {
        /// The name of the parameter.
        parameter: &'static str,
        /// Describes the values that Connect accepts.
        expected: &'static str,
    },
    /// A permission or a flag is set twice.
    Duplicate {
        /// The name of the parameter.
        parameter: &'static str,
    },
    /// Two parameters contradict each other.
    Contradiction {
        /// The names of the parameters.
        parameters: (&'static str, &'static str),
    },
    /// The parameter does not exist for a re-authentication.
    NotForReauthentication {
        /// The name of the parameter.
        parameter: &'static str,
    },
    /// The origin is not written as browsers write origins.
    Origin,
    /// The address without its state is longer than 4096 bytes.
    TooLong,
}

impl fmt::Display for InvalidConnectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CredentialId => f.write_str(
                "`application_id` is the id of an API credential (`client_…`); pass the id of the application, a UUID \
                 that the Smartcar dashboard shows",
            ),
            Self::RedirectUri(invalid) => invalid.fmt(f),
            Self::Empty {
                parameter: parameter @ ("application_id" | "vehicle_id"),
            } => write!(f, "`{parameter}` is empty; pass the id"),
            Self::Empty { parameter } => write!(f, "`{parameter}` is empty; pass a value, or leave the call out"),
            Self::InvalidValue { parameter, expected } => {
                write!(
                    f,
                    "`{parameter}` has a value that Connect does not accept; pass {expected}"
                )
            }
            Self::Duplicate { parameter } => write!(f, "`{parameter}` has the same entry twice; remove one"),
            Self::Contradiction {
                parameters: (one, other),
            } => write!(f, "`{one}` and `{other}` contradict each other; set only one of them"),
            Self::NotForReauthentication { parameter } => write!(
                f,
                "`{parameter}` does not exist for a re-authentication; leave the call out, or start a first connection \
                 with `ConnectUrl::new`",
            ),
            Self::Origin => f.write_str(
                "the origin is not one that a browser would send; pass a scheme, a host in lower case and a port unless \
                 it is the default one, such as `http://localhost:4000`, without `/` at the end",
            ),
            Self::TooLong => f.write_str("the address without its state is longer than 4096 bytes; shorten its values"),
        }
    }
}

impl Error for InvalidConnectUrl {}

//! Why an address of Connect was rejected.

use std::error::Error;
use std::fmt;

use crate::redirect_uri::InvalidRedirectUri;

/// Why a [`ConnectUrl`](crate::ConnectUrl) was rejected.
///
/// It is a mistake in your app's configuration, which Connect would answer with a page of its own,
/// so that your app would never hear of it. The message says what to change.
///
/// ```
/// use tower_smartcar_connect::ConnectUrl;
///
/// let invalid = ConnectUrl::new("client_01HXYZ", "https://example.com/callback").unwrap_err();
/// assert!(invalid.to_string().contains("API credential"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidConnectUrl {
    /// The application id is the id of an API credential.
    CredentialId,
    /// The redirect URI can never bring a callback to this server. The message is that of the
    /// [`InvalidRedirectUri`].
    RedirectUri(InvalidRedirectUri),
    /// A value is empty.
    Empty {
        /// The parameter of the value.
        parameter: &'static str,
    },
    /// Connect accepts no such value.
    InvalidValue {
        /// The parameter of the value.
        parameter: &'static str,
        /// What is expected.
        expected: &'static str,
    },
    /// A permission or a flag is given twice.
    Duplicate {
        /// The parameter of the value.
        parameter: &'static str,
    },
    /// Two parameters contradict each other.
    Contradiction {
        /// The two parameters.
        parameters: (&'static str, &'static str),
    },
    /// The parameter does not exist for a re-authentication.
    NotForReauthentication {
        /// The parameter.
        parameter: &'static str,
    },
    /// The origin is not one as browsers write it.
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

//! Why an address of Connect was rejected.

use std::error::Error;
use std::fmt;

use crate::paths::InvalidRedirectUri;

/// Why a [`ConnectUrl`](crate::ConnectUrl) was rejected.
///
/// It is a mistake in your app, or in what your app knows of an owner. Connect would show a page of
/// its own, and no callback would come. The message says what to change, and has no value but a
/// redirect URI.
///
/// In a function that returns a [`Response`](http::Response) in its `Err`, such as that of
/// [`StartConnect::flow`](crate::StartConnect::flow), `?` makes a `500 Internal Server Error` of it.
///
/// ```
/// use tower_smartcar_connect::ConnectUrl;
///
/// let invalid = ConnectUrl::new("client_01HXYZ", "https://example.com/callback");
/// let invalid = invalid.unwrap_err();
/// assert_eq!(invalid.parameter(), "application_id");
/// assert!(invalid.to_string().contains("API credential"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidConnectUrl {
    parameter: &'static str,
    reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    /// What is wrong, and what to change.
    Text(&'static str),
    RedirectUri(InvalidRedirectUri),
}

impl InvalidConnectUrl {
    pub(super) fn new(parameter: &'static str, reason: &'static str) -> Self {
        Self {
            parameter,
            reason: Reason::Text(reason),
        }
    }

    pub(super) fn redirect_uri(invalid: InvalidRedirectUri) -> Self {
        Self {
            parameter: "redirect_uri",
            reason: Reason::RedirectUri(invalid),
        }
    }

    pub(super) fn too_long(parameter: &'static str) -> Self {
        Self::new(
            parameter,
            "makes the address longer than 4096 bytes; shorten it",
        )
    }

    /// Returns the name of the parameter or setting that is wrong, such as `external_id`.
    #[must_use]
    pub fn parameter(&self) -> &'static str {
        self.parameter
    }
}

impl fmt::Display for InvalidConnectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Text(reason) => write!(f, "`{}` {reason}", self.parameter),
            Reason::RedirectUri(invalid) => invalid.fmt(f),
        }
    }
}

impl Error for InvalidConnectUrl {}

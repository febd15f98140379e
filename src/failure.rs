//! A callback without access to a vehicle: an error from Connect, or an invalid callback.

use http::StatusCode;

use crate::error::ConnectError;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::resolution::Resolution;

/// A callback without access to a vehicle: an error from Connect, or an invalid callback.
///
/// The handler of [`on_failure`](crate::ConnectCallbackLayer::on_failure) receives it.
///
/// ```
/// use tower_smartcar_connect::{ConnectFailure, InvalidCallback, InvalidCallbackKind, Resolution};
///
/// let failure = ConnectFailure::Invalid(InvalidCallbackKind::StateExpired.into());
/// assert_eq!(failure.as_str(), "state_expired");
/// assert_eq!(failure.resolution(), Resolution::AskAgain);
/// ```
#[derive(Clone, Debug)]
pub enum ConnectFailure {
    /// Connect reported this error.
    Error(ConnectError),
    /// The callback was rejected.
    Invalid(InvalidCallback),
}

impl ConnectFailure {
    /// Returns the code of the error, such as `oem_cancelled_login`, or the name of the invalid
    /// callback's kind, such as `state_expired`.
    ///
    /// It is one of a fixed set of names, never text from the request. An error that is not
    /// documented is `unknown`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Error(error) => error.code().as_str(),
            Self::Invalid(invalid) => invalid.kind().as_str(),
        }
    }

    /// Returns the next step. After an invalid callback, the owner starts again, or waits if the
    /// server failed.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        match self {
            Self::Error(error) => error.resolution(),
            Self::Invalid(invalid) => match invalid.kind() {
                InvalidCallbackKind::StateStoreUnavailable => Resolution::RetryLater,
                _ => Resolution::AskAgain,
            },
        }
    }

    /// Returns the status of a response to a program, such as the JavaScript of a single-page app.
    ///
    /// For an error, it is [`Resolution::status`]. For an invalid callback, it is
    /// `400 Bad Request`, or `503 Service Unavailable` if the verifier's store does not answer. For
    /// a page in a browser, use [`page_status`](Self::page_status).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Error(error) => error.resolution().status(),
            Self::Invalid(invalid) => invalid.status(),
        }
    }

    /// Returns the status of a page in the owner's browser: `422 Unprocessable Entity` for an error
    /// and `400 Bad Request` for an invalid callback.
    ///
    /// A link can make any browser show such a page, so it must not count as a failure of your
    /// server. Proxies rarely replace the bodies of these two statuses; they do replace those of
    /// 403, 404, 502 and 504.
    #[must_use]
    pub fn page_status(&self) -> StatusCode {
        match self {
            Self::Error(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<ConnectError> for ConnectFailure {
    fn from(error: ConnectError) -> Self {
        Self::Error(error)
    }
}

impl From<InvalidCallback> for ConnectFailure {
    fn from(invalid: InvalidCallback) -> Self {
        Self::Invalid(invalid)
    }
}

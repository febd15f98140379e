//! A callback without access to a vehicle: an error from Connect, or a rejected callback.

use std::error::Error;
use std::fmt;

use http::StatusCode;

use crate::outcome::error::ConnectError;
use crate::outcome::rejected::RejectedCallback;
use crate::outcome::resolution::Resolution;

/// A callback without access to a vehicle: an error from Connect, or a rejected callback.
///
/// The handler of [`on_failure`](crate::ConnectCallbackLayer::on_failure) receives it. There will be
/// no other variant, so a `match` needs no last arm.
///
/// ```
/// use tower_smartcar_connect::{
///     ConnectFailure, RejectedCallback, RejectionReason, Resolution,
/// };
///
/// let failure = ConnectFailure::Rejected(RejectionReason::StateExpired.into());
/// assert_eq!(failure.as_str(), "state_expired");
/// assert_eq!(failure.resolution(), Resolution::AskAgain);
/// ```
#[derive(Clone, Debug)]
pub enum ConnectFailure {
    /// Connect reported this error.
    Error(ConnectError),
    /// The callback was rejected.
    Rejected(RejectedCallback),
}

impl ConnectFailure {
    /// Returns the code of the error, such as `oem_cancelled_login`, or the name of the reason for
    /// the rejection, such as `state_expired`.
    ///
    /// It is one of a fixed set of names, never text from the request. An error that is not
    /// documented is `unknown`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Error(error) => error.code().as_str(),
            Self::Rejected(rejected) => rejected.reason().as_str(),
        }
    }

    /// Returns the next step. After a rejected callback, the owner starts again, or waits if a
    /// server failed.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        match self {
            Self::Error(error) => error.resolution(),
            Self::Rejected(rejected) if rejected.reason().is_unavailable() => {
                Resolution::RetryLater
            }
            Self::Rejected(_) => Resolution::AskAgain,
        }
    }

    /// Returns the status of a response: `422 Unprocessable Entity` for an error and
    /// `400 Bad Request` for a rejected callback, or `503 Service Unavailable` if the store of states
    /// or the confirmation is not available.
    ///
    /// An error is never a `5xx`, because a link can make any browser report one. Proxies rarely
    /// replace the bodies of these statuses; they do replace those of 403, 404, 502 and 504.
    ///
    /// ```
    /// use http::StatusCode;
    /// use tower_smartcar_connect::{ConnectFailure, RejectionReason};
    ///
    /// let failure = ConnectFailure::Rejected(RejectionReason::StateExpired.into());
    /// assert_eq!(failure.status(), StatusCode::BAD_REQUEST);
    /// ```
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Error(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Rejected(rejected) => rejected.reason().status(),
        }
    }
}

impl From<ConnectError> for ConnectFailure {
    fn from(error: ConnectError) -> Self {
        Self::Error(error)
    }
}

impl From<RejectedCallback> for ConnectFailure {
    fn from(rejected: RejectedCallback) -> Self {
        Self::Rejected(rejected)
    }
}

/// Writes the error or the rejected callback.
impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Rejected(rejected) => rejected.fmt(f),
        }
    }
}

impl Error for ConnectFailure {}

//! Why a callback brought no access, as an answer needs it.

use http::StatusCode;

use crate::catalogue::ErrorCode;
use crate::error::ConnectError;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::resolution::Resolution;

/// Why a callback brought no access: an error from Connect, or a callback that was refused.
///
/// It is one of a fixed set and carries nothing of the request, so it can be shown and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// Connect ended with this error.
    Error(ErrorCode),
    /// The callback was refused.
    Invalid(InvalidCallbackKind),
}

impl Failure {
    /// The text of the code, such as `oem_cancelled_login`, or the name of the kind, such as `state_expired`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error(code) => code.as_str(),
            Self::Invalid(kind) => kind.as_str(),
        }
    }

    /// What helps. After a callback that was refused, starting again does, or waiting where the server failed.
    #[must_use]
    pub fn resolution(self) -> Resolution {
        match self {
            Self::Error(code) => code.resolution(),
            Self::Invalid(InvalidCallbackKind::StateStoreUnavailable) => Resolution::RetryLater,
            Self::Invalid(_) => Resolution::AskAgain,
        }
    }

    /// The status of an answer, as the [module page](super#statuses) says.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Error(code) => code.resolution().status(),
            Self::Invalid(kind) => kind.status(),
        }
    }
}

impl From<&ConnectError> for Failure {
    fn from(error: &ConnectError) -> Self {
        Self::Error(error.code())
    }
}

impl From<&InvalidCallback> for Failure {
    fn from(invalid: &InvalidCallback) -> Self {
        Self::Invalid(invalid.kind())
    }
}

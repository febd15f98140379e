//! The rejection of the extractors.

use std::error::Error;
use std::fmt;

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};

use crate::outcome::error_code::ErrorCode;

/// The rejection of the extractors [`ConnectOutcome`](crate::ConnectOutcome),
/// [`ConnectError`](crate::ConnectError), [`ConnectSuccess`](crate::ConnectSuccess) and
/// `FlowPayload`.
///
/// The response is one line of plain text for the owner, which is never cached. Its status is
/// `422 Unprocessable Entity` for [`FlowFailed`](Self::FlowFailed), and `400 Bad Request` otherwise.
/// To respond in another way, extract a `Result<_, OutcomeRejection>`.
///
/// [`Display`](fmt::Display) tells a developer what to change. With the feature `tracing`, it is
/// logged at `WARN`, unless owners cause it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutcomeRejection {
    /// The query has an outcome of Connect, but no layer has read it. Add a
    /// [`ConnectCallbackLayer`](crate::ConnectCallbackLayer) for the path of this route around the
    /// route.
    ///
    /// If there is a layer, it sees another path than the one that you configured, because a proxy
    /// or a nested router strips a prefix. Name the prefix with
    /// [`stripped_prefix`](crate::ConnectCallbackLayer::stripped_prefix).
    LayerMissing,
    /// The request is not a callback. A browser opened the address directly, for example from a
    /// bookmark. Extract an `Option` if your route serves such requests.
    NoCallback,
    /// The flow ended with this error, and the route only extracts a
    /// [`ConnectSuccess`](crate::ConnectSuccess).
    FlowFailed(ErrorCode),
    /// The flow succeeded, and the route only extracts a [`ConnectError`](crate::ConnectError).
    /// Extract an `Option<ConnectError>` or a [`ConnectOutcome`](crate::ConnectOutcome).
    FlowSucceeded,
    /// The callback has no `FlowPayload`, because its flow has none, or was not started by this crate.
    NoPayload,
}

impl OutcomeRejection {
    fn status(&self) -> StatusCode {
        match self {
            Self::FlowFailed(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Returns the line for the owner.
    fn owner_message(&self) -> &'static str {
        match self {
            Self::FlowFailed(code) => code.suggested_user_message(),
            _ => "This page can’t be opened directly. Go back to the app to connect your car.",
        }
    }
}

impl fmt::Display for OutcomeRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LayerMissing => f.write_str(
                "this route is not behind a `ConnectCallbackLayer` for its path; if it is, something strips a prefix from \
                 the path before the layer: pass that prefix to `ConnectCallbackLayer::stripped_prefix`",
            ),
            Self::NoCallback => f.write_str("this request is not a Smartcar Connect callback"),
            Self::FlowFailed(code) => write!(f, "this Smartcar Connect flow did not succeed (`{code}`)"),
            Self::FlowSucceeded => f.write_str(
                "this Smartcar Connect flow succeeded, but this route only extracts errors: extract an \
                 `Option<ConnectError>` or a `ConnectOutcome`",
            ),
            Self::NoPayload => f.write_str(
                "this Smartcar Connect callback has no `FlowPayload`: start its flow with a payload, and verify it \
                 with the same states",
            ),
        }
    }
}

impl Error for OutcomeRejection {}

/// Responds with a line of plain text for the owner.
impl IntoResponse for OutcomeRejection {
    fn into_response(self) -> Response {
        // Links can cause these any number of times, so they are warnings, not errors.
        #[cfg(feature = "tracing")]
        if !matches!(self, Self::FlowFailed(_) | Self::NoCallback) {
            tracing::warn!(target: "tower_smartcar_connect", "{self}");
        }
        plain_text(self.status(), self.owner_message())
    }
}

/// A line of plain text, which is never cached.
pub(super) fn plain_text(status: StatusCode, text: &'static str) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, text).into_response()
}

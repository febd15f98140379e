//! The rejection of the extractors.

use std::error::Error;
use std::fmt;

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};

use crate::error_code::ErrorCode;

/// The rejection of the extractors [`ConnectOutcome`], [`ConnectError`], [`ConnectSuccess`] and
/// `StatePayload`.
///
/// The extractors never parse the query. They return what [`ConnectCallbackLayer`] has inserted, so
/// the route needs the layer:
///
/// ```
/// use axum::{Router, routing::get};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectOutcome, ConnectSuccess};
///
/// # // The state is not the subject here.
/// # let layer = ConnectCallbackLayer::new(["/callback", "/reauth"]).app_verifies_state();
/// let app: Router = Router::new()
///     .route("/callback", get(connected))
///     .route("/reauth", get(welcome_back))
///     .layer(layer);
///
/// async fn connected(outcome: ConnectOutcome) -> &'static str {
///     match outcome {
///         ConnectOutcome::Success(_) => "Your car is connected.",
///         ConnectOutcome::Error(error) => error.suggested_user_message(),
///     }
/// }
///
/// // Only runs for successes. An error gets the response of the rejection.
/// async fn welcome_back(_success: ConnectSuccess) -> &'static str {
///     "Welcome back."
/// }
/// ```
///
/// | argument | success | error | not a callback | callback without a layer |
/// | --- | --- | --- | --- | --- |
/// | `ConnectOutcome` | `Success` | `Error` | [`NoCallback`] | [`LayerMissing`] |
/// | `ConnectSuccess` | the success | [`FlowFailed`] | [`NoCallback`] | [`LayerMissing`] |
/// | `ConnectError` | [`FlowSucceeded`] | the error | [`NoCallback`] | [`LayerMissing`] |
/// | `Option<ConnectOutcome>` | `Success` | `Error` | `None` | [`LayerMissing`] |
/// | `Option<ConnectSuccess>` | the success | [`FlowFailed`] | `None` | [`LayerMissing`] |
/// | `Option<ConnectError>` | `None` | the error | `None` | [`LayerMissing`] |
///
/// The response is one line of plain text for the owner, which is never cached. Its status is
/// `422 Unprocessable Entity` for [`FlowFailed`], and `400 Bad Request` otherwise. To respond in
/// another way, extract a `Result<_, ConnectRejection>`.
///
/// [`Display`](fmt::Display) tells a developer what to change. With the feature `tracing`, it is
/// also logged.
///
/// [`ConnectCallbackLayer`]: crate::ConnectCallbackLayer
/// [`ConnectError`]: crate::ConnectError
/// [`ConnectOutcome`]: crate::ConnectOutcome
/// [`ConnectSuccess`]: crate::ConnectSuccess
/// [`FlowFailed`]: Self::FlowFailed
/// [`FlowSucceeded`]: Self::FlowSucceeded
/// [`LayerMissing`]: Self::LayerMissing
/// [`NoCallback`]: Self::NoCallback
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectRejection {
    /// The query has a result of Connect, but no layer has read it. Add a
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
    /// The callback has no `StatePayload`, because its state was issued with an empty payload or was
    /// not verified by a `StateCookie`.
    NoPayload,
}

impl ConnectRejection {
    fn status(self) -> StatusCode {
        match self {
            Self::FlowFailed(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Returns the line for the owner.
    fn user_message(self) -> &'static str {
        match self {
            Self::FlowFailed(code) => code.suggested_user_message(),
            _ => "This page can’t be opened directly. Go back to the app to connect your car.",
        }
    }
}

impl fmt::Display for ConnectRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LayerMissing => f.write_str(
                "no layer has read this Smartcar Connect callback: add a `ConnectCallbackLayer` for the path of this \
                 route around this route; if there is one, a proxy or a nested router strips a prefix from the path: \
                 name it with `ConnectCallbackLayer::stripped_prefix`",
            ),
            Self::NoCallback => f.write_str("this request is not a Smartcar Connect callback"),
            Self::FlowFailed(code) => write!(f, "this Smartcar Connect flow did not succeed (`{code}`)"),
            Self::FlowSucceeded => f.write_str(
                "this Smartcar Connect flow succeeded, but this route only extracts errors: extract an \
                 `Option<ConnectError>` or a `ConnectOutcome`",
            ),
            Self::NoPayload => f.write_str(
                "this Smartcar Connect callback has no `StatePayload`: issue its state with a payload, and verify it \
                 with a `StateCookie`",
            ),
        }
    }
}

impl Error for ConnectRejection {}

/// Responds with a line of plain text for the owner.
impl IntoResponse for ConnectRejection {
    fn into_response(self) -> Response {
        // Links can cause these any number of times, so they are warnings, not errors.
        #[cfg(feature = "tracing")]
        if !matches!(self, Self::FlowFailed(_) | Self::NoCallback) {
            tracing::warn!(target: "tower_smartcar_connect", "{self}");
        }
        let headers = [
            (CACHE_CONTROL, "no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (self.status(), headers, self.user_message()).into_response()
    }
}

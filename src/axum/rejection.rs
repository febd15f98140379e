//! Why an extractor has nothing to extract.

use std::error::Error;
use std::fmt;

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};

use crate::error_code::ErrorCode;

/// Rejection of the extractors [`ConnectOutcome`], [`ConnectError`], [`ConnectSuccess`] and
/// `StatePayload`.
///
/// The extractors return what [`ConnectCallbackLayer`] has found, and read nothing themselves, so
/// the route needs the layer:
///
/// | argument | success | error | no callback | callback without a layer |
/// | --- | --- | --- | --- | --- |
/// | `ConnectOutcome` | `Success` | `Error` | [`NoCallback`] | [`LayerMissing`] |
/// | `ConnectSuccess` | the success | [`FlowFailed`] | [`NoCallback`] | [`LayerMissing`] |
/// | `ConnectError` | [`FlowSucceeded`] | the error | [`NoCallback`] | [`LayerMissing`] |
/// | `Option<ConnectOutcome>` | `Success` | `Error` | `None` | [`LayerMissing`] |
/// | `Option<ConnectSuccess>` | the success | [`FlowFailed`] | `None` | [`LayerMissing`] |
/// | `Option<ConnectError>` | `None` | the error | `None` | [`LayerMissing`] |
///
/// An owner may see the response: a line of plain text with a neutral message, that is never
/// cached. Its status is `422 Unprocessable Entity` for [`FlowFailed`], and `400 Bad Request`
/// otherwise. What a developer has to change is in [`Display`](fmt::Display); with the feature
/// `tracing` it is an event, too. To respond in another way, take a `Result<_, ConnectRejection>`
/// as the argument.
///
/// ```
/// use axum::{Router, routing::get};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectOutcome, ConnectSuccess};
///
/// let app: Router = Router::new()
///     .route("/callback", get(connected))
///     .route("/reauth", get(welcome_back))
/// #   // The state is not the subject here.
///     .layer(ConnectCallbackLayer::new(["/callback", "/reauth"]).app_verifies_state());
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
    /// [`ConnectCallbackLayer`](crate::ConnectCallbackLayer) with the path of the route around the
    /// route.
    ///
    /// If there is a layer, its callback paths are not the path that it sees. A proxy or a nested
    /// router strips a prefix: name it with
    /// [`stripped_prefix`](crate::ConnectCallbackLayer::stripped_prefix).
    LayerMissing,
    /// The request is not a callback: somebody opened the address without coming from Connect, such
    /// as by a bookmark. Extract an `Option` if that is welcome.
    NoCallback,
    /// The flow ended with this error, and the handler only takes a
    /// [`ConnectSuccess`](crate::ConnectSuccess).
    FlowFailed(ErrorCode),
    /// The flow succeeded, and the handler only takes a [`ConnectError`](crate::ConnectError).
    /// Extract an `Option<ConnectError>` or a [`ConnectOutcome`](crate::ConnectOutcome).
    FlowSucceeded,
    /// The callback has no `StatePayload`: its state was issued with an empty payload, or no
    /// `StateCookie` verified it.
    NoPayload,
}

impl ConnectRejection {
    fn status(self) -> StatusCode {
        match self {
            Self::FlowFailed(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// What the owner reads.
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
                "no layer has read this Smartcar Connect callback: add a `ConnectCallbackLayer` with the path of this \
                 route around this route; if there is one, a proxy or a nested router strips a prefix from the path: \
                 name it with `ConnectCallbackLayer::stripped_prefix`",
            ),
            Self::NoCallback => f.write_str("this request is not a Smartcar Connect callback"),
            Self::FlowFailed(code) => write!(f, "this Smartcar Connect flow did not succeed (`{code}`)"),
            Self::FlowSucceeded => f.write_str(
                "this Smartcar Connect flow succeeded, and its handler only takes errors: extract an \
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

/// A line of plain text for the owner.
impl IntoResponse for ConnectRejection {
    fn into_response(self) -> Response {
        // A mistake in the app, which a link can make visible again and again.
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

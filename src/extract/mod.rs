//! Extractors, responses and functions with extractors, for axum.
//!
//! The layer inserts each outcome into the extensions of the request. These types extract it:
//!
//! ```
//! use axum::{Router, routing::get};
//! use tower_smartcar_connect::{
//!     AppVerifiesState, ConnectCallbackLayer, ConnectOutcome, ConnectSuccess,
//! };
//!
//! # // The state is not the subject here.
//! let layer = ConnectCallbackLayer::new(["/callback", "/reauth"], AppVerifiesState);
//! let app: Router = Router::new()
//!     .route("/callback", get(connected))
//!     .route("/reauth", get(welcome_back))
//!     .layer(layer);
//!
//! async fn connected(outcome: ConnectOutcome) -> &'static str {
//!     match outcome {
//!         ConnectOutcome::Success(_) => "Your car is connected.",
//!         ConnectOutcome::Error(error) => error.suggested_user_message(),
//!     }
//! }
//!
//! // Only runs for successes. An error gets the response of the rejection.
//! async fn welcome_back(_success: ConnectSuccess) -> &'static str {
//!     "Welcome back."
//! }
//! ```
//!
//! | argument | success | error | not a callback | callback without a layer |
//! | --- | --- | --- | --- | --- |
//! | `ConnectOutcome` | `Success` | `Error` | [`NoCallback`] | [`LayerMissing`] |
//! | `ConnectSuccess` | the success | [`FlowFailed`] | [`NoCallback`] | [`LayerMissing`] |
//! | `ConnectError` | [`FlowSucceeded`] | the error | [`NoCallback`] | [`LayerMissing`] |
//! | `Option<ConnectOutcome>` | `Success` | `Error` | `None` | [`LayerMissing`] |
//! | `Option<ConnectSuccess>` | the success | [`FlowFailed`] | `None` | [`LayerMissing`] |
//! | `Option<ConnectError>` | `None` | the error | `None` | [`LayerMissing`] |
//!
//! They take the outcome from the extensions alone. The query is only looked at to tell a callback
//! that no layer has read from another request.
//!
//! [`handler`], [`confirm`] and [`flow`] make what the layer and
//! [`StartConnect`](crate::StartConnect) take of functions with extractors, as
//! `from_fn_with_state` does for middleware.
//!
//! [`FlowFailed`]: OutcomeRejection::FlowFailed
//! [`FlowSucceeded`]: OutcomeRejection::FlowSucceeded
//! [`LayerMissing`]: OutcomeRejection::LayerMissing
//! [`NoCallback`]: OutcomeRejection::NoCallback

mod functions;
mod outcome;
mod rejected;
mod rejection;
#[cfg(feature = "start")]
mod states;

#[cfg(feature = "start")]
pub use self::functions::flow;
pub use self::functions::{ExtractorFn, confirm, handler};
pub use self::rejection::OutcomeRejection;

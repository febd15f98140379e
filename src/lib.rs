//! Tower middleware for apps that use [Smartcar Connect](https://smartcar.com/docs/connect).
//!
//! Connect lets vehicle owners share their cars with your app, and sends their browser back to your
//! redirect URI when they are done. Everything that your app learns is in the query of that request:
//! a success in one of several shapes, or an error, documented or not. But anyone can write such a
//! request.
//!
#![doc = include_str!("../assets/flow.svg")]
//!
//! [`StartConnect`] sends the browser to Connect, with a `state` that is tied to this browser.
//! [`ConnectCallbackLayer`] turns what comes back into a typed outcome, and rejects what does not
//! belong to a flow of this browser and, if you like, of the user who is logged in. It forwards
//! requests to other paths unchanged.
//!
//! ```
//! # #[cfg(all(feature = "responses", feature = "axum", feature = "state-cookie"))] {
//! use axum::{Router, response::Redirect, routing::get};
//! use tower_smartcar_connect::responses::ErrorPage;
//! use tower_smartcar_connect::{
//!     ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect, StateCookie,
//! };
//!
//! fn connect(connect_url: ConnectUrl, states: StateCookie) -> Router {
//!     let callbacks = ConnectCallbackLayer::new(&connect_url, states.clone())
//!         .on_failure(ErrorPage::new("/garage"));
//!     Router::new()
//!         .route("/callback", get(connected))
//!         .layer(callbacks)
//!         .route_service("/connect", StartConnect::new(connect_url, states))
//! }
//!
//! /// Only runs for a success of a flow that this browser started.
//! async fn connected(success: ConnectSuccess) -> Redirect {
//!     // A claim of the visitor: confirm it, then store it.
//!     let _user_id = success.user_id();
//!     Redirect::to("/garage")
//! }
//! # }
//! ```
//!
//! [Getting started](guide::getting_started) builds a whole app, which runs without a Smartcar
//! account. [An app with users](guide::app_with_users) connects vehicles to accounts. If you have a
//! callback route already, see [what it misses](guide::replacing_a_route).
//!
//! # Where to find what
//!
//! The [guide] has a page for each task, in the order in which you will need them. These are the
//! items:
//!
//! | to | use | feature |
//! | --- | --- | --- |
//! | read and verify callbacks | [`ConnectCallbackLayer`], whose [rules](callback#rules) are numbered | |
//! | choose which requests are callbacks | module [`paths`] | `url` for a list of redirect URIs |
//! | keep states | module [`states`]: [`StateCookie`], a store, or [`verify_fn`] | `state-cookie`, `start` |
//! | confirm what a callback claims | [`ConnectCallbackLayer::confirm`] | |
//! | start a flow | [`ConnectUrl`], [`Flow`], [`StartConnect`] | `start` |
//! | handle an outcome | [`ConnectOutcome`]: a [`ConnectSuccess`] or a [`ConnectError`] | |
//! | decide what to do about an error | [`ErrorCode`], [`Resolution`] | |
//! | respond to failures | [`ConnectFailure`], [`RejectedCallback`], module [`responses`] | `responses` |
//! | write handlers of axum | module [`extract`] | `axum` |
//! | see events and metrics | module [`telemetry`] | `tracing`, `metrics` |
//! | serialize outcomes | [`WithPrivateFields`](outcome::WithPrivateFields) | `serde` |
//! | try every outcome without Smartcar | the crate `smartcar-connect-simulator` | |
#![forbid(unsafe_code)]
// The pages link to items of all features. docs.rs builds them with all features.
#![cfg_attr(
    not(all(
        feature = "responses",
        feature = "axum",
        feature = "start",
        feature = "metrics",
        feature = "serde",
        feature = "tracing",
        feature = "url",
    )),
    allow(rustdoc::broken_intra_doc_links)
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// What Connect said. It knows no request and no service.
pub mod outcome;

// Which requests are callbacks, and whose flow it is.
pub mod paths;
pub mod states;

// The middleware.
pub mod callback;
pub mod telemetry;

// Optional features. The middleware does not know them.
#[cfg(feature = "axum")]
pub mod extract;
#[cfg(feature = "responses")]
pub mod responses;
#[cfg(feature = "start")]
pub mod start;

// Pages of the documentation.
pub mod guide;

// The README's examples are tested with the features that they need.
#[cfg(all(
    doctest,
    feature = "axum",
    feature = "responses",
    feature = "state-cookie"
))]
#[doc = include_str!("../README.md")]
mod readme {}

pub use self::callback::layer::ConnectCallbackLayer;
pub use self::outcome::{
    ConnectOutcome,
    error::ConnectError,
    error_code::ErrorCode,
    failure::ConnectFailure,
    rejected::{RejectedCallback, RejectionReason},
    resolution::Resolution,
    success::ConnectSuccess,
};
#[cfg(feature = "start")]
pub use self::start::{connect_url::ConnectUrl, flow::Flow, start_connect::StartConnect};
#[cfg(feature = "state-cookie")]
pub use self::states::cookie::StateCookie;
pub use self::states::verified::Verified;
pub use self::states::verifier::{AppVerifiesState, verify_fn};

//! Tower middleware for apps that use [Smartcar Connect](https://smartcar.com/docs/connect).
//!
//! Connect sends the vehicle owner's browser back to your redirect URI, and everything that you
//! learn is in the query: a success in one of several shapes, one of the documented errors, or one
//! that is not documented yet. [`ConnectCallbackLayer`] parses it into a typed outcome, verifies
//! its `state`, and forwards all other requests.
//!
//! ```
//! # #[cfg(all(feature = "answers", feature = "axum", feature = "begin"))] {
//! use axum::{Router, routing::get};
//! use tower_smartcar_connect::answers::ErrorPage;
//! use tower_smartcar_connect::{
//!     BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StateCookie,
//! };
//!
//! fn app(connect_url: ConnectUrl, state_cookie: StateCookie) -> Router {
//!     let callbacks = ConnectCallbackLayer::new(&connect_url)
//!         .verify_state_with(state_cookie.clone())
//!         .require_result(true)
//!         .on_failure(ErrorPage::new("/"));
//!     Router::new()
//!         .route("/callback", get(connected))
//!         .layer(callbacks)
//!         .route_service("/connect", BeginConnect::new(connect_url, state_cookie))
//! }
//!
//! // Only runs for a success of a flow that this browser started.
//! async fn connected(success: ConnectSuccess) -> &'static str {
//!     if let Some(_code) = success.code() {
//!         // Exchange the code for tokens.
//!     }
//!     "Your car is connected."
//! }
//! # }
//! ```
//!
//! [Getting started](guide::getting_started) builds this app from an empty project.
//!
//! # Where to find what
//!
//! The [guide] has a page for each task, in the order of need. These are the items:
//!
//! | to | use | feature |
//! | --- | --- | --- |
//! | read and verify callbacks | [`ConnectCallbackLayer`], whose [rules](callback#rules) are numbered | |
//! | take the paths from the registered redirect URIs | [`ConnectCallbackLayer::for_redirect_uris`] | `url`, a default |
//! | handle a callback | [`ConnectOutcome`]: a [`ConnectSuccess`] or a [`ConnectError`] | |
//! | extract the outcome in a handler | the extractors of [`ConnectRejection`] | `axum` |
//! | decide what to do about an error | [`ErrorCode`], [`Resolution`] | |
//! | respond to failures | [`ConnectFailure`], [`InvalidCallback`], [`HandleCallback`] | |
//! | respond with pages, redirects, JSON or popups | module [`answers`] | `answers` |
//! | start a flow | [`ConnectUrl`], [`BeginConnect`] | `begin` |
//! | verify `state` without a store | [`StateCookie`] | `state-cookie` |
//! | see events and metrics | module [`telemetry`] | `tracing`, `metrics` |
//! | try every outcome without Smartcar | module [`simulator`] | `simulator` |
//! | serialize outcomes | [`WithPrivateFields`] | `serde` |
//! | read callbacks without tower | [`CallbackPaths`], module [`framework_authors`] | |
//!
//! # Why not `Query<Callback>`?
//!
//! | | a typed query in the route | this layer |
//! | --- | --- | --- |
//! | errors | the branches that you thought of | all documented codes, and unknown ones with their text |
//! | the published `oem_cancelled_login` redirect, whose description has no name | a missing field | parsed |
//! | `?code=…&error=…`, `?code=…&code=…` | the first, the last, or a rejection | rejected, by one documented rule |
//! | an error on a route that wants a `code` | `400` or `500` from the extractor | your handler, or a typed error |
//! | `state` | compared with `==`, or forgotten | verified before your code runs |
//! | `no-store`, `no-referrer` | remembered or not | set |
//! | several redirect URIs, several frameworks | written again | one layer |
#![forbid(unsafe_code)]
// The pages link to items of all features. docs.rs builds them with all features.
#![cfg_attr(
    not(all(
        feature = "answers",
        feature = "axum",
        feature = "begin",
        feature = "metrics",
        feature = "serde",
        feature = "simulator",
        feature = "tracing",
        feature = "url",
    )),
    allow(rustdoc::broken_intra_doc_links)
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The core: what a callback contains. It does not depend on tower.
mod callback_paths;
mod error;
mod error_code;
mod escaped;
mod failure;
#[cfg(any(feature = "metrics", feature = "state-cookie", feature = "tracing"))]
mod flow_cookie;
mod invalid;
mod outcome;
mod parameter;
mod path;
mod query;
mod resolution;
mod stripped_prefix;
mod success;
mod verified;
mod visit;

// The middleware.
pub mod callback;
#[cfg(any(feature = "begin", feature = "simulator", feature = "url"))]
mod redirect_uri;
pub mod telemetry;

// Pages of the documentation.
pub mod framework_authors;
pub mod guide;

// The README's examples are tested with the features that they need.
#[cfg(all(
    doctest,
    feature = "answers",
    feature = "axum",
    feature = "begin",
    feature = "simulator"
))]
#[doc = include_str!("../README.md")]
mod readme {}

// Optional features. The core and the middleware do not depend on them.
#[cfg(any(feature = "answers", feature = "begin"))]
mod accept;
#[cfg(feature = "answers")]
pub mod answers;
#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "begin")]
mod begin;
#[cfg(any(feature = "answers", feature = "simulator"))]
mod html;
#[cfg(any(feature = "answers", feature = "begin"))]
mod origin;
#[cfg(any(feature = "answers", feature = "state-cookie"))]
mod sdk_state;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(feature = "simulator")]
pub mod simulator;
#[cfg(feature = "state-cookie")]
pub mod state_cookie;

#[cfg(feature = "axum")]
pub use self::axum::ConnectRejection;
#[cfg(feature = "begin")]
pub use self::begin::{
    begin_connect::BeginConnect, connect_url::ConnectUrl, future::BeginFuture,
    invalid::InvalidConnectUrl,
};
pub use self::callback::future::ResponseFuture;
pub use self::callback::handler::HandleCallback;
pub use self::callback::layer::ConnectCallbackLayer;
pub use self::callback::service::ConnectCallback;
pub use self::callback::verifier::{AsyncVerifier, VerifyState};
pub use self::callback_paths::CallbackPaths;
pub use self::error::ConnectError;
pub use self::error_code::ErrorCode;
pub use self::failure::ConnectFailure;
pub use self::invalid::{InvalidCallback, InvalidCallbackKind};
pub use self::outcome::ConnectOutcome;
#[cfg(any(feature = "begin", feature = "simulator", feature = "url"))]
pub use self::redirect_uri::InvalidRedirectUri;
pub use self::resolution::Resolution;
#[cfg(feature = "serde")]
pub use self::serialize::WithPrivateFields;
#[cfg(feature = "state-cookie")]
#[doc(no_inline)]
pub use self::state_cookie::StateCookie;
pub use self::success::ConnectSuccess;
pub use self::verified::Verified;

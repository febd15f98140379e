//! Tower middleware for apps that use [Smartcar Connect](https://smartcar.com/docs/connect).
//!
//! A vehicle owner who has been at Smartcar Connect comes back to your redirect URI with everything
//! in the query: a success in one of several shapes, one of the documented errors, or one that is
//! not documented yet. [`ConnectCallbackLayer`] turns it into a typed outcome, verifies its
//! `state`, and lets other requests pass.
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
//!     let layer = ConnectCallbackLayer::new(&connect_url)
//!         .verify_state_with(state_cookie.clone())
//!         .require_result(true)
//!         .on_failure(ErrorPage::new("/"));
//!     Router::new()
//!         .route("/callback", get(connected))
//!         .layer(layer)
//!         .route_service("/connect", BeginConnect::new(connect_url, state_cookie))
//! }
//!
//! async fn connected(_success: ConnectSuccess) -> &'static str {
//!     "Your car is connected."
//! }
//! # }
//! ```
//!
//! # Where to find what
//!
//! | subject | page |
//! | --- | --- |
//! | the settings of the layer | [`ConnectCallbackLayer`] |
//! | the rules: what is a callback, what is rejected, layer order | [`callback`] |
//! | what a callback can be | [`ConnectOutcome`]: [`ConnectError`] or [`ConnectSuccess`]; [`InvalidCallback`] |
//! | what to do about an error | [`ErrorCode`], [`Resolution`] |
//! | extractors for axum (feature `axum`) | `ConnectRejection` |
//! | starting a flow (feature `begin`) | `ConnectUrl`, `BeginConnect` |
//! | what to do if the button does nothing, `fetch` fails, or the response is `403` | [`guide`] |
//! | states without a store (feature `state-cookie`) | module `state_cookie` |
//! | ready-made responses (feature `answers`) | module `answers` |
//! | events and metrics | [`telemetry`] |
//! | a simulator of Connect (feature `simulator`) | module `simulator` |
//! | outcomes as JSON (feature `serde`) | `WithPrivateFields` |
//! | reading callbacks without tower | [`framework_authors`] |
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
// The pages link to optional parts, which are there with all features, as on docs.rs.
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

// The core: what a callback contains. It knows no service.
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

// Optional features, which the core and the middleware do not know.
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
#[doc(inline)]
pub use self::state_cookie::StateCookie;
pub use self::success::ConnectSuccess;
pub use self::verified::Verified;

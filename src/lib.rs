#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]
// Neither the picture nor the suite of frameworks is among the files of the documentation.
//! <style>
//! img[src="assets/demo.png"] { display: none }
//! a[href^="tests/frameworks/"] { color: inherit; pointer-events: none; text-decoration: none }
//! </style>
//!
//! # Where to read on
//!
//! - [`ConnectCallbackLayer`] has the settings, and the module [`callback`] the rules.
//! - [`ConnectError`], [`ConnectSuccess`] and [`InvalidCallback`] are what a callback can be.
//! - The features `answers`, `simulator` and `state-cookie` have a module each; [`telemetry`] says what is told of
//!   callbacks.
//! - [`ConnectResponse`] reads a callback where there is no tower service; [`framework_authors`] builds a middleware on
//!   it.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The core: what a callback says. It knows no service.
mod catalogue;
mod error;
mod escaped;
mod invalid;
mod parameter;
mod query;
mod resolution;
mod response;
mod success;

// The middleware.
pub mod callback;
mod one_or_many;
#[cfg(feature = "url")]
mod redirect_uri;
pub mod telemetry;

// A page of the documentation.
pub mod framework_authors;

// The README's examples are tested with the features that they need.
#[cfg(all(
    doctest,
    feature = "answers",
    feature = "axum",
    feature = "simulator",
    feature = "state-cookie"
))]
#[doc = include_str!("../README.md")]
mod readme {}

// Optional parts beside it.
#[cfg(feature = "answers")]
pub mod answers;
#[cfg(any(feature = "answers", feature = "simulator"))]
mod document;
#[cfg(feature = "axum")]
mod extract;
#[cfg(feature = "javascript-sdk")]
mod sdk_state;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(feature = "simulator")]
pub mod simulator;
#[cfg(feature = "state-cookie")]
pub mod state_cookie;

#[doc(inline)]
pub use self::callback::{
    ConnectCallback, ConnectCallbackLayer, HandleCallback, MatchCallback, ResponseFuture, Verdict, Verified,
    VerifyState, VerifyStateAsync,
};
pub use self::catalogue::ErrorCode;
pub use self::error::ConnectError;
#[cfg(feature = "axum")]
pub use self::extract::{ConnectRejection, ConnectRejectionKind};
pub use self::invalid::{InvalidCallback, InvalidCallbackKind};
pub use self::one_or_many::OneOrMany;
#[cfg(feature = "url")]
pub use self::redirect_uri::{InvalidRedirectUri, InvalidRedirectUriKind};
pub use self::resolution::Resolution;
pub use self::response::ConnectResponse;
#[cfg(feature = "javascript-sdk")]
pub use self::sdk_state::unwrap_sdk_state;
#[cfg(feature = "serde")]
pub use self::serialize::WithPrivateFields;
#[cfg(feature = "state-cookie")]
#[doc(inline)]
pub use self::state_cookie::StateCookie;
pub use self::success::ConnectSuccess;

//! The tests of the crate. They are one program, because each program would link the same servers
//! and clients.
//!
//! A module that tests a feature is compiled only with that feature.

mod support;

#[cfg(feature = "axum")]
mod axum;
mod callback_paths;
mod error_codes;
mod layer;
mod nested_layers;
mod parsing;
mod privacy;
mod properties;
#[cfg(feature = "url")]
mod redirect_uris;
mod requirements;
#[cfg(feature = "responses")]
mod responses;
#[cfg(feature = "serde")]
mod serde;
mod service;
#[cfg(all(feature = "axum", feature = "state-cookie", feature = "url"))]
mod start;
#[cfg(feature = "state-cookie")]
mod states;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod telemetry;
mod verifying;

//! The tests of the crate. They are one program, because each program would link the same servers
//! and clients.
//!
//! A module that tests a feature is compiled only with that feature.

mod support;

#[cfg(feature = "answers")]
mod answers;
mod auto_traits;
mod axum;
#[cfg(all(
    feature = "axum",
    feature = "begin",
    feature = "simulator",
    feature = "url"
))]
mod begin;
mod cancellation;
mod error_codes;
#[cfg(feature = "axum")]
mod extractors;
mod hyper;
mod layer;
mod nested_layers;
#[cfg(all(feature = "axum", feature = "begin"))]
mod normalize_path;
mod parsing;
mod privacy;
mod properties;
mod read_and_verify;
mod readiness;
#[cfg(all(
    feature = "answers",
    feature = "axum",
    feature = "begin",
    feature = "simulator"
))]
mod readme;
#[cfg(feature = "url")]
mod redirect_uris;
mod response_future_size;
#[cfg(feature = "serde")]
mod serde;
#[cfg(all(feature = "axum", feature = "state-cookie"))]
mod shared_path;
#[cfg(feature = "simulator")]
mod simulator;
#[cfg(feature = "simulator")]
mod simulator_pages;
#[cfg(feature = "state-cookie")]
mod single_use_state;
#[cfg(feature = "state-cookie")]
mod state_cookie;
#[cfg(all(feature = "answers", feature = "axum", feature = "begin"))]
mod status_codes;
#[cfg(all(
    feature = "axum",
    feature = "begin",
    feature = "simulator",
    feature = "url"
))]
mod stripped_prefix;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod telemetry;
mod tower_middleware;
mod tower_sessions;
mod verify_state;

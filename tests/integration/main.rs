//! The tests of the crate: one program, since each one would link the same servers and clients.
//!
//! Each module that tests a feature is there with that feature.

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
mod callback;
mod contract;
#[cfg(feature = "axum")]
mod extractors;
mod guidance;
mod hyper;
mod interrupted;
mod nested_layers;
mod privacy;
mod properties;
mod pure_reading;
mod readiness;
mod reading;
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
#[cfg(feature = "simulator")]
mod simulator;
#[cfg(feature = "simulator")]
mod simulator_pages;
mod state;
#[cfg(feature = "state-cookie")]
mod state_cookie;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod telemetry;
mod tower_sessions;

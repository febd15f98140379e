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
#[cfg(all(feature = "axum", feature = "begin"))]
mod normalize_path;
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
#[cfg(feature = "state-cookie")]
mod resumed_flows;
#[cfg(feature = "serde")]
mod serde;
#[cfg(all(feature = "axum", feature = "state-cookie"))]
mod shared_path;
#[cfg(feature = "simulator")]
mod simulator;
#[cfg(feature = "simulator")]
mod simulator_pages;
mod state;
#[cfg(feature = "state-cookie")]
mod state_cookie;
#[cfg(all(feature = "answers", feature = "axum", feature = "begin"))]
mod statuses;
#[cfg(all(
    feature = "axum",
    feature = "begin",
    feature = "simulator",
    feature = "url"
))]
mod stripped_prefix;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod telemetry;
mod tower_sessions;

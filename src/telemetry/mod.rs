//! What is told of callbacks to those who run the app: an event for the log and a count, both
//! without private values.
//!
//! Neither is compiled in without its feature, and neither touches a request that is no callback.
//! Every callback is told of once by each layer, after the verdict on its state and before it is
//! answered. One whose browser hangs up before the verdict is not told of.
//!
//! # Events
//!
//! With the feature `tracing`, every callback is one event of [`tracing`](https://docs.rs/tracing),
//! with the target `tower_smartcar_connect`, in the span that is current at that moment.
//!
//! | field | type | where | what it holds |
//! | --- | --- | --- | --- |
//! | `outcome` | text | always | `success`, `error` or `invalid` |
//! | `code` | text | errors | the text of `error`, also of a code that is not documented |
//! | `user_exit` | boolean | errors | [`ErrorCode::is_user_exit`] |
//! | `resolution` | text | errors | [`Resolution::as_str`] |
//! | `kind` | text | invalid callbacks | [`InvalidCallbackKind::as_str`] |
//! | `path` | text | always | the path of the request, still percent-encoded |
//!
//! `code` and `path` can be text of somebody else's choice, so their control characters are
//! escaped, and either is cut after 256 characters. Below `axum::Router::nest`, `path` is the one
//! that the browser asked for with the feature `axum`, and the one without the prefix otherwise.
//!
//! | level | callbacks |
//! | --- | --- |
//! | `ERROR` | errors that are not the owner's doing: [`RetryLater`], [`ContactSupport`]; invalid: [`StateStoreUnavailable`] |
//! | `WARN` | errors that somebody has to act on: [`FixConfiguration`], [`FixSubscription`], [`AddVehicle`], [`OfferAnotherVehicle`]; all other invalid callbacks |
//! | `INFO` | owners who walked away: [`AskAgain`]; what a reload, the back button or a slow owner causes: [`StateUnknown`], [`StateExpired`] |
//! | `DEBUG` | successes |
//!
//! Anybody can cause an invalid callback with a link, and any callback at all where no verifier
//! checks the state. Consider that before you have an event or a counter wake somebody up.
//!
//! The layer never logs the query. See to it that nothing else does: the default span of
//! `tower_http::trace::TraceLayer` has the URI of the request, and so the authorization code and
//! the state.
//!
//! # Counters
//!
//! With the feature `metrics`, callbacks are counted by [`metrics`](https://docs.rs/metrics), in
//! whichever recorder the app has installed.
//!
//! | counter | label | values |
//! | --- | --- | --- |
//! | `smartcar_connect_callbacks_total` | `outcome` | `success`, `error` |
//! | | `code` | [`ErrorCode::as_str`], which is `unknown` for every code that is not documented; `none` for a success |
//! | `smartcar_connect_invalid_callbacks_total` | `kind` | [`InvalidCallbackKind::as_str`] |
//!
//! No label holds text of a request, so nobody outside can make the number of series grow. A series
//! is there from its first callback on. `examples/prometheus` shows them to a scraper.
//!
//! [`ErrorCode::as_str`]: crate::ErrorCode::as_str
//! [`ErrorCode::is_user_exit`]: crate::ErrorCode::is_user_exit
//! [`Resolution::as_str`]: crate::Resolution::as_str
//! [`InvalidCallbackKind::as_str`]: crate::InvalidCallbackKind::as_str
//! [`AskAgain`]: crate::Resolution::AskAgain
//! [`FixSubscription`]: crate::Resolution::FixSubscription
//! [`AddVehicle`]: crate::Resolution::AddVehicle
//! [`OfferAnotherVehicle`]: crate::Resolution::OfferAnotherVehicle
//! [`RetryLater`]: crate::Resolution::RetryLater
//! [`FixConfiguration`]: crate::Resolution::FixConfiguration
//! [`ContactSupport`]: crate::Resolution::ContactSupport
//! [`StateUnknown`]: crate::InvalidCallbackKind::StateUnknown
//! [`StateExpired`]: crate::InvalidCallbackKind::StateExpired
//! [`StateStoreUnavailable`]: crate::InvalidCallbackKind::StateStoreUnavailable
// Only events tell something of the request.
#![cfg_attr(not(feature = "tracing"), expect(unused_variables))]

#[cfg(feature = "metrics")]
mod counters;
#[cfg(feature = "tracing")]
mod events;

use http::Uri;

use crate::invalid::InvalidCallback;
use crate::outcome::ConnectOutcome;

#[cfg(feature = "metrics")]
pub use self::counters::describe_metrics;

/// Reports a callback before it is answered. `uri` is what the browser asked for.
#[inline]
pub(crate) fn report_outcome(uri: &Uri, outcome: &ConnectOutcome) {
    #[cfg(feature = "metrics")]
    counters::count_outcome(outcome);
    #[cfg(feature = "tracing")]
    events::log_outcome(uri, outcome);
}

/// Reports an invalid callback before it is answered. `uri` is what the browser asked for.
#[inline]
pub(crate) fn report_invalid(uri: &Uri, invalid: &InvalidCallback) {
    #[cfg(feature = "metrics")]
    counters::count_invalid(invalid);
    #[cfg(feature = "tracing")]
    events::log_invalid(uri, invalid);
}

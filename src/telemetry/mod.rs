//! Tracing events and metrics.
//!
//! ```text
//! INFO tower_smartcar_connect: Smartcar Connect callback outcome="error"
//!      code="oem_cancelled_login" user_exit=true resolution="ask_again" verified=true
//!      path="/callback"
//!
//! smartcar_connect_callbacks_total{outcome="success",code="none",verified="true"} 42
//! ```
//!
//! Enable the feature `tracing`, `metrics` or both, and install a subscriber or a recorder in your
//! app. Each callback is reported once, after its `state` is verified and before the response.
//! If the browser disconnects before that, nothing is reported. [Requests that are not
//! visits](crate::callback#rules) are not reported either. Events and metrics contain no personal
//! data and no secrets. Other requests do not pay for them.
//!
//! # Events
//!
//! Every callback is one [`tracing`](https://docs.rs/tracing) event with the target
//! `tower_smartcar_connect`, in the current span.
//!
//! | field | type | in events of | value |
//! | --- | --- | --- | --- |
//! | `outcome` | string | all | `success`, `error` or `invalid` |
//! | `path` | string | all | the path of the request, percent-encoded |
//! | `verified` | bool | successes, errors | whether a verifier has accepted the `state` |
//! | `code` | string | errors | the value of `error`, even if it is not documented |
//! | `user_exit` | bool | errors | [`ErrorCode::is_user_exit`] |
//! | `resolution` | string | errors | [`Resolution::as_str`] |
//! | `status_code` | number | `configuration_error` | the parameter `status_code` |
//! | `kind` | string | invalid callbacks | [`InvalidCallbackKind::as_str`] |
//! | `cookies` | string | invalid callbacks | `none`; `other`: cookies, but none of a flow; `flow`: at least one of a flow |
//!
//! An attacker can choose `code` and `path`. Their control characters are escaped, and they are cut
//! after 256 characters. Below `axum::Router::nest`, `path` lacks the prefix, unless the layer has
//! [`match_original_uri`](crate::ConnectCallbackLayer::match_original_uri).
//!
//! | level | callbacks |
//! | --- | --- |
//! | `ERROR` | verified errors with [`RetryLater`] or [`ContactSupport`]; [`StateStoreUnavailable`] |
//! | `WARN` | verified errors with [`FixConfiguration`]; [`StateUnreadable`] and [`StateForOtherPath`], which a wrong configuration causes for every vehicle owner |
//! | `INFO` | other errors, and other invalid callbacks |
//! | `DEBUG` | successes |
//!
//! Anybody can make a link to an error or to an invalid callback. So errors that are not verified
//! are `INFO` at most, and an alert should look at rates, not at single events.
//!
//! # Metrics
//!
//! Callbacks are counted by the crate [`metrics`](https://docs.rs/metrics), in the recorder of your
//! app.
//!
//! | counter | label | values |
//! | --- | --- | --- |
//! | `smartcar_connect_callbacks_total` | `outcome` | `success`, `error` |
//! | | `code` | [`ErrorCode::as_str`], which is `unknown` for every code that is not documented; `none` for a success |
//! | | `verified` | `true`, `false` |
//! | `smartcar_connect_invalid_callbacks_total` | `kind` | [`InvalidCallbackKind::as_str`] |
//! | | `cookies` | `none`, `other`, `flow` |
//!
//! Label values come from fixed sets, so a request cannot add series. A series exists from its
//! first callback on. [`describe_metrics`] describes them to the recorder, and
//! `examples/prometheus` exports them.
//!
//! # Every callback is rejected
//!
//! `kind` and `cookies` lead to the cause: see
//! [the guide](crate::guide::every_callback_is_rejected).
//!
//! # Other logs
//!
//! The layer never logs the query of a callback, which has the authorization code and the state.
//! Other parts of your app, and proxies in front of it, do so by default:
//!
//! | log | records | what to do |
//! | --- | --- | --- |
//! | `tower_http::trace::TraceLayer` | the URI, in the field `uri` of its default span | Make a span of the path, as below. |
//! | error trackers, such as Sentry | the address of the request with its query, in each report | Remove the query before a report is sent. In Sentry's SDK for Rust, `request.url` and `request.query_string` have it: use `ClientOptions::before_send` and `before_send_transaction`. |
//! | traces of OpenTelemetry | the attributes `url.query` and `url.full`. Its conventions redact some parameters, but none of Connect. | Remove both attributes from the spans of callbacks, in the app or in the collector. |
//! | the access log of nginx | the request line, as `$request` of the format `combined` | Use a `log_format` with `$request_method $uri` instead of `"$request"`. |
//! | the error log of nginx | the request line, beside each error | nginx cannot leave it out. Restrict who reads the log. |
//! | access logs of load balancers and CDNs | the request line | Use a format without the query if there is one, as in CloudFront. Otherwise, restrict who reads the log and how long it is kept. The log of AWS's Application Load Balancer always has the query. |
//!
//! ```
//! use tower_http::trace::TraceLayer;
//!
//! # type Request = http::Request<()>;
//! let trace = TraceLayer::new_for_http().make_span_with(|request: &Request| {
//!     let path = request.uri().path();
//!     tracing::info_span!("request", method = %request.method(), path)
//! });
//! ```
//!
//! The page that responds to a callback has the query in its address until your app redirects.
//! Scripts of an error tracker or of an analytics service read and report it. Respond with
//! [`RedirectTo`](crate::answers::RedirectTo), or redirect when your route is done.
//!
//! [`ErrorCode::as_str`]: crate::ErrorCode::as_str
//! [`ErrorCode::is_user_exit`]: crate::ErrorCode::is_user_exit
//! [`Resolution::as_str`]: crate::Resolution::as_str
//! [`InvalidCallbackKind::as_str`]: crate::InvalidCallbackKind::as_str
//! [`RetryLater`]: crate::Resolution::RetryLater
//! [`FixConfiguration`]: crate::Resolution::FixConfiguration
//! [`ContactSupport`]: crate::Resolution::ContactSupport
//! [`StateUnreadable`]: crate::InvalidCallbackKind::StateUnreadable
//! [`StateForOtherPath`]: crate::InvalidCallbackKind::StateForOtherPath
//! [`StateStoreUnavailable`]: crate::InvalidCallbackKind::StateStoreUnavailable
// Only events use the request.
#![cfg_attr(not(feature = "tracing"), expect(unused_variables))]

#[cfg(any(feature = "metrics", feature = "tracing"))]
mod cookies;
#[cfg(feature = "metrics")]
mod counters;
#[cfg(feature = "tracing")]
mod events;

use http::{HeaderMap, Uri};

use crate::invalid::InvalidCallback;
use crate::outcome::ConnectOutcome;

#[cfg(feature = "metrics")]
pub use self::counters::describe_metrics;

/// Reports a callback, before the response. `uri` is the one that the browser asked for.
#[inline]
pub(crate) fn report_outcome(uri: &Uri, outcome: &ConnectOutcome) {
    #[cfg(feature = "metrics")]
    counters::count_outcome(outcome);
    #[cfg(feature = "tracing")]
    events::log_outcome(uri, outcome);
}

/// Reports an invalid callback, before the response. `uri` is the one that the browser asked for.
#[inline]
pub(crate) fn report_invalid(uri: &Uri, headers: &HeaderMap, invalid: &InvalidCallback) {
    #[cfg(feature = "metrics")]
    counters::count_invalid(headers, invalid);
    #[cfg(feature = "tracing")]
    events::log_invalid(uri, headers, invalid);
}

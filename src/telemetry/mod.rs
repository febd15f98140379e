//! Tracing events and metrics.
//!
//! Each layer reports each callback once, after it has verified the `state` and before anybody
//! responds. A browser that disconnects during verification is not reported, and neither are
//! [requests that are not visits](crate::callback#rules). Events and metrics have no personal data
//! and no secrets, and other requests do not pay for them.
//!
//! # Events
//!
//! With the feature `tracing`, every callback is one [`tracing`](https://docs.rs/tracing) event with
//! the target `tower_smartcar_connect`, in the current span.
//!
//! | field | type | of | value |
//! | --- | --- | --- | --- |
//! | `outcome` | string | all | `success`, `error` or `invalid` |
//! | `path` | string | all | the path of the request, percent-encoded |
//! | `verified` | bool | successes, errors | whether a verifier has accepted the `state` |
//! | `code` | string | errors | the value of `error`, also if it is not documented |
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
//! With the feature `metrics`, callbacks are counted by [`metrics`](https://docs.rs/metrics), in the
//! recorder that your app has installed.
//!
//! | counter | label | values |
//! | --- | --- | --- |
//! | `smartcar_connect_callbacks_total` | `outcome` | `success`, `error` |
//! | | `code` | [`ErrorCode::as_str`], which is `unknown` for every code that is not documented; `none` for a success |
//! | | `verified` | `true`, `false` |
//! | `smartcar_connect_invalid_callbacks_total` | `kind` | [`InvalidCallbackKind::as_str`] |
//! | | `cookies` | `none`, `other`, `flow` |
//!
//! Label values come from fixed sets, so nobody outside can add series. A series exists from its
//! first callback on. `examples/prometheus` exports them.
//!
//! # Every callback is rejected
//!
//! If `kind` is `state_unknown` for every vehicle owner, the label `cookies` leads to the cause:
//!
//! | `cookies` | for all owners | now and then |
//! | --- | --- | --- |
//! | `none` | The cookie never arrives. The flow starts on another host than the redirect URI has, such as `127.0.0.1` or `www.example.com`. A proxy rewrites `SameSite`, `Path` or `Domain`. A response loses its `Set-Cookie`. The app runs in an iframe. | a reload, if your app has no other cookies; a link scanner |
//! | `other` | The same, in an app with other cookies. Or a proxy joins `Cookie` headers by commas. | a reload or the back button; another browser |
//! | `flow` | The app issues a state and sends another one to Connect. | several flows in one browser |
//!
//! [The guide](crate::guide::every_callback_is_rejected) has each cause, how to see it, and what to
//! change.
//!
//! # Other logs
//!
//! The layer never logs the query of a callback, which has the authorization code and the state.
//! Other parts of your app and what stands in front of it do, unless you tell them not to:
//!
//! | log | records | to leave it out |
//! | --- | --- | --- |
//! | `tower_http::trace::TraceLayer` | the URI, in the field `uri` of its default span | make a span of the path, as below |
//! | error trackers, such as Sentry | the address of the request with its query, in each report | remove the query before a report is sent: in Sentry's SDK for Rust, `ClientOptions::before_send` and `before_send_transaction`, where `request.url` and `request.query_string` have it |
//! | traces of OpenTelemetry | the attributes `url.query` and `url.full`; the names that its conventions redact are not those of Connect | remove both from the spans of callbacks, in the app or in the collector |
//! | the access log of nginx | the request line, as `$request` of the format `combined` | a `log_format` with `$request_method $uri` in place of `"$request"` |
//! | the error log of nginx | the request line, beside each error | nothing leaves it out; restrict who reads it |
//! | access logs of load balancers and CDNs | the request line | a format without the query if there is one, as in CloudFront; otherwise restrict who reads it, and how long it is kept. That of AWS's Application Load Balancer always has it |
//!
//! ```
//! use tower_http::trace::TraceLayer;
//!
//! # type Request = http::Request<()>;
//! let trace = TraceLayer::new_for_http().make_span_with(|request: &Request| {
//!     tracing::info_span!("request", method = %request.method(), path = request.uri().path())
//! });
//! ```
//!
//! A page that a callback leads to has the query in its address too, until your app redirects. Its
//! scripts can read it: those of an error tracker or of an analytics service report it. Respond
//! with `RedirectTo` of the module `answers`, or redirect when your route is done.
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
// Only events tell something of the request.
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
pub(crate) fn report_invalid(uri: &Uri, headers: &HeaderMap, invalid: &InvalidCallback) {
    #[cfg(feature = "metrics")]
    counters::count_invalid(headers, invalid);
    #[cfg(feature = "tracing")]
    events::log_invalid(uri, headers, invalid);
}

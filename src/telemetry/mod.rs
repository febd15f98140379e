//! Observability: events, metrics, and what else records a callback.
//!
//! ```text
//! DEBUG tower_smartcar_connect: flow started flow="q83vEjR0"
//! INFO tower_smartcar_connect: Smartcar Connect callback outcome="error"
//!      code="oem_cancelled_login" owner_exit=true resolution="ask_again" verified=true
//!      flow="q83vEjR0" path="/callback"
//!
//! smartcar_connect_callbacks_total{outcome="success",code="none",verified="true"} 42
//! ```
//!
//! Enable the feature `tracing`, `metrics` or both, and install a subscriber or a recorder. Each
//! callback is reported once: when its response is there, or when its browser disconnects. One that
//! disconnects during the verification or the confirmation is not reported. [`HEAD` requests and
//! prefetches](crate::callback#rules) are not reported, and requests that are not callbacks cost
//! nothing. Neither events nor metrics contain personal data or secrets.
//!
//! # Events
//!
//! Each callback is one [`tracing`](https://docs.rs/tracing) event with the target
//! `tower_smartcar_connect`, in the current span. So is each flow that starts, at `DEBUG`, with the
//! field `flow` alone.
//!
//! | field | type | in events of | value |
//! | --- | --- | --- | --- |
//! | `outcome` | string | all | `success`, `error` or `rejected` |
//! | `path` | string | all | the callback path that the browser asked for, with a stripped prefix; for a `non_canonical_path`, the path as it arrived |
//! | `flow` | string | callbacks whose `state` has the form of this crate's, unless their query or path is rejected | a name of the flow, the same at its start and in its callback; a forged `state` has one too, and it does not tell the `state` |
//! | `verified` | bool | successes, errors | whether a verifier has accepted the `state` |
//! | `code` | string | errors | the value of `error`, even if it is not documented |
//! | `owner_exit` | bool | errors | [`ErrorCode::is_owner_exit`] |
//! | `resolution` | string | errors | [`Resolution::as_str`] |
//! | `status_code` | number | errors that have one | the parameter `status_code` |
//! | `reason` | string | rejected callbacks | [`RejectionReason::as_str`] |
//! | `cookies` | string | rejected callbacks | `none`; `other`: cookies, but none of a flow; `flow`: at least one of a flow |
//!
//! An attacker can choose `code` and `path`. Each is cut after 256 characters, and its control
//! characters are escaped.
//!
//! | level | callbacks |
//! | --- | --- |
//! | `ERROR` | verified errors with [`RetryLater`] or [`ContactSupport`]; [`StateStoreUnavailable`] and [`ConfirmationUnavailable`] |
//! | `WARN` | verified errors with [`FixConfiguration`]; [`StateUnreadable`] and [`StateForOtherPath`], which a wrong configuration causes for every owner |
//! | `INFO` | other errors, and other rejected callbacks |
//! | `DEBUG` | successes |
//!
//! A link can cause an error or a rejected callback, so unverified errors are `INFO` at most. Alert on
//! rates, and on verified errors. [Troubleshooting](crate::guide::troubleshooting) leads from `reason`
//! and `cookies` to the cause.
//!
//! A route whose extractor finds no layer, and a flow that starts on another host than its callback,
//! are events at `WARN`. Flows that do not start are events too: at `ERROR` if a store or a setting
//! is the cause, and at `INFO` for a `GET`, another origin, or a user who is not logged in.
//!
//! # Metrics
//!
//! Started flows and callbacks are counted by the crate [`metrics`](https://docs.rs/metrics), in the
//! recorder of your app.
//!
//! | counter | label | values |
//! | --- | --- | --- |
//! | `smartcar_connect_flows_started_total` | | |
//! | `smartcar_connect_callbacks_total` | `outcome` | `success`, `error` |
//! | | `code` | [`ErrorCode::as_str`], which is `unknown` for every code that is not documented; `none` for a success |
//! | | `verified` | `true`, `false` |
//! | `smartcar_connect_rejected_callbacks_total` | `reason` | [`RejectionReason::as_str`] |
//! | | `cookies` | `none`, `other`, `flow` |
//!
//! Label values come from fixed sets, so a request cannot add series. A series exists from its
//! first callback on. [`describe_metrics`] describes the counters, and `examples/prometheus` exports
//! them.
//!
//! # Other logs
//!
//! The layer never logs the query of a callback. Other parts of your app, and what is in front of it,
//! do so by default:
//!
//! | log | records | what to do |
//! | --- | --- | --- |
//! | `TraceLayer` of tower-http 0.7 | the URI, in its default span | Make a span of the path, as below. |
//! | Sentry | `request.url` with its query, in events and transactions | Clear the query in `ClientOptions::before_send`. In its Rust SDK (0.49), nothing filters transactions: do not call `enable_transaction` around callbacks. |
//! | OpenTelemetry | `url.query` and `url.full`; its conventions redact no parameter of Connect | Remove both from the spans of callbacks, in the app or in the collector. |
//! | nginx's access log | the request line, as `$request` | Use `$request_method $uri` in the `log_format`. |
//! | nginx's error log | the request line, beside each error | nginx cannot leave it out. Restrict who reads the log. |
//! | load balancers, CDNs | the request line | Use a format without the query if there is one, as in CloudFront. AWS's Application Load Balancer has none: restrict who reads the log. |
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
//! Scripts of an error tracker or an analytics service read the address of the page that responds to
//! a callback. Respond with [`RedirectTo`](crate::responses::RedirectTo), or redirect when your route
//! is done.
//!
//! [`ConfirmationUnavailable`]: crate::RejectionReason::ConfirmationUnavailable
//! [`ContactSupport`]: crate::Resolution::ContactSupport
//! [`ErrorCode::as_str`]: crate::ErrorCode::as_str
//! [`ErrorCode::is_owner_exit`]: crate::ErrorCode::is_owner_exit
//! [`FixConfiguration`]: crate::Resolution::FixConfiguration
//! [`RejectionReason::as_str`]: crate::RejectionReason::as_str
//! [`Resolution::as_str`]: crate::Resolution::as_str
//! [`RetryLater`]: crate::Resolution::RetryLater
//! [`StateForOtherPath`]: crate::RejectionReason::StateForOtherPath
//! [`StateStoreUnavailable`]: crate::RejectionReason::StateStoreUnavailable
//! [`StateUnreadable`]: crate::RejectionReason::StateUnreadable

#[cfg(any(feature = "metrics", feature = "tracing"))]
mod callback;
#[cfg(feature = "metrics")]
mod counters;
#[cfg(feature = "tracing")]
mod events;
mod report;
#[cfg(feature = "start")]
mod start;

#[cfg(feature = "metrics")]
pub use self::counters::describe_metrics;
pub(crate) use self::report::Report;
#[cfg(feature = "start")]
pub(crate) use self::start::flow_started;

//! The middleware: how [`ConnectCallbackLayer`](crate::ConnectCallbackLayer) treats requests.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use tower::ServiceBuilder;
//! use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess};
//!
//! async fn app(request: Request<String>) -> Result<Response<String>, Infallible> {
//!     let text = if request.extensions().get::<ConnectSuccess>().is_some() {
//!         "Your car is connected."
//!     } else if let Some(error) = request.extensions().get::<ConnectError>() {
//!         error.suggested_user_message()
//!     } else {
//!         "This is not a callback."
//!     };
//!     Ok(Response::new(text.to_owned()))
//! }
//!
//! # let verifier = tower_smartcar_connect::verify_fn(async |_| Ok(tower_smartcar_connect::Verified::new()));
//! let layer = ConnectCallbackLayer::new("/callback", verifier);
//! let service = ServiceBuilder::new().layer(layer).service_fn(app);
//! # let mut service = service;
//! # for (uri, expected) in [
//! #     ("/callback?code=1&state=2", "Your car is connected."),
//! #     ("/callback?error=no_vehicles&state=2", tower_smartcar_connect::ErrorCode::NoVehicles.suggested_user_message()),
//! #     ("/", "This is not a callback."),
//! #     ("/callback", ""),
//! #     ("/callback?code=1", ""),
//! # ] {
//! #     let request = Request::builder().uri(uri).body(String::new()).unwrap();
//! #     let response = tower::Service::call(&mut service, request);
//! #     let response = futures_util::FutureExt::now_or_never(response).unwrap().unwrap();
//! #     assert_eq!(response.body(), expected, "{uri}");
//! # }
//! ```
//!
//! The guide says [what to do with an outcome](crate::guide::handling_outcomes). This page has the
//! rules.
//!
//! # Rules
//!
//! 1. A request is a **callback** if its path is a callback path and its query has `error`, `code`,
//!    `user_id` or `vehicle_id`. A visit to a callback path without any of them is rejected, except
//!    on `/` and after [`allow_visits`](crate::ConnectCallbackLayer::allow_visits). All other
//!    requests pass through unchanged.
//! 2. An **error** is inserted into the request's extensions as a
//!    [`ConnectError`](crate::ConnectError), and the request is forwarded to the inner service. With
//!    [`on_failure`](crate::ConnectCallbackLayer::on_failure), the handler responds instead, unless
//!    [`forward_errors`](crate::ConnectCallbackLayer::forward_errors) has chosen the error.
//! 3. A **success** is inserted into the request's extensions as a
//!    [`ConnectSuccess`](crate::ConnectSuccess), and the request is forwarded. With
//!    [`on_success`](crate::ConnectCallbackLayer::on_success), the handler responds instead. The
//!    response to an error or a success has it in its extensions, for the layers outside.
//! 4. The layer **rejects** callbacks that are ambiguous, or that Connect would never send. The inner
//!    service is not called. The response is `400 Bad Request` with an empty body, unless
//!    [`on_failure`](crate::ConnectCallbackLayer::on_failure) responds, and has the
//!    [`RejectedCallback`](crate::RejectedCallback) in its extensions. A callback is rejected if
//!    - a Connect parameter appears twice, even if one name is percent-encoded,
//!    - `error` appears together with `code`, `user_id` or `vehicle_id`. The one exception is
//!      `battery_capacity_no_selection`, which has a `vehicle_id`,
//!    - `code`, `user_id` or `vehicle_id` has no value,
//!    - `error` is empty or has characters that [RFC 6749, section 4.1.2.1][rfc] does not allow,
//!    - it has more than 256 parameters, or more than 8192 bytes of query, whatever they contain,
//!    - the method is neither `GET` nor `HEAD`,
//!    - the path is **non-canonical**: it is not a callback path as it was sent, but becomes one
//!      when it is percent-decoded, as a whole or segment by segment, when its slashes are merged,
//!      or when a slash at its end is removed or added. Some routers would deliver it to the
//!      callback's route.
//! 5. A callback is also rejected if its `state` is missing or empty, or if the verifier rejects it.
//!    [`accept_errors_without_state`](crate::ConnectCallbackLayer::accept_errors_without_state)
//!    accepts errors without a `state`, [unverified](crate::ConnectError::is_verified). If a store
//!    does not answer, the default response is `503 Service Unavailable`. With
//!    [`AppVerifiesState`](crate::AppVerifiesState), this rule is up to your app.
//! 6. A success is rejected if it has another `vehicle_id` or `external_id` than its flow was started
//!    for, or if [`confirm`](crate::ConnectCallbackLayer::confirm) does not confirm it. Without
//!    `confirm`, its ids are claims of the visitor.
//! 7. The query is parsed like the URL standard's [form parser] does it. What your own extractor
//!    finds in a callback, the layer has found too.
//! 8. Every response to a callback gets `Cache-Control: no-store`, replacing any existing value, and
//!    `Referrer-Policy: no-referrer` unless it has that header.
//!    [`omit_privacy_headers`](crate::ConnectCallbackLayer::omit_privacy_headers) turns this off.
//! 9. `HEAD` requests and prefetches never reach your code. The layer answers a `HEAD` with `200 OK`,
//!    or with `400 Bad Request` if the query or the path is rejected, and a prefetch
//!    (`Sec-Purpose: prefetch`) with `425 Too Early`, after which browsers ask again on the visit.
//!    Nothing is verified or reported.
//! 10. A state is used up by a response that serves the callback, [as described
//!     below](#when-a-state-is-used-up).
//! 11. If a request passes two layers, the inner one never replaces a verified outcome by an
//!     unverified one, and the callback is reported once, as what the inner one has made of it. An
//!     inner layer with a verifier still verifies.
//!
//! # When a state is used up
//!
//! A callback can be needed again: the owner reloads a page that failed, or logs in first. So a
//! state is used up when a response serves the callback, and not before.
//!
//! | what happens | the state |
//! | --- | --- |
//! | your route, or the handler of successes, responds with `5xx`, or the service returns an error | stays: the server failed, and the owner can reload |
//! | it responds with `307` or `308` | stays: the request is sent again after a detour, such as a login |
//! | it responds with `401`, `407`, `408`, `425` or `429` | stays: the request is sent again |
//! | it responds with any other status, such as `200`, `303` or `422` | is used up |
//! | the handler of failures responds to an error, with any status | is used up: the flow is over |
//! | the callback is rejected | stays, unless the [reason](crate::RejectionReason::keeps_state) says that the flow is over |
//! | an inner layer rejects it | stays |
//!
//! A state that stays still expires. A code of Smartcar lives ten minutes, so make sure that your
//! route can run twice for one callback. Otherwise, let every response use the state up with
//! [`always_end_flows`](crate::ConnectCallbackLayer::always_end_flows).
//!
//! A login that redirects with `302` or `303` would use the state up. Put it outside this layer,
//! which then sees the callback only after the login.
//!
//! # A path of its own
//!
//! Register a redirect URI whose path has no other visitors. On a shared path, requests of your own
//! can be callbacks by rule 1, and are then rejected:
//!
//! - your own `/?code=SPRING24` on `/`,
//! - your own `/home?error=session_expired` on `/home`,
//! - the callback of a login with another provider, `/callback?code=4/0A…&state=g-1&scope=email`.
//!
//! If the path cannot change, use [`CallbackPaths::matching`](crate::paths::CallbackPaths::matching)
//! with a predicate that looks at the query:
//!
//! ```
//! use http::Uri;
//! use tower_smartcar_connect::paths::CallbackPaths;
//! use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
//!
//! fn is_connect_callback(uri: &Uri) -> bool {
//!     let query = uri.query().unwrap_or_default();
//!     let mut pairs = query.split('&');
//!     match uri.path() {
//!         // The states of the other login begin with `google.`. Those of this crate and of
//!         // Smartcar's JavaScript SDK have no dot.
//!         "/callback" => !pairs.any(|pair| pair.starts_with("state=google.")),
//!         "/home" => query != "error=session_expired",
//!         // The app's own codes come without a state.
//!         "/" => pairs.any(|pair| pair.starts_with("state=")),
//!         _ => false,
//!     }
//! }
//!
//! let paths = CallbackPaths::matching(is_connect_callback);
//! let layer = ConnectCallbackLayer::new(paths, AppVerifiesState);
//! # let is = |uri: &str| is_connect_callback(&uri.parse().unwrap());
//! # assert!(is("/callback?code=c&state=0facda3319") && !is("/callback?code=4/0A&state=google.1"));
//! # assert!(is("/home?error=access_denied") && !is("/home?error=session_expired"));
//! # assert!(is("/?code=c&state=0facda3319") && !is("/?code=SPRING24"));
//! ```
//!
//! Your routes receive what the predicate excludes as it was sent, and no layer has verified it.
//! Anyone can make a link that is excluded. So
//!
//! - exclude what you recognize as your own, and let the layer reject the rest,
//! - never take an outcome of Connect from an excluded request. Take it from the extensions or from
//!   extractors such as [`ConnectSuccess`](crate::ConnectSuccess), and never from a `Query<…>` of
//!   your own,
//! - look at nothing but the URI. A session or a clock can change between calls, and the predicate
//!   is called several times.
//!
//! # The battery's size
//!
//! The flow at `https://connect.smartcar.com/battery-capacity` asks the owner of one vehicle for
//! the size of its battery. It ends with a
//! [`selected_capacity`](crate::ConnectSuccess::selected_capacity) or with the error
//! `battery_capacity_no_selection`. The address comes from API v2, and its token lives 30 days.
//! After that, the owner re-authenticates first, so the errors of a login can come too. No `state`
//! is documented for it, so a layer that verifies rejects both outcomes as
//! [`StateMissing`](crate::RejectionReason::StateMissing).
//!
//! Give this flow a path and a layer of its own. Put a random nonce into the query of the redirect
//! URI, keep it in the session or in a cookie, and compare the two in your handler:
//!
//! ```
//! use http::Response;
//! use http::request::Parts;
//! use tower_smartcar_connect::{
//!     AppVerifiesState, ConnectCallbackLayer, ConnectSuccess, Verified,
//! };
//!
//! /// The nonce of this browser's flow, from wherever you keep it.
//! #[derive(Clone)]
//! struct Nonce(String);
//!
//! async fn battery(success: ConnectSuccess, request: Parts) -> Response<String> {
//!     let query = request.uri.query().unwrap_or_default();
//!     let returned = query.split('&').find_map(|pair| pair.strip_prefix("nonce="));
//!     let issued = request.extensions.get::<Nonce>();
//!     match (issued, returned) {
//!         (Some(issued), Some(returned))
//!             if Verified::by_comparing(&issued.0, returned).is_ok() =>
//!         {
//!             Response::new(format!("{:?} kWh", success.selected_capacity()))
//!         }
//!         _ => Response::new("Please start again.".to_owned()),
//!     }
//! }
//!
//! // The redirect URI is `https://example.com/battery?nonce=…`.
//! let layer = ConnectCallbackLayer::new("/battery", AppVerifiesState).on_success(battery);
//! ```
//!
//! # Requirements
//!
//! The inner service has to be [`Clone`], and the body of its response [`Default`]. The response
//! future is `Send` if the inner service, its future, the request's body and the futures of verifier
//! and handlers are `Send`, and verifier and handlers are `Send` and `Sync`.
//!
//! A router that is called as a service, as on AWS Lambda, builds its layers again for each request.
//! Call axum's `Router::with_state(())` on it once, as `axum::serve` does.
//!
//! [The guide](crate::guide::layer_order) says how each framework takes the layer, what to do if a
//! prefix of the path is stripped, and in which order layers go.
//!
//! # Readiness
//!
//! `poll_ready` forwards to the inner service. A request that is not a callback goes to the service
//! that was made ready. A callback moves that service into its future, and leaves a clone for the
//! next request. If a handler responds, the service is dropped as soon as that is clear, so it does
//! not hold what `poll_ready` has reserved, such as the permit of a `ConcurrencyLimit`.
//!
//! Clones of the inner service therefore have to start out as not ready. Nearly all tower services
//! do. A clone of tower 0.5's `Steer` starts out as ready as the original, so the call after a
//! callback can panic: put the layer around the services that it steers between.
//!
//! [rfc]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
//! [form parser]: https://url.spec.whatwg.org/#urlencoded-parsing

mod additions;
mod confirm;
mod ends_flow;
mod future;
mod handler;
pub(crate) mod layer;
mod probe;
mod service;
mod settings;
mod steps;

pub use self::confirm::Confirmed;
pub use self::ends_flow::ends_flow;
pub use self::future::ResponseFuture;
pub use self::handler::{EmptyResponse, HandleCallback, NoHandler};
pub use self::probe::is_speculative;
pub use self::service::ConnectCallback;
pub use self::steps::EmptyBody;

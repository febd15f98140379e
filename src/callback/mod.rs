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
//! # let verifier = |_: &http::request::Parts, _: &str| true;
//! let layer = ConnectCallbackLayer::new("/callback").verify_state_with(verifier);
//! let service = ServiceBuilder::new().layer(layer).service_fn(app);
//! # let mut service = service;
//! # for (uri, expected) in [
//! #     ("/callback?code=1&state=2", "Your car is connected."),
//! #     ("/callback?error=invalid_subscription&state=2", "Your car’s connected-services subscription isn’t active."),
//! #     ("/callback", "This is not a callback."),
//! #     ("/callback?code=1", ""),
//! # ] {
//! #     let request = Request::builder().uri(uri).body(String::new()).unwrap();
//! #     let response = tower::Service::call(&mut service, request);
//! #     let response = futures_util::FutureExt::now_or_never(response).unwrap().unwrap();
//! #     assert_eq!(response.body(), expected, "{uri}");
//! # }
//! ```
//!
//! The guide has a page on [handling outcomes](crate::guide::handling_outcomes). This page has the
//! rules.
//!
//! # Rules
//!
//! 1. A request is a **callback** if its path is a callback path and its query has `error`, `code`,
//!    `user_id` or `vehicle_id`. Every other request is forwarded unchanged, such as a visit to a
//!    page at `/`.
//! 2. An **error** is inserted into the request's extensions as a
//!    [`ConnectError`](crate::ConnectError), and the request is forwarded to the inner service.
//!    With [`on_failure`](crate::ConnectCallbackLayer::on_failure) or
//!    [`on_error`](crate::ConnectCallbackLayer::on_error), a handler responds instead.
//! 3. A **success** is inserted into the request's extensions as a
//!    [`ConnectSuccess`](crate::ConnectSuccess), and the request is forwarded. With
//!    [`on_success`](crate::ConnectCallbackLayer::on_success), a handler responds instead. In every
//!    case, the response to an error or a success has it in its extensions, for the layers outside.
//! 4. A callback that could mean two things, or that Connect cannot have sent, is **invalid**, and
//!    is rejected. The inner service is not called. The response is `400 Bad Request` with an empty
//!    body, unless [`on_failure`](crate::ConnectCallbackLayer::on_failure) or
//!    [`on_invalid`](crate::ConnectCallbackLayer::on_invalid) responds. The response has the
//!    [`InvalidCallback`](crate::InvalidCallback) in its extensions. A callback is invalid if
//!    - a Connect parameter appears twice, even if one name is percent-encoded,
//!    - `error` appears together with `code`, `user_id` or `vehicle_id`. The one exception is
//!      `battery_capacity_no_selection`, which has a `vehicle_id`,
//!    - `code`, `user_id` or `vehicle_id` has no value,
//!    - `error` is empty or has characters that [RFC 6749, section 4.1.2.1][rfc] does not allow,
//!    - it has more than 256 parameters,
//!    - the query is longer than [`max_query_bytes`](crate::ConnectCallbackLayer::max_query_bytes),
//!      whatever it contains,
//!    - it has no Connect result, although
//!      [`require_result`](crate::ConnectCallbackLayer::require_result) is on,
//!    - the method is neither `GET` nor `HEAD`,
//!    - the path is **non-canonical**: it is not a callback path as it was sent, but becomes one
//!      when it is percent-decoded, as a whole or segment by segment, when its slashes are merged,
//!      or when a slash at its end is removed or added. Some routers would deliver it to the
//!      callback's route.
//! 5. A callback is also invalid if its `state` is missing or empty, or if the verifier rejects it.
//!    An error without a `state` can be accepted, [unverified](crate::ConnectError::is_verified),
//!    with [`errors_without_state`](crate::ConnectCallbackLayer::errors_without_state). If the
//!    verifier's store does not answer, the default response is `503 Service Unavailable`. After
//!    [`app_verifies_state`](crate::ConnectCallbackLayer::app_verifies_state), this rule is up to
//!    your app.
//! 6. The query is parsed like the URL standard's [form parser] does it. What your own extractor
//!    finds in a callback, the layer has found too.
//! 7. Every response to a callback gets `Cache-Control: no-store`, whatever it says itself, and
//!    `Referrer-Policy: no-referrer` unless it has that header.
//!    [`response_headers`](crate::ConnectCallbackLayer::response_headers) turns this off.
//! 8. Only a visit delivers an outcome. The layer responds to a `HEAD` itself, with `200 OK`, or
//!    with `400 Bad Request` if the callback is invalid even without a look at its `state`. It also
//!    responds itself if a browser loads the callback ahead of a visit (`Sec-Purpose: prefetch`),
//!    with `503 Service Unavailable`: browsers drop such a response, and ask again. In both cases,
//!    neither your route nor a handler nor the verifier is called, and nothing is reported.
//! 9. A state is used up by a response that serves the callback, [as described
//!    below](#when-a-state-is-used-up).
//! 10. If a request passes two layers, the inner one never replaces a verified outcome by an
//!     unverified one, and the callback is reported once. An inner layer with a verifier still
//!     verifies.
//!
//! # Verifying `state`
//!
//! A layer is not a [`Layer`](tower::Layer) until you call one of these methods.
//! [The guide](crate::guide::verifying_state) says why, and which one to choose.
//!
//! | method | for |
//! | --- | --- |
//! | [`verify_state_with`](crate::ConnectCallbackLayer::verify_state_with) | `StateCookie` (feature `state-cookie`), or a type of your own |
//! | [`verify_state_async`](crate::ConnectCallbackLayer::verify_state_async) | a session store |
//! | [`verify_state`](crate::ConnectCallbackLayer::verify_state) | a function that needs no store |
//! | [`app_verifies_state`](crate::ConnectCallbackLayer::app_verifies_state) | an app that compares `state` itself, or handles errors only. [`is_verified`](crate::ConnectSuccess::is_verified) returns `false`. |
//!
//! # When a state is used up
//!
//! A callback can be needed again: the owner reloads a page that failed, or logs in first. So a
//! state is used up when a response serves the callback, and not before. That response gets the
//! [headers of the verifier](crate::Verified::with_header), which remove the cookie of the flow.
//!
//! | your route or a handler responds with | the state |
//! | --- | --- |
//! | `5xx`, or the service returns an error | stays: the server failed, and the owner can reload |
//! | `307` or `308` | stays: the request is sent again after a detour, such as a login |
//! | `401`, `407`, `408`, `425` or `429` | stays: the request is sent again |
//! | any other status, such as `200`, `303` or `422` | is used up |
//!
//! A state that stays still expires. A code of Smartcar lives ten minutes, so make sure that your
//! route can run twice for one callback. Otherwise, let every response use the state up with
//! [`resume_flows(false)`](crate::ConnectCallbackLayer::resume_flows).
//!
//! A login that redirects with `302` or `303` would use the state up. Put it outside this layer,
//! which then sees the callback only after the login.
//!
//! A session of `tower-sessions` follows the same rule by itself if the verifier removes the state
//! from it: the session layer does not save a session if the response is a server error.
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
//! If the path cannot change, use [`matching`](crate::ConnectCallbackLayer::matching) with a
//! predicate that looks at the query:
//!
//! ```
//! use http::Uri;
//! use tower_smartcar_connect::ConnectCallbackLayer;
//!
//! fn is_connect_callback(uri: &Uri) -> bool {
//!     let query = uri.query().unwrap_or_default();
//!     let mut pairs = query.split('&');
//!     match uri.path() {
//!         // The states of the other login begin with `google.`. The states of
//!         // `StateCookie` and of Smartcar's JavaScript SDK have no dot.
//!         "/callback" => !pairs.any(|pair| pair.starts_with("state=google.")),
//!         "/home" => query != "error=session_expired",
//!         // The app's own codes come without a state.
//!         "/" => pairs.any(|pair| pair.starts_with("state=")),
//!         _ => false,
//!     }
//! }
//!
//! let layer = ConnectCallbackLayer::matching(is_connect_callback);
//! # let is = |uri: &str| is_connect_callback(&uri.parse().unwrap());
//! # assert!(is("/callback?code=c&state=0facda3319") && !is("/callback?code=4/0A&state=google.1"));
//! # assert!(is("/home?error=access_denied") && !is("/home?error=session_expired"));
//! # assert!(is("/?code=c&state=0facda3319") && !is("/?code=SPRING24"));
//! ```
//!
//! Your routes receive what the predicate excludes as it was sent, and no layer has verified it.
//! Anybody can make a link that is excluded. So
//!
//! - exclude what you recognize as your own, and let the layer reject the rest,
//! - never take a result of Connect from an excluded request. Take it from the extensions or from
//!   extractors such as [`ConnectSuccess`](crate::ConnectSuccess), which do not read the query, and
//!   never from a `Query<…>` of your own,
//! - look at nothing but the URI. A session or a clock can change between calls, and the predicate
//!   is called several times.
//!
//! # The battery's size
//!
//! The flow at `https://connect.smartcar.com/battery-capacity` asks the owner of one vehicle for
//! the size of its battery. It ends with a
//! [`selected_capacity`](crate::ConnectSuccess::selected_capacity) or with the error
//! `battery_capacity_no_selection`. Smartcar's API returns its address, and no `state` is
//! documented for it. A layer that verifies rejects both outcomes as
//! [`StateMissing`](crate::InvalidCallbackKind::StateMissing).
//!
//! Give this flow a path and a layer of its own. Put a random nonce into the query of the redirect
//! URI, keep it in the session or in a cookie, and compare the two in your handler:
//!
//! ```
//! use http::Response;
//! use http::request::Parts;
//! use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess, Verified};
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
//! let layer =
//!     ConnectCallbackLayer::new("/battery").app_verifies_state().on_success(battery);
//! ```
//!
//! # Requirements
//!
//! The inner service has to be [`Clone`], and the body of its response [`Default`]. The response
//! future is `Send` if the inner service, its future, the request's body and the futures of verifier
//! and handlers are `Send`, and verifier and handlers are `Send` and `Sync`.
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
//! do. `tower::steer::Steer` does not: [put the layer behind it](crate::guide::layer_order#other-layers).
//!
//! [rfc]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
//! [form parser]: https://url.spec.whatwg.org/#urlencoded-parsing

pub(crate) mod future;
pub(crate) mod handler;
pub(crate) mod layer;
pub(crate) mod service;
mod settings;
pub(crate) mod verifier;

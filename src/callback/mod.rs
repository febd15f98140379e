//! The middleware: how [`ConnectCallbackLayer`](crate::ConnectCallbackLayer) treats requests.
//!
//! # Rules
//!
//! 1. A request is a **callback** if its path is a callback path and its query has `error`, `code`,
//!    `user_id` or `vehicle_id`. Every other request is forwarded unchanged, such as a visit to a
//!    page at `/`.
//! 2. The layer inserts an **error** into the request's extensions as a
//!    [`ConnectError`](crate::ConnectError), and forwards the request to the inner service. With
//!    [`on_failure`](crate::ConnectCallbackLayer::on_failure) or
//!    [`on_error`](crate::ConnectCallbackLayer::on_error), a handler responds instead.
//! 3. The layer inserts a **success** into the request's extensions as a
//!    [`ConnectSuccess`](crate::ConnectSuccess), and forwards the request. With
//!    [`on_success`](crate::ConnectCallbackLayer::on_success), a handler responds instead. Whatever
//!    responds to an error or a success, the response has it in its extensions, for the layers
//!    outside.
//! 4. A callback that could mean two things, or that Connect cannot have sent, is **invalid**. The
//!    inner service is not called. The response is `400 Bad Request` with an empty body, unless
//!    [`on_failure`](crate::ConnectCallbackLayer::on_failure) or
//!    [`on_invalid`](crate::ConnectCallbackLayer::on_invalid) responds. It has the
//!    [`InvalidCallback`](crate::InvalidCallback) in its extensions. A callback is invalid if
//!    - a Connect parameter appears twice, even if one name is percent-encoded,
//!    - `error` appears together with `code`, `user_id` or `vehicle_id`, except that a `vehicle_id`
//!      is a part of `battery_capacity_no_selection`,
//!    - `code`, `user_id` or `vehicle_id` has no value,
//!    - `error` is empty or has characters that [RFC 6749, section 4.1.2.1][rfc] does not allow,
//!    - it has more than 256 parameters,
//!    - the query is longer than [`max_query_bytes`](crate::ConnectCallbackLayer::max_query_bytes),
//!      whatever it says,
//!    - it has no Connect result, although
//!      [`require_result`](crate::ConnectCallbackLayer::require_result) is on,
//!    - the method is neither `GET` nor `HEAD`,
//!    - the path is not a callback path as it was sent, but becomes one when it is percent-decoded,
//!      as a whole or segment by segment, when its slashes are merged, or when a slash at its end
//!      is removed or added. Some routers would deliver it to the callback's route.
//! 5. A callback is also invalid if its `state` is missing or empty, or if the verifier rejects it.
//!    An error without a `state` can be accepted, [unverified](crate::ConnectError::is_verified),
//!    with [`errors_without_state`](crate::ConnectCallbackLayer::errors_without_state). If the
//!    verifier's store does not answer, the default response is `503 Service Unavailable`. After
//!    [`app_verifies_state`](crate::ConnectCallbackLayer::app_verifies_state), this rule is up to
//!    your app.
//! 6. The query is parsed as the URL standard's [form parser] does. What your own extractor finds
//!    in a callback, the layer has found too.
//! 7. Every response to a callback gets `Cache-Control: no-store`, whatever it says itself, and
//!    `Referrer-Policy: no-referrer` unless it has that header.
//!    [`response_headers`](crate::ConnectCallbackLayer::response_headers) turns this off.
//! 8. Only a visit takes an outcome. The layer responds to a `HEAD` itself, with `200 OK`, or `400
//!    Bad Request` if the callback is invalid without a look at its `state`. It also responds itself
//!    if a browser loads the callback ahead of a visit (`Sec-Purpose: prefetch`), with
//!    `503 Service Unavailable`: browsers drop such a response, and ask again. Neither your route
//!    nor a handler nor the verifier is called, and neither is reported.
//! 9. A state is used up by a response that serves the callback, [as described
//!    below](#when-a-state-is-used-up).
//! 10. If a request passes two layers, the inner one never replaces a verified outcome by an
//!    unverified one, and the callback is reported once. An inner layer with a verifier still
//!    verifies.
//!
//! # A path of its own
//!
//! Register a redirect URI whose path has no other visitors. On `/`, your own `/?code=SPRING24` is
//! a callback by rule 1, and rejected by a verifier. So are your own `/home?error=session_expired`
//! on `/home`, and the callback of a login with another provider,
//! `/callback?code=4/0A…&state=g-1&scope=email`, on a path that both share.
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
//!         // The other login is given states that begin with `google.`. Those of `StateCookie` and
//!         // of Smartcar's JavaScript SDK have no dot.
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
//! Your routes get what the predicate excludes as it was sent, and no layer has verified it.
//! Everybody can make a link that is excluded. So
//!
//! - exclude what you recognize as your own, and let the layer reject the rest,
//! - never take a result of Connect from a request that is excluded. Your routes take it from the
//!   extensions or from extractors such as [`ConnectSuccess`](crate::ConnectSuccess), which read no
//!   query themselves, and never from a `Query<…>` of your own,
//! - do not use a session, a clock or anything else but the URI, since the predicate is called
//!   several times.
//!
//! # Verifying `state`
//!
//! Anybody can make a link to a callback path with a code of their own. Whoever follows it connects
//! somebody else's car to their account ([RFC 6749, section 10.12][csrf]). The `state` shows that
//! the browser comes from a flow that your app started in it. So a layer is not a
//! [`Layer`](tower::Layer) until you call one of these methods:
//!
//! | method | for |
//! | --- | --- |
//! | [`verify_state_with`](crate::ConnectCallbackLayer::verify_state_with) | `StateCookie` (feature `state-cookie`), or a type of your own |
//! | [`verify_state_async`](crate::ConnectCallbackLayer::verify_state_async) | a session store |
//! | [`verify_state`](crate::ConnectCallbackLayer::verify_state) | a function that needs no store |
//! | [`app_verifies_state`](crate::ConnectCallbackLayer::app_verifies_state) | an app that compares `state` itself, or handles errors only; [`is_verified`](crate::ConnectSuccess::is_verified) is `false` |
//!
//! # When a state is used up
//!
//! A callback can be needed again: the owner reloads a page that failed, or logs in first. So a
//! state is used up when a response serves the callback, and not before. Then the layer adds the
//! [headers of the verifier](crate::Verified::with_header), which remove the cookie of the flow.
//!
//! | your route or a handler responds with | the state |
//! | --- | --- |
//! | any status that is not listed here, such as `200`, `303` or `422` | is used up |
//! | `5xx`, or an error of the service | stays: the server failed, and the owner can reload |
//! | `307` or `308` | stays: the request is to be sent again after a detour, such as a login |
//! | `401`, `407`, `408`, `425` or `429` | stays: the request is to be sent again |
//!
//! A state that stays still expires, after the lifetime of its cookie. A code of Smartcar lives
//! ten minutes, so make sure that your route can run twice for one callback. Otherwise, let every
//! response use the state up with
//! [`resume_flows(false)`](crate::ConnectCallbackLayer::resume_flows).
//!
//! A login that redirects with `302` or `303` would use the state up. Put it outside of this layer,
//! which then sees the callback only after the login.
//!
//! A session of `tower-sessions` follows the same rule without your help if the verifier removes the
//! state from it: the session layer does not save a session whose response is a server error.
//!
//! # The battery's size
//!
//! The flow at `https://connect.smartcar.com/battery-capacity` asks the owner of one vehicle for
//! the size of its battery. It ends with a
//! [`selected_capacity`](crate::ConnectSuccess::selected_capacity) or with the error
//! `battery_capacity_no_selection`. Your app does not build its address, and no `state` is
//! documented for either end, so a layer that verifies rejects both as
//! [`StateMissing`](crate::InvalidCallbackKind::StateMissing).
//!
//! Give this flow a path and a layer of its own. Put a random nonce into the query of the redirect
//! URI, keep it in the session or in a cookie, and compare the two in your handler: the layer calls
//! no verifier without a `state`.
//!
//! ```
//! use http::Response;
//! use http::request::Parts;
//! use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess, Verified};
//!
//! /// The nonce that this browser was given when the flow started, from wherever you keep it.
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
//! let layer = ConnectCallbackLayer::new("/battery").app_verifies_state().on_success(battery);
//! ```
//!
//! # Where the layer goes
//!
//! The path is compared as the layer sees it. Behind a proxy that strips `/app`, and inside
//! `axum::Router::nest("/app", …)`, a layer sees `/callback` if the browser asked for
//! `/app/callback`. Give it the path that the browser asks for, and call
//! [`stripped_prefix("/app")`](crate::ConnectCallbackLayer::stripped_prefix). A state that was
//! issued for `/app/callback` is accepted then. Inside `nest`,
//! [`match_original_uri`](crate::ConnectCallbackLayer::match_original_uri) does the same without the
//! prefix.
//!
//! In nginx, `location /app/ { proxy_pass http://127.0.0.1:8000/; }` strips `/app`. With
//! `location /app`, without the slash, it forwards `//callback`, which is rejected. Both normalize
//! the path, so the layer does not see how it was sent.
//!
//! Layers that rewrite paths, such as `NormalizePath`, go inside this one or nowhere: outside, they
//! hide how the path was sent. If a `NormalizePathLayer` has to stand outside, register a redirect
//! URI whose path it leaves as it is: without a slash at the end for `trim_trailing_slash`, and with
//! one for `append_trailing_slash`. Otherwise every callback is rejected as
//! [`NonCanonicalPath`](crate::InvalidCallbackKind::NonCanonicalPath).
//!
//! A layer only sees the requests to what it wraps. In axum, merged routers keep their layers on
//! their own routes, and the fallback is that of the router merged last, with its layers. A
//! callback on a non-canonical form of a path is a `400` if the fallback has this layer, and a
//! `404` otherwise, as with `route_layer` and inside `nest`. It does not reach a route in either
//! case.
//!
//! The inner service has to be [`Clone`]. The response future is `Send` if the inner service, its
//! future, the request's body and the futures of verifier and handlers are `Send`, and verifier and
//! handlers are `Send` and `Sync`.
//!
//! # Other layers
//!
//! | layer | goes | because |
//! | --- | --- | --- |
//! | `SetRequestIdLayer`, `PropagateRequestIdLayer` | outside | inside, handlers and rejections have no id |
//! | `TraceLayer` | outside | inside, it misses the responses of handlers; outside, it finds the [`ConnectError`](crate::ConnectError) or [`InvalidCallback`](crate::InvalidCallback) in the response. Give it a [span of the path](crate::telemetry#other-logs): the default one logs the query with its code |
//! | an error tracker, an access log | outside | the same, and it has to [leave out the query](crate::telemetry#other-logs) |
//! | `CatchPanicLayer` | outside and inside | outside, it catches panics of handlers; inside, the response to a panic of a route has this layer's headers |
//! | `CompressionLayer` | outside | inside, responses of handlers are not compressed |
//! | `CorsLayer` | outside | inside, a preflight that has a result is rejected. A browser comes to a callback by navigation, which needs no CORS, so allow no other origins there. That keeps their pages from reading the response; the `state` keeps them from sending the request |
//! | `SessionManagerLayer`, `AuthManagerLayer` | outside | inside, verifiers and handlers find no session and no user |
//! | `login_required!` | inside | its `307` leaves the state, so the callback passes after the login; outside, its redirect lacks this layer's headers. In either place the redirect has the code in `next` |
//! | a login that redirects with `302` or `303` | outside | inside, its redirect uses the state up |
//! | `NormalizePathLayer` | inside | outside, it hides how the path was sent, and the redirect URI has to have the form that it leaves |
//!
//! In a `ServiceBuilder`, layers that change the body go outside, since a handler responds with the
//! body of the inner service. `axum::serve` then needs
//! `.map_response(|response| response.map(Body::new))` as the outermost layer.
//!
//! # AWS Lambda
//!
//! Behind a REST API or a load balancer, `lambda_http` rebuilds the query, and `?text` becomes
//! `?text=`, so a description without a name is `None` there. Without multi-value headers, a load
//! balancer forwards only the last of several equal parameters, which no code can notice. The stage
//! of a REST API is a part of the path.
//!
//! Take results from the outcomes of this layer or from the URI, never from
//! `query_string_parameters` of `lambda_http::RequestExt`. An HTTP API decodes the path: of
//! `/callback%23?code=…` it makes `/callback#`, and `lambda_http` then treats the query as a
//! fragment. The URI is `/callback`, which is not a callback, but the parameters have the code,
//! which nobody has verified.
//!
//! # gRPC
//!
//! A tonic server responds to a success with a gRPC status, which a browser shows as an empty page.
//! Respond with [`on_success`](crate::ConnectCallbackLayer::on_success), as `examples/tonic`
//! does.
//!
//! # Readiness
//!
//! `poll_ready` is that of the inner service. A request that is not a callback goes to the service
//! that was made ready. A callback takes it along into its future, and a clone stays behind for the
//! next request. If a handler responds, the readied service is dropped as soon as that is clear, so
//! it does not hold what `poll_ready` has reserved, such as the permit of a `ConcurrencyLimit`.
//!
//! A clone therefore has to start out as not ready, as those of nearly all tower services do. One
//! of `tower::steer::Steer` believes to be as ready as the service it was cloned from, and the call
//! after a callback can panic. Put the layer in front of the services that it steers between, and
//! not in front of a `Steer`.
//!
//! [rfc]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
//! [csrf]: https://www.rfc-editor.org/rfc/rfc6749#section-10.12
//! [form parser]: https://url.spec.whatwg.org/#urlencoded-parsing

pub(crate) mod future;
pub(crate) mod handler;
pub(crate) mod layer;
pub(crate) mod service;
mod settings;
pub(crate) mod verifier;

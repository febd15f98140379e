//! The middleware: a tower layer in front of the routes that Connect redirects to.
//!
//! # Rules
//!
//! 1. A request is a **callback** if its path is a callback path and its query has `error`, `code`, `user_id` or
//!    `vehicle_id`. Every other request passes untouched, such as a visit to a page at `/`.
//! 2. An **error** goes into the request's extensions as a [`ConnectError`], and the request to the inner service. With
//!    [`on_error`](ConnectCallbackLayer::on_error) a handler answers in place of the inner service, and the response
//!    has the [`ConnectError`] in its extensions.
//! 3. A **success** goes into the request's extensions as a [`ConnectSuccess`], and the request to the inner service.
//! 4. A callback that cannot be trusted to mean one thing is **invalid**. The inner service is not called: the answer
//!    is `400 Bad Request` with an empty body, or that of [`on_invalid`](ConnectCallbackLayer::on_invalid). The
//!    response has the [`InvalidCallback`] in its extensions. A callback is invalid where
//!    - a parameter that Connect defines is given twice, by whatever spelling of its name,
//!    - `error` comes together with `code`, `user_id` or `vehicle_id`,
//!    - `code`, `user_id` or `vehicle_id` has no value,
//!    - `error` is empty or has characters that [RFC 6749, section 4.1.2.1][rfc] does not allow,
//!    - it has more than 256 parameters,
//!    - the query is longer than [`max_query_bytes`](ConnectCallbackLayer::max_query_bytes), whatever it says,
//!    - the method is neither `GET` nor `HEAD`,
//!    - the path is no callback path as it was sent, but becomes one when it is percent-decoded, as a whole or segment
//!      by segment, when its slashes are merged, or when a slash at its end is dropped or added. Some routers would
//!      deliver it to the callback's route.
//! 5. With [`verify_state`](ConnectCallbackLayer::verify_state) or
//!    [`verify_state_async`](ConnectCallbackLayer::verify_state_async), a callback is also invalid where its `state` is
//!    missing, empty or refused by the verifier. Nobody but the handler of invalid callbacks sees it. An error without
//!    a state can be let through, [unverified](crate::ConnectError::is_verified), by
//!    [`errors_without_state`](ConnectCallbackLayer::errors_without_state). Where the verifier's store does not answer,
//!    the default answer is `503 Service Unavailable`.
//! 6. The query is read as the URL standard's [form parser] reads it. What the app's own extractor finds in a callback,
//!    this layer has found too.
//! 7. Every response to a callback gets `Cache-Control: no-store` and `Referrer-Policy: no-referrer` where it has no
//!    such header, unless [`response_headers`](ConnectCallbackLayer::response_headers) says otherwise.
//!
//! # Who sent the browser
//!
//! Anybody can make a link to a callback path with an error text or a code of their own, and whoever follows it binds
//! somebody else's car to their account ([RFC 6749, section 10.12][csrf]). The `state` shows that the browser comes
//! from a flow that the app began in it, so have it verified: with
//! `StateCookie` (feature `state-cookie`), or by comparing it with what a session keeps. Without a verifier,
//! [`is_verified`](crate::ConnectSuccess::is_verified) is `false` and the check is left to the app.
//!
//! # Where the layer goes
//!
//! The path is compared as the layer sees it. A layer inside `axum::Router::nest("/api", …)` sees `/callback` where the
//! browser asked for `/api/callback`. There, either give the path without the prefix, or turn on the feature `axum`,
//! with which both match. Layers that rewrite paths, such as `NormalizePath`, go inside of this one or not at all:
//! outside, they hide from it how the path was sent.
//!
//! A verifier of either kind goes wherever the layer goes. The response future is `Send` if those of verifier and
//! service and the request's body are.
//!
//! A layer sees what it wraps: in axum, routers that are merged keep their layers on their own routes, and the fallback
//! is that of the router merged last, with its layers. A callback on another spelling of a path is a `400` where the
//! fallback has this layer and a `404` where it has not, as with `route_layer` and inside of `nest`. Neither reaches a
//! route.
//!
//! # On AWS Lambda, and beside gRPC
//!
//! On AWS Lambda behind a REST API or a load balancer, `lambda_http` writes the query anew and `?text` becomes
//! `?text=`, so a description that has lost its name is `None` there. Without multi-value headers a load balancer hands
//! on only the last of duplicates, which nobody can notice. The stage of a REST API is a part of the path.
//!
//! Take results on Lambda from the outcomes of this layer or from the URI, and never from `query_string_parameters` of
//! `lambda_http::RequestExt`. An HTTP API decodes the path: of `/callback%23?code=…` it makes `/callback#`, and
//! `lambda_http` then takes the query for a fragment. The URI is `/callback`, which is no callback, but the parameters
//! have the code, which nobody has verified.
//!
//! Beside gRPC, successes need a page of their own: a tonic server without one answers them with a gRPC status, which a
//! browser shows as an empty page. `examples/tonic.rs` has one.
//!
//! # Among other layers
//!
//! | layer | goes | because |
//! | --- | --- | --- |
//! | `SetRequestIdLayer`, `PropagateRequestIdLayer` | outside | inside, handlers and refusals have no id |
//! | `TraceLayer` | outside | inside, it misses what handlers answer; outside, it finds the [`ConnectError`] or [`InvalidCallback`] in the response. Give it a span of the path: the default one logs the query with its code |
//! | `CatchPanicLayer` | outside and inside | outside, it answers panics of handlers; inside, the answer to a panic of a route has this layer's headers |
//! | `CompressionLayer` | outside | inside, handlers' answers are not compressed |
//! | `CorsLayer` | outside | inside, a preflight that has a result is refused. A browser comes to a callback by navigation, which needs no CORS, so allow no other origins there. That keeps their pages from reading the answer; from sending the request, the state does |
//! | `SessionManagerLayer`, `AuthManagerLayer` | outside | inside, verifiers and handlers find no session and no user |
//! | `login_required!` | inside, or not at all | outside, its redirect lacks this layer's headers; in either place it has the code in `next` |
//! | `NormalizePathLayer` | inside | outside, it hides how the path was sent |
//!
//! In a `ServiceBuilder`, layers that change the body go outside, since a handler answers with the body of the service
//! that it stands for. `axum::serve` then needs `.map_response(|response| response.map(Body::new))` as the outermost.
//!
//! # Readiness
//!
//! `poll_ready` is that of the inner service, and the service that was made ready is the one that is called. When a
//! callback is answered without the inner service, the readiness is given back at once: the readied service is dropped
//! and a clone takes its place.
//!
//! A clone therefore has to know that it is not ready itself, as those of nearly all services do. One of tower's
//! `Steer` believes to be as ready as the service it was cloned from. Behind the layer, the next call after such an
//! answer can panic, as it does in a `ConcurrencyLimit` that `Steer` has not made ready: put the layer in front of the
//! services that it steers between, and not in front of it.
//!
//! [`ConnectError`]: crate::ConnectError
//! [`ConnectSuccess`]: crate::ConnectSuccess
//! [`InvalidCallback`]: crate::InvalidCallback
//! [rfc]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
//! [csrf]: https://www.rfc-editor.org/rfc/rfc6749#section-10.12
//! [form parser]: https://url.spec.whatwg.org/#urlencoded-parsing

mod candidate;
mod future;
mod handler;
mod headers;
mod layer;
mod matcher;
mod options;
mod responding;
mod service;
mod spelling;
mod verdict;
mod verifier;

pub use self::future::ResponseFuture;
pub use self::handler::{AnswerErrors, EmptyResponse, ErrorPolicy, HandleCallback, NoHandler, PassErrors};
pub use self::layer::ConnectCallbackLayer;
pub use self::matcher::{CallbackPaths, MatchCallback};
pub use self::service::ConnectCallback;
pub use self::verdict::{IntoVerdict, Verdict, Verified};
pub use self::verifier::{AsyncVerifier, NoFuture, NoVerifier, Verification, Verifier, VerifyState, VerifyStateAsync};

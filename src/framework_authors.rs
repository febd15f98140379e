//! For authors of frameworks and middleware: what to build on, and how a server without tower reads callbacks.
//!
//! # A server that is not tower
//!
//! The core is pure: [`ConnectResponse::from_query`] takes the text of a query and needs no service, no request type
//! and nothing asynchronous. A callback middleware for any server is a few lines around it. This one is for a server
//! whose handlers are functions:
//!
//! ```
//! use tower_smartcar_connect::{ConnectResponse, InvalidCallback, Verified};
//!
//! /// A request and a response of that server.
//! pub struct Request {
//!     pub method: String,
//!     /// As it was sent, such as `/callback?code=1234`.
//!     pub target: String,
//!     /// The state that the session of this browser remembers.
//!     pub issued_state: Option<String>,
//!     /// What the middleware has found, for the handler.
//!     pub outcome: Option<ConnectResponse>,
//! }
//! # #[derive(Debug, Default)]
//! pub struct Response {
//!     pub status: u16,
//!     pub headers: Vec<(&'static str, &'static str)>,
//!     pub body: String,
//! }
//!
//! /// Wraps a handler: callbacks on `path` reach it with their outcome, and invalid ones not at all.
//! pub fn connect_callbacks(path: &str, handler: impl Fn(Request) -> Response) -> impl Fn(Request) -> Response {
//!     move |mut request| {
//!         let outcome = match request.target.split_once('?') {
//!             Some((request_path, query)) if request_path == path => ConnectResponse::from_query(query),
//!             _ => Ok(None),
//!         };
//!         let mut response = match outcome {
//!             // No callback, so nothing changes.
//!             Ok(None) => return handler(request),
//!             // Connect only redirects, so a browser comes with `GET`.
//!             Ok(_) if !matches!(request.method.as_str(), "GET" | "HEAD") => refused(),
//!             // Before anything of the app runs.
//!             Ok(Some(outcome)) if !was_issued(&outcome, &request) => refused(),
//!             Ok(Some(outcome)) => {
//!                 request.outcome = Some(outcome);
//!                 handler(request)
//!             }
//!             Err(invalid) => {
//!                 log(&invalid);
//!                 refused()
//!             }
//!         };
//!         // The address holds credentials.
//!         response.headers.extend([("cache-control", "no-store"), ("referrer-policy", "no-referrer")]);
//!         response
//!     }
//! }
//!
//! /// Whether the state is the one that was issued to this browser, compared in constant time.
//! fn was_issued(outcome: &ConnectResponse, request: &Request) -> bool {
//!     let (Some(state), Some(issued)) = (outcome.state(), &request.issued_state) else { return false };
//!     Verified::by_comparing(issued, &state).is_ok()
//! }
//!
//! fn refused() -> Response {
//!     Response { status: 400, headers: Vec::new(), body: String::new() }
//! }
//! # fn log(_: &InvalidCallback) {}
//! #
//! # let app = connect_callbacks("/callback", |request| Response {
//! #     status: 200,
//! #     headers: Vec::new(),
//! #     body: match request.outcome {
//! #         None => "page".to_owned(),
//! #         Some(ConnectResponse::Success(_)) => "connected".to_owned(),
//! #         Some(ConnectResponse::Error(error)) => error.code().to_string(),
//! #     },
//! # });
//! # for (method, target, status, body, headers) in [
//! #     ("GET", "/callback?code=1&state=s-1", 200, "connected", 2),
//! #     ("HEAD", "/callback?error=oem_cancelled_login&the%20user&state=s-1", 200, "oem_cancelled_login", 2),
//! #     ("GET", "/callback?code=1&state=s-2", 400, "", 2),
//! #     ("GET", "/callback?code=1", 400, "", 2),
//! #     ("GET", "/callback", 200, "page", 0),
//! #     ("GET", "/callback?page=2", 200, "page", 0),
//! #     ("GET", "/other?code=1&code=2", 200, "page", 0),
//! #     ("POST", "/callback?code=1&state=s-1", 400, "", 2),
//! #     ("GET", "/callback?code=1&code=2&state=s-1", 400, "", 2),
//! # ] {
//! #     let request = Request { method: method.to_owned(), target: target.to_owned(), issued_state: Some("s-1".to_owned()), outcome: None };
//! #     let response = app(request);
//! #     let found = (response.status, response.body.as_str(), response.headers.len());
//! #     assert_eq!(found, (status, body, headers), "{method} {target}");
//! # }
//! ```
//!
//! Four things are the middleware's own to do, since they are not in the query. Take the query as it was sent: a
//! framework that has decoded it and writes it anew can lose a description without a name. Refuse other methods. Verify
//! the `state` against what was issued to this browser, before anything else of the app runs, and let nothing pass that
//! has none. And where the framework's router is tolerant, refuse callbacks on other spellings of the path. The rules
//! on the page of the [`callback`](crate::callback#rules) module are the model, and `tests/frameworks` of this crate
//! has the cases to test with.
//!
//! # What is meant to be extended
//!
//! These traits are open. Within one minor version before 1.0, and one major version from then on, they get no new item
//! without a default, and what is implemented for them stays so:
//!
//! | trait | implement it to | closures too |
//! | --- | --- | --- |
//! | [`MatchCallback`] | decide which addresses are callback paths | yes |
//! | [`HandleCallback`] | answer errors or invalid callbacks, with the bodies left open | yes |
//! | [`VerifyState`], [`VerifyStateAsync`] | verify states, with whatever the request's extensions hold | yes |
//! | `Answer` (feature `answers`) | have a page of your own negotiated or given another body | no |
//!
//! [`OneOrMany`] is open too, for types that are lists of texts, and so is [`IntoVerdict`], for types that closures
//! answer with as verifiers. [`Verification`] and [`ErrorPolicy`] are sealed: they name
//! the ways in which a layer can be set up, and new ones may come.
//!
//! # What can be named
//!
//! A library that stores or returns the middleware can name its types: [`ConnectCallbackLayer`], [`ConnectCallback`]
//! and [`ResponseFuture`], with the defaults of their parameters for a layer as `new` makes it. The parameters that are
//! not defaults are [`AnswerErrors`], [`Verifier`] and [`AsyncVerifier`]. Prefer `impl Layer<S>` where the exact type
//! does not matter.
//!
//! [`ErrorCode`], [`InvalidCallbackKind`], [`Resolution`] and the other enums that say so are non-exhaustive: new
//! values come with minor versions, as Smartcar adds codes. [`ConnectResponse`] and the [`Verdict`] are complete. The
//! texts of `Display` are for people and can change in every version; those of `as_str` stay.
//!
//! [`AnswerErrors`]: crate::callback::AnswerErrors
//! [`AsyncVerifier`]: crate::callback::AsyncVerifier
//! [`ConnectCallback`]: crate::ConnectCallback
//! [`ConnectCallbackLayer`]: crate::ConnectCallbackLayer
//! [`ConnectResponse`]: crate::ConnectResponse
//! [`ConnectResponse::from_query`]: crate::ConnectResponse::from_query
//! [`ErrorCode`]: crate::ErrorCode
//! [`ErrorPolicy`]: crate::callback::ErrorPolicy
//! [`HandleCallback`]: crate::HandleCallback
//! [`IntoVerdict`]: crate::callback::IntoVerdict
//! [`InvalidCallbackKind`]: crate::InvalidCallbackKind
//! [`MatchCallback`]: crate::MatchCallback
//! [`OneOrMany`]: crate::OneOrMany
//! [`Resolution`]: crate::Resolution
//! [`ResponseFuture`]: crate::ResponseFuture
//! [`Verdict`]: crate::Verdict
//! [`Verification`]: crate::callback::Verification
//! [`Verifier`]: crate::callback::Verifier
//! [`VerifyState`]: crate::VerifyState
//! [`VerifyStateAsync`]: crate::VerifyStateAsync

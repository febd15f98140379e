//! For authors of frameworks and middleware: reading callbacks without tower, and the types that
//! you can implement and name.
//!
//! # Without tower
//!
//! Two pure functions do what the layer does before it responds. [`CallbackPaths::read`] takes
//! the method and the URI of a request, and returns an outcome, an [`InvalidCallback`], or nothing.
//! [`ConnectOutcome::verify`] verifies the `state`, and marks the outcome as verified. A middleware
//! for any server calls them:
//!
//! ```
//! use http::header::{CACHE_CONTROL, REFERRER_POLICY};
//! use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
//! use tower_smartcar_connect::{
//!     CallbackPaths, ConnectOutcome, InvalidCallback, InvalidCallbackKind, Verified,
//! };
//!
//! /// A request and a response of your server.
//! pub struct Request {
//!     pub method: Method,
//!     /// As it was sent.
//!     pub uri: Uri,
//!     pub headers: HeaderMap,
//!     /// The state that was issued to this browser.
//!     pub issued_state: Option<String>,
//!     /// The outcome, which the middleware sets for the handler.
//!     pub outcome: Option<ConnectOutcome>,
//! }
//! # #[derive(Debug, Default)]
//! pub struct Response {
//!     pub status: StatusCode,
//!     pub headers: Vec<(HeaderName, HeaderValue)>,
//!     pub body: String,
//! }
//!
//! /// Wraps a handler. It receives callbacks with their outcome, and no invalid ones.
//! pub fn connect_callbacks(
//!     paths: CallbackPaths,
//!     handler: impl Fn(Request) -> Response,
//! ) -> impl Fn(Request) -> Response {
//!     move |mut request| {
//!         let mut response = match read(&paths, &request) {
//!             // Not a callback.
//!             Ok(None) => return handler(request),
//!             // Not visits: the outcome must not be used up.
//!             _ if CallbackPaths::is_speculative(&request.headers) => {
//!                 empty(StatusCode::SERVICE_UNAVAILABLE)
//!             }
//!             Ok(_) if request.method == Method::HEAD => empty(StatusCode::OK),
//!             Ok(Some((outcome, verified))) => {
//!                 request.outcome = Some(outcome);
//!                 let mut response = handler(request);
//!                 if Verified::is_used_up_by(response.status) {
//!                     response.headers.extend_from_slice(verified.headers());
//!                 }
//!                 response
//!             }
//!             Err(invalid) => {
//!                 log(&invalid);
//!                 empty(StatusCode::BAD_REQUEST)
//!             }
//!         };
//!         // The address holds credentials.
//!         let no_store = HeaderValue::from_static("no-store");
//!         let no_referrer = HeaderValue::from_static("no-referrer");
//!         response.headers.push((CACHE_CONTROL, no_store));
//!         response.headers.push((REFERRER_POLICY, no_referrer));
//!         response
//!     }
//! }
//!
//! fn read(
//!     paths: &CallbackPaths,
//!     request: &Request,
//! ) -> Result<Option<(ConnectOutcome, Verified)>, InvalidCallback> {
//!     let Some(outcome) = paths.read(&request.method, &request.uri)? else {
//!         return Ok(None);
//!     };
//!     let verified = outcome.verify(|state| {
//!         let issued = request.issued_state.as_ref();
//!         let issued = issued.ok_or(InvalidCallbackKind::StateUnknown)?;
//!         Verified::by_comparing(issued, state)
//!     })?;
//!     Ok(Some(verified))
//! }
//!
//! fn empty(status: StatusCode) -> Response {
//!     Response { status, headers: Vec::new(), body: String::new() }
//! }
//! # fn log(_: &InvalidCallback) {}
//! #
//! # let app = connect_callbacks(CallbackPaths::from("/callback"), |request| Response {
//! #     status: StatusCode::OK,
//! #     headers: Vec::new(),
//! #     body: match request.outcome {
//! #         None => "page".to_owned(),
//! #         Some(outcome) if !outcome.is_verified() => unreachable!(),
//! #         Some(ConnectOutcome::Success(_)) => "connected".to_owned(),
//! #         Some(ConnectOutcome::Error(error)) => error.code().to_string(),
//! #     },
//! # });
//! # for (method, uri, status, body, headers) in [
//! #     ("GET", "/callback?code=1&state=s-1", 200, "connected", 2),
//! #     ("GET", "/callback?error=oem_cancelled_login&the%20user&state=s-1", 200, "oem_cancelled_login", 2),
//! #     ("HEAD", "/callback?code=1&state=s-1", 200, "", 2),
//! #     ("GET", "/callback?code=1&state=s-2", 400, "", 2),
//! #     ("GET", "/callback?code=1", 400, "", 2),
//! #     ("GET", "/callback", 200, "page", 0),
//! #     ("GET", "/callback?page=2", 200, "page", 0),
//! #     ("GET", "/other?code=1&code=2", 200, "page", 0),
//! #     ("POST", "/callback?code=1&state=s-1", 400, "", 2),
//! #     ("GET", "/callback/?code=1&state=s-1", 400, "", 2),
//! #     ("GET", "/call%62ack?code=1&state=s-1", 400, "", 2),
//! #     ("GET", "/callback?code=1&code=2&state=s-1", 400, "", 2),
//! # ] {
//! #     let request = Request {
//! #         method: method.parse().unwrap(),
//! #         uri: uri.parse().unwrap(),
//! #         headers: HeaderMap::new(),
//! #         issued_state: Some("s-1".to_owned()),
//! #         outcome: None,
//! #     };
//! #     let response = app(request);
//! #     let found = (response.status.as_u16(), response.body.as_str(), response.headers.len());
//! #     assert_eq!(found, (status, body, headers), "{method} {uri}");
//! # }
//! ```
//!
//! - Pass the URI as it was sent. A framework that decodes the query and encodes it again can lose
//!   a description without a name.
//! - Put the extensions of [`Verified`](crate::Verified) into the request, if your server has a
//!   place for them.
//! - Follow the [rules](crate::callback#rules). `tests/frameworks` in the repository has the cases
//!   to test with.
//!
//! # Traits to implement
//!
//! | trait | implement it to |
//! | --- | --- |
//! | [`HandleCallback`] | respond to failures or successes, for any body |
//! | [`VerifyState`] | verify states, synchronously or asynchronously |
//!
//! Functions implement both. The traits get no new item without a default within one minor version
//! before 1.0, and within one major version from then on.
//!
//! # Types to name
//!
//! A library that stores or returns the middleware can name its types: [`ConnectCallbackLayer`],
//! [`ConnectCallback`] and [`ResponseFuture`]. Their type parameters are the verifier and the
//! handlers that were passed in. An [`AsyncVerifier`] wraps an async function.
//! [`Infallible`](std::convert::Infallible) stands for none, so `ConnectCallbackLayer<Infallible>`
//! is a layer whose app verifies `state`. Prefer `impl Layer<S>` if the exact type does not matter.
//!
//! # Stability
//!
//! [`ErrorCode`], [`InvalidCallbackKind`], [`Resolution`] and other enums are non-exhaustive: new
//! variants come with minor versions, as Smartcar adds codes. [`ConnectOutcome`] and
//! [`ConnectFailure`] are exhaustive. The messages of `Display` are for people, and can change in
//! every version. The strings of `as_str` do not change.
//!
//! [`AsyncVerifier`]: crate::AsyncVerifier
//! [`CallbackPaths::read`]: crate::CallbackPaths::read
//! [`ConnectCallback`]: crate::ConnectCallback
//! [`ConnectCallbackLayer`]: crate::ConnectCallbackLayer
//! [`ConnectFailure`]: crate::ConnectFailure
//! [`ConnectOutcome`]: crate::ConnectOutcome
//! [`ConnectOutcome::verify`]: crate::ConnectOutcome::verify
//! [`ErrorCode`]: crate::ErrorCode
//! [`HandleCallback`]: crate::HandleCallback
//! [`InvalidCallback`]: crate::InvalidCallback
//! [`InvalidCallbackKind`]: crate::InvalidCallbackKind
//! [`Resolution`]: crate::Resolution
//! [`ResponseFuture`]: crate::ResponseFuture
//! [`VerifyState`]: crate::VerifyState

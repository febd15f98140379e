//! A simulator of Smartcar Connect, for development and tests. It ends flows in every known way,
//! without Smartcar, a car or a network.
//!
//! **It is not Smartcar. Never use it in production.** It authenticates nobody, and whoever opens
//! it chooses the outcome. Therefore it is off by default (feature `simulator`; enable it in
//! `[dev-dependencies]`), it rejects redirect URIs that lead to other machines, and every page says
//! what it is.
//!
//! # In a test
//!
//! [`Outcome::all`] grows with the error codes of this crate, so this test of an app covers new
//! errors without a change:
//!
//! ```
//! # use http::{Request, Response, StatusCode, Uri};
//! # use tower::{Layer, Service, service_fn};
//! use tower_smartcar_connect::simulator::{Outcome, Simulator};
//! # use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};
//! # let app = service_fn(async |request: Request<String>| {
//! #     let is_error = request.extensions().get::<ConnectError>().is_some();
//! #     Ok::<_, std::convert::Infallible>(Response::new(if is_error { "Not connected." } else { "Connected." }))
//! # });
//! # let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
//! # let mut app = layer.layer(app);
//! # let mut get = |uri: Uri| {
//! #     let request = Request::builder().uri(uri).body(String::new()).unwrap();
//! #     futures_util::FutureExt::now_or_never(app.call(request)).unwrap().unwrap()
//! # };
//!
//! let simulator = Simulator::new("client-1", ["http://localhost:8000/callback"])?;
//! // The address that the app sends the browser to.
//! let connect = "https://connect.smartcar.com/oauth/authorize?response_type=code&client_id=client-1&state=s-1".parse()?;
//! let request = simulator.authorize(&connect)?;
//! for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
//!     let response = get(request.redirect(&outcome));
//!     assert_eq!(response.status(), StatusCode::OK, "{outcome}");
//!     assert_eq!(*response.body() == "Connected.", outcome.error_code().is_none(), "{outcome}");
//! }
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # In a browser
//!
//! [`Simulator`] is a tower service. Its page offers every outcome, and redirects back to the app
//! with the one that you choose:
//!
//! ```
//! use axum::Router;
//! use tower_smartcar_connect::simulator::Simulator;
//!
//! let simulator = Simulator::new("client-1", ["http://localhost:8000/callback"])?;
//! let app: Router = Router::new().route_service("/oauth/authorize", simulator);
//! # Ok::<_, tower_smartcar_connect::InvalidRedirectUri>(())
//! ```
//!
//! The real Connect is on another site than your app, which matters to `SameSite` cookies. To
//! simulate this on one machine, open the app at `http://localhost:8000` and send browsers to the
//! simulator at `http://127.0.0.1:8000`.
//!
//! A test with a browser or an HTTP client can skip the page: add `simulated_outcome` with the
//! [name](Outcome::name) of an outcome to the authorize request.
//!
//! # Rules
//!
//! 1. Only the query of an authorize request is read, with the parameters that
//!    [Smartcar documents][parameters]. [`Simulator::authorize`] has the details.
//! 2. A request with an unknown client, with a redirect URI that is not exactly a registered one,
//!    or with malformed parameters is not redirected. The response is `400 Bad Request` with a page
//!    that says what is wrong. A method other than `GET` and `HEAD` is `405 Method Not Allowed`.
//! 3. Every other request gets the page, or `302 Found` if it has a `simulated_outcome`. If the
//!    query has no room for a `simulated_outcome` within 8192 bytes, the response is
//!    `400 Bad Request`, because the links of the page would not work.
//! 4. If Smartcar publishes a redirect, the simulator reproduces it to the byte, such as the
//!    description without a name of `oem_cancelled_login`. [`Outcome::spellings`] returns other
//!    forms.
//! 5. The `state` comes back with the same bytes. The simulator keeps no state of its own, and its
//!    pages have no scripts.
//!
//! There is no other endpoint: a `code` from the simulator cannot be exchanged for tokens.
//!
//! [parameters]: https://smartcar.com/docs/connect/redirect-to-connect

mod invalid;
mod outcome;
mod page;
mod request;
mod service;

pub use self::invalid::InvalidAuthorizeRequest;
pub use self::outcome::Outcome;
pub use self::request::AuthorizeRequest;
pub use self::service::Simulator;

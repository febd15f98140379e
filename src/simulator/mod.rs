//! A stand-in for Smartcar Connect, for development and tests: it ends flows in every way that is known, without
//! Smartcar, a car or a network.
//!
//! **It is not Smartcar, and never belongs in production.** It asks nobody for a password, and whoever opens it chooses
//! how the flow ends. So it is off by default (feature `simulator`; enable it in `[dev-dependencies]`), refuses
//! redirect URIs that lead to other machines than this one, and says on every page what it is.
//!
//! # In a test
//!
//! [`Outcome::all`] grows with the catalogue of this crate, so this test of an app meets new errors by itself:
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
//! # let mut app = ConnectCallbackLayer::new("/callback").layer(service_fn(move |request| app.clone().call(request)));
//! # let mut get = |uri: Uri| {
//! #     let request = Request::builder().uri(uri).body(String::new()).unwrap();
//! #     futures_util::FutureExt::now_or_never(app.call(request)).unwrap().unwrap()
//! # };
//!
//! let simulator = Simulator::new("client-1", "http://localhost:8000/callback")?;
//! // Where the app sends the browser to begin a flow.
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
//! [`Simulator`] is a tower service. Its page offers every outcome, and goes back to the app with the one that is
//! chosen:
//!
//! ```
//! use axum::Router;
//! use tower_smartcar_connect::simulator::Simulator;
//!
//! let simulator = Simulator::new("client-1", "http://localhost:8000/callback")?;
//! let app: Router = Router::new().route_service("/oauth/authorize", simulator);
//! # Ok::<_, tower_smartcar_connect::InvalidRedirectUri>(())
//! ```
//!
//! The real Connect is another site than the app, which matters to `SameSite` cookies. To have it so on one machine,
//! open the app as `http://localhost:8000` and have it send browsers to the simulator on `http://127.0.0.1:8000`.
//!
//! A test that drives a browser or an HTTP client can skip the page: `simulated_outcome`, added to the address with the
//! [name](Outcome::name) of an outcome, ends the flow at once.
//!
//! # Rules
//!
//! 1. Only the query of an authorize request counts, by the parameters that [Smartcar documents](https://smartcar.com/docs/connect/redirect-to-connect).
//!    [`Simulator::authorize`] has the details.
//! 2. A request whose client is unknown, whose redirect URI is not registered to the letter, or that cannot be read, is
//!    redirected nowhere. It gets `400 Bad Request` and a page that says what is wrong, or `405 Method Not Allowed`.
//! 3. Every other request gets the page, or `302 Found` where it has a `simulated_outcome`. One that leaves no room for
//!    that, within 8192 bytes, gets no page: its links would lead nowhere.
//! 4. Redirects are written as Smartcar publishes them, where it does, down to the description without a name of
//!    `oem_cancelled_login`. [`Outcome::spellings`] has other forms.
//! 5. The `state` comes back with the bytes that it had. The simulator keeps nothing, and pages have no scripts.
//!
//! It has no other endpoint: a `code` from here cannot be exchanged for tokens.

mod flow;
mod invalid;
mod outcome;
mod page;
mod redirect;
mod registration;
mod request;
mod service;
mod spellings;

pub use self::invalid::InvalidAuthorizeRequest;
pub use self::outcome::Outcome;
pub use self::registration::Simulator;
pub use self::request::AuthorizeRequest;

//! A simulator of Smartcar Connect for development and tests. It ends flows with every known
//! outcome, without Smartcar, a vehicle or a network.
//!
//! **It is not Smartcar. Never use it in production.** It authenticates nobody, and everyone who
//! opens it chooses the outcome. Therefore it is off by default (feature `simulator`; enable it in
//! `[dev-dependencies]`), it rejects redirect URIs that lead to other machines, and every page says
//! what it is.
//!
//! # In a test
//!
//! [`Outcome::all`] grows with the error codes of this crate, so this test of an app covers new
//! errors without a change:
//!
//! ```
//! # #[cfg(feature = "begin")] {
//! # use http::{Request, Response, StatusCode, Uri};
//! # use tower::{Layer, Service, service_fn};
//! use tower_smartcar_connect::ConnectUrl;
//! use tower_smartcar_connect::simulator::{Outcome, Simulator};
//! # use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};
//! # let app = service_fn(async |request: Request<String>| {
//! #     let is_error = request.extensions().get::<ConnectError>().is_some();
//! #     let text = if is_error { "Not connected." } else { "Connected." };
//! #     Ok::<_, std::convert::Infallible>(Response::new(text))
//! # });
//! # let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
//! # let mut app = layer.layer(app);
//! # let mut get = |uri: Uri| {
//! #     let request = Request::builder().uri(uri).body(String::new()).unwrap();
//! #     futures_util::FutureExt::now_or_never(app.call(request)).unwrap().unwrap()
//! # };
//!
//! let simulator = Simulator::new("app-1", ["http://localhost:8000/callback"])?;
//! // The address to which your app sends the browser.
//! let connect_url = ConnectUrl::new("app-1", "http://localhost:8000/callback")?;
//! let request = simulator.authorize(&connect_url.with_state("0facda3319"))?;
//! for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
//!     let callback = request.redirect(&outcome);
//!     let response = get(callback);
//!     assert_eq!(response.status(), StatusCode::OK, "{outcome}");
//!     let is_success = outcome.error_code().is_none();
//!     assert_eq!(*response.body() == "Connected.", is_success, "{outcome}");
//! }
//! # }
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
//! let simulator = Simulator::new("app-1", ["http://localhost:8000/callback"])?;
//! let app: Router = Router::new().route_service("/oauth/authorize", simulator);
//! # Ok::<_, tower_smartcar_connect::InvalidRedirectUri>(())
//! ```
//!
//! Only the end of the path counts, so you can also nest it below a prefix, or make it the fallback
//! of a server of its own.
//!
//! The real Connect is on another site than your app, which matters to `SameSite` cookies. To
//! simulate this on one machine, open the app at `http://localhost:8000` and send browsers to the
//! simulator at `http://127.0.0.1:8000`.
//!
//! A test with a browser or an HTTP client can skip the page: add `simulated_outcome` with the
//! [name](Outcome::name) of an outcome to the authorize request.
//!
//! # As a program
//!
//! The repository has the simulator as a program, so you can test apps in other languages with it.
//! Start it with your application id and your redirect URIs:
//!
//! ```text
//! cargo run -p simulator -- <application id> http://localhost:8000/callback
//! ```
//!
//! It listens on `http://127.0.0.1:4000`. `--port` chooses another port. Send browsers there with
//! `ConnectUrl::origin` (feature `begin`), or with `SMARTCAR_CONNECT_ORIGIN`, which several of
//! Smartcar's SDKs read.
//!
//! # Requests
//!
//! | path | `response_type` | success | without `redirect_uri` |
//! | --- | --- | --- | --- |
//! | `/oauth/authorize` | `code` | `code` | the first registered one |
//! | | `none` | `user_id` | no callback |
//! | `/oauth/reauthenticate` | `vehicle_id` | `vehicle_id` | rejected |
//! | | `none` | `vehicle_id` | no callback |
//! | `/battery-capacity` | `vehicle_id` | `selected_capacity` | rejected |
//!
//! Each request needs an `application_id` (or `client_id`) and a `response_type`. The last two paths
//! also need a `vehicle_id`. If no callback comes, the flow ends on a page of the simulator.
//!
//! Smartcar documents no `state` for `/battery-capacity`, so none comes back. That flow ends with
//! `selected_capacity` or with the error `battery_capacity_no_selection`, which Smartcar documents
//! for no other path. The page marks outcomes that are not documented for a request, and offers them
//! all the same.
//!
//! # Rules
//!
//! 1. Only the end of the path and the query of an authorize request are read, with the parameters
//!    that Smartcar documents for [a first connection], [a re-authentication] and [a battery size].
//! 2. A request with an unknown application, with a redirect URI that is not exactly a registered
//!    one, or with malformed parameters is not redirected. The response is `400 Bad Request` with a
//!    page that says what to correct. Another path is `404 Not Found`, and a method other than `GET`
//!    and `HEAD` is `405 Method Not Allowed`.
//! 3. Every other request gets the page. If it has a `simulated_outcome`, it gets `302 Found`, or
//!    the page that ends a flow without a callback. If the query has no room for a
//!    `simulated_outcome` within 8192 bytes, the response is `400 Bad Request`, because the links of
//!    the page would not work.
//! 4. If Smartcar publishes a redirect, the simulator reproduces it to the byte, such as the
//!    description without a name of `oem_cancelled_login`. [`Outcome::spellings`] returns other
//!    forms.
//! 5. The `state` comes back with the same bytes. The simulator keeps no state of its own, and its
//!    pages have no scripts.
//!
//! # What it never does
//!
//! - It issues no tokens and has no API. A `code` from the simulator cannot be exchanged.
//! - It authenticates nobody, so what it returns proves nothing.
//! - It redirects to registered redirect URIs only, and [`Simulator::new`] accepts only those of this
//!   machine. The program also listens on this machine only.
//! - It connects to no other server.
//!
//! [a first connection]: https://smartcar.com/docs/connect/redirect-to-connect
//! [a re-authentication]: https://smartcar.com/docs/connect/re-auth/redirect-to-connect
//! [a battery size]: https://smartcar.com/docs/connect/user-selected-batcap

mod endpoint;
mod error_pages;
mod flow_pages;
mod invalid;
mod known_outcomes;
mod outcome;
mod page;
mod parameters;
mod query_format;
mod registration;
mod request;
mod service;
mod spellings;

pub use self::invalid::InvalidAuthorizeRequest;
pub use self::outcome::Outcome;
pub use self::request::AuthorizeRequest;
pub use self::service::Simulator;

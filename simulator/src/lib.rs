//! A simulator of Smartcar Connect for development and tests. It ends flows in every known way,
//! and has the connections of the API behind Connect, without Smartcar, a vehicle or a network.
//!
//! **It is not Smartcar. Never use it in production.** It authenticates nobody, and everyone who
//! opens it chooses how a flow ends. Therefore it is a crate of its own for your
//! `[dev-dependencies]`, it rejects redirect URIs that lead to other machines, and every page says
//! what it is.
//!
//! # In a test
//!
//! [`FlowEnd::all`] grows with the error codes of `tower-smartcar-connect`, so this test of an app
//! covers new errors without a change:
//!
//! ```
//! # use http::{Request, Response, StatusCode, Uri};
//! # use tower::{Service, service_fn};
//! use smartcar_connect_simulator::{FlowEnd, Simulator};
//! # let mut app = service_fn(async |request: Request<String>| {
//! #     let is_error = request.uri().query().is_some_and(|query| query.starts_with("error="));
//! #     let text = if is_error { "Not connected." } else { "Connected." };
//! #     Ok::<_, std::convert::Infallible>(Response::new(text))
//! # });
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # let mut get = |uri: Uri| {
//! #     let request = Request::builder().uri(uri).body(String::new()).unwrap();
//! #     runtime.block_on(app.call(request)).unwrap()
//! # };
//!
//! let simulator = Simulator::new("app-1", ["http://localhost:8000/callback"])?;
//! // The address to which your app sends the browser.
//! let address = "https://connect.smartcar.com/oauth/authorize?response_type=code\
//!                &application_id=app-1&state=0facda3319";
//! let request = simulator.authorize(&address.parse()?)?;
//! for end in FlowEnd::all().iter().flat_map(FlowEnd::spellings) {
//!     let callback = request.redirect(&end);
//!     let response = get(callback);
//!     assert_eq!(response.status(), StatusCode::OK, "{end}");
//!     let is_success = end.error_code().is_none();
//!     assert_eq!(*response.body() == "Connected.", is_success, "{end}");
//! }
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `browser`, a [browser](browser::Browser) for tests visits your app and the
//! simulator, with cookies, forms and redirects.
//!
//! # In a browser
//!
//! [`Simulator`] is a tower service. Its page offers every end of a flow, and redirects back to the
//! app with the one that you choose:
//!
//! ```
//! use axum::Router;
//! use smartcar_connect_simulator::Simulator;
//!
//! let simulator = Simulator::new("app-1", ["http://localhost:8000/callback"])?;
//! let app: Router = Router::new().fallback_service(simulator);
//! # Ok::<_, smartcar_connect_simulator::InvalidRedirectUri>(())
//! ```
//!
//! Only the end of a path counts, so you can also nest it below a prefix, or add it as the route of
//! `/oauth/authorize` alone.
//!
//! The real Connect is on another site than your app, which matters to `SameSite` cookies. To
//! simulate this on one machine, open the app at `http://localhost:8000` and send browsers to the
//! simulator at `http://127.0.0.1:8000`.
//!
//! A test with a browser or an HTTP client can skip the page: add `simulated_outcome` with the
//! [name](FlowEnd::name) of an end to the authorize request. If the flow ends well, the owner
//! connects all vehicles.
//!
//! # As a program
//!
//! `cargo install smartcar-connect-simulator` installs it as a program (feature `program`), so you
//! can test apps in other languages. Start it with your application id and your redirect URIs:
//!
//! ```text
//! smartcar-connect-simulator <application id> http://localhost:8000/callback
//! ```
//!
//! It listens on `http://127.0.0.1:4000`, and `--help` lists its options.
//!
//! # Requests
//!
//! | path | `response_type` | success | without `redirect_uri` |
//! | --- | --- | --- | --- |
//! | `/oauth/authorize` | `code` | `code` and `user_id` | the first registered one |
//! | | `none` | `user_id` | no callback |
//! | `/oauth/reauthenticate` | `vehicle_id` | `vehicle_id` | rejected |
//! | | `none` | `vehicle_id` | no callback |
//! | the same with `make=TESLA` and `scope` | | | no callback in any case |
//! | `/battery-capacity` | `vehicle_id` | `selected_capacity` | rejected |
//!
//! Each request needs an `application_id` (or `client_id`), and all but the one for a make need a
//! `response_type`. A re-authentication and a battery size need a `vehicle_id`. If no callback
//! comes, the flow ends on a page that says how the app can hear of it.
//!
//! Smartcar documents no `state` for `/battery-capacity`, so none comes back. That flow alone ends
//! with `battery_capacity_no_selection`. The page marks ends that are not documented for a request,
//! and offers them all the same.
//!
//! # Rules
//!
//! 1. Only the end of the path and the query of an authorize request are read, with the parameters
//!    that Smartcar documents for [a first connection], [a re-authentication] and [a battery size].
//! 2. A request with an unknown application, with a redirect URI that is not exactly a registered
//!    one, or with malformed parameters is not redirected. The response is `400 Bad Request` with a
//!    page that says what to correct. Another path is `404 Not Found`, and a method other than
//!    `GET`, `HEAD` and `POST` is `405 Method Not Allowed`.
//! 3. Every other request gets the page. If it has a `simulated_outcome`, or a form of the page
//!    says so, it gets `302 Found`, or the page that ends a flow without a callback. If the query
//!    has no room for a `simulated_outcome` within 8192 bytes, the response is `400 Bad Request`,
//!    because the links of the page would not work.
//! 4. If Smartcar publishes a redirect, the simulator reproduces it to the byte, such as the
//!    description without a name of `oem_cancelled_login`. [`FlowEnd::spellings`] returns other
//!    forms.
//! 5. The `state` comes back with the same bytes, and pages have no scripts.
//! 6. The login form of the page knows Smartcar's test logins, which cause their errors with
//!    `mode=simulated`.
//!
//! # The API
//!
//! A flow that ends well changes the connections of the API: at `/oauth/authorize` it adds one for
//! each vehicle that the owner ticks, with the scope and the `external_id` of the request, and at
//! `/oauth/reauthenticate` it signs the owner in again and replaces the `external_id`, which the
//! text `null` clears. A flow that fails changes nothing. Each `external_id` has a user of its own.
//!
//! | request | response |
//! | --- | --- |
//! | `POST /oauth2/token` | a token for an hour, for `grant_type=client_credentials` and the [credentials](Simulator::api_credentials) |
//! | `GET /v3/connections` | the connections, in pages (`page[number]`, `page[size]`) |
//! | `GET /v3/connections/{id}` | one connection, or `AUTHENTICATION_FAILED` if its owner is signed out |
//!
//! The header `sc-user-id` and `filter[userId]` narrow the connections to a user,
//! `filter[vehicleId]` to a vehicle, `filter[vehicle.mode]` to a mode, and `filter[user.externalId]`
//! to an external id. No page of Smartcar's that could be read spells the last one, so verify it
//! with the real API. This API lists all modes unless it is asked for one, and it rejects parameters
//! that it does not know.
//!
//! The page `/` lists all this and the connections, and signs owners out.
//!
//! # What it never does
//!
//! - It has nothing else of the API: no vehicles, no signals, no webhooks. A `code` cannot be
//!   exchanged.
//! - It authenticates nobody, so what it returns proves nothing.
//! - It redirects to registered redirect URIs only, and [`Simulator::new`] accepts only those of
//!   this machine. The program also listens on this machine only.
//! - It connects to no other server.
//!

//! [a first connection]: https://smartcar.com/docs/connect/redirect-to-connect
//! [a re-authentication]: https://smartcar.com/docs/connect/re-auth/redirect-to-connect
//! [a battery size]: https://smartcar.com/docs/connect/user-selected-batcap

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
#[cfg(feature = "browser")]
pub mod browser;
mod connect;
mod connections;
mod flow_end;
mod form;
mod owner;
mod pages;
mod service;
mod text;

pub use self::connect::{AuthorizeRequest, InvalidAuthorizeRequest, InvalidRedirectUri};
pub use self::connections::InvalidFile;
pub use self::flow_end::FlowEnd;
pub use self::service::Simulator;

//! Verifying `state` with an encrypted cookie, without a session or a store.
//!
//! # Example
//!
//! [`BeginConnect`] issues the state, and the layer verifies it. The payload says which user
//! started the flow:
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "begin"))] {
//! use axum::response::{IntoResponse, Response};
//! use axum::{Router, extract::Extension, http::StatusCode, routing::get};
//! use http::request::Parts;
//! use tower_smartcar_connect::state_cookie::{StateCookie, StatePayload};
//! use tower_smartcar_connect::{
//!     BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl,
//! };
//!
//! /// The user who is logged in, as your login puts it into each request.
//! #[derive(Clone)]
//! struct User(String);
//!
//! fn app(connect_url: ConnectUrl, state_cookie: StateCookie) -> Router {
//!     let callbacks =
//!         ConnectCallbackLayer::new(&connect_url).verify_state_with(state_cookie.clone());
//!     let connect = BeginConnect::new(connect_url, state_cookie).payload(payload);
//!     Router::new()
//!         .route("/callback", get(connected))
//!         .layer(callbacks)
//!         .route_service("/connect", connect)
//! }
//!
//! async fn payload(request: Parts) -> Result<String, Response> {
//!     match request.extensions.get::<User>() {
//!         Some(user) => Ok(user.0.clone()),
//!         None => Err((StatusCode::UNAUTHORIZED, "Log in first.").into_response()),
//!     }
//! }
//!
//! /// The layer has verified that this browser started the flow, but not which user did.
//! async fn connected(
//!     _success: ConnectSuccess,
//!     started_by: StatePayload,
//!     Extension(user): Extension<User>,
//! ) -> StatusCode {
//!     if started_by.as_str() == user.0 {
//!         StatusCode::OK
//!     } else {
//!         StatusCode::FORBIDDEN
//!     }
//! }
//! # }
//! ```
//!
//! If you start flows with a route of your own, call [`StateCookie::issue`] there. Accept only
//! `POST` in it, and add `tower_http::csrf::CsrfLayer`: [`BeginConnect`] rejects requests from
//! other origins, and `issue` does not.
//!
//! # Rules
//!
//! 1. A flow has a state of 192 random bits, which is in the address of Connect and in a cookie.
//!    The cookie also has the expiry, the path of the callback and the payload. It is encrypted and
//!    authenticated by the private jar of the `cookie` crate.
//! 2. A callback is verified if the browser sends the cookie of its state, before the state
//!    expires, and on the path that the state was issued for. The response then removes the cookie,
//!    and the request's extensions have the [`StatePayload`], unless it is empty.
//! 3. Any other callback is rejected, and no cookie is removed. A forged callback cannot end a flow
//!    that is in progress.
//! 4. The cookies are `HttpOnly`, `Secure` and `SameSite=Lax`, with the path `/` and the `__Host-`
//!    prefix, so other hosts cannot set them. They are not `SameSite=Strict`, because browsers do
//!    not send such cookies when another site redirects to yours, as Connect does. For
//!    `http://localhost`, use
//!    [`plain_http_for_development`](StateCookie::plain_http_for_development).
//! 5. Each flow has its own cookie, so flows in several tabs do not affect each other. If the
//!    cookies would exceed 8 KB, [`StateCookie::issue`] removes the cookies that expire first. If
//!    several expire in the same second, it removes those that come first in the header, where
//!    browsers put older cookies (RFC 6265, section 5.4, step 2).
//!
//! [The guide](crate::guide::security#what-the-crate-does-not-protect-against) says what this does
//! not protect against, such as a state that is used twice.
//!
//! # Why a callback is rejected
//!
//! | kind | the browser |
//! | --- | --- |
//! | [`StateMissing`] | sent no state |
//! | [`StateUnknown`] | has no cookie for this state: another browser started the flow, the flow has ended, or the cookie was deleted |
//! | [`StateUnreadable`] | has a cookie for this state that was changed, or encrypted with a key that this server does not have |
//! | [`StateMismatch`] | has a cookie for another state, or sent a state that this crate did not issue |
//! | [`StateForOtherPath`] | has the cookie, but the state was issued for another callback path |
//! | [`StateExpired`] | has the cookie, but the state has expired. The cookie lives one hour longer than its state, so the layer can tell this case from `StateUnknown` |
//!
//! If nobody gets through, see
//! [every callback is rejected](crate::guide::every_callback_is_rejected).
//!
//! [`BeginConnect`]: crate::BeginConnect
//! [`StateMissing`]: crate::InvalidCallbackKind::StateMissing
//! [`StateUnknown`]: crate::InvalidCallbackKind::StateUnknown
//! [`StateUnreadable`]: crate::InvalidCallbackKind::StateUnreadable
//! [`StateMismatch`]: crate::InvalidCallbackKind::StateMismatch
//! [`StateForOtherPath`]: crate::InvalidCallbackKind::StateForOtherPath
//! [`StateExpired`]: crate::InvalidCallbackKind::StateExpired

mod cookie;
mod issued;
mod payload;
mod state;

pub use ::cookie::Key;

pub use self::cookie::StateCookie;
pub use self::issued::{IssueError, IssuedState};
pub use self::payload::StatePayload;

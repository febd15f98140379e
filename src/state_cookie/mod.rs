//! A state that needs no session and no store: its secret is in an encrypted cookie of the browser.
//!
//! # Rules
//!
//! 1. [`StateCookie::issue`] makes a state for one flow: 192 random bits. The state goes into the address of Connect,
//!    and a cookie to the browser. The cookie holds the same state, its end, the callback path and the app's payload,
//!    encrypted and authenticated by the private jar of the `cookie` crate.
//! 2. A callback is verified if the browser brings the cookie that was made with its state, in time and on the callback
//!    path that the state was issued for. The cookie is
//!    cleared then, and the request's extensions have the [`StatePayload`], if there is one.
//! 3. Every other callback is refused, and nothing is cleared: a forged one cannot end a flow that is under way.
//! 4. Cookies are `HttpOnly`, `Secure` and `SameSite=Lax`, for the path `/`, and have the `__Host-` prefix, so that no
//!    other host can set them. `Lax` and not `Strict`: the redirect from Connect comes from another site, and browsers
//!    keep `Strict` cookies from it. For `http://localhost` there is
//!    [`plain_http_for_development`](StateCookie::plain_http_for_development).
//! 5. Each flow has a cookie of its own, so flows in several tabs do not disturb each other. When they grow too many
//!    for a header of 8 KB, [`StateCookie::issue`] drops those that end first. Of flows that end in the same second,
//!    those that stand first in the header go first: browsers should list older cookies there (RFC 6265, section 5.4,
//!    step 2).
//!
//! # What it tells apart
//!
//! | kind | the browser |
//! | --- | --- |
//! | [`StateMissing`] | brings no state |
//! | [`StateUnknown`] | has no cookie for this state: another browser began the flow, it has come back already, or the cookie is gone |
//! | [`StateUnreadable`] | has a cookie for it that was tampered with, or made with a key that this server does not have |
//! | [`StateMismatch`] | has a cookie for another state, or the state is none that is made here |
//! | [`StateForOtherPath`] | has the right cookie, but the state was issued for another callback path |
//! | [`StateExpired`] | has the right cookie, but too late. It outlives its content by an hour, so that this can be said |
//!
//! # What it does not do
//!
//! - **Used once in a browser.** The cookie is cleared by the response to the callback. Two requests that arrive before
//!   that response can both pass, and somebody who has copied the cookie from the browser can pass within its lifetime.
//!   Where that matters, have the payload name something that your database marks as used.
//! - **Who is logged in.** If another user logs in on this browser while a flow is under way, the callback is still one
//!   of this browser. Put the user into the payload and compare it with the session, as in the example.
//! - **Who begins a flow.** Any page can send this browser to the route that begins flows. Have it begun by a `POST`,
//!   with `tower_http::csrf::CsrfLayer` around the route (`tower-http` 0.7, feature `csrf`), as in `examples/state.rs`.
//!   It refuses a `POST` of another origin by its `Sec-Fetch-Site`, or else by its `Origin`, which it compares with
//!   `Host`: a proxy has to pass on all three. What has neither of the first two passes; browsers of today send
//!   `Origin` with every `POST`. The callback from Connect is a `GET`, which passes, so the layer can stand around the
//!   whole app. `SameSite` of a login's cookie is not enough: it keeps no sister hosts out.
//!
//! # Example
//!
//! ```
//! use http::{HeaderMap, Request, Response, StatusCode, header::LOCATION};
//! use tower_smartcar_connect::state_cookie::{IssueError, Key, StateCookie, StatePayload};
//! use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};
//!
//! // 64 random bytes from the app's configuration; every server has the same.
//! # let secret = [7; 64];
//! let state_cookie = StateCookie::new(Key::from(&secret));
//! let layer = ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie.clone());
//!
//! /// `POST /connect`: begins a flow for the user who is logged in.
//! fn connect(state_cookie: &StateCookie, headers: &HeaderMap, user: &str) -> Result<Response<String>, IssueError> {
//!     let issued = state_cookie.issue(headers, "/callback", user)?;
//!     let address = format!(
//!         "https://connect.smartcar.com/oauth/authorize?response_type=code&client_id=…&state={}",
//!         issued.state(),
//!     );
//!     # let address = address.replace('…', "1");
//!     let mut response = Response::new(String::new());
//!     *response.status_mut() = StatusCode::SEE_OTHER;
//!     response.headers_mut().insert(LOCATION, address.parse().expect("a state is made of URI characters"));
//!     issued.add_to(response.headers_mut());
//!     Ok(response)
//! }
//!
//! /// `GET /callback`: the layer has verified that this browser began the flow; the app verifies that this user did.
//! fn connected(request: &Request<String>, user: &str) -> StatusCode {
//!     let began = request.extensions().get::<StatePayload>();
//!     match request.extensions().get::<ConnectSuccess>() {
//!         Some(success) if began.is_some_and(|began| began.as_str() == user) => StatusCode::OK,
//!         _ => StatusCode::FORBIDDEN,
//!     }
//! }
//! # connect(&state_cookie, &HeaderMap::new(), "user-7").unwrap();
//! # assert_eq!(connected(&Request::new(String::new()), "user-7"), StatusCode::FORBIDDEN);
//! ```
//!
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

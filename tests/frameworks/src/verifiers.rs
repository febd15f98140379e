//! The verifiers: a cookie of the browser, and a store that knows the browser's session.

use http::header::COOKIE;
use http::request::Parts;
use tokio::task::yield_now;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{InvalidCallbackKind, Verified};

/// The cookie of the only session in the store, and the state that was issued to it.
pub const SESSION: (&str, &str) = ("session=s-7", "state-of-s-7");

/// Issues and verifies states, with the same key in every call.
pub fn state_cookie() -> StateCookie {
    StateCookie::new(Key::from(&[7; 64]))
}

/// Verifies states as a session store does: its future is pending at first.
pub async fn in_store(request: Parts, state: String) -> Result<Verified, InvalidCallbackKind> {
    yield_now().await;
    let (session, issued) = SESSION;
    if request
        .headers
        .get(COOKIE)
        .is_some_and(|cookie| cookie == session)
    {
        Verified::by_comparing(issued, &state)
    } else {
        Err(InvalidCallbackKind::StateUnknown)
    }
}

//! Who verifies the state of callbacks: a cookie of the browser, or a store that knows the browser's session.

use http::Request;
use http::header::COOKIE;
use tokio::task::yield_now;
use tower_smartcar_connect::callback::Verdict;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{InvalidCallbackKind, Verified};

/// The cookie of the only session in the store, and the state that was issued to it.
pub const SESSION: (&str, &str) = ("session=s-7", "state-of-s-7");

/// Issues and verifies states, with the same key whenever it is called.
pub fn state_cookie() -> StateCookie {
    StateCookie::new(Key::from(&[7; 64]))
}

/// Verifies states as a store does: not at once.
pub fn in_store<B>(request: &Request<B>, state: &str) -> impl Future<Output = Verdict> + use<B> {
    let cookie = request.headers().get(COOKIE).cloned();
    let state = state.to_owned();
    async move {
        yield_now().await;
        let (session, issued) = SESSION;
        match cookie.is_some_and(|cookie| cookie == session) {
            true => Verified::by_comparing(issued, &state),
            false => Err(InvalidCallbackKind::StateUnknown),
        }
    }
}

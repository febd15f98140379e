//! The verifiers: a cookie of the browser, and a store that knows the browser's session.

use std::sync::LazyLock;

use futures_util::FutureExt;
use http::Request;
use http::header::{COOKIE, SET_COOKIE};
use tokio::task::yield_now;
use tower_smartcar_connect::states::{Key, PendingCallback};
use tower_smartcar_connect::{ConnectUrl, Flow, RejectionReason, StateCookie, Verified};

/// The cookie of the only session in the store, and the state that was issued to it.
pub const SESSION: (&str, &str) = ("session=s-7", "state-of-s-7");

/// Issues and verifies states, with the same key in every call.
pub fn state_cookie() -> StateCookie {
    static STATES: LazyLock<StateCookie> = LazyLock::new(|| StateCookie::new(Key::generate()));
    STATES.clone()
}

/// Verifies states as a session store does: its future is pending at first.
pub async fn in_store(callback: PendingCallback) -> Result<Verified, RejectionReason> {
    yield_now().await;
    let (session, issued) = SESSION;
    let cookie = callback.request().headers.get(COOKIE);
    if cookie.is_some_and(|cookie| cookie == session) {
        Verified::by_comparing(issued, callback.state())
    } else {
        Err(RejectionReason::StateUnknown)
    }
}

/// A flow that was started in a browser.
pub struct StartedFlow {
    pub state: String,
    /// The browser's cookie, as it sends it.
    pub cookie: String,
}

/// Starts a flow whose state is in a cookie, and which ends on a callback path.
pub fn start_flow(callback_path: &str) -> StartedFlow {
    let url = ConnectUrl::new(
        "application-1",
        format!("https://app.example{callback_path}"),
    );
    let flow = Flow::to(url.expect("the path is one")).payload("user-7");
    let (request, ()) = Request::new(()).into_parts();
    let started = flow.start(&state_cookie(), request).now_or_never();
    let started = started
        .expect("cookies are ready")
        .expect("the payload is short");
    let set_cookie = started.headers()[SET_COOKIE].to_str();
    let (cookie, _attributes) = set_cookie
        .expect("a cookie is text")
        .split_once(';')
        .expect("the cookie has attributes");
    StartedFlow {
        state: started.state().to_owned(),
        cookie: cookie.to_owned(),
    }
}

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use axum::{
    Router,
    routing::{get, post},
};
use tower_http::csrf::CsrfLayer;
use tower_smartcar_connect::state_cookie::{IssueError, Key, StateCookie, StatePayload};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};

/// The key is 64 random bytes of your configuration, the same on every server.
pub(crate) fn app(key: Key) -> Router {
    let state_cookie = StateCookie::new(key);
    Router::new()
        .route("/callback", get(connected))
        .layer(ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie.clone()))
        .route("/connect", post(connect))
        .with_state(state_cookie)
        // No page of another origin can start a flow in this browser.
        .layer(CsrfLayer::new())
}

async fn connect(State(cookie): State<StateCookie>, headers: HeaderMap) -> Result<impl IntoResponse, IssueError> {
    let issued = cookie.issue(&headers, "/callback", "user-7")?;
    let authorize = "https://connect.smartcar.com/oauth/authorize?response_type=code";
    let app = "client_id=client-1&redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fcallback";
    let address = format!("{authorize}&{app}&state={}", issued.state());
    Ok((issued, Redirect::to(&address)))
}

async fn connected(success: ConnectSuccess, user: StatePayload) -> String {
    if let Some(_code) = success.code() {
        // Exchange the code for tokens.
    }
    format!("The car of {} is connected.", user.as_str())
}

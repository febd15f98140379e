//! States that a page of the app posts to an API, instead of a redirect to a callback path.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tower_smartcar_connect::state_cookie::StatePayload;
use tower_smartcar_connect::{InvalidCallbackKind, StateCookie};

use super::flow::{Flow, set_cookies};
use super::server::{ORIGIN, Server, connect, state_cookie};
use crate::support::browser::{Browser, Initiator, serve};

/// `POST /api/connected`, for `{"code":"…","state":"…"}`.
async fn connected(
    State(state_cookie): State<StateCookie>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let body: Value = serde_json::from_str(&body).unwrap();
    let state = body["state"].as_str().unwrap();
    match state_cookie.verify(&headers, "/callback", state) {
        Ok(verified) => {
            let payload = verified.extensions().get::<StatePayload>();
            let payload = payload.map(StatePayload::as_str).unwrap_or_default();
            let mut response = format!("{} for {payload}", body["code"]).into_response();
            for (name, value) in verified.headers() {
                response.headers_mut().append(name, value.clone());
            }
            response
        }
        Err(kind) => (StatusCode::BAD_REQUEST, kind.as_str()).into_response(),
    }
}

async fn start() -> SocketAddr {
    let app = Router::new()
        .route("/connect", post(connect))
        .route("/api/connected", post(connected))
        .with_state(state_cookie());
    serve(app).await
}

async fn post_result(
    browser: &mut Browser,
    address: SocketAddr,
    state: &str,
) -> http::Response<String> {
    let body = format!(r#"{{"code":"c","state":"{state}"}}"#);
    browser
        .navigate(Initiator::App, "POST", (address, "/api/connected"), &body)
        .await
}

#[tokio::test]
async fn a_posted_state_returns_its_payload_and_passes_once() {
    let server = Server {
        address: start().await,
        calls: Default::default(),
    };
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::start(&mut browser, &server, "user-7").await;
    let forged = post_result(&mut browser, server.address, &"x".repeat(32)).await;
    assert_eq!(forged.body(), "state_unknown");
    let response = post_result(&mut browser, server.address, &flow.state).await;
    assert_eq!(response.body(), "\"c\" for user-7");
    assert_eq!(set_cookies(&response).len(), 1);
    let again = post_result(&mut browser, server.address, &flow.state).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    assert_eq!(again.body(), "state_unknown");
}

#[tokio::test]
async fn a_posted_state_of_another_browser_or_for_another_path_is_rejected() {
    let issued = state_cookie()
        .issue(&HeaderMap::new(), "/callback", "")
        .unwrap();
    let mut set = HeaderMap::new();
    issued.add_to(&mut set);
    let (cookie, _) = set[SET_COOKIE].to_str().unwrap().split_once(';').unwrap();
    let with_cookie = HeaderMap::from_iter([(http::header::COOKIE, cookie.parse().unwrap())]);
    for (headers, path, expected) in [
        (&with_cookie, "/callback", Ok(())),
        (&with_cookie, "/call%62ack", Ok(())),
        (
            &with_cookie,
            "/other",
            Err(InvalidCallbackKind::StateForOtherPath),
        ),
        (
            &HeaderMap::new(),
            "/callback",
            Err(InvalidCallbackKind::StateUnknown),
        ),
    ] {
        let verified = state_cookie().verify(headers, path, issued.state());
        assert_eq!(verified.map(drop), expected, "{path}");
    }
}

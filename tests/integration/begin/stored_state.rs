//! A state in a session of `tower-sessions`, from `BeginConnect::with_stored_state` to
//! `verify_state_async`, over a real server and with the cookies of a browser.

use std::net::SocketAddr;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::request::Parts;
use serde_json::Value;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::Id;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};
use tower_smartcar_connect::simulator::Outcome;
use tower_smartcar_connect::{
    BeginConnect, ConnectCallbackLayer, ConnectSuccess, InvalidCallbackKind, Verified,
};

use super::fixtures::{connect_url, location, simulator};
use crate::support::browser::{Browser, Initiator, serve};

/// Generates a state and stores it in the session.
async fn store(request: Parts) -> Result<String, Response> {
    let unavailable = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    let session = request
        .extensions
        .get::<Session>()
        .ok_or_else(unavailable)?;
    // A session id is 128 random bits, so a new one serves as a state.
    let state = Id::default().to_string();
    session
        .insert("connect-state", &state)
        .await
        .map_err(|_| unavailable())?;
    Ok(state)
}

async fn verify(request: Parts, state: String) -> Result<Verified, InvalidCallbackKind> {
    let unavailable = |_| InvalidCallbackKind::StateStoreUnavailable;
    let session = request
        .extensions
        .get::<Session>()
        .ok_or(InvalidCallbackKind::StateStoreUnavailable)?;
    let issued = session
        .get::<String>("connect-state")
        .await
        .map_err(unavailable)?;
    let verified =
        Verified::by_comparing(&issued.ok_or(InvalidCallbackKind::StateUnknown)?, &state)?;
    session
        .remove_value("connect-state")
        .await
        .map_err(unavailable)?;
    Ok(verified)
}

fn pages() -> Router {
    let layer = ConnectCallbackLayer::new(&connect_url()).verify_state_async(verify);
    Router::new()
        .route("/callback", get(async |_: ConnectSuccess| "connected"))
        .layer(layer)
        .route_service(
            "/connect",
            BeginConnect::with_stored_state(connect_url(), store),
        )
}

async fn start() -> SocketAddr {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_same_site(SameSite::Lax);
    serve(pages().layer(sessions)).await
}

async fn callback(
    browser: &mut Browser,
    server: SocketAddr,
    address: &str,
) -> http::Response<String> {
    let request = simulator().authorize(&address.parse().unwrap()).unwrap();
    let callback = request.redirect(&Outcome::authorization_code());
    let target = callback.path_and_query().unwrap().as_str();
    browser
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await
}

#[tokio::test]
async fn a_state_in_the_session_passes_once_and_only_in_its_browser() {
    let server = start().await;
    let mut browser = Browser::on("https://app.example");
    let mut other = Browser::on("https://app.example");
    let response = browser
        .navigate(Initiator::App, "POST", (server, "/connect"), "")
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 1, "that of the session alone: {cookies:?}");

    let address = location(&response).to_string();
    assert_eq!(
        callback(&mut other, server, &address).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        callback(&mut browser, server, &address).await.body(),
        "connected"
    );
    assert_eq!(
        callback(&mut browser, server, &address).await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_state_in_the_session_is_returned_as_json() {
    let server = start().await;
    let mut browser = Browser::on("https://app.example");
    // Creates a session.
    browser
        .navigate(Initiator::App, "POST", (server, "/connect"), "")
        .await;
    let mut headers = http::HeaderMap::new();
    headers.insert("accept", "application/json".parse().unwrap());
    let cookies = browser
        .cookie_header(Initiator::App, "POST", "/connect")
        .unwrap();
    headers.insert("cookie", cookies.parse().unwrap());
    let response = browser
        .send("POST", (server, "/connect"), headers, "")
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    let body: Value = serde_json::from_str(response.body()).unwrap();
    assert!(
        body["url"]
            .as_str()
            .unwrap()
            .ends_with(body["state"].as_str().unwrap())
    );
    let response = callback(&mut browser, server, body["url"].as_str().unwrap()).await;
    assert_eq!(response.body(), "connected");
}

#[tokio::test]
async fn without_a_session_the_function_responds() {
    let server = serve(pages()).await;
    let mut browser = Browser::on("https://app.example");
    let response = browser
        .navigate(Initiator::App, "POST", (server, "/connect"), "")
        .await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!response.headers().contains_key("location"));
}

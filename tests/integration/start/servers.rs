//! A flow from the button to the callback, over real sockets, with the cookies of a browser.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::rt::TokioExecutor;
use tower_smartcar_connect::states::{FlowPayload, Key};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, ConnectUrl, Flow, StartConnect, StateCookie,
};

use super::fixtures::{connect_url, header, parameters};
use crate::support::browser::{Browser, Initiator, serve};

/// The origin of the redirect URI.
const ORIGIN: &str = "http://localhost:8000";

async fn flow(base: ConnectUrl, _: Parts) -> Result<Flow, Response<String>> {
    Ok(Flow::to(base.external_id("owner-7")?).payload("/garage"))
}

async fn start_server() -> SocketAddr {
    let states = StateCookie::new(Key::generate());
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let route = async |success: ConnectSuccess, payload: FlowPayload| {
        format!("{}, {}", success.is_verified(), payload.as_str())
    };
    // The layer is also around the route that starts flows.
    let app = Router::new()
        .route("/callback", get(route))
        .route_service(
            "/connect",
            StartConnect::new(connect_url(), states).flow(flow),
        )
        .layer(layer);
    serve(app).await
}

/// Ends the flow of `address`, and returns the response of the app.
async fn end_flow(browser: &mut Browser, server: SocketAddr, address: &str) -> Response<String> {
    let address: Uri = address.parse().unwrap();
    let (_, state) = parameters(&address).pop().unwrap();
    let target = format!("/callback?code=90abecb6&external_id=owner-7&state={state}");
    browser
        .navigate(Initiator::OtherSite, "GET", (server, &target), "")
        .await
}

#[tokio::test]
async fn a_flow_is_verified_once_and_in_its_browser_only() {
    let server = start_server().await;
    let (mut browser, mut other) = (Browser::on(ORIGIN), Browser::on(ORIGIN));
    let started = browser
        .navigate(Initiator::App, "POST", (server, "/connect"), "")
        .await;
    assert_eq!(started.status(), StatusCode::SEE_OTHER);
    let address = header(&started, "location");
    let rejected = end_flow(&mut other, server, address).await;
    assert_eq!(rejected.status(), StatusCode::BAD_REQUEST);
    let connected = end_flow(&mut browser, server, address).await;
    assert_eq!(connected.body(), "true, /garage");
    let again = end_flow(&mut browser, server, address).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_script_starts_a_flow_that_is_verified() {
    let server = start_server().await;
    let mut browser = Browser::on(ORIGIN);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-site", "same-origin"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    let started = browser
        .send("POST", (server, "/connect"), headers, "")
        .await;
    browser.keep(header(&started, "set-cookie"));
    let body: serde_json::Value = serde_json::from_str(started.body()).unwrap();
    let connected = end_flow(&mut browser, server, body["url"].as_str().unwrap()).await;
    assert_eq!(connected.body(), "true, /garage");
}

#[tokio::test]
async fn over_http_2_a_flow_starts_only_from_the_servers_authority() {
    let server = start_server().await;
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    for (origin, status) in [
        (format!("http://{server}"), StatusCode::SEE_OTHER),
        ("https://evil.example".to_owned(), StatusCode::FORBIDDEN),
    ] {
        let request = Request::post(format!("http://{server}/connect")).header("origin", &origin);
        let request = request.body(Full::<Bytes>::default()).unwrap();
        let response = client.request(request).await.unwrap();
        assert_eq!(response.status(), status, "{origin}");
    }
}

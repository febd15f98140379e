//! A flow from the button to the callback, and requests that start no flow, for any server.

use std::net::SocketAddr;

use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use tower_smartcar_connect::ConnectSuccess;
use tower_smartcar_connect::simulator::Outcome;
use tower_smartcar_connect::state_cookie::StatePayload;

use super::fixtures::{location, set_cookies, simulator};
use crate::support::browser::{Browser, Initiator};

pub(crate) const ORIGIN: &str = "https://app.example";

pub(crate) async fn user<R: From<String>>(request: Parts) -> Result<String, Response<R>> {
    if request.headers.contains_key("x-anonymous") {
        let mut response = Response::new(R::from("Log in first.".to_owned()));
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        return Err(response);
    }
    Ok("user-7".to_owned())
}

/// Runs every flow and every rejected request on the server, whose callback responds with the user
/// who started the flow.
pub(crate) async fn assert_flows(server: SocketAddr) {
    redirects_and_verifies(server).await;
    responds_with_json(server).await;
    rejects(server).await;
}

async fn redirects_and_verifies(server: SocketAddr) {
    let mut browser = Browser::on(ORIGIN);
    // The body of the form is not read.
    let response = browser
        .navigate(Initiator::App, "POST", (server, "/connect"), "a=b")
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(set_cookies(&response).len(), 1);
    assert_eq!(browser.cookies.iter_unexpired().count(), 1);
    let callback = simulator()
        .authorize(&location(&response))
        .unwrap()
        .redirect(&Outcome::authorization_code());
    let target = callback.path_and_query().unwrap().as_str();

    let mut other = Browser::on(ORIGIN);
    let rejected = other
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await;
    assert_eq!(rejected.status(), StatusCode::BAD_REQUEST);
    let verified = browser
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await;
    assert_eq!(verified.body(), "connected: user-7, verified: true");
    assert_eq!(
        browser.cookies.iter_unexpired().count(),
        0,
        "the cookie of the flow is cleared"
    );
    let again = browser
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
}

async fn responds_with_json(server: SocketAddr) {
    let mut browser = Browser::on(ORIGIN);
    let response = send(
        &browser,
        server,
        "POST",
        &[
            ("accept", "application/json"),
            ("sec-fetch-site", "same-origin"),
        ],
    )
    .await;
    assert_eq!(response.status(), StatusCode::OK);
    let cookies = set_cookies(&response);
    assert_eq!(cookies.len(), 1);
    browser.keep(cookies[0]);
    let body: Value = serde_json::from_str(response.body()).unwrap();
    let request = simulator()
        .authorize(&body["url"].as_str().unwrap().parse().unwrap())
        .unwrap();
    assert_eq!(
        request.parameter("state").as_deref(),
        body["state"].as_str()
    );
    let callback = request.redirect(&Outcome::authorization_code());
    let target = callback.path_and_query().unwrap().as_str();
    let verified = browser
        .navigate(Initiator::OtherSite, "GET", (server, target), "")
        .await;
    assert_eq!(verified.body(), "connected: user-7, verified: true");
}

async fn rejects(server: SocketAddr) {
    let browser = Browser::on(ORIGIN);
    for method in ["GET", "HEAD", "PUT", "OPTIONS"] {
        let response = send(&browser, server, method, &[]).await;
        assert_eq!(
            response.status(),
            StatusCode::METHOD_NOT_ALLOWED,
            "{method}"
        );
        assert_eq!(response.headers()["allow"], "POST", "{method}");
        assert_eq!(set_cookies(&response), [""; 0], "{method}");
    }
    for (headers, status, body) in [
        (
            [("sec-fetch-site", "cross-site")],
            StatusCode::FORBIDDEN,
            "",
        ),
        (
            [("origin", "https://evil.example")],
            StatusCode::FORBIDDEN,
            "",
        ),
        (
            [("x-anonymous", "1")],
            StatusCode::UNAUTHORIZED,
            "Log in first.",
        ),
    ] {
        let response = send(&browser, server, "POST", &headers).await;
        assert_eq!(response.status(), status, "{headers:?}");
        assert_eq!(response.body(), body, "{headers:?}");
        assert_eq!(set_cookies(&response), [""; 0], "{headers:?}");
        assert_eq!(
            response.headers()["cache-control"],
            "no-store",
            "{headers:?}"
        );
    }
    for origin in [ORIGIN, "https://front.example"] {
        let response = send(&browser, server, "POST", &[("origin", origin)]).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{origin}");
    }
}

async fn send(
    browser: &Browser,
    server: SocketAddr,
    method: &str,
    headers: &[(&'static str, &'static str)],
) -> Response<String> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    browser
        .send(method, (server, "/connect"), headers, "")
        .await
}

pub(crate) fn connected(
    success: Option<&ConnectSuccess>,
    payload: Option<&StatePayload>,
) -> String {
    let payload = payload.map_or("nobody", StatePayload::as_str);
    let is_verified = success.is_some_and(ConnectSuccess::is_verified);
    format!("connected: {payload}, verified: {is_verified}")
}

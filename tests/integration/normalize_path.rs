//! Behind a `NormalizePathLayer`, the redirect URI has to have the normalized form.

use axum::body::Body;
use axum::{Router, routing::get};
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{Request, StatusCode, Uri};
use tower::{Layer, ServiceExt};
use tower_http::normalize_path::NormalizePathLayer;
use tower_smartcar_connect::state_cookie::Key;
use tower_smartcar_connect::{
    BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl, InvalidCallback,
    InvalidCallbackKind, StateCookie,
};

const REJECTED: Result<(), Option<InvalidCallbackKind>> =
    Err(Some(InvalidCallbackKind::NonCanonicalPath));

/// Starts a flow to the redirect URI, and returns to it.
async fn flow(
    normalize: &NormalizePathLayer,
    redirect_uri: &str,
) -> Result<(), Option<InvalidCallbackKind>> {
    let connect_url = ConnectUrl::new("client-1", redirect_uri).unwrap();
    let state_cookie = StateCookie::new(Key::from(&[7; 64]));
    let layer = ConnectCallbackLayer::new(&connect_url).verify_state_with(state_cookie.clone());
    let connected = get(async |_: ConnectSuccess| "Your car is connected.");
    let begin = BeginConnect::new(connect_url, state_cookie);
    let app = Router::new()
        .route("/callback", connected.clone())
        .route("/callback/", connected)
        .layer(layer)
        .route_service("/connect", begin.clone())
        .route_service("/connect/", begin);
    let app = normalize.layer(app);

    let request = Request::post("/connect").body(Body::empty()).unwrap();
    let started = app.clone().oneshot(request).await.unwrap();
    let address: Uri = started.headers()[LOCATION]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let state = address.query().unwrap().rsplit_once("state=").unwrap().1;
    let cookie = started.headers()[SET_COOKIE].to_str().unwrap();
    let pair = cookie.split_once(';').unwrap().0;

    let redirect_uri: Uri = redirect_uri.parse().unwrap();
    let request = Request::get(format!("{}?code=1&state={state}", redirect_uri.path()))
        .header(COOKIE, pair)
        .body(Body::empty())
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    if response.status() == StatusCode::OK {
        return Ok(());
    }
    let invalid = response.extensions().get::<InvalidCallback>();
    Err(invalid.map(InvalidCallback::kind))
}

#[tokio::test]
async fn only_a_redirect_uri_in_normalized_form_passes() {
    let trimming = NormalizePathLayer::trim_trailing_slash();
    let appending = NormalizePathLayer::append_trailing_slash();
    for (case, normalize, redirect_uri, expected) in [
        ("trim", &trimming, "https://example.com/callback", Ok(())),
        ("trim", &trimming, "https://example.com/callback/", REJECTED),
        ("trim", &trimming, "https://example.com//callback", Ok(())),
        (
            "append",
            &appending,
            "https://example.com/callback/",
            Ok(()),
        ),
        (
            "append",
            &appending,
            "https://example.com/callback",
            REJECTED,
        ),
    ] {
        let ended = flow(normalize, redirect_uri).await;
        assert_eq!(ended, expected, "{case}, {redirect_uri}");
    }
}

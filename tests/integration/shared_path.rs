//! A callback path that is shared with other parts of the app. A predicate on the query selects the
//! callbacks.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, StatusCode, Uri};
use tower::ServiceExt;
use tower_smartcar_connect::state_cookie::Key;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, InvalidCallback, InvalidCallbackKind as Kind, StateCookie,
};

/// As in the documentation of `callback`.
fn is_connect_callback(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    let mut pairs = query.split('&');
    match uri.path() {
        "/callback" => !pairs.any(|pair| pair.starts_with("state=google.")),
        "/home" => query != "error=session_expired",
        "/" => pairs.any(|pair| pair.starts_with("state=")),
        _ => false,
    }
}

/// Where a request ends up.
#[derive(Debug, PartialEq)]
enum Destination {
    /// At the handler, as a success of Connect.
    Success,
    /// At the handler, as another request.
    Other,
    /// At no handler: the layer rejects it.
    Rejected(Kind),
}

fn state_cookie() -> StateCookie {
    StateCookie::new(Key::from(&[7; 64]))
}

/// A handler that reads the query of other requests, and takes outcomes from the extensions only.
async fn handler(request: Request) -> Response {
    match request.extensions().get::<ConnectSuccess>() {
        Some(success) => {
            assert!(success.is_verified());
            "success".into_response()
        }
        None => "other".into_response(),
    }
}

/// Sends a request with its cookie. `S` in the query stands for a state that was issued for `path`.
async fn send(layer: ConnectCallbackLayer, path: &str, query: &str) -> Destination {
    let issued = state_cookie().issue(&HeaderMap::new(), path, "").unwrap();
    let mut headers = HeaderMap::new();
    issued.add_to(&mut headers);
    let pair = headers[SET_COOKIE].to_str().unwrap();
    let pair = pair.split_once(';').unwrap().0.to_owned();
    let target = format!(
        "{path}?{}",
        query.replace("=S", &format!("={}", issued.state()))
    );
    let app = Router::new()
        .fallback(handler)
        .layer(layer.verify_state_with(state_cookie()));
    let request = Request::get(target).header(COOKIE, pair);
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await;
    let response = response.unwrap();
    if let Some(invalid) = response.extensions().get::<InvalidCallback>() {
        return Destination::Rejected(invalid.kind());
    }
    match response.extensions().get::<ConnectSuccess>() {
        Some(_) => Destination::Success,
        None => Destination::Other,
    }
}

const GOOGLE: &str = "state=google.1&code=4/0A&scope=email%20openid";

#[tokio::test]
async fn without_a_predicate_other_requests_to_a_shared_path_are_rejected() {
    for (path, query, kind) in [
        ("/callback", GOOGLE, Kind::StateMismatch),
        ("/home", "error=session_expired", Kind::StateMissing),
        ("/", "code=SPRING24", Kind::StateMissing),
    ] {
        let layer = ConnectCallbackLayer::new(["/callback", "/home", "/"]);
        assert_eq!(
            send(layer, path, query).await,
            Destination::Rejected(kind),
            "{path}?{query}"
        );
    }
}

#[tokio::test]
async fn a_predicate_selects_callbacks_and_unrecognized_ones_are_rejected() {
    for (path, query, expected) in [
        ("/callback", "code=c&state=S", Destination::Success),
        (
            "/callback",
            "state=S&user_id=u&code=c",
            Destination::Success,
        ),
        ("/callback", GOOGLE, Destination::Other),
        (
            "/callback",
            "error=access_denied&state=google.1",
            Destination::Other,
        ),
        (
            "/callback",
            "code=c",
            Destination::Rejected(Kind::StateMissing),
        ),
        (
            "/callback",
            "code=c&state=google",
            Destination::Rejected(Kind::StateMismatch),
        ),
        (
            "/callback",
            "code=c&state=g%6Fogle.1",
            Destination::Rejected(Kind::StateMismatch),
        ),
        (
            "/callback",
            "code=c&st%61te=google.1",
            Destination::Rejected(Kind::StateMismatch),
        ),
        ("/home", "error=session_expired", Destination::Other),
        ("/home", "code=c&state=S", Destination::Success),
        (
            "/home",
            "error=session_expired&code=c",
            Destination::Rejected(Kind::ConflictingOutcome),
        ),
        (
            "/home",
            "error=access_denied",
            Destination::Rejected(Kind::StateMissing),
        ),
        ("/", "code=SPRING24", Destination::Other),
        ("/", "code=c&state=S", Destination::Success),
        (
            "/",
            "code=c&state=forged",
            Destination::Rejected(Kind::StateMismatch),
        ),
        (
            "/",
            "code=c&state=",
            Destination::Rejected(Kind::StateMissing),
        ),
        (
            "/",
            "code=c&code=d&state=S",
            Destination::Rejected(Kind::DuplicateParameter),
        ),
        ("/elsewhere", "code=c&state=S", Destination::Other),
    ] {
        let layer = ConnectCallbackLayer::matching(is_connect_callback);
        assert_eq!(send(layer, path, query).await, expected, "{path}?{query}");
    }
}

#[tokio::test]
async fn an_excluded_request_reaches_the_app_and_is_not_extracted() {
    let layer = ConnectCallbackLayer::matching(is_connect_callback);
    let app = Router::new()
        .fallback(get(async |_: ConnectSuccess| "Your car is connected."))
        .layer(layer.verify_state_with(state_cookie()));
    // Links of an attacker, with their own code.
    for target in ["/?code=c", "/callback?code=c&state=google.1"] {
        let request = Request::get(target).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{target}");
        let invalid = response.extensions().get::<InvalidCallback>();
        assert!(invalid.is_none(), "the layer rejects {target}");
    }
}

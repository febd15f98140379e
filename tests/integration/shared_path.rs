//! A callback path that other parts of the app share, told apart by a predicate on the query.

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

/// As the module `callback` shows it.
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

/// Who gets a request.
#[derive(Debug, PartialEq)]
enum Gets {
    /// The handler, as a success of Connect.
    Success,
    /// The handler, as another request.
    Other,
    /// Nobody: the layer rejects it.
    Rejected(Kind),
}

fn state_cookie() -> StateCookie {
    StateCookie::new(Key::from(&[7; 64]))
}

/// A handler that reads the query of others, and takes results of Connect from the extensions only.
async fn handler(request: Request) -> Response {
    match request.extensions().get::<ConnectSuccess>() {
        Some(success) => {
            assert!(success.is_verified());
            "success".into_response()
        }
        None => "other".into_response(),
    }
}

/// Sends a target, in which `S` stands for a state that was issued for `path`, with its cookie.
async fn send(layer: ConnectCallbackLayer, path: &str, query: &str) -> Gets {
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
        return Gets::Rejected(invalid.kind());
    }
    match response.extensions().get::<ConnectSuccess>() {
        Some(_) => Gets::Success,
        None => Gets::Other,
    }
}

const GOOGLE: &str = "state=google.1&code=4/0A&scope=email%20openid";

#[tokio::test]
async fn without_a_predicate_the_visitors_of_a_shared_path_are_rejected() {
    for (path, query, kind) in [
        ("/callback", GOOGLE, Kind::StateMismatch),
        ("/home", "error=session_expired", Kind::StateMissing),
        ("/", "code=SPRING24", Kind::StateMissing),
    ] {
        let layer = ConnectCallbackLayer::new(["/callback", "/home", "/"]);
        assert_eq!(
            send(layer, path, query).await,
            Gets::Rejected(kind),
            "{path}?{query}"
        );
    }
}

#[tokio::test]
async fn a_predicate_on_the_query_tells_them_apart_and_what_it_does_not_recognize_is_rejected() {
    for (path, query, expected) in [
        ("/callback", "code=c&state=S", Gets::Success),
        ("/callback", "state=S&user_id=u&code=c", Gets::Success),
        ("/callback", GOOGLE, Gets::Other),
        (
            "/callback",
            "error=access_denied&state=google.1",
            Gets::Other,
        ),
        ("/callback", "code=c", Gets::Rejected(Kind::StateMissing)),
        (
            "/callback",
            "code=c&state=google",
            Gets::Rejected(Kind::StateMismatch),
        ),
        (
            "/callback",
            "code=c&state=g%6Fogle.1",
            Gets::Rejected(Kind::StateMismatch),
        ),
        (
            "/callback",
            "code=c&st%61te=google.1",
            Gets::Rejected(Kind::StateMismatch),
        ),
        ("/home", "error=session_expired", Gets::Other),
        ("/home", "code=c&state=S", Gets::Success),
        (
            "/home",
            "error=session_expired&code=c",
            Gets::Rejected(Kind::ConflictingOutcome),
        ),
        (
            "/home",
            "error=access_denied",
            Gets::Rejected(Kind::StateMissing),
        ),
        ("/", "code=SPRING24", Gets::Other),
        ("/", "code=c&state=S", Gets::Success),
        (
            "/",
            "code=c&state=forged",
            Gets::Rejected(Kind::StateMismatch),
        ),
        ("/", "code=c&state=", Gets::Rejected(Kind::StateMissing)),
        (
            "/",
            "code=c&code=d&state=S",
            Gets::Rejected(Kind::DuplicateParameter),
        ),
        ("/elsewhere", "code=c&state=S", Gets::Other),
    ] {
        let layer = ConnectCallbackLayer::matching(is_connect_callback);
        assert_eq!(send(layer, path, query).await, expected, "{path}?{query}");
    }
}

#[tokio::test]
async fn what_the_predicate_excludes_reaches_the_app_and_no_extractor_takes_it_for_a_callback() {
    let layer = ConnectCallbackLayer::matching(is_connect_callback);
    let app = Router::new()
        .fallback(get(async |_: ConnectSuccess| "Your car is connected."))
        .layer(layer.verify_state_with(state_cookie()));
    // The links of an attacker, with a code of their own.
    for target in ["/?code=c", "/callback?code=c&state=google.1"] {
        let request = Request::get(target).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{target}");
        let invalid = response.extensions().get::<InvalidCallback>();
        assert!(invalid.is_none(), "the layer rejects {target}");
    }
}

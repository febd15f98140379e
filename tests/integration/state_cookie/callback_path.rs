//! A state is valid only for the callback path that it was issued for.

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, CookieJar};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use tower::ServiceExt;
use tower_smartcar_connect::state_cookie::IssueError;
use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind};

use super::flow::{Flow, pair, request, verify, visit};
use super::server::{ORIGIN, Server, key, state_cookie};
use crate::support::browser::Browser;
use crate::support::rejections::assert_rejected;

#[tokio::test]
async fn a_state_is_rejected_on_another_callback_path() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::start(&mut browser, &server, "user-7").await;
    for outcome in ["code=c", "error=access_denied"] {
        let response = visit(
            &mut browser,
            &server,
            &format!("/plain?{outcome}&state={}", flow.state),
        )
        .await;
        assert_rejected(&response, InvalidCallbackKind::StateForOtherPath, outcome);
    }
    assert_eq!(server.calls(), 0);
    flow.pass(&mut browser, &server, "user-7").await;
}

/// Returns the `Cookie` header and the state of a flow to a path.
fn issued_for(callback_path: &str) -> (HeaderValue, String) {
    let issued = state_cookie()
        .issue(&HeaderMap::new(), callback_path, "user-7")
        .unwrap();
    let mut response = HeaderMap::new();
    issued.add_to(&mut response);
    let (name, value) = pair(response[SET_COOKIE].to_str().unwrap());
    let cookie = HeaderValue::from_str(&format!("{name}={value}")).unwrap();
    (cookie, issued.state().to_owned())
}

#[test]
fn percent_encodings_of_a_path_are_equal() {
    for (issued, asked, expected) in [
        ("/callback", "/callback", Ok(())),
        ("/", "/", Ok(())),
        ("/caf%C3%A9", "/caf%C3%A9", Ok(())),
        ("/caf%c3%a9", "/caf%C3%A9", Ok(())),
        ("/%7Euser", "/~user", Ok(())),
        ("/a b", "/a%20b", Ok(())),
        ("/tenants/a%2Fb", "/tenants/a%2fb", Ok(())),
        (
            "/tenants/a%2Fb",
            "/tenants/a/b",
            Err(InvalidCallbackKind::StateForOtherPath),
        ),
        (
            "/callback",
            "/Callback",
            Err(InvalidCallbackKind::StateForOtherPath),
        ),
        (
            "/callback",
            "/callback/",
            Err(InvalidCallbackKind::StateForOtherPath),
        ),
        (
            "/callback",
            "/",
            Err(InvalidCallbackKind::StateForOtherPath),
        ),
    ] {
        let (cookie, state) = issued_for(issued);
        let mut request = request([cookie]);
        *request.uri_mut() = asked.parse().unwrap();
        let verified = verify(&state_cookie(), request, &state).map(|_| ());
        assert_eq!(verified, expected, "{issued} on {asked}");
    }
}

#[tokio::test]
async fn in_a_nested_router_the_path_is_the_configured_one() {
    for (configured, issued, expected) in [
        ("/callback", "/callback", 200),
        ("/callback", "/api/callback", 400),
        ("/api/callback", "/api/callback", 200),
        ("/api/callback", "/callback", 400),
    ] {
        let layer = ConnectCallbackLayer::new(configured)
            .match_original_uri(|extensions| {
                extensions.get::<OriginalUri>().map(|original| &original.0)
            })
            .verify_state_with(state_cookie());
        let inner = Router::new()
            .route("/callback", get(async || ""))
            .layer(layer);
        let (cookie, state) = issued_for(issued);
        let request = Request::get(format!("/api/callback?code=1&state={state}"))
            .header(COOKIE, cookie)
            .body(axum::body::Body::empty())
            .unwrap();
        let response = Router::new()
            .nest("/api", inner)
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), expected, "{issued} on {configured}");
    }
}

#[test]
fn an_invalid_callback_path_is_rejected() {
    for callback_path in [
        "",
        "callback",
        "https://example.com/callback",
        "/callback?tenant=7",
        "/callback#top",
    ] {
        let error = state_cookie()
            .issue(&HeaderMap::new(), callback_path, "")
            .unwrap_err();
        assert!(
            matches!(error, IssueError::NotAPath { .. }),
            "{callback_path:?}: {error:?}"
        );
        assert!(
            error
                .to_string()
                .contains("pass the path of the redirect URI"),
            "{error}"
        );
    }
}

#[test]
fn a_cookie_of_another_version_is_unreadable() {
    let state = URL_SAFE_NO_PAD.encode([7; 24]);
    let name = format!("__Host-smartcar-connect-{}", &state[..8]);
    for (version, expected) in [
        ("1", Ok(())),
        ("2", Err(InvalidCallbackKind::StateUnreadable)),
    ] {
        let content = format!("{version} 99999999999 {state} /callback user-7");
        let mut jar = CookieJar::new();
        jar.private_mut(&key(1))
            .add(Cookie::new(name.clone(), content));
        let cookie = jar.get(&name).unwrap().to_string();
        let request = request([HeaderValue::from_str(&cookie).unwrap()]);
        let verified = verify(&state_cookie(), request, &state).map(|_| ());
        assert_eq!(verified, expected, "version {version}");
    }
}

#[test]
fn a_callback_path_too_long_for_a_cookie_is_rejected() {
    let issue = |bytes: usize| {
        let path = format!("/{}", "p".repeat(bytes - 1));
        state_cookie().issue(&HeaderMap::new(), &path, &"u".repeat(128))
    };
    let mut headers = HeaderMap::new();
    issue(1024).unwrap().add_to(&mut headers);
    assert!(
        headers[SET_COOKIE].len() < 4096,
        "{}",
        headers[SET_COOKIE].len()
    );
    let error = issue(1025).unwrap_err();
    assert!(matches!(error, IssueError::NotAPath { .. }), "{error}");
    assert!(error.to_string().contains("at most 1024 bytes"), "{error}");
}

//! An app behind a proxy or a router that strips a prefix from the path.

use std::net::SocketAddr;
use std::panic::catch_unwind;

use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::ServiceExt;
use tower_smartcar_connect::simulator::{Outcome, Simulator};
use tower_smartcar_connect::state_cookie::Key;
use tower_smartcar_connect::{
    BeginConnect, CallbackPaths, ConnectCallbackLayer, ConnectOutcome, ConnectRejection,
    ConnectSuccess, ConnectUrl, ErrorCode, InvalidCallback, InvalidCallbackKind, StateCookie,
};

use crate::support::browser::{Browser, Initiator, serve};

const ORIGIN: &str = "http://localhost:8000";

/// A proxy that strips `prefix` and forwards the rest to `upstream`, unchanged.
fn proxy(prefix: &'static str, upstream: SocketAddr) -> Router {
    let client = Client::builder(TokioExecutor::new()).build_http();
    Router::new().fallback(async move |mut request: Request| {
        let target = request.uri().path_and_query().unwrap().as_str();
        let Some(rest) = target.strip_prefix(prefix) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        // If nothing is left of the path, proxies forward a slash.
        let slash = if rest.starts_with('/') { "" } else { "/" };
        let uri = format!("http://{upstream}{slash}{rest}");
        *request.uri_mut() = uri.parse().unwrap();
        let response: http::Response<_> = client.request(request).await.unwrap();
        response.map(Body::new)
    })
}

fn state_cookie() -> StateCookie {
    StateCookie::new(Key::from(&[7; 64])).plain_http_for_development()
}

async fn connected(_success: ConnectSuccess) -> &'static str {
    "Your car is connected."
}

/// Returns an app whose routes do not have the prefix.
fn app(
    callback: &str,
    layer: ConnectCallbackLayer,
    connect_url: ConnectUrl,
    state_cookie: StateCookie,
) -> Router {
    Router::new()
        .route(callback, get(connected))
        .layer(layer.verify_state_with(state_cookie.clone()))
        .route_service("/connect", BeginConnect::new(connect_url, state_cookie))
}

#[tokio::test]
async fn a_flow_below_a_stripped_prefix_is_verified() {
    for (prefix, redirect_uri, seen) in [
        ("/app", "http://localhost:8000/app/callback", "/callback"),
        ("/a/b", "http://localhost:8000/a/b/callback", "/callback"),
        (
            "/app",
            "http://localhost:8000/app/c/callback/",
            "/c/callback/",
        ),
        ("/app", "http://localhost:8000/app", "/"),
        ("/app", "http://localhost:8000/app/", "/"),
        (
            "/caf%C3%A9",
            "http://localhost:8000/caf%C3%A9/callback",
            "/callback",
        ),
        (
            "/%61pp",
            "http://localhost:8000/%61pp/callback",
            "/callback",
        ),
    ] {
        let connect_url = ConnectUrl::new("client-1", redirect_uri).unwrap();
        let of_url = ConnectCallbackLayer::new(&connect_url).stripped_prefix(prefix);
        let of_path =
            ConnectCallbackLayer::new(connect_url.callback_path()).stripped_prefix(prefix);
        let of_predicate =
            ConnectCallbackLayer::matching(move |uri| uri.path() == seen).stripped_prefix(prefix);
        for (case, layer) in [
            ("address of Connect", of_url),
            ("path", of_path),
            ("predicate", of_predicate),
        ] {
            let case = format!("{redirect_uri} by its {case}");
            let upstream = serve(app(seen, layer, connect_url.clone(), state_cookie())).await;
            let proxy = serve(proxy(prefix, upstream)).await;
            let mut browser = Browser::on(ORIGIN);
            let begin = format!("{prefix}/connect");
            let started = browser
                .navigate(Initiator::App, "POST", (proxy, &begin), "")
                .await;
            assert_eq!(started.status(), StatusCode::SEE_OTHER, "{case}");
            let address: Uri = started.headers()[LOCATION]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            let simulator = Simulator::new("client-1", [redirect_uri]).unwrap();
            let request = simulator.authorize(&address).unwrap();
            for (outcome, status, body) in [
                (
                    Outcome::error(ErrorCode::AccessDenied),
                    StatusCode::UNPROCESSABLE_ENTITY,
                    ErrorCode::AccessDenied.suggested_user_message(),
                ),
                (
                    Outcome::all()[0].clone(),
                    StatusCode::OK,
                    "Your car is connected.",
                ),
            ] {
                let callback = request.redirect(&outcome);
                let callback = callback.path_and_query().unwrap().as_str();
                // Each outcome is for the same flow.
                let mut browser = browser.clone();
                let page = browser
                    .navigate(Initiator::OtherSite, "GET", (proxy, callback), "")
                    .await;
                assert_eq!(page.status(), status, "{case}, {outcome}");
                assert_eq!(page.body(), body, "{case}, {outcome}");
                assert_eq!(
                    page.headers().get_all(SET_COOKIE).iter().count(),
                    1,
                    "{case}"
                );
            }
        }
    }
}

/// Responds with the outcome, or with the rejection of the extractor.
async fn describe(outcome: Result<ConnectOutcome, ConnectRejection>) -> String {
    match outcome {
        Ok(_) => "read".to_owned(),
        Err(rejection) => rejection.to_string(),
    }
}

#[tokio::test]
async fn without_stripped_prefix_the_error_says_what_to_change() {
    let layer = ConnectCallbackLayer::new("/app/callback");
    for (case, layer, expected) in [
        ("without the prefix", layer.clone(), "no layer has read"),
        ("with the prefix", layer.stripped_prefix("/app"), "read"),
    ] {
        let app = Router::new()
            .route("/callback", get(describe))
            .layer(layer.app_verifies_state());
        let upstream = serve(app).await;
        let proxy = serve(proxy("/app", upstream)).await;
        let mut browser = Browser::on(ORIGIN);
        let target = (proxy, "/app/callback?error=access_denied");
        let page = browser
            .navigate(Initiator::OtherSite, "GET", target, "")
            .await;
        assert!(page.body().starts_with(expected), "{case}: {}", page.body());
        let names_the_method = page
            .body()
            .contains("a proxy or a nested router strips a prefix from the path: name it with `ConnectCallbackLayer::stripped_prefix`");
        assert_eq!(names_the_method, expected != "read", "{case}");
    }
}

#[tokio::test]
async fn below_a_stripped_prefix_non_canonical_paths_are_rejected() {
    // A router that accepts every form of the path.
    let app = Router::new()
        .fallback(async || "The handler was called.")
        .layer(
            ConnectCallbackLayer::new("/app/callback")
                .stripped_prefix("/app")
                .app_verifies_state(),
        );
    let upstream = serve(app).await;
    let proxy = serve(proxy("/app", upstream)).await;
    let mut browser = Browser::on(ORIGIN);
    for (path, status) in [
        ("/app/callback", StatusCode::OK),
        ("/app/elsewhere", StatusCode::OK),
        ("/app/%63allback", StatusCode::BAD_REQUEST),
        ("/app/callback/", StatusCode::BAD_REQUEST),
        ("/app//callback", StatusCode::BAD_REQUEST),
        ("/app/%2Fcallback", StatusCode::BAD_REQUEST),
        ("/app/callback%2F", StatusCode::BAD_REQUEST),
        // This proxy does not strip the prefix from it, so it remains another path.
        ("/app/app/callback", StatusCode::OK),
    ] {
        let target = format!("{path}?code=1");
        let page = browser
            .navigate(Initiator::OtherSite, "GET", (proxy, &target), "")
            .await;
        assert_eq!(page.status(), status, "{path}");
    }
}

/// Returns the kind that a layer with a state cookie rejects a callback with, if the app sees the
/// path `seen`.
async fn kind(
    layer: ConnectCallbackLayer,
    issued_for: &str,
    seen: &str,
) -> Result<(), Option<InvalidCallbackKind>> {
    let issued = state_cookie()
        .issue(&HeaderMap::new(), issued_for, "")
        .unwrap();
    let mut headers = HeaderMap::new();
    issued.add_to(&mut headers);
    let cookie = headers[SET_COOKIE].to_str().unwrap();
    let (pair, _) = cookie.split_once(';').unwrap();
    let app = Router::new()
        .fallback(connected)
        .layer(layer.verify_state_with(state_cookie()));
    let request = Request::get(format!("{seen}?code=1&state={}", issued.state()))
        .header(COOKIE, HeaderValue::try_from(pair).unwrap())
        .body(Body::empty())
        .unwrap();
    let response: Response = app.oneshot(request).await.unwrap();
    if response.status() == StatusCode::OK {
        return Ok(());
    }
    let invalid = response.extensions().get::<InvalidCallback>();
    Err(invalid.map(InvalidCallback::kind))
}

#[tokio::test]
async fn below_a_stripped_prefix_a_state_is_bound_to_its_callback_path() {
    let other = Err(Some(InvalidCallbackKind::StateForOtherPath));
    for (paths, issued_for, seen, expected) in [
        (&["/app/callback"][..], "/app/callback", "/callback", Ok(())),
        (
            &["/app/callback", "/app/reauth"],
            "/app/reauth",
            "/callback",
            other,
        ),
        (&["/app/callback"], "/App/callback", "/callback", other),
        (&["/app/callback"], "/apple/callback", "/callback", other),
        (&["/app/callback"], "/app/app/callback", "/callback", other),
        (&["/app/callback"], "/callback/app", "/callback", other),
        // Not below the prefix, as in development.
        (
            &["/app/callback", "/callback"],
            "/callback",
            "/callback",
            Ok(()),
        ),
        (&["/app/callback", "/home"], "/home", "/home", Ok(())),
        (&["/app"], "/app", "/", Ok(())),
        (&["/app/"], "/app/", "/", Ok(())),
        (&["/app"], "/app/", "/", other),
        // Another app, which is not behind the prefix.
        (&["/app/callback"], "/callback", "/callback", other),
        (&["/app"], "/app/callback", "/", other),
        // With the prefix, the requested path is not a callback path of the layer any more.
        (
            &["/app/callback"],
            "/app/callback",
            "/app/callback",
            Err(None),
        ),
    ] {
        let layer = ConnectCallbackLayer::new(paths).stripped_prefix("/app");
        let verified = kind(layer, issued_for, seen).await;
        assert_eq!(verified, expected, "{issued_for} on {seen} of {paths:?}");
    }
}

#[tokio::test]
async fn redirect_uris_can_be_below_the_prefix_or_outside_it() {
    let uris = [
        "https://example.com/app/callback",
        "http://localhost:8000/callback",
        "http://localhost:8000/home",
    ];
    let layer = ConnectCallbackLayer::for_redirect_uris(uris)
        .unwrap()
        .stripped_prefix("/app");
    for (issued_for, seen) in [
        ("/app/callback", "/callback"),
        ("/callback", "/callback"),
        ("/home", "/home"),
    ] {
        let verified = kind(layer.clone(), issued_for, seen).await;
        assert_eq!(verified, Ok(()), "{issued_for} on {seen}");
    }
}

#[tokio::test]
async fn a_proxy_and_a_nested_router_can_both_strip_a_prefix() {
    let layer = || ConnectCallbackLayer::new("/app/api/callback");
    for (case, layer) in [
        ("one prefix", layer().stripped_prefix("/app/api")),
        (
            "the original URI",
            layer()
                .stripped_prefix("/app")
                .match_original_uri(|extensions| {
                    extensions.get::<OriginalUri>().map(|original| &original.0)
                }),
        ),
    ] {
        let issued = state_cookie()
            .issue(&HeaderMap::new(), "/app/api/callback", "")
            .unwrap();
        let mut headers = HeaderMap::new();
        issued.add_to(&mut headers);
        let (pair, _) = headers[SET_COOKIE]
            .to_str()
            .unwrap()
            .split_once(';')
            .unwrap();
        let inner = Router::new()
            .route("/callback", get(connected))
            .layer(layer.verify_state_with(state_cookie()));
        let request = Request::get(format!("/api/callback?code=1&state={}", issued.state()))
            .header(COOKIE, pair)
            .body(Body::empty())
            .unwrap();
        let response = Router::new()
            .nest("/api", inner)
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{case}");
    }
}

#[test]
fn an_invalid_prefix_panics_with_advice() {
    let cases = [
        ("", "does not begin with `/`"),
        ("app", "write it as the browser sees it, such as \"/app\""),
        ("https://example.com/app", "does not begin with `/`"),
        ("/", "ends with `/`"),
        ("/app/", "remove the slash, as in \"/app\""),
        ("/app?x", "contains `?` or `#`"),
        ("/app#x", "contains `?` or `#`"),
        ("/a/../app", "segment `.` or `..`"),
        ("/{app}", "percent-encode it"),
        ("/a\\pp", "backslash"),
        (
            "/other",
            "no callback path begins with the prefix \"/other\": [\"/app/callback\"]",
        ),
        (
            "/ap",
            "pass the paths as the browser sees them, or leave out the prefix",
        ),
        (
            "/app/callback/more",
            "no callback path begins with the prefix",
        ),
        ("/APP", "no callback path begins with the prefix"),
    ];
    for (prefix, advice) in cases {
        let panic = catch_unwind(|| CallbackPaths::from("/app/callback").stripped_prefix(prefix))
            .expect_err(prefix);
        let message = panic.downcast_ref::<String>().expect(prefix);
        assert!(message.contains(advice), "{prefix:?}: {message}");
        assert!(message.contains(&format!("{prefix:?}")), "{message}");
    }
    let panic = catch_unwind(|| {
        ConnectCallbackLayer::new("/app/api/callback")
            .stripped_prefix("/app")
            .stripped_prefix("/api")
    })
    .expect_err("two prefixes");
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("pass everything that is stripped as one prefix"),
        "{message}"
    );
}

#[test]
fn callback_paths_without_a_layer_strip_the_prefix() {
    let paths = CallbackPaths::from(["/app/callback", "/home"]).stripped_prefix("/app");
    for (path, expected) in [
        ("/callback", Some(true)),
        ("/home", Some(true)),
        ("/app/callback", Some(false)),
        ("/callback/", None),
    ] {
        let uri: Uri = format!("{path}?code=1").parse().unwrap();
        let outcome = paths.read(&Method::GET, &uri);
        assert_eq!(
            outcome.ok().map(|outcome| outcome.is_some()),
            expected,
            "{path}"
        );
    }
}

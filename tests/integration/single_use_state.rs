//! When a state is used up, in an app on a real server and with the cookies of a browser.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::HeaderMap;
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use tower_smartcar_connect::state_cookie::Key;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess, StateCookie};

use crate::support::browser::{Browser, Initiator, serve};

const ORIGIN: &str = "https://app.example";

/// An app whose route responds to callbacks with one status after the other, and then with `200`.
struct App {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
}

impl App {
    async fn start(layer: ConnectCallbackLayer, statuses: &[StatusCode]) -> Self {
        let state_cookie = StateCookie::new(Key::generate());
        let calls = Arc::new(AtomicUsize::new(0));
        let route = {
            let (calls, statuses) = (calls.clone(), statuses.to_vec());
            async move |_: Request| {
                let call = calls.fetch_add(1, Ordering::SeqCst);
                let status = statuses.get(call).copied().unwrap_or(StatusCode::OK);
                if status.is_redirection() {
                    (status, [(LOCATION, "/next")]).into_response()
                } else {
                    status.into_response()
                }
            }
        };
        let app = Router::new()
            .route("/callback", get(route))
            .layer(layer.verify_state_with(state_cookie.clone()))
            .route("/connect", post(connect).with_state(state_cookie));
        Self {
            address: serve(app).await,
            calls,
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn connect(State(state_cookie): State<StateCookie>, headers: HeaderMap) -> Response {
    let issued = state_cookie.issue(&headers, "/callback", "").unwrap();
    let mut response = issued.state().to_owned().into_response();
    issued.add_to(response.headers_mut());
    response
}

/// Starts a flow, and returns the target of its callback.
async fn start_flow(browser: &mut Browser, address: SocketAddr, outcome: &str) -> String {
    let target = (address, "/connect");
    let started = browser.navigate(Initiator::App, "POST", target, "").await;
    format!("/callback?{outcome}&state={}", started.body())
}

async fn visit(browser: &mut Browser, address: SocketAddr, target: &str) -> http::Response<String> {
    let target = (address, target);
    browser
        .navigate(Initiator::OtherSite, "GET", target, "")
        .await
}

/// Sends a request of the browser that is not a visit, such as a prefetch, with its cookies.
async fn probe(
    browser: &Browser,
    address: SocketAddr,
    method: &str,
    target: &str,
    purpose: Option<&str>,
) -> http::Response<String> {
    let mut headers = HeaderMap::new();
    if let Some(cookies) = browser.cookie_header(Initiator::App, method, target) {
        headers.insert(COOKIE, cookies.parse().unwrap());
    }
    if let Some(purpose) = purpose {
        headers.insert("sec-purpose", purpose.parse().unwrap());
    }
    browser.send(method, (address, target), headers, "").await
}

#[tokio::test]
async fn a_probe_reaches_no_handler_and_does_not_use_up_the_state() {
    for outcome in ["code=c", "error=oem_cancelled_login"] {
        for (method, purpose, status) in [
            ("GET", Some("prefetch"), StatusCode::SERVICE_UNAVAILABLE),
            (
                "GET",
                Some("prefetch;prerender"),
                StatusCode::SERVICE_UNAVAILABLE,
            ),
            ("HEAD", None, StatusCode::OK),
        ] {
            let context = format!("{method} {outcome} {purpose:?}");
            let app = App::start(ConnectCallbackLayer::new("/callback"), &[]).await;
            let mut browser = Browser::on(ORIGIN);
            let target = start_flow(&mut browser, app.address, outcome).await;
            let probed = probe(&browser, app.address, method, &target, purpose).await;
            assert_eq!(probed.status(), status, "{context}");
            assert!(!probed.headers().contains_key(SET_COOKIE), "{context}");
            assert_eq!(probed.headers()["cache-control"], "no-store", "{context}");
            assert_eq!(app.calls(), 0, "{context}");

            let visited = visit(&mut browser, app.address, &target).await;
            assert_eq!(visited.status(), StatusCode::OK, "{context}");
            assert_eq!(app.calls(), 1, "{context}");
            let reloaded = visit(&mut browser, app.address, &target).await;
            assert_eq!(reloaded.status(), StatusCode::BAD_REQUEST, "{context}");
            assert_eq!(app.calls(), 1, "{context}");
        }
    }
}

#[tokio::test]
async fn a_final_response_uses_up_the_state_and_a_temporary_failure_does_not() {
    for (status, is_used_up) in [
        (StatusCode::OK, true),
        (StatusCode::NO_CONTENT, true),
        (StatusCode::FOUND, true),
        (StatusCode::SEE_OTHER, true),
        (StatusCode::BAD_REQUEST, true),
        (StatusCode::FORBIDDEN, true),
        (StatusCode::UNPROCESSABLE_ENTITY, true),
        (StatusCode::TEMPORARY_REDIRECT, false),
        (StatusCode::PERMANENT_REDIRECT, false),
        (StatusCode::UNAUTHORIZED, false),
        (StatusCode::PROXY_AUTHENTICATION_REQUIRED, false),
        (StatusCode::REQUEST_TIMEOUT, false),
        (StatusCode::TOO_EARLY, false),
        (StatusCode::TOO_MANY_REQUESTS, false),
        (StatusCode::INTERNAL_SERVER_ERROR, false),
        (StatusCode::BAD_GATEWAY, false),
        (StatusCode::SERVICE_UNAVAILABLE, false),
        (StatusCode::GATEWAY_TIMEOUT, false),
    ] {
        for (layer, is_used_up) in [
            (ConnectCallbackLayer::new("/callback"), is_used_up),
            (
                ConnectCallbackLayer::new("/callback").resume_flows(false),
                true,
            ),
        ] {
            let context = format!("{status}, {layer:?}");
            let app = App::start(layer, &[status]).await;
            let mut browser = Browser::on(ORIGIN);
            let target = start_flow(&mut browser, app.address, "code=c").await;
            let first = visit(&mut browser, app.address, &target).await;
            assert_eq!(first.status(), status, "{context}");
            assert_eq!(
                first.headers().contains_key(SET_COOKIE),
                is_used_up,
                "{context}"
            );
            let reloaded = visit(&mut browser, app.address, &target).await;
            let expected = if is_used_up {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::OK
            };
            assert_eq!(reloaded.status(), expected, "{context}");
            assert_eq!(app.calls(), 2 - usize::from(is_used_up), "{context}");
        }
    }
}

#[tokio::test]
async fn a_handler_that_fails_does_not_use_up_the_state() {
    let state_cookie = StateCookie::new(Key::generate());
    let failures = Arc::new(AtomicUsize::new(0));
    let handler = move |_error: ConnectError, _request| {
        let is_first = failures.fetch_add(1, Ordering::SeqCst) == 0;
        let status = if is_first {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        async move { status.into_response() }
    };
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_with(state_cookie.clone())
        .on_error(handler);
    let app = Router::new()
        .route("/callback", get(StatusCode::OK))
        .layer(layer)
        .route("/connect", post(connect).with_state(state_cookie));
    let address = serve(app).await;
    let mut browser = Browser::on(ORIGIN);
    let target = start_flow(&mut browser, address, "error=access_denied").await;
    for status in [
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::UNPROCESSABLE_ENTITY,
        StatusCode::BAD_REQUEST,
    ] {
        let response = visit(&mut browser, address, &target).await;
        assert_eq!(response.status(), status);
    }
}

/// Redirects browsers that are not logged in to the login, which redirects them back.
/// `login_required!` of `axum-login` and logins with OpenID Connect do the same.
async fn require_login(request: Request, next: Next) -> Response {
    let cookies = request.headers().get_all(COOKIE);
    let is_logged_in = cookies
        .iter()
        .any(|cookies| cookies.to_str().unwrap().contains("user=ada"));
    if is_logged_in {
        return next.run(request).await;
    }
    let next = percent_encode(&request.uri().to_string());
    Redirect::temporary(&format!("/login?next={next}")).into_response()
}

fn percent_encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Logs in, and redirects to the address in `next`.
async fn log_in(request: Request) -> Response {
    let query = request.uri().query().unwrap().as_bytes();
    let (_, next) = url::form_urlencoded::parse(query).next().unwrap();
    ([(SET_COOKIE, "user=ada; Path=/")], Redirect::to(&next)).into_response()
}

#[tokio::test]
async fn a_callback_passes_after_a_login_outside_or_inside_the_layer() {
    for is_inside in [true, false] {
        let context = if is_inside { "inside" } else { "outside" };
        let state_cookie = StateCookie::new(Key::generate());
        let layer = ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie.clone());
        let success = async |_: axum::Extension<ConnectSuccess>| "connected";
        let route = Router::new().route("/callback", get(success));
        let route = if is_inside {
            route.layer(from_fn(require_login)).layer(layer)
        } else {
            route.layer(layer).layer(from_fn(require_login))
        };
        let app = route
            .route("/login", get(log_in))
            .route("/connect", post(connect).with_state(state_cookie));
        let address = serve(app).await;
        let mut browser = Browser::on(ORIGIN);
        let target = start_flow(&mut browser, address, "code=c").await;
        // The session ended while the owner was at Connect.
        let sent_away = visit(&mut browser, address, &target).await;
        assert_eq!(
            sent_away.status(),
            StatusCode::TEMPORARY_REDIRECT,
            "{context}"
        );
        let login = sent_away.headers()[LOCATION].to_str().unwrap();
        let logged_in = visit(&mut browser, address, login).await;
        assert_eq!(logged_in.headers()[LOCATION], target, "{context}");
        let served = visit(&mut browser, address, &target).await;
        assert_eq!(served.body(), "connected", "{context}");
        let reloaded = visit(&mut browser, address, &target).await;
        assert_eq!(reloaded.status(), StatusCode::BAD_REQUEST, "{context}");
    }
}

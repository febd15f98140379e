//! `StateCookie` from the start of a flow to its callback, over real servers and with the cookies of a browser.

mod browser;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use axum::extract::{Request, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use proptest::prelude::*;
use serde_json::json;
use tower_smartcar_connect::state_cookie::{IssueError, Key, StatePayload};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, InvalidCallback, InvalidCallbackKind, StateCookie, VerifyState,
};

use self::browser::{Browser, Initiator, serve};

/// Where the browser believes to be. A proxy ends TLS there.
const ORIGIN: &str = "https://app.example";

/// Not visited: the tests take the state from there, and come back as Connect would.
const CONNECT: &str = "https://connect.smartcar.com/oauth/authorize";

/// Says in a response of the server why its callback was refused.
const REFUSED: HeaderName = HeaderName::from_static("x-refused");

const NAME_PREFIX: &str = "__Host-smartcar-connect-";

fn key(number: u8) -> Key {
    Key::from(&[number; 64])
}

/// A state cookie with the first key.
fn state_cookie() -> StateCookie {
    StateCookie::new(key(1))
}

/// A server of an app whose errors are answered by a handler on `/callback`, and by the route on `/plain`.
struct Server {
    address: SocketAddr,
    /// How often the route or the handler of errors was called.
    calls: Arc<AtomicUsize>,
}

impl Server {
    async fn start(state_cookie: StateCookie) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = {
            let calls = calls.clone();
            move || {
                calls.fetch_add(1, Ordering::SeqCst);
            }
        };
        let layer = |path| ConnectCallbackLayer::new(path).verify_state(state_cookie.clone());
        let handler = {
            let count = count.clone();
            move |error: ConnectError, request: Request| {
                count();
                let text = format!(
                    "handler: {}",
                    report(&error.code().to_string(), error.is_verified(), &request)
                );
                async move { text.into_response() }
            }
        };
        let route = move |request: Request| {
            count();
            let extensions = request.extensions();
            let text = match (extensions.get::<ConnectSuccess>(), extensions.get::<ConnectError>()) {
                (Some(success), None) => report(&success.code().unwrap(), success.is_verified(), &request),
                (None, Some(error)) => report(&error.code().to_string(), error.is_verified(), &request),
                outcome => panic!("{outcome:?}"),
            };
            async move { format!("route: {text}") }
        };
        let handled = Router::new()
            .route("/callback", get(route.clone()))
            .layer(layer("/callback").on_error(handler));
        let plain = Router::new().route("/plain", get(route)).layer(layer("/plain"));
        let app = Router::new()
            .route("/connect", post(connect))
            .with_state(state_cookie.clone())
            .merge(handled)
            .merge(plain)
            .layer(map_response(name_refusal));
        Self {
            address: serve(app).await,
            calls,
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Begins a flow with the request's body as its payload.
async fn connect(State(state_cookie): State<StateCookie>, headers: HeaderMap, payload: String) -> Response {
    match state_cookie.issue(&headers, &payload) {
        Ok(issued) => {
            let mut response = Redirect::to(&format!("{CONNECT}?state={}", issued.state())).into_response();
            issued.add_to(response.headers_mut());
            response
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    }
}

fn report(outcome: &str, is_verified: bool, request: &Request) -> String {
    let payload = request.extensions().get::<StatePayload>().map(StatePayload::as_str);
    format!("{outcome}, verified: {is_verified}, payload: {payload:?}")
}

async fn name_refusal(mut response: Response) -> Response {
    if let Some(invalid) = response.extensions().get::<InvalidCallback>() {
        let kind = format!("{:?}", invalid.kind());
        response.headers_mut().insert(REFUSED, kind.parse().unwrap());
    }
    response
}

/// A flow of a browser.
struct Flow {
    state: String,
    /// What was set when the flow began, except for the removals of other cookies.
    set_cookie: String,
    /// The names of the cookies that had to go.
    evicted: Vec<String>,
}

impl Flow {
    async fn begin(browser: &mut Browser, server: &Server, payload: &str) -> Self {
        let target = (server.address, "/connect");
        let response = browser.navigate(Initiator::App, "POST", target, payload).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{}", response.body());
        let location = response.headers()[LOCATION].to_str().unwrap();
        let state = location.split_once("?state=").expect(location).1.to_owned();
        let (evicted, mut set): (Vec<_>, Vec<_>) = set_cookies(&response)
            .into_iter()
            .partition(|line| line.contains("; Max-Age=0;"));
        assert_eq!(set.len(), 1, "{set:?}");
        Self {
            state,
            set_cookie: set.remove(0),
            evicted: evicted.iter().map(|line| pair(line).0.to_owned()).collect(),
        }
    }

    /// The name and the value of the cookie.
    fn cookie(&self) -> (&str, &str) {
        pair(&self.set_cookie)
    }

    /// Comes back with a success, as Connect would.
    async fn come_back(&self, browser: &mut Browser, server: &Server) -> http::Response<String> {
        visit(browser, server, &format!("/callback?code=c&state={}", self.state)).await
    }

    /// Comes back with a success, which has to be verified.
    async fn pass(&self, browser: &mut Browser, server: &Server, payload: &str) {
        let response = self.come_back(browser, server).await;
        let expected = format!("route: c, verified: true, payload: {:?}", Some(payload));
        assert_eq!(response.body(), &expected, "{:?}", response.headers());
    }
}

/// Follows a link or a redirect from another site.
async fn visit(browser: &mut Browser, server: &Server, target: &str) -> http::Response<String> {
    browser
        .navigate(Initiator::OtherSite, "GET", (server.address, target), "")
        .await
}

fn set_cookies<B>(response: &http::Response<B>) -> Vec<String> {
    let lines = response.headers().get_all(SET_COOKIE).iter();
    lines.map(|line| line.to_str().unwrap().to_owned()).collect()
}

/// The name and the value in a line of `Set-Cookie`.
fn pair(set_cookie: &str) -> (&str, &str) {
    let pair = set_cookie.split(';').next().unwrap();
    pair.split_once('=').unwrap()
}

/// The attributes in a line of `Set-Cookie`, sorted; `Expires` without its date.
fn attributes(set_cookie: &str) -> Vec<&str> {
    let attributes = set_cookie.split("; ").skip(1);
    let mut attributes: Vec<_> = attributes
        .map(|attribute| attribute.strip_suffix(" GMT").map_or(attribute, |_| "Expires"))
        .collect();
    attributes.sort_unstable();
    attributes
}

#[track_caller]
fn assert_refused(response: &http::Response<String>, kind: InvalidCallbackKind, case: &str) {
    let refused = response.headers().get(REFUSED).map(|kind| kind.to_str().unwrap());
    assert_eq!(refused, Some(&*format!("{kind:?}")), "{case}: {}", response.body());
    assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{case}");
    assert_eq!(response.body(), "", "{case}");
    assert_eq!(set_cookies(response), [""; 0], "{case}");
}

/// Headers with these cookies in one line.
fn with_cookies(cookies: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookies).unwrap())])
}

/// Seconds since 1970, as a test sets them.
#[derive(Clone)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn starting_at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds)))
    }

    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn on(&self, state_cookie: StateCookie) -> StateCookie {
        let clock = self.0.clone();
        state_cookie.clock(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst)))
    }
}

#[tokio::test]
async fn a_flow_ends_once_with_its_payload_and_clears_its_cookie() {
    let cases = [
        (
            "/callback?code=c",
            "route: c, verified: true, payload: Some(\"user-7\")",
        ),
        (
            "/callback?error=access_denied",
            "handler: access_denied, verified: true, payload: Some(\"user-7\")",
        ),
        ("/plain?code=c", "route: c, verified: true, payload: Some(\"user-7\")"),
        (
            "/plain?error=access_denied",
            "route: access_denied, verified: true, payload: Some(\"user-7\")",
        ),
    ];
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    for (target, expected) in cases {
        let flow = Flow::begin(&mut browser, &server, "user-7").await;
        let (name, _) = flow.cookie();
        assert!(browser.cookies.contains("app.example", "/", name), "{target}");

        let callback = format!("{target}&state={}", flow.state);
        let response = visit(&mut browser, &server, &callback).await;
        assert_eq!(response.body(), expected, "{target}");
        let [cleared] = &set_cookies(&response)[..] else {
            panic!("{target}: {:?}", response.headers());
        };
        assert_eq!(pair(cleared), (name, ""), "{target}");
        let mut expected = attributes(&flow.set_cookie);
        expected.retain(|attribute| *attribute != "Max-Age=5400");
        expected.extend(["Expires", "Max-Age=0"]);
        expected.sort_unstable();
        assert_eq!(attributes(cleared), expected, "{target}");
        assert!(!browser.cookies.contains("app.example", "/", name), "{target}");

        let calls = server.calls();
        for initiator in [Initiator::App, Initiator::OtherSite] {
            let target = (server.address, &*callback);
            let reloaded = browser.navigate(initiator, "GET", target, "").await;
            let case = format!("{target:?} again by {initiator:?}");
            assert_refused(&reloaded, InvalidCallbackKind::StateUnknown, &case);
        }
        assert_eq!(server.calls(), calls, "{target}");
    }
}

#[tokio::test]
async fn a_flow_without_a_payload_brings_none() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::begin(&mut browser, &server, "").await;
    let response = flow.come_back(&mut browser, &server).await;
    assert_eq!(response.body(), "route: c, verified: true, payload: None");
}

#[tokio::test]
async fn the_cookie_is_named_after_the_flow_and_has_these_attributes_only() {
    let short = state_cookie().lifetime(Duration::from_secs(60));
    let cases = [
        (
            "production",
            state_cookie(),
            ORIGIN,
            "__Host-smartcar-connect-",
            &["HttpOnly", "Max-Age=5400", "Path=/", "SameSite=Lax", "Secure"][..],
        ),
        (
            "a lifetime of one minute",
            short,
            ORIGIN,
            "__Host-smartcar-connect-",
            &["HttpOnly", "Max-Age=3660", "Path=/", "SameSite=Lax", "Secure"],
        ),
        (
            "development",
            state_cookie().plain_http_for_development(),
            "http://localhost:3000",
            "smartcar-connect-",
            &["HttpOnly", "Max-Age=5400", "Path=/", "SameSite=Lax"],
        ),
    ];
    for (case, state_cookie, origin, prefix, expected) in cases {
        let server = Server::start(state_cookie).await;
        let mut browser = Browser::on(origin);
        let flow = Flow::begin(&mut browser, &server, "user-7").await;
        let (name, value) = flow.cookie();
        assert_eq!(name, format!("{prefix}{}", &flow.state[..8]), "{case}");
        assert_eq!(attributes(&flow.set_cookie), expected, "{case}");
        assert!(!value.contains(&flow.state[8..]), "{case}");
        assert!(!value.contains("user-7"), "{case}");
        flow.pass(&mut browser, &server, "user-7").await;
    }
}

#[tokio::test]
async fn a_secure_cookie_is_not_brought_to_a_server_without_tls() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on("http://app.example");
    let response = browser
        .navigate(Initiator::App, "POST", (server.address, "/connect"), "")
        .await;
    let location = response.headers()[LOCATION].to_str().unwrap();
    let state = location.split_once("?state=").unwrap().1;
    let response = visit(&mut browser, &server, &format!("/callback?code=c&state={state}")).await;
    assert_refused(&response, InvalidCallbackKind::StateUnknown, "http");
}

#[tokio::test]
async fn every_refusal_has_its_kind_and_neither_reaches_the_app_nor_ends_the_flow_under_way() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::begin(&mut browser, &server, "user-7").await;
    let other = Flow::begin(&mut Browser::on(ORIGIN), &server, "attacker").await;

    let own = &*flow.state;
    let same_cookie = format!("{}{}", &own[..8], &other.state[8..]);
    let flipped = if own.ends_with('A') { "B" } else { "A" };
    let last_character = format!("{}{flipped}", &own[..31]);
    let cases = [
        ("no state", "", InvalidCallbackKind::StateMissing),
        ("an empty state", "&state=", InvalidCallbackKind::StateMissing),
        ("a state without a value", "&state", InvalidCallbackKind::StateMissing),
        (
            "that of another browser",
            &*format!("&state={}", other.state),
            InvalidCallbackKind::StateUnknown,
        ),
        (
            "one that nobody was given",
            "&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            InvalidCallbackKind::StateUnknown,
        ),
        (
            "the start of this one, the rest of another",
            &format!("&state={same_cookie}"),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "this one with another last character",
            &format!("&state={last_character}"),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "one that is not ours",
            "&state=0facda3319",
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "the start of this one",
            &format!("&state={}", &own[..8]),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "this one without its last character",
            &format!("&state={}", &own[..31]),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "this one with a character more",
            &format!("&state={own}A"),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "this one and a space",
            &format!("&state={own}+"),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "this one and a NUL",
            &format!("&state={own}%00"),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "characters of other alphabets",
            "&state=%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4",
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "the name of an attribute",
            "&state=AAAAAAAA%3B%20Path%3D%2FAAAAAAAAAAAAAAAA",
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "this one twice",
            &format!("&state={own}&state={own}"),
            InvalidCallbackKind::DuplicateParameter,
        ),
    ];
    for (case, state, kind) in cases {
        for outcome in [
            "/callback?code=c",
            "/callback?error=access_denied",
            "/plain?error=access_denied",
        ] {
            let response = visit(&mut browser, &server, &format!("{outcome}{state}")).await;
            assert_refused(&response, kind, &format!("{case}: {outcome}"));
        }
    }
    assert_eq!(server.calls(), 0);

    flow.pass(&mut browser, &server, "user-7").await;
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_cookie_that_was_tampered_with_at_any_byte_is_unreadable() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::begin(&mut browser, &server, "user-7").await;
    let (name, value) = flow.cookie();
    let callback = format!("/callback?code=c&state={}", flow.state);

    let mut tampered: Vec<_> = ["", "=", "AAAA", "%00"].map(str::to_owned).to_vec();
    tampered.push(value[..value.len() - 4].to_owned());
    tampered.push(format!("AAAA{value}"));
    tampered.push(format!("{value}AAAA"));
    // The nonce comes first, the tag last, what is encrypted in between.
    for position in 0..value.len() {
        for replacement in ['A', 'B', '-', '='] {
            if !value[position..].starts_with(replacement) {
                tampered.push(format!("{}{replacement}{}", &value[..position], &value[position + 1..]));
            }
        }
    }
    for value in tampered {
        let headers = with_cookies(&format!("{name}={value}"));
        let response = browser.send("GET", (server.address, &callback), headers, "").await;
        assert_refused(&response, InvalidCallbackKind::StateUnreadable, &value);
    }
    assert_eq!(server.calls(), 0);

    flow.pass(&mut browser, &server, "user-7").await;
}

#[tokio::test]
async fn a_cookie_of_another_key_or_under_another_name_is_unreadable() {
    let server = Server::start(state_cookie()).await;
    let stranger = Server::start(StateCookie::new(key(2))).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::begin(&mut browser, &server, "user-7").await;
    let other = Flow::begin(&mut browser, &server, "user-8").await;

    let response = flow.come_back(&mut browser, &stranger).await;
    assert_refused(&response, InvalidCallbackKind::StateUnreadable, "another key");

    // What is known of one flow must not serve for another.
    let moved = with_cookies(&format!("{}={}", flow.cookie().0, other.cookie().1));
    for state in [&flow.state, &format!("{}{}", &flow.state[..8], &other.state[8..])] {
        let target = format!("/callback?code=c&state={state}");
        let response = browser.send("GET", (server.address, &target), moved.clone(), "").await;
        assert_refused(&response, InvalidCallbackKind::StateUnreadable, "moved");
    }

    // A cookie of development would lack the protection of its prefix.
    let development = Server::start(state_cookie().plain_http_for_development()).await;
    let development_flow = Flow::begin(&mut Browser::on("http://localhost"), &development, "user-7").await;
    let state = &development_flow.state;
    let renamed = with_cookies(&format!("{NAME_PREFIX}{}={}", &state[..8], development_flow.cookie().1));
    let target = format!("/callback?code=c&state={state}");
    let response = browser.send("GET", (server.address, &target), renamed, "").await;
    assert_refused(&response, InvalidCallbackKind::StateUnreadable, "development");

    assert_eq!(server.calls() + stranger.calls() + development.calls(), 0);
    flow.pass(&mut browser, &server, "user-7").await;
    other.pass(&mut browser, &server, "user-8").await;
}

#[tokio::test]
async fn a_state_passes_in_its_last_second_and_is_expired_in_the_next() {
    for (lifetime, state_cookie) in [
        (30 * 60, state_cookie()),
        (60, state_cookie().lifetime(Duration::from_secs(60))),
        // Whole seconds count.
        (60, state_cookie().lifetime(Duration::from_millis(60_999))),
        (0, state_cookie().lifetime(Duration::ZERO)),
    ] {
        let clock = Clock::starting_at(1_800_000_000);
        let server = Server::start(clock.on(state_cookie)).await;
        let mut browser = Browser::on(ORIGIN);
        let in_time = Flow::begin(&mut browser, &server, "user-7").await;
        let too_late = Flow::begin(&mut browser, &server, "user-7").await;

        clock.advance(lifetime);
        in_time.pass(&mut browser, &server, "user-7").await;
        clock.advance(1);
        // It is refused as often as it comes.
        for _ in 0..2 {
            let response = too_late.come_back(&mut browser, &server).await;
            assert_refused(
                &response,
                InvalidCallbackKind::StateExpired,
                &format!("after {lifetime} s"),
            );
        }
        assert_eq!(server.calls(), 1);
    }
}

#[tokio::test]
async fn clocks_and_lifetimes_at_their_limits_do_no_harm() {
    for (case, state_cookie) in [
        ("forever", state_cookie().lifetime(Duration::MAX)),
        (
            "before 1970",
            state_cookie().clock(|| SystemTime::UNIX_EPOCH - Duration::from_secs(1)),
        ),
        ("in 1970", state_cookie().clock(|| SystemTime::UNIX_EPOCH)),
    ] {
        let state_cookie = state_cookie;
        let issued = state_cookie.issue(&HeaderMap::new(), "user-7").expect(case);
        let mut response = HeaderMap::new();
        issued.add_to(&mut response);
        let (name, value) = pair(response[SET_COOKIE].to_str().unwrap());
        let mut request = Request::new(());
        *request.headers_mut() = with_cookies(&format!("{name}={value}"));
        assert!(state_cookie.verify_state(&request, issued.state()).is_ok(), "{case}");
    }
}

#[tokio::test]
async fn a_flow_that_was_begun_on_one_server_ends_on_another_with_the_same_key() {
    // Cookies know no ports: in development, two servers of one host meet each other's.
    for (state_cookie, origin) in [
        (state_cookie(), ORIGIN),
        (state_cookie().plain_http_for_development(), "http://127.0.0.1"),
    ] {
        let here = Server::start(state_cookie.clone()).await;
        // A clone shares everything; another process shares the key only.
        let clone = Server::start(state_cookie.clone()).await;
        let process = Server::start(match origin {
            ORIGIN => self::state_cookie(),
            _ => self::state_cookie().plain_http_for_development(),
        })
        .await;
        assert_ne!(here.address.port(), process.address.port());
        for (begins, ends) in [(&here, &clone), (&clone, &here), (&here, &process), (&process, &here)] {
            let mut browser = Browser::on(origin);
            let flow = Flow::begin(&mut browser, begins, "user-7").await;
            flow.pass(&mut browser, ends, "user-7").await;
            let response = flow.come_back(&mut browser, begins).await;
            assert_refused(&response, InvalidCallbackKind::StateUnknown, origin);
        }
    }
}

#[tokio::test]
async fn keys_rotate_without_breaking_a_flow() {
    let only_old = Server::start(StateCookie::new(key(1))).await;
    let knows_new = Server::start(StateCookie::new(key(1)).older_key(key(2))).await;
    let prefers_new = Server::start(StateCookie::new(key(2)).older_key(key(1))).await;
    let only_new = Server::start(StateCookie::new(key(2))).await;
    let of_three = Server::start(StateCookie::new(key(3)).older_key(key(2)).older_key(key(1))).await;

    let cases = [
        // The steps of a rotation, each while servers of the step before still run.
        ("old, then both", &only_old, &knows_new, true),
        ("both, then old", &knows_new, &only_old, true),
        ("both, then new preferred", &knows_new, &prefers_new, true),
        ("new preferred, then both", &prefers_new, &knows_new, true),
        ("new preferred, then new", &prefers_new, &only_new, true),
        ("new, then new preferred", &only_new, &prefers_new, true),
        // A step left out, and a step taken too early.
        ("new preferred, then old", &prefers_new, &only_old, false),
        ("old, then new", &only_old, &only_new, false),
        // Each of several older keys counts.
        ("the second of three", &only_new, &of_three, true),
        ("the third of three", &only_old, &of_three, true),
        ("the first of three", &of_three, &only_new, false),
    ];
    for (case, begins, ends, passes) in cases {
        let mut browser = Browser::on(ORIGIN);
        let flow = Flow::begin(&mut browser, begins, "user-7").await;
        if passes {
            flow.pass(&mut browser, ends, "user-7").await;
        } else {
            let response = flow.come_back(&mut browser, ends).await;
            assert_refused(&response, InvalidCallbackKind::StateUnreadable, case);
        }
    }
}

#[tokio::test]
async fn twenty_flows_with_the_longest_payload_end_in_any_order() {
    let payloads: Vec<_> = (0..20).map(|number| format!("{number:0>128}")).collect();
    let in_order: Vec<_> = (0..20).collect();
    let backwards: Vec<_> = (0..20).rev().collect();
    let mixed: Vec<_> = (0..20).map(|position| position * 7 % 20).collect();
    for order in [in_order, backwards, mixed] {
        let server = Server::start(state_cookie()).await;
        let mut browser = Browser::on(ORIGIN);
        let mut flows = Vec::new();
        for payload in &payloads {
            let flow = Flow::begin(&mut browser, &server, payload).await;
            assert_eq!(flow.evicted, [""; 0], "{payload}");
            flows.push(flow);
        }
        for position in &order {
            flows[*position].pass(&mut browser, &server, &payloads[*position]).await;
        }
        assert_eq!(server.calls(), 20, "{order:?}");
        assert_eq!(browser.cookie_header(Initiator::App, "GET", "/"), None, "{order:?}");
    }
}

#[tokio::test]
async fn more_flows_than_fit_into_the_header_evict_those_that_were_begun_first() {
    let clock = Clock::starting_at(1_800_000_000);
    let server = Server::start(clock.on(state_cookie())).await;
    let mut browser = Browser::on(ORIGIN);
    // They belong to the app, count and stay.
    browser.keep(&format!("session={}; Path=/; Secure; HttpOnly", "s".repeat(200)));
    browser.keep("__Host-theme=dark; Path=/; Secure");
    let own_cookies = browser.cookie_header(Initiator::App, "GET", "/").unwrap();

    let mut flows = Vec::new();
    for number in 0..40 {
        clock.advance(1);
        flows.push(Flow::begin(&mut browser, &server, &format!("{number:0>128}")).await);
        let line = browser.cookie_header(Initiator::App, "GET", "/").unwrap();
        assert!(
            "Cookie: ".len() + line.len() + "\r\n".len() <= 8192,
            "{number}: {}",
            line.len()
        );
    }
    let evicted: Vec<_> = flows.iter().flat_map(|flow| flow.evicted.clone()).collect();
    let names = flows.iter().map(|flow| flow.cookie().0);
    assert_eq!(evicted, Vec::from_iter(names.take(evicted.len())));
    assert!((1..=20).contains(&evicted.len()), "{}", evicted.len());

    for (number, flow) in flows.iter().enumerate() {
        if number < evicted.len() {
            let response = flow.come_back(&mut browser, &server).await;
            assert_refused(&response, InvalidCallbackKind::StateUnknown, &number.to_string());
        } else {
            flow.pass(&mut browser, &server, &format!("{number:0>128}")).await;
        }
    }
    let left = browser.cookie_header(Initiator::App, "GET", "/").unwrap();
    let sorted = |line: &str| {
        let mut pairs: Vec<_> = line.split("; ").map(str::to_owned).collect();
        pairs.sort_unstable();
        pairs
    };
    assert_eq!(sorted(&left), sorted(&own_cookies));
}

#[tokio::test]
async fn cookies_of_the_app_leave_less_room_for_flows_but_always_room_for_the_newest() {
    let clock = Clock::starting_at(1_800_000_000);
    let server = Server::start(clock.on(state_cookie())).await;
    for bytes in [4000, 7600, 7900, 12_000] {
        let mut browser = Browser::on(ORIGIN);
        for part in 0..4 {
            browser.keep(&format!("app-{part}={}; Path=/; Secure", "a".repeat(bytes / 4)));
        }
        let mut newest = None;
        for number in 0..30 {
            clock.advance(1);
            newest = Some(Flow::begin(&mut browser, &server, &format!("{number:0>128}")).await);
            let line = browser.cookie_header(Initiator::App, "GET", "/").unwrap();
            assert!(line.len() < 8000 || line.matches(NAME_PREFIX).count() == 1, "{bytes}");
            assert_eq!(line.matches("app-").count(), 4, "{bytes}");
        }
        newest
            .unwrap()
            .pass(&mut browser, &server, &format!("{:0>128}", 29))
            .await;
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_evicted_before_what_can() {
    let clock = Clock::starting_at(1_800_000_000);
    let state_cookie = clock.on(state_cookie());
    let server = Server::start(state_cookie).await;
    let stranger = Server::start(clock.on(StateCookie::new(key(2)))).await;
    let mut browser = Browser::on(ORIGIN);
    let mut own = Vec::new();
    let mut strange = Vec::new();
    for number in 0..13 {
        own.push(Flow::begin(&mut browser, &server, &format!("{number:0>128}")).await);
        strange.push(Flow::begin(&mut browser, &stranger, &format!("{number:0>128}")).await);
        clock.advance(1);
    }
    let newest = Flow::begin(&mut browser, &server, "newest").await;
    let [evicted] = &newest.evicted[..] else {
        panic!("{:?}", newest.evicted);
    };
    assert!(strange.iter().any(|flow| flow.cookie().0 == evicted), "{evicted}");
    for (number, flow) in own.iter().enumerate() {
        flow.pass(&mut browser, &server, &format!("{number:0>128}")).await;
    }
}

#[tokio::test]
async fn cookies_are_read_from_every_cookie_header() {
    let clock = Clock::starting_at(1_800_000_000);
    let server = Server::start(clock.on(state_cookie())).await;
    let mut browser = Browser::on(ORIGIN);
    let mut flows = Vec::new();
    for number in 0..24 {
        flows.push(Flow::begin(&mut browser, &server, &format!("{number:0>128}")).await);
        clock.advance(1);
    }
    let cookies = browser.cookie_header(Initiator::OtherSite, "GET", "/callback").unwrap();
    let lines = cookies.split("; ").chain(["a=b"]);
    let split = HeaderMap::from_iter(lines.map(|line| (COOKIE, line.parse().unwrap())));
    assert_eq!(split.len(), 25);

    // As HTTP/1.1 clients and proxies may send them, and as HTTP/2 does.
    let http2 = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    for (number, flow) in flows.iter().enumerate() {
        let target = format!("/callback?code=c&state={}", flow.state);
        let expected = format!("route: c, verified: true, payload: Some(\"{number:0>128}\")");
        let http1 = browser.send("GET", (server.address, &target), split.clone(), "").await;
        assert_eq!(http1.body(), &expected, "HTTP/1.1, {number}");

        let mut request = Request::builder()
            .uri(format!("http://{}{target}", server.address))
            .body(Empty::<Bytes>::new())
            .unwrap();
        request.headers_mut().extend(split.clone());
        let response = http2.request(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, expected, "HTTP/2, {number}");
    }

    // Those that are split are counted all the same.
    let mut headers = split.clone();
    headers.append(COOKIE, format!("app={}", "a".repeat(1500)).parse().unwrap());
    let response = browser.send("POST", (server.address, "/connect"), headers, "").await;
    let removed: Vec<_> = set_cookies(&response)
        .iter()
        .filter(|line| line.contains("; Max-Age=0;"))
        .map(|line| pair(line).0.to_owned())
        .collect();
    let oldest: Vec<_> = flows.iter().map(|flow| flow.cookie().0.to_owned()).collect();
    assert!(!removed.is_empty());
    assert_eq!(removed, oldest[..removed.len()]);
}

#[tokio::test]
async fn payloads_of_128_bytes_come_back_whole_and_longer_ones_are_an_error() {
    let server = Server::start(state_cookie()).await;
    let longest = "a".repeat(128);
    let longest_of_two_bytes = "ä".repeat(64);
    let payloads = [
        "user-7 → /garage?car=1&next=%2F",
        "a.b.c",
        "...",
        ".",
        " ",
        "\"quoted\"; Max-Age=0; Path=/; other=\"1\"",
        "\r\nSet-Cookie: a=b\0",
        "🚗",
        &longest,
        &longest_of_two_bytes,
    ];
    for payload in payloads {
        let mut browser = Browser::on(ORIGIN);
        let flow = Flow::begin(&mut browser, &server, payload).await;
        flow.pass(&mut browser, &server, payload).await;
    }

    for payload in ["a".repeat(129), "ä".repeat(65), "a".repeat(100_000)] {
        let error = state_cookie().issue(&HeaderMap::new(), &payload).unwrap_err();
        assert_eq!(error, IssueError::PayloadTooLong { bytes: payload.len() });
        let target = (server.address, "/connect");
        let response = Browser::on(ORIGIN)
            .navigate(Initiator::App, "POST", target, &payload)
            .await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(set_cookies(&response), [""; 0]);
        assert_eq!(response.body(), &error.to_string());
        let expected = format!("has {} bytes, but at most 128 fit", payload.len());
        assert!(response.body().contains(&expected), "{}", response.body());
    }
}

/// What Smartcar's JavaScript SDK makes of a state.
fn wrapped(instance_id: &str, state: &str) -> String {
    STANDARD.encode(json!({"instanceId": instance_id, "originalState": state}).to_string())
}

#[tokio::test]
async fn a_state_that_smartcars_javascript_sdk_has_wrapped_is_verified_all_the_same() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let instances = ["7f1c3f60-6a3a-4d38-8a8c-5ff5c1d1a6c5", "", "~~~", "ÿÿÿ", ">>>?"];
    let mut with_plus = 0;
    for instance_id in instances {
        for outcome in ["/callback?code=c", "/callback?error=access_denied"] {
            let flow = Flow::begin(&mut browser, &server, "user-7").await;
            let state = wrapped(instance_id, &flow.state);
            with_plus += usize::from(state.contains('+'));
            // Unencoded, as the SDK sends it: a `+` arrives as a space.
            let response = visit(&mut browser, &server, &format!("{outcome}&state={state}")).await;
            let expected = "verified: true, payload: Some(\"user-7\")";
            assert!(
                response.body().contains(expected),
                "{instance_id} {outcome}: {response:?}"
            );
            assert_eq!(set_cookies(&response).len(), 1, "{instance_id} {outcome}");
            // It ends the flow however it is wrapped.
            for again in [&flow.state, &state, &wrapped("again", &flow.state)] {
                let response = visit(&mut browser, &server, &format!("{outcome}&state={again}")).await;
                assert_refused(&response, InvalidCallbackKind::StateUnknown, instance_id);
            }
        }
    }
    assert!(with_plus > 0, "no instance makes a `+`");

    // Percent-encoded on its way, and as long as is read: 3072 bytes in base64.
    let longest = "i".repeat(
        3072 - json!({"instanceId": "", "originalState": "s".repeat(32)})
            .to_string()
            .len(),
    );
    for instance_id in ["~~~", &longest] {
        let flow = Flow::begin(&mut browser, &server, "user-7").await;
        let state = wrapped(instance_id, &flow.state);
        assert!(state.len() <= 4096, "{}", state.len());
        let encoded = form_urlencoded::byte_serialize(state.as_bytes()).collect::<String>();
        let response = visit(&mut browser, &server, &format!("/callback?code=c&state={encoded}")).await;
        assert!(
            response.body().contains("verified: true"),
            "{instance_id}: {response:?}"
        );
    }
}

#[tokio::test]
async fn a_wrapper_proves_nothing() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::begin(&mut browser, &server, "user-7").await;
    let other = Flow::begin(&mut Browser::on(ORIGIN), &server, "attacker").await;
    let own = &*flow.state;
    let json = |value: serde_json::Value| STANDARD.encode(value.to_string());
    let nested = |open: &str, inside: &str, close: &str, levels: usize| {
        STANDARD.encode(format!("{}{inside}{}", open.repeat(levels), close.repeat(levels)))
    };
    let cases = [
        (
            "a foreign state",
            wrapped("7f1c", "0facda3319"),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "an empty state",
            wrapped("7f1c", ""),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "the state of another browser",
            wrapped("7f1c", &other.state),
            InvalidCallbackKind::StateUnknown,
        ),
        (
            "the start of this state, the rest of another",
            wrapped("7f1c", &format!("{}{}", &own[..8], &other.state[8..])),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "a wrapper in a wrapper",
            wrapped("7f1c", &wrapped("7f1c", own)),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "no original state",
            json(json!({"instanceId": own})),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "another name",
            json(json!({"instanceId": "7f1c", "OriginalState": own})),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "null",
            json(json!({"originalState": null})),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "a list",
            json(json!({"originalState": [own]})),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "an object",
            json(json!({"originalState": {"originalState": own}})),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "a number",
            json(json!({"originalState": 7})),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "a list around it",
            json(json!([{"originalState": own}])),
            InvalidCallbackKind::StateMismatch,
        ),
        ("a text alone", json(json!(own)), InvalidCallbackKind::StateMismatch),
        (
            "text after the object",
            STANDARD.encode(format!("{{\"originalState\":\"{own}\"}}x")),
            InvalidCallbackKind::StateMismatch,
        ),
        ("no JSON", STANDARD.encode(own), InvalidCallbackKind::StateMismatch),
        (
            "no UTF-8",
            STANDARD.encode(b"{\"originalState\":\"\xff\"}"),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "deep lists",
            nested("[", "", "]", 1500),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "deep lists without an end",
            STANDARD.encode("[".repeat(3000)),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "deep objects",
            nested("{\"originalState\":", &format!("\"{own}\""), "}", 150),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "deep beside the state",
            STANDARD.encode(format!(
                "{{\"a\":{}{},\"originalState\":\"{own}\"}}",
                "[".repeat(1000),
                "]".repeat(1000),
            )),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "longer than is read",
            wrapped(&"i".repeat(3005), own),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "a number that no type holds, beside another state",
            STANDARD.encode(format!("{{\"a\":{},\"originalState\":\"x\"}}", "9".repeat(2000))),
            InvalidCallbackKind::StateMismatch,
        ),
    ];
    for (case, state, kind) in cases {
        for outcome in ["/callback?code=c", "/callback?error=access_denied"] {
            let encoded = form_urlencoded::byte_serialize(state.as_bytes()).collect::<String>();
            let response = visit(&mut browser, &server, &format!("{outcome}&state={encoded}")).await;
            assert_refused(&response, kind, case);
        }
    }
    assert_eq!(server.calls(), 0);
    flow.pass(&mut browser, &server, "user-7").await;
}

#[test]
fn a_thousand_states_are_all_different() {
    let state_cookie = state_cookie();
    let mut states = HashSet::new();
    let mut names = HashSet::new();
    let mut values = HashSet::new();
    // Each position has to vary over most of the alphabet, or there would be less to guess than it seems.
    let mut characters = vec![HashSet::new(); 32];
    for _ in 0..1000 {
        let issued = state_cookie.issue(&HeaderMap::new(), "").unwrap();
        let state = issued.state();
        assert_eq!(state.len(), 32, "{state}");
        for (position, character) in state.chars().enumerate() {
            assert!(character.is_ascii_alphanumeric() || "-_".contains(character), "{state}");
            characters[position].insert(character);
        }
        let mut headers = HeaderMap::new();
        issued.add_to(&mut headers);
        let (name, value) = pair(headers[SET_COOKIE].to_str().unwrap());
        states.insert(state.to_owned());
        names.insert(name.to_owned());
        values.insert(value.to_owned());
    }
    assert_eq!((states.len(), names.len(), values.len()), (1000, 1000, 1000));
    for (position, characters) in characters.iter().enumerate() {
        assert!(characters.len() > 56, "{} at {position}", characters.len());
    }
}

#[test]
fn nothing_that_can_be_printed_shows_a_secret() {
    let secret_key = Key::from(&[0x5e; 64]);
    let state_cookie = StateCookie::new(secret_key.clone()).older_key(key(2));
    let issued = state_cookie.issue(&HeaderMap::new(), "5ecret").unwrap();
    let mut headers = HeaderMap::new();
    issued.add_to(&mut headers);
    let (name, value) = pair(headers[SET_COOKIE].to_str().unwrap());
    let mut request = Request::new(());
    *request.headers_mut() = with_cookies(&format!("{name}={value}"));
    let verified = state_cookie.verify_state(&request, issued.state()).unwrap();
    let layer = ConnectCallbackLayer::new("/callback").verify_state(state_cookie.clone());

    let printed = format!("{state_cookie:?} {issued:?} {verified:?} {layer:?} {state_cookie:#?} {issued:#?}");
    let key_bytes = ["94, 94", "5e5e", "5E5E", "^^"];
    let secrets = [issued.state(), &issued.state()[8..], value, "5ecret", name];
    for secret in secrets.into_iter().chain(key_bytes) {
        assert!(!printed.contains(secret), "{printed} shows {secret}");
    }
    for shown in [
        "StateCookie",
        "IssuedState",
        "Verified",
        "1800s",
        "extensions: 1",
        "headers: 1",
    ] {
        assert!(printed.contains(shown), "{printed} does not show {shown}");
    }
}

#[tokio::test]
async fn a_payload_prints_nothing_of_itself() {
    let printed = Arc::new(std::sync::Mutex::new(String::new()));
    let state_cookie = state_cookie();
    let route = {
        let printed = printed.clone();
        move |Extension(payload): Extension<StatePayload>| async move {
            *printed.lock().unwrap() = format!("{payload:?} {payload:#?}");
        }
    };
    let app = Router::new()
        .route("/callback", get(route))
        .layer(ConnectCallbackLayer::new("/callback").verify_state(state_cookie.clone()))
        .route("/connect", post(connect))
        .with_state(state_cookie);
    let server = Server {
        address: serve(app).await,
        calls: Arc::default(),
    };
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::begin(&mut browser, &server, "5ecret").await;
    assert_eq!(flow.come_back(&mut browser, &server).await.status(), StatusCode::OK);
    let printed = printed.lock().unwrap().clone();
    assert!(
        printed.contains("StatePayload") && !printed.contains("5ecret"),
        "{printed}"
    );
}

/// A request for a callback with these `Cookie` headers.
fn request(headers: impl IntoIterator<Item = HeaderValue>) -> Request<()> {
    let mut request = Request::new(());
    request
        .headers_mut()
        .extend(headers.into_iter().map(|value| (COOKIE, value)));
    request
}

/// What a header may be, and what looks like a cookie of a flow.
fn cookie_headers() -> impl Strategy<Value = Vec<HeaderValue>> {
    let pair = prop_oneof![
        "[a-zA-Z_-]{0,8}=[a-zA-Z0-9+/=\"]{0,40}",
        "__Host-smartcar-connect-(AAAAAAAA|[A-Za-z0-9_-]{0,9})(=[a-zA-Z0-9+/=]{0,300})?",
        "[ -~]{0,30}",
    ];
    let line = prop_oneof![
        prop::collection::vec(pair, 0..6).prop_map(|pairs| pairs.join("; ").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..100),
    ];
    prop::collection::vec(line, 0..4).prop_map(|lines| {
        let values = lines.into_iter().map(|line| HeaderValue::from_bytes(&line));
        values.filter_map(Result::ok).collect()
    })
}

/// What a state may be, and what looks like one.
fn states() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_-]{32}",
        "AAAAAAAA[A-Za-z0-9_-]{24}",
        any::<String>().prop_map(|state| wrapped("7f1c", &state)),
        "AAAAAAAA[A-Za-z0-9_-]{24}".prop_map(|state| wrapped("7f1c", &state)),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| STANDARD.encode(bytes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn what_was_not_issued_is_never_verified(headers in cookie_headers(), state in states()) {
        prop_assert!(state_cookie().verify_state(&request(headers), &state).is_err());
    }

    #[test]
    fn whatever_cookies_there_are_a_new_flow_can_begin_and_end_beside_them(
        headers in cookie_headers(),
        payload in any::<String>(),
    ) {
        let state_cookie = state_cookie();
        let mut before = HeaderMap::new();
        before.extend(headers.iter().map(|value| (COOKIE, value.clone())));
        let Ok(issued) = state_cookie.issue(&before, &payload) else {
            prop_assert!(payload.len() > StateCookie::MAX_PAYLOAD_BYTES);
            return Ok(());
        };
        prop_assert!(payload.len() <= StateCookie::MAX_PAYLOAD_BYTES);
        let mut response = HeaderMap::new();
        issued.add_to(&mut response);
        let set_cookie = response.get_all(SET_COOKIE).iter().next_back().unwrap();
        let (name, value) = pair(set_cookie.to_str().unwrap());
        let cookie = HeaderValue::from_str(&format!("{name}={value}")).unwrap();

        let verdict = state_cookie.verify_state(&request(headers.into_iter().chain([cookie])), issued.state());
        prop_assert!(verdict.is_ok(), "{:?}", verdict);
        prop_assert_eq!(format!("{:?}", verdict.unwrap()).contains("extensions: 1"), !payload.is_empty());
    }

    #[test]
    fn a_payload_that_fits_comes_back_as_it_was(payload in "\\PC{0,40}|[\\x00-\\x7f]{0,128}") {
        prop_assume!(payload.len() <= StateCookie::MAX_PAYLOAD_BYTES);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let state_cookie = state_cookie();
        let issued = state_cookie.issue(&HeaderMap::new(), &payload).unwrap();
        let mut response = HeaderMap::new();
        issued.add_to(&mut response);
        let (name, value) = pair(response[SET_COOKIE].to_str().unwrap());
        let mut callback = request([HeaderValue::from_str(&format!("{name}={value}")).unwrap()]);
        *callback.uri_mut() = format!("/callback?code=c&state={}", issued.state()).parse().unwrap();

        let app = tower::service_fn(async |request: Request<()>| {
            let payload = request.extensions().get::<StatePayload>();
            let payload = payload.map_or_else(String::new, |payload| payload.as_str().to_owned());
            Ok::<_, std::convert::Infallible>(http::Response::new(payload))
        });
        let layer = ConnectCallbackLayer::new("/callback").verify_state(state_cookie);
        let service = tower::Layer::layer(&layer, app);
        let response = runtime.block_on(tower::ServiceExt::oneshot(service, callback)).unwrap();
        prop_assert_eq!(response.body(), &payload);
    }
}

#[test]
fn foreign_cookies_neither_hide_a_flow_nor_are_dropped_whatever_their_bytes_and_names() {
    let state_cookie = state_cookie();
    let issued = state_cookie.issue(&HeaderMap::new(), "user-7").unwrap();
    let mut set = HeaderMap::new();
    issued.add_to(&mut set);
    let own = set[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let name = own.split('=').next().unwrap();
    let preferences = format!("{}preferences={}", &name[..name.len() - 8], "p".repeat(9000));
    for line in [
        [b"name=Jos\xe9; ".as_slice(), own.as_bytes()].concat(),
        format!("{preferences}; {own}").into_bytes(),
    ] {
        let request = request([HeaderValue::from_bytes(&line).unwrap()]);
        let verdict = state_cookie.verify_state(&request, issued.state());
        assert!(verdict.is_ok(), "{verdict:?}");
        let mut set = HeaderMap::new();
        state_cookie.issue(request.headers(), "").unwrap().add_to(&mut set);
        let dropped = set
            .get_all(SET_COOKIE)
            .iter()
            .any(|line| line.as_bytes().starts_with(&preferences.as_bytes()[..40]));
        assert!(!dropped, "{set:?}");
    }
}

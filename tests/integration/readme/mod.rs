//! The code in the documentation is the code that is tested here: the app of the README, and the
//! guide's test of an app.

#[expect(dead_code, reason = "`main` serves the app on a port of its own")]
mod app;
mod every_outcome;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::get;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use scraper::{Html, Selector};
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{
    BeginConnect, ConnectCallbackLayer, ConnectOutcome, ConnectUrl, ErrorCode,
};

use crate::support::browser::{Browser, Initiator, serve};

/// Starts a flow in the browser, as a route of the app does, and returns its state.
fn start_flow(state_cookie: &StateCookie, browser: &mut Browser) -> String {
    let issued = state_cookie
        .issue(&HeaderMap::new(), "/callback", "")
        .unwrap();
    let mut headers = HeaderMap::new();
    issued.add_to(&mut headers);
    for set_cookie in headers.get_all(SET_COOKIE) {
        browser.keep(set_cookie.to_str().unwrap());
    }
    issued.state().to_owned()
}

/// Returns the heading of a page, or the body of a response that is not a page.
fn heading(body: &str) -> String {
    let heading = Html::parse_document(body)
        .select(&Selector::parse("h1").unwrap())
        .next()
        .map(|heading| heading.text().collect());
    heading.unwrap_or_else(|| body.to_owned())
}

#[test]
fn the_readme_and_the_guide_contain_the_code_that_is_tested() {
    let readme = include_str!("../../../README.md");
    let guide = include_str!("../../../src/guide/testing.md");
    for (page, code) in [
        (readme, include_str!("app.rs")),
        (guide, include_str!("every_outcome.rs")),
    ] {
        let shown = code.replace("pub(crate) ", "");
        assert!(page.contains(&shown), "{shown}");
    }
}

/// Returns the address of Connect, for an app on this machine.
fn connect_url() -> ConnectUrl {
    ConnectUrl::new("client-1", "http://localhost:8000/callback").unwrap()
}

#[tokio::test]
async fn the_guides_test_passes_with_the_app_of_the_readme() {
    let app = app::app(connect_url(), StateCookie::new(Key::generate()));
    every_outcome::every_outcome_gets_the_right_response(app).await;
}

#[tokio::test]
#[should_panic(expected = "oem_cancelled_login")]
async fn the_guides_test_fails_if_an_app_ignores_an_error() {
    let forgets = async |response: ConnectOutcome| match response {
        ConnectOutcome::Error(error) if error.code() != ErrorCode::OemCancelledLogin => {
            StatusCode::FORBIDDEN
        }
        _ => StatusCode::OK,
    };
    let state_cookie = StateCookie::new(Key::generate());
    let app = Router::new()
        .route("/callback", get(forgets))
        .layer(ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie.clone()))
        .route_service("/connect", BeginConnect::new(connect_url(), state_cookie));
    every_outcome::every_outcome_gets_the_right_response(app).await;
}

#[tokio::test]
async fn the_readmes_app_responds_to_every_outcome_reload_forgery_and_visit() {
    let clock = Arc::new(AtomicU64::new(1_800_000_000));
    let now = {
        let clock = Arc::clone(&clock);
        move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed))
    };
    let state_cookie = StateCookie::new(Key::generate()).clock(now);
    let address = serve(app::app(connect_url(), state_cookie.clone())).await;
    let browser = &mut Browser::on("https://garage.example.com");

    let granted = start_flow(&state_cookie, browser);
    let left = start_flow(&state_cookie, browser);
    let incompatible = start_flow(&state_cookie, browser);
    let late = start_flow(&state_cookie, browser);
    let cases = [
        (
            "granted",
            format!("code=c-1&state={granted}"),
            0,
            (200, "Your car is connected."),
        ),
        (
            "a reload",
            format!("code=c-1&state={granted}"),
            0,
            (400, "This link no longer works"),
        ),
        (
            "the owner left",
            format!("error=oem_cancelled_login&state={left}"),
            0,
            (422, "Your car isn’t connected yet"),
        ),
        (
            "another car is needed",
            format!("error=vehicle_incompatible&state={incompatible}"),
            0,
            (422, "This car can’t be connected"),
        ),
        (
            "a forgery",
            "code=stolen&state=forged".to_owned(),
            0,
            (400, "Your car wasn’t connected"),
        ),
        (
            "a forgery without a state",
            "code=stolen".to_owned(),
            0,
            (400, "Your car wasn’t connected"),
        ),
        (
            "a visit",
            "page=2".to_owned(),
            0,
            (400, "This page can’t be opened directly"),
        ),
        (
            "too late",
            format!("code=c-1&state={late}"),
            31 * 60,
            (400, "Your car wasn’t connected"),
        ),
    ];
    for (case, query, seconds_later, expected) in cases {
        clock.fetch_add(seconds_later, Ordering::Relaxed);
        let target = format!("/callback?{query}");
        let response = browser
            .navigate(Initiator::OtherSite, "GET", (address, &target), "")
            .await;
        let received = (response.status().as_u16(), heading(response.body()));
        assert_eq!(received, (expected.0, expected.1.to_owned()), "{case}");
    }
}

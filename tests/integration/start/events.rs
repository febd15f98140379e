//! The log has each flow that starts, or the reason why none does, and nothing that a request can
//! forge. The counter counts the flows that start.
#![cfg(all(feature = "tracing", feature = "metrics", feature = "state-cookie"))]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::env;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use http::header::{COOKIE, HOST, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::states::{Key, NotStarted};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectUrl, ErrorCode, Flow, RejectionReason, StartConnect, StateCookie,
    telemetry,
};
use tracing::Level;

use super::fixtures::{States, connect_url, request, send, start_connect};
use crate::support::log::Log;

#[track_caller]
fn assert_logged(log: &Log, event: &str) {
    let text = log.text();
    assert!(text.contains(event), "{text}");
    // Without what tower-http says of trusted origins.
    let own = text
        .lines()
        .filter(|line| line.contains(" tower_smartcar_connect: "));
    assert_eq!(own.count(), 1, "{text}");
}

/// Starts a flow whose state is kept in a cookie, and returns the cookie and the state.
async fn start_flow(states: &StateCookie) -> (HeaderValue, String) {
    let request = request("POST", &[("host", "localhost:8000")]);
    let flow = Flow::to(connect_url()).start(states, request.into_parts().0);
    let started = flow.await.unwrap();
    let cookie = started.headers()[SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().parse().unwrap();
    (cookie, started.state().to_owned())
}

#[tokio::test]
async fn a_flow_has_the_same_id_at_its_start_and_in_its_callback_as_it_is_and_wrapped() {
    let states = StateCookie::new(Key::generate());
    let callbacks = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let app = callbacks.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(String::new()))
    }));
    let mut ids = Vec::new();
    for (is_wrapped, is_rejected) in [(false, false), (true, false), (false, true)] {
        let (log, _guard) = Log::record(Level::DEBUG);
        let (cookie, state) = start_flow(&states).await;
        let text = log.text();
        let id = text.strip_prefix("DEBUG tower_smartcar_connect: flow started flow=\"");
        let id = id.expect(&text).strip_suffix("\"\n").expect(&text);
        assert_eq!(id.len(), 8, "{text}");
        assert!(!state.contains(id), "{text}");

        // As Smartcar's JavaScript SDK wraps it.
        let wrapper = STANDARD.encode(format!(r#"{{"instanceId":"i","originalState":"{state}"}}"#));
        let returned = if is_wrapped { &wrapper } else { &state };
        let callback = Request::get(format!("/callback?user_id=u-1&state={returned}"))
            .header(HOST, "localhost:8000")
            .header(
                COOKIE,
                if is_rejected {
                    HeaderValue::from_static("a=b")
                } else {
                    cookie
                },
            )
            .body(());
        let response = app.clone().oneshot(callback.unwrap()).await.unwrap();
        assert_eq!(response.status() == StatusCode::BAD_REQUEST, is_rejected);
        let text = log.text();
        let callback = text.lines().last().unwrap();
        assert!(callback.contains(&format!("flow=\"{id}\"")), "{text}");
        ids.push(id.to_owned());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_flow_that_cannot_start_is_one_event_with_the_reason() {
    for (not_started, level) in [
        (NotStarted::PayloadTooLong { bytes: 256 }, "ERROR"),
        (NotStarted::Unavailable, "ERROR"),
        (NotStarted::NotLoggedIn, " INFO"),
    ] {
        let (log, _guard) = Log::record(Level::DEBUG);
        let states = States::that_cannot_start(not_started.clone());
        let service = StartConnect::new(connect_url(), states).login_page("/login");
        let script = request("POST", &[("accept", "application/json")]);
        send(&service, script).await;
        assert_logged(
            &log,
            &format!("{level} tower_smartcar_connect: no flow can start: {not_started}\n"),
        );
    }
}

#[tokio::test]
async fn an_id_that_connect_cannot_take_is_an_error_event_without_the_id() {
    let (log, _guard) = Log::record(Level::DEBUG);
    let service = start_connect().flow(async |base: ConnectUrl, _: Parts| {
        Ok::<_, Response<String>>(base.external_id("owner\n7")?)
    });
    send(&service, request("POST", &[])).await;
    assert_logged(
        &log,
        "ERROR tower_smartcar_connect: no flow can start: `external_id` has control characters",
    );
    assert!(!log.text().contains("owner"));
}

#[tokio::test]
async fn a_request_that_starts_no_flow_is_an_info_event() {
    let evil = format!("https://evil.example/{}", "x".repeat(300));
    for (method, origin, events) in [
        (
            "GET",
            "",
            ["only a `POST` starts a flow", "method=\"post\""],
        ),
        (
            "POST",
            "https://evil.example",
            [
                "a request from another origin cannot start a flow",
                "origin=\"https://evil.example\"",
            ],
        ),
        ("POST", &evil, ["pass it to `trust_origin`", "…\""]),
    ] {
        let (log, _guard) = Log::record(Level::DEBUG);
        let headers = [("host", "app.example"), ("origin", origin)];
        send(&start_connect(), request(method, &headers)).await;
        for event in events {
            assert_logged(&log, event);
        }
        assert_logged(&log, " INFO tower_smartcar_connect: ");
    }
}

#[tokio::test]
async fn a_flow_that_starts_on_another_host_than_its_callback_logs_a_warning() {
    let warning = " WARN tower_smartcar_connect: a flow starts on another host than it ends on";
    for (site, origin, is_warned) in [
        ("same-origin", "http://localhost:8000", false),
        // Cookies ignore ports.
        ("same-origin", "http://localhost:5173", false),
        ("same-origin", "http://LOCALHOST", false),
        ("same-origin", "http://127.0.0.1:8000", true),
        ("same-origin", "https://www.example.com", true),
        ("same-origin", "null", false),
        ("same-origin", "", false),
        // A page on another host, trusted or not.
        ("same-site", "https://app.example.com", false),
        ("none", "http://127.0.0.1:8000", false),
    ] {
        let (log, _guard) = Log::record(Level::DEBUG);
        let headers = [("sec-fetch-site", site), ("origin", origin)];
        send(&start_connect(), request("POST", &headers)).await;
        let text = log.text();
        assert_eq!(text.contains(warning), is_warned, "{site} {origin}: {text}");
    }
}

/// The environment is that of a process, so this test runs itself in another one.
#[test]
fn an_origin_from_the_environment_is_a_warning() {
    let variable = env::var("SMARTCAR_CONNECT_ORIGIN").unwrap_or_default();
    if variable.is_empty() {
        let name = "start::events::an_origin_from_the_environment_is_a_warning";
        let mut test = Command::new(env::current_exe().unwrap());
        test.args(["--exact", name])
            .env("SMARTCAR_CONNECT_ORIGIN", "http://127.0.0.1:4000");
        let output = test.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("1 passed"), "{text}");
        return;
    }
    let (log, _guard) = Log::record(Level::DEBUG);
    let connect_url = connect_url().origin_from_env().unwrap();
    let origin = connect_url.origin().to_string();
    assert_eq!(origin, variable);
    let event = "`SMARTCAR_CONNECT_ORIGIN` replaces the origin of Smartcar Connect";
    assert_logged(
        &log,
        &format!(" WARN tower_smartcar_connect: {event} origin={origin:?}"),
    );
}

#[test]
fn started_flows_are_counted_and_all_series_begin_at_zero() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        telemetry::describe_metrics();
        for states in [
            States::default(),
            States::that_cannot_start(NotStarted::Unavailable),
        ] {
            let flow = Flow::to(connect_url());
            let starting = flow.start(&states, request("POST", &[]).into_parts().0);
            let _ = starting.now_or_never().expect("nothing waits");
        }
    });
    let mut zeros: BTreeMap<String, usize> = BTreeMap::new();
    for (key, _, description, value) in snapshotter.snapshot().into_vec() {
        let name = key.key().name().to_owned();
        assert!(description.is_some(), "{name}");
        match value {
            DebugValue::Counter(0) => *zeros.entry(name).or_default() += 1,
            value => {
                assert_eq!(name, "smartcar_connect_flows_started_total");
                assert_eq!(value, DebugValue::Counter(1));
            }
        }
    }
    // Errors of each code and successes, verified or not; each reason with three kinds of cookies.
    let expected = [
        (
            "smartcar_connect_callbacks_total",
            2 * (ErrorCode::ALL.len() + 2),
        ),
        (
            "smartcar_connect_rejected_callbacks_total",
            3 * RejectionReason::ALL.len(),
        ),
    ];
    assert_eq!(
        zeros,
        expected
            .map(|(name, count)| (name.to_owned(), count))
            .into()
    );
}

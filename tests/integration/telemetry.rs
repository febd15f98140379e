//! The events and counters of callbacks.

use std::future::{pending, ready};

use futures_util::FutureExt;
use http::{Method, Request};
use metrics::LocalRecorderGuard;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectError, ConnectFailure, ConnectSuccess,
    ErrorCode, RejectionReason, telemetry,
};
use tracing::Level;
use tracing::subscriber::DefaultGuard;

use crate::support::app::{App, get, serve};
use crate::support::log::Log;
use crate::support::rejections::{self, ByName};

/// Records events and counts of this thread until it is dropped.
struct Recording {
    log: Log,
    counters: Snapshotter,
    _guards: (DefaultGuard, LocalRecorderGuard<'static>),
}

impl Recording {
    fn start() -> Self {
        let (log, guard) = Log::record(Level::DEBUG);
        let recorder = DebuggingRecorder::new();
        Self {
            counters: recorder.snapshotter(),
            log,
            _guards: (
                guard,
                metrics::set_default_local_recorder(Box::leak(Box::new(recorder))),
            ),
        }
    }

    /// The events so far, without what all of them begin with.
    fn events(&self) -> Vec<String> {
        let text = self.log.text();
        let lines = text.lines().map(|line| {
            let line = line.trim_start();
            line.replace("tower_smartcar_connect: Smartcar Connect callback ", "")
        });
        lines.collect()
    }

    /// The counts since the last call, as `name{label=value,…}`.
    fn counts(&self) -> Vec<String> {
        let series = self.counters.snapshot().into_vec().into_iter();
        let counts = series.filter_map(|(key, _, _, value)| {
            let labels = key.key().labels();
            let labels: Vec<_> = labels
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let name = key.key().name().trim_start_matches("smartcar_connect_");
            match value {
                DebugValue::Counter(0) => None,
                DebugValue::Counter(count) => {
                    Some(format!("{name}{{{}}} {count}", labels.join(",")))
                }
                other => panic!("{key:?} is not a counter: {other:?}"),
            }
        });
        let mut counts: Vec<_> = counts.collect();
        counts.sort();
        counts
    }
}

/// Serves a callback behind a layer that verifies. Returns its events and counts.
async fn report(request: Request<String>) -> (Vec<String>, Vec<String>) {
    let recording = Recording::start();
    serve(&ConnectCallbackLayer::new("/callback", ByName), request).await;
    (recording.events(), recording.counts())
}

#[tokio::test]
async fn each_callback_has_one_event_and_one_count() {
    for (uri, event, count) in [
        (
            "/callback?code=c-1&state=right",
            r#"DEBUG outcome="success" verified=true path="/callback""#,
            "callbacks_total{outcome=success,code=none,verified=true} 1",
        ),
        (
            "/callback?error=oem_cancelled_login&state=right",
            r#"INFO outcome="error" code="oem_cancelled_login" owner_exit=true resolution="ask_again" verified=true path="/callback""#,
            "callbacks_total{outcome=error,code=oem_cancelled_login,verified=true} 1",
        ),
        (
            "/callback?error=configuration_error&status_code=400&state=right",
            r#"WARN outcome="error" code="configuration_error" status_code=400 owner_exit=false resolution="fix_configuration" verified=true path="/callback""#,
            "callbacks_total{outcome=error,code=configuration_error,verified=true} 1",
        ),
        (
            "/callback?error=configuration_error&status_code=many&state=right",
            r#"WARN outcome="error" code="configuration_error" owner_exit=false resolution="fix_configuration" verified=true path="/callback""#,
            "callbacks_total{outcome=error,code=configuration_error,verified=true} 1",
        ),
        (
            "/callback?error=server_error&state=right",
            r#"ERROR outcome="error" code="server_error" owner_exit=false resolution="retry_later" verified=true path="/callback""#,
            "callbacks_total{outcome=error,code=server_error,verified=true} 1",
        ),
        (
            "/callback?error=too_shy&state=right",
            r#"ERROR outcome="error" code="too_shy" owner_exit=false resolution="contact_support" verified=true path="/callback""#,
            "callbacks_total{outcome=error,code=unknown,verified=true} 1",
        ),
        (
            "/callback?code=c-1&code=c-2&state=right",
            r#"INFO outcome="rejected" reason="duplicate_parameter" cookies="none" path="/callback""#,
            "rejected_callbacks_total{reason=duplicate_parameter,cookies=none} 1",
        ),
        (
            "/callback",
            r#"INFO outcome="rejected" reason="no_outcome" cookies="none" path="/callback""#,
            "rejected_callbacks_total{reason=no_outcome,cookies=none} 1",
        ),
    ] {
        let (events, counts) = report(get(uri)).await;
        assert_eq!(events, [event], "{uri}");
        assert_eq!(counts, [count], "{uri}");
    }
    for uri in ["/", "/other?code=c-1", "/callback/page?error=access_denied"] {
        assert_eq!(report(get(uri)).await, (Vec::new(), Vec::new()), "{uri}");
    }
}

#[tokio::test]
async fn every_reason_is_one_event_whose_level_says_who_has_to_act() {
    for reason in RejectionReason::ALL {
        let recording = Recording::start();
        serve(&rejections::layer(), rejections::request(*reason)).await;
        let level = match reason {
            RejectionReason::StateStoreUnavailable | RejectionReason::ConfirmationUnavailable => {
                "ERROR"
            }
            RejectionReason::StateUnreadable | RejectionReason::StateForOtherPath => "WARN",
            _ => "INFO",
        };
        let events = recording.events();
        let expected = format!(r#"{level} outcome="rejected" reason="{}""#, reason.as_str());
        assert!(
            events.len() == 1 && events[0].starts_with(&expected),
            "{events:?}"
        );
        let counts = recording.counts();
        let expected = format!("rejected_callbacks_total{{reason={}", reason.as_str());
        assert!(
            counts.len() == 1 && counts[0].starts_with(&expected),
            "{counts:?}"
        );
    }
}

/// Anybody can make a link to an error.
#[tokio::test]
async fn an_unverified_error_raises_no_alarm() {
    for code in ErrorCode::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(["too_shy"])
    {
        let recording = Recording::start();
        let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState);
        serve(&layer, get(&format!("/callback?error={code}"))).await;
        let events = recording.events();
        assert!(events[0].starts_with("INFO "), "{events:?}");
        assert!(events[0].contains("verified=false"), "{events:?}");
    }
}

#[tokio::test]
async fn an_event_and_a_label_say_which_cookies_a_rejected_callback_had() {
    for (cookie, expected) in [
        (None, "none"),
        (Some("theme=dark; smartcar=1"), "other"),
        (Some("theme=dark; smartcar-connect-AAAAAAAA=1"), "flow"),
        (Some("__Host-smartcar-connect-AAAAAAAA=1"), "flow"),
        (Some("x__Host-smartcar-connect-AAAAAAAA=1"), "other"),
    ] {
        let mut request = get("/callback?code=1");
        request
            .headers_mut()
            .extend(cookie.map(|cookie| (http::header::COOKIE, cookie.parse().unwrap())));
        let (events, counts) = report(request).await;
        assert!(
            events[0].contains(&format!("cookies=\"{expected}\"")),
            "{events:?}"
        );
        assert!(
            counts[0].contains(&format!("cookies={expected}}}")),
            "{counts:?}"
        );
    }
}

#[tokio::test]
async fn undocumented_codes_share_one_series() {
    let recording = Recording::start();
    let layer = ConnectCallbackLayer::new("/callback", ByName);
    for number in 0..100 {
        serve(
            &layer,
            get(&format!("/callback?error=code_{number}&state=right")),
        )
        .await;
    }
    let expected = "callbacks_total{outcome=error,code=unknown,verified=true} 100";
    assert_eq!(recording.counts(), [expected]);
}

#[tokio::test]
async fn no_value_of_a_request_can_forge_or_flood_log_lines() {
    let long = "x".repeat(4_000);
    for uri in [
        "/callback?error=a%20level=error&state=right".to_owned(),
        format!("/callback?error={long}&error_description={long}&state=right"),
        "/callback?error=access_denied&error_description=%0AERROR%20forged&state=right".to_owned(),
        "/callback?error=access_denied&state=right&status_code=1%0A2".to_owned(),
        format!("/call%62ack/?error=access_denied&{long}"),
    ] {
        let (events, _) = report(get(&uri)).await;
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(events[0].len() < 700, "{events:?}");
        assert!(!events[0].contains("forged"), "{events:?}");
    }
    let (events, _) = report(get("/callback?error=a%20level=error&state=right")).await;
    assert!(events[0].contains(r#"code="a level=error""#), "{events:?}");
}

#[tokio::test]
async fn a_callback_is_reported_once_whoever_responds_and_however_many_layers_it_passes() {
    let verifying = || ConnectCallbackLayer::new("/callback", ByName);
    let unverified = || ConnectCallbackLayer::new("/callback", AppVerifiesState);
    async fn count<L>(layer: L, uri: &str) -> String
    where
        L: Layer<App>,
        L::Service: tower::Service<
                Request<String>,
                Response = http::Response<String>,
                Error = std::convert::Infallible,
            >,
    {
        let recording = Recording::start();
        serve(&layer, get(uri)).await;
        let (events, counts) = (recording.events(), recording.counts());
        assert_eq!(
            (events.len(), counts.len()),
            (1, 1),
            "{uri}: {events:?} {counts:?}"
        );
        counts[0].clone()
    }
    let respond = |_: ConnectFailure, _| ready(http::Response::new(String::new()));
    let succeed = |_: ConnectSuccess, _| ready(http::Response::new(String::new()));
    let (success, wrong) = (
        "/callback?code=1&state=right",
        "/callback?code=1&state=wrong",
    );
    let error = "/callback?error=no_vehicles&state=right";
    let verified_success = "callbacks_total{outcome=success,code=none,verified=true} 1";
    let mismatch = "rejected_callbacks_total{reason=state_mismatch,cookies=none} 1";
    for (uri, expected) in [
        (success, verified_success),
        (
            error,
            "callbacks_total{outcome=error,code=no_vehicles,verified=true} 1",
        ),
        (wrong, mismatch),
    ] {
        assert_eq!(count(verifying(), uri).await, expected);
        let answering = verifying().on_failure(respond).on_success(succeed);
        assert_eq!(count(answering, uri).await, expected);
        let forwarding = verifying()
            .on_failure(respond)
            .forward_errors(|_: &ConnectError| true);
        assert_eq!(count(forwarding, uri).await, expected);
        // As what the inner layer has made of it.
        let both = |outer, inner| tower::layer::util::Stack::new(inner, outer);
        assert_eq!(count(both(unverified(), verifying()), uri).await, expected);
    }
    let both = tower::layer::util::Stack::new(verifying(), verifying());
    assert_eq!(count(both, success).await, verified_success);
}

#[tokio::test]
async fn a_callback_whose_browser_disconnects_is_reported() {
    let recording = Recording::start();
    let never = service_fn(|_: Request<String>| {
        pending::<Result<http::Response<String>, std::convert::Infallible>>()
    });
    let layer = ConnectCallbackLayer::new("/callback", ByName);
    let mut served = Box::pin(
        layer
            .layer(never)
            .oneshot(get("/callback?code=1&state=right")),
    );
    assert!(served.as_mut().now_or_never().is_none());
    assert!(recording.events().is_empty());
    drop(served);
    assert!(recording.events()[0].starts_with(r#"DEBUG outcome="success""#));
}

#[tokio::test]
async fn requests_that_are_no_visits_are_not_reported() {
    let mut head = get("/callback?code=1&state=right");
    *head.method_mut() = Method::HEAD;
    let mut prefetch = get("/callback?code=1&state=right");
    prefetch
        .headers_mut()
        .insert("sec-purpose", "prefetch".parse().unwrap());
    for request in [head, prefetch] {
        assert_eq!(report(request).await, (Vec::new(), Vec::new()));
    }
}

#[tokio::test]
async fn the_path_of_an_event_is_the_one_that_the_browser_asked_for() {
    let layer = ConnectCallbackLayer::new("/app/callback", ByName).stripped_prefix("/app");
    for (uri, path) in [
        ("/callback?code=1&state=right", "/app/callback"),
        ("/callback?code=1&state=wrong", "/app/callback"),
        ("/callback?code=1", "/app/callback"),
        ("/callback?code=1&code=2", "/app/callback"),
        ("/callback", "/app/callback"),
        // Whether this one had the prefix is not known.
        ("/call%62ack?code=1", "/call%62ack"),
    ] {
        let recording = Recording::start();
        serve(&layer, get(uri)).await;
        let events = recording.events();
        let expected = format!("path=\"{path}\"");
        assert!(
            events.len() == 1 && events[0].ends_with(&expected),
            "{uri}: {events:?}"
        );
    }
}

#[test]
fn all_series_are_described_and_begin_at_zero() {
    let recording = Recording::start();
    telemetry::describe_metrics();
    let series = recording.counters.snapshot().into_vec();
    let rejected = 3 * RejectionReason::ALL.len();
    let callbacks = 2 * (1 + ErrorCode::ALL.len() + 1);
    let started = usize::from(cfg!(feature = "start"));
    assert_eq!(series.len(), rejected + callbacks + started);
    assert!(
        series
            .iter()
            .all(|(_, unit, description, _)| unit.is_some() && description.is_some())
    );
}

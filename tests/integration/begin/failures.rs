//! If a flow cannot start, the log has the reason, and the response does not.

use std::future::ready;

use http::{Response, StatusCode};
use tower_smartcar_connect::BeginConnect;

use super::fixtures::{assert_empty, connect_url, request, send, set_cookies, state_cookie};

/// Records events until it is dropped.
#[cfg(feature = "tracing")]
mod recording {
    use std::sync::LazyLock;

    use tracing::Dispatch;
    use tracing::subscriber::{DefaultGuard, NoSubscriber, set_default};

    use crate::support::log::Log;

    /// A second subscriber, so that `tracing` asks every thread whether it is interested in an
    /// event. With a single one, the first thread that reaches an event decides for all.
    static SECOND_LOG: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

    pub(crate) struct Recording(Log, #[expect(dead_code)] DefaultGuard);

    impl Recording {
        pub(crate) fn start() -> Self {
            LazyLock::force(&SECOND_LOG);
            let log = Log::default();
            let subscriber = tracing_subscriber::fmt()
                .without_time()
                .with_ansi(false)
                .with_writer(log.clone());
            Self(log, set_default(subscriber.finish()))
        }

        pub(crate) fn text(&self) -> String {
            self.0.text()
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod recording {
    pub(crate) struct Recording;

    impl Recording {
        pub(crate) fn start() -> Self {
            Self
        }

        pub(crate) fn text(&self) -> String {
            String::new()
        }
    }
}

use self::recording::Recording;

#[track_caller]
fn assert_logged(recording: &Recording, reason: &str) {
    let event = format!("ERROR tower_smartcar_connect: no flow can start: {reason}\n");
    let expected = if cfg!(feature = "tracing") {
        &*event
    } else {
        ""
    };
    assert_eq!(recording.text(), expected);
}

#[tokio::test]
async fn a_payload_that_is_too_long_is_a_500_with_an_event() {
    for accept in ["text/html", "application/json"] {
        let recording = Recording::start();
        let payload = |_| ready(Ok::<_, Response<String>>("x".repeat(129)));
        let service = BeginConnect::new(connect_url(), state_cookie()).payload(payload);
        let response = send(&service, request("POST", &[("accept", accept)])).await;
        assert_empty(&response, StatusCode::INTERNAL_SERVER_ERROR, &[]);
        assert_logged(
            &recording,
            "the payload of the state has 129 bytes, but at most 128 fit; keep the data on the server and put its key \
             into the payload",
        );
    }
}

#[cfg(feature = "tracing")]
#[tokio::test]
async fn a_flow_that_starts_on_another_host_than_its_callback_logs_a_warning() {
    let redirect_uri = connect_url().redirect_uri().to_owned();
    let own = redirect_uri.strip_suffix("/callback").unwrap();
    let other = " WARN tower_smartcar_connect: a flow starts on another host than it ends on";
    for (site, origin, is_warned) in [
        ("same-origin", own, false),
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
        let recording = Recording::start();
        let request = request("POST", &[("sec-fetch-site", site), ("origin", origin)]);
        send(&BeginConnect::new(connect_url(), state_cookie()), request).await;
        let text = recording.text();
        assert_eq!(text.contains(other), is_warned, "{site} {origin}: {text}");
    }
}

#[tokio::test]
async fn a_request_from_another_origin_is_logged_without_its_values() {
    let recording = Recording::start();
    let service = BeginConnect::new(connect_url(), state_cookie());
    let headers = [("host", "app.example"), ("origin", "https://evil.example")];
    let response = send(&service, request("POST", &headers)).await;
    assert_empty(&response, StatusCode::FORBIDDEN, &[]);
    let event = " INFO tower_smartcar_connect: a request from another origin cannot start a flow; \
                 if the origin is yours, pass it to `trust_origin`\n";
    let expected = if cfg!(feature = "tracing") { event } else { "" };
    assert_eq!(recording.text(), expected);
}

#[tokio::test]
async fn the_longest_payload_starts_a_flow() {
    let payload = |_| ready(Ok::<_, Response<String>>("x".repeat(128)));
    let service = BeginConnect::new(connect_url(), state_cookie()).payload(payload);
    let response = send(&service, request("POST", &[])).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(set_cookies(&response).len(), 1);
}

#[tokio::test]
async fn a_stored_state_that_is_empty_or_too_long_is_a_500_with_an_event() {
    for (state, reason) in [
        (
            String::new(),
            "the state of a flow is empty; make a random one for each flow",
        ),
        (
            "x".repeat(4001),
            "the state of a flow is longer than 4000 bytes when it is encoded; keep the data on the server",
        ),
        (
            "é".repeat(700),
            "the state of a flow is longer than 4000 bytes when it is encoded; keep the data on the server",
        ),
    ] {
        for accept in ["text/html", "application/json"] {
            let recording = Recording::start();
            let store = |_| ready(Ok::<_, Response<String>>(state.clone()));
            let service = BeginConnect::with_stored_state(connect_url(), store);
            let response = send(&service, request("POST", &[("accept", accept)])).await;
            assert_empty(&response, StatusCode::INTERNAL_SERVER_ERROR, &[]);
            assert_logged(&recording, reason);
        }
    }
}

#[tokio::test]
async fn the_longest_stored_state_starts_a_flow_without_a_cookie_or_an_event() {
    let recording = Recording::start();
    let store = |_| ready(Ok::<_, Response<String>>("x".repeat(4000)));
    let service = BeginConnect::with_stored_state(connect_url(), store);
    let response = send(&service, request("POST", &[])).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!(recording.text(), "");
}

//! Flows that cannot start are for the log of the app, and not for the owner.

use std::future::ready;

use http::{Response, StatusCode};
use tower_smartcar_connect::BeginConnect;

use super::service::{assert_empty, connect_url, request, send, set_cookies, state_cookie};

/// Records what is logged while it lives.
#[cfg(feature = "tracing")]
mod recording {
    use tracing::subscriber::{DefaultGuard, set_default};

    use crate::support::log::Log;

    pub(crate) struct Recording(Log, #[expect(dead_code)] DefaultGuard);

    impl Recording {
        pub(crate) fn start() -> Self {
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

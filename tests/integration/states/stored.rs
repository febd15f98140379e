//! States in a store of the app, and when a state is used up.

use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use tower_smartcar_connect::states::{
    FlowPayload, FlowStore, NotStarted, StartState, StoreError, StoredState,
};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectFailure, ConnectSuccess, Flow, RejectionReason,
};

use super::{Browser, connect_url, error, state_cookie, success};
use crate::support::app::{App, serve};

/// A store in memory, which can fail.
#[derive(Clone, Default)]
pub(super) struct Memory {
    flows: Arc<Mutex<HashMap<String, String>>>,
    is_down: Arc<AtomicBool>,
}

impl FlowStore for Memory {
    async fn insert(&self, key: &str, flow: &str) -> Result<(), StoreError> {
        self.check()?;
        self.flows
            .lock()
            .unwrap()
            .insert(key.to_owned(), flow.to_owned());
        Ok(())
    }

    async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.check()?;
        Ok(self.flows.lock().unwrap().remove(key))
    }
}

impl Memory {
    fn check(&self) -> Result<(), StoreError> {
        match self.is_down.load(Ordering::Relaxed) {
            true => Err("the store is down".into()),
            false => Ok(()),
        }
    }

    fn len(&self) -> usize {
        self.flows.lock().unwrap().len()
    }
}

#[tokio::test]
async fn a_flow_passes_once_with_its_payload_and_leaves_nothing_behind() {
    let store = Memory::default();
    let states = StoredState::new(store.clone());
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut browser = Browser::default();
    let flow = Flow::to(connect_url()).payload("/garage");
    let state = browser.start(&states, flow).await.unwrap();
    assert_eq!(store.len(), 1);
    let served = browser.open(&layer, &success(&state)).await;
    let request = served.reached.unwrap();
    assert_eq!(
        request.extensions().get::<FlowPayload>().unwrap().as_str(),
        "/garage"
    );
    assert_eq!((store.len(), browser.has_flow_cookie()), (0, false));
    let again = browser.open(&layer, &success(&state)).await;
    assert_eq!(again.summary(), "rejected: state_unknown");
}

#[tokio::test]
async fn a_stored_state_is_accepted_once_on_all_servers() {
    let states = StoredState::new(Memory::default());
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    // The first server has verified the callback, and its route is still at work.
    let at_work = layer.clone().on_success(|_: ConnectSuccess, _| pending());
    let request = browser.request(&success(&state));
    let mut first = Box::pin(serve(&at_work, request));
    assert!(first.as_mut().now_or_never().is_none());
    let second = browser.clone().open(&layer, &success(&state)).await;
    assert_eq!(second.summary(), "rejected: state_unknown");
    // A request that is dropped before its response has taken the state with it.
    drop(first);
    let third = browser.open(&layer, &success(&state)).await;
    assert_eq!(third.summary(), "rejected: state_unknown");
}

/// An attacker starts a flow, and sends its callback to an owner.
#[tokio::test]
async fn a_browser_without_the_cookie_of_a_stored_flow_is_rejected() {
    let store = Memory::default();
    let states = StoredState::new(store.clone());
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut attacker = Browser::default();
    let state = attacker.start(&states, connect_url()).await.unwrap();
    let mut owner = Browser::default();
    owner.start(&states, connect_url()).await.unwrap();
    for guess in [None, Some(""), Some("1"), Some(&*state)] {
        let name = attacker.cookies.keys().next().unwrap().clone();
        owner
            .cookies
            .extend(guess.map(|guess| (name, guess.to_owned())));
        let served = owner.open(&layer, &success(&state)).await;
        assert_eq!(served.summary(), "rejected: state_unknown", "{guess:?}");
    }
    assert_eq!(store.len(), 2);
    let served = attacker.open(&layer, &success(&state)).await;
    assert_eq!(served.summary(), "app: verified success");
}

#[tokio::test]
async fn while_the_store_is_down_no_flow_starts_and_none_is_lost() {
    let store = Memory::default();
    let states = StoredState::new(store.clone());
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    store.is_down.store(true, Ordering::Relaxed);
    let started = browser.start(&states, connect_url()).await;
    assert_eq!(started, Err(NotStarted::Unavailable));
    let served = browser.open(&layer, &success(&state)).await;
    assert_eq!(served.summary(), "rejected: state_store_unavailable");
    assert_eq!(served.response.status(), 503);
    store.is_down.store(false, Ordering::Relaxed);
    let served = browser.open(&layer, &success(&state)).await;
    assert_eq!(served.summary(), "app: verified success");
}

#[tokio::test]
async fn a_stored_state_expires_and_says_so_each_time() {
    let now = Arc::new(Mutex::new(SystemTime::UNIX_EPOCH));
    let clock = now.clone();
    let states = StoredState::new(Memory::default())
        .lifetime(Duration::from_secs(60))
        .clock(move || *clock.lock().unwrap());
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let (verified, expired) = ("app: verified success", "rejected: state_expired");
    for (seconds, expected) in [
        (60, [verified, "rejected: state_unknown"]),
        (61, [expired, expired]),
    ] {
        *now.lock().unwrap() = SystemTime::UNIX_EPOCH;
        let mut browser = Browser::default();
        let state = browser.start(&states, connect_url()).await.unwrap();
        *now.lock().unwrap() += Duration::from_secs(seconds);
        for expected in expected {
            let served = browser.open(&layer, &success(&state)).await;
            assert_eq!(served.summary(), expected, "{seconds}");
        }
    }
}

#[tokio::test]
async fn a_state_is_over_or_stays_by_the_reason_of_the_rejection() {
    async fn check<S: StartState + Clone>(states: S, kind: &str) {
        let layer = ConnectCallbackLayer::new(["/callback", "/reauth"], states.clone());
        let expected = "app: verified success";
        for (edited, reason, is_over) in [
            ("/reauth?vehicle_id=v-1", "state_for_other_path", false),
            ("/callback?vehicle_id=v-2", "other_vehicle", true),
            (
                "/callback?vehicle_id=v-1&external_id=grace",
                "other_external_id",
                true,
            ),
        ] {
            let url = connect_url().external_id("ada").unwrap();
            let mut browser = Browser::default();
            let state = browser
                .start(&states, url.reauthentication("v-1").unwrap())
                .await;
            let state = state.unwrap();
            let served = browser
                .open(&layer, &format!("{edited}&state={state}"))
                .await;
            assert_eq!(served.summary(), format!("rejected: {reason}"), "{kind}");
            assert_eq!(browser.has_flow_cookie(), !is_over, "{kind}: {reason}");
            let right = format!("/callback?vehicle_id=v-1&state={state}");
            let again = browser.open(&layer, &right).await.summary();
            assert_eq!(
                again == expected,
                !is_over,
                "{kind}: {reason}, then {again}"
            );
        }
    }
    check(state_cookie(), "cookie").await;
    check(StoredState::new(Memory::default()), "store").await;
}

/// As when servers of an old and a new version run side by side.
#[tokio::test]
async fn a_stored_flow_that_a_server_cannot_read_is_left_to_those_that_can() {
    let store = Memory::default();
    let states = StoredState::new(store.clone());
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    let edit = |from: &str, to: &str| {
        let mut flows = store.flows.lock().unwrap();
        let flow = flows.values_mut().next().expect("the flow is in the store");
        *flow = flow.replace(from, to);
    };
    edit(" 2 /callback ", " 9 /callback ");
    for _ in 0..2 {
        let served = browser.open(&layer, &success(&state)).await;
        assert_eq!(served.summary(), "rejected: state_unreadable");
    }
    edit(" 9 /callback ", " 2 /callback ");
    let served = browser.open(&layer, &success(&state)).await;
    assert_eq!(served.summary(), "app: verified success");
}

#[tokio::test]
async fn a_store_that_fails_when_a_flow_is_put_back_loses_it_and_nothing_else() {
    let store = Memory::default();
    let states = StoredState::new(store.clone());
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    let fails = store.clone();
    let failing = layer.clone().on_success(move |_: ConnectSuccess, _| {
        fails.is_down.store(true, Ordering::Relaxed);
        let mut response = http::Response::new(String::new());
        *response.status_mut() = http::StatusCode::BAD_GATEWAY;
        std::future::ready(response)
    });
    let served = serve(&failing, browser.request(&success(&state))).await;
    assert_eq!(served.response.status(), 502);
    store.is_down.store(false, Ordering::Relaxed);
    let served = browser.open(&layer, &success(&state)).await;
    assert_eq!(served.summary(), "rejected: state_unknown");
}

/// The statuses after which a callback may come again.
const STAYS: [u16; 10] = [307, 308, 401, 407, 408, 425, 429, 500, 503, 599];
const ENDS: [u16; 9] = [200, 204, 301, 302, 303, 400, 403, 404, 422];

#[tokio::test]
async fn a_final_response_uses_up_the_state_and_a_temporary_failure_does_not() {
    async fn check<S: StartState + Clone>(states: S, kind: &str) {
        let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
        let always = layer.clone().always_end_flows();
        let statuses = STAYS.map(|status| (status, true)).into_iter();
        for (status, stays) in statuses.chain(ENDS.map(|status| (status, false))) {
            for (layer, stays) in [(&layer, stays), (&always, false)] {
                for callback in [success as fn(&str) -> String, error] {
                    let mut browser = Browser::default();
                    let state = browser.start(&states, connect_url()).await.unwrap();
                    let mut request = browser.request(&callback(&state));
                    request.headers_mut().insert("respond", status.into());
                    let served = browser.open_with(layer, request).await;
                    assert_eq!(served.response.status(), status);
                    assert_eq!(browser.has_flow_cookie(), stays, "{kind} {status}");
                    let again = browser.open(layer, &callback(&state)).await;
                    let is_served = again.summary().starts_with("app: verified");
                    assert_eq!(is_served, stays, "{kind} {status}");
                }
            }
        }
        // An error that a handler answers is over, whatever its status.
        let layer = layer.on_failure(async |failure: ConnectFailure, _| {
            let mut response = http::Response::new(String::new());
            *response.status_mut() = match failure {
                ConnectFailure::Error(_) => http::StatusCode::SERVICE_UNAVAILABLE,
                ConnectFailure::Rejected(_) => failure.status(),
            };
            response
        });
        let mut browser = Browser::default();
        let state = browser.start(&states, connect_url()).await.unwrap();
        let served = serve(&layer, browser.request(&error(&state))).await;
        browser.keep_cookies(served.response.headers());
        let again = serve(&layer, browser.request(&success(&state))).await;
        assert_eq!(again.summary(), "rejected: state_unknown", "{kind}");
    }
    check(state_cookie(), "cookie").await;
    check(StoredState::new(Memory::default()), "store").await;
}

#[tokio::test]
async fn a_confirmation_decides_by_its_reason_about_the_state() {
    async fn check<S: StartState + Clone>(states: S, kind: &str) {
        for (reason, again) in [
            (RejectionReason::NotConfirmed, RejectionReason::StateUnknown),
            (
                RejectionReason::ConfirmationUnavailable,
                RejectionReason::ConfirmationUnavailable,
            ),
        ] {
            let layer = ConnectCallbackLayer::new(&connect_url(), states.clone())
                .confirm(move |_, _| std::future::ready(Err::<(), _>(reason)));
            let mut browser = Browser::default();
            let state = browser.start(&states, connect_url()).await.unwrap();
            for expected in [reason, again] {
                let served = serve(&layer, browser.request(&success(&state))).await;
                browser.keep_cookies(served.response.headers());
                assert_eq!(served.rejected(), Some(expected), "{kind} {reason:?}");
            }
        }
    }
    check(state_cookie(), "cookie").await;
    check(StoredState::new(Memory::default()), "store").await;
}

#[tokio::test]
async fn a_probe_reaches_no_handler_and_does_not_use_up_the_state() {
    async fn check<S: StartState + Clone>(states: S) {
        let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
        let mut browser = Browser::default();
        let state = browser.start(&states, connect_url()).await.unwrap();
        for (method, purpose, status) in [
            ("HEAD", None, 200),
            ("GET", Some(("sec-purpose", "prefetch;prerender")), 425),
            ("GET", Some(("x-moz", "prefetch")), 425),
            ("HEAD", Some(("purpose", "Preview")), 425),
        ] {
            let mut request = browser.request(&success(&state));
            *request.method_mut() = method.parse().unwrap();
            let headers =
                purpose.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            request
                .headers_mut()
                .extend(headers.map(|(name, value): (http::HeaderName, _)| (name, value)));
            let served = browser.open_with(&layer, request).await;
            assert_eq!(served.response.status(), status, "{method} {purpose:?}");
            assert!(served.reached.is_none(), "{method} {purpose:?}");
            assert_eq!(served.response.headers()["cache-control"], "no-store");
        }
        let served = browser.open(&layer, &success(&state)).await;
        assert_eq!(served.summary(), "app: verified success");
    }
    check(state_cookie()).await;
    check(StoredState::new(Memory::default())).await;
}

/// The inner layer has another key, so it rejects what the outer one has verified.
#[tokio::test]
async fn a_callback_that_an_inner_layer_rejects_uses_nothing_up() {
    let states = StoredState::new(Memory::default());
    let outer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let inner = ConnectCallbackLayer::new(&connect_url(), state_cookie());
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    let both = tower::layer::layer_fn(|app: App| {
        let inner = tower::Layer::layer(&inner, app);
        tower::Layer::layer(&outer, inner)
    });
    let served = serve(&both, browser.request(&success(&state))).await;
    browser.keep_cookies(served.response.headers());
    assert_eq!(served.summary(), "rejected: state_unreadable");
    let served = browser.open(&outer, &success(&state)).await;
    assert_eq!(served.summary(), "app: verified success");
}

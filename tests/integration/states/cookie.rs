//! States in an encrypted cookie.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::SET_COOKIE;
use proptest::prelude::*;
use tower_smartcar_connect::states::{FlowPayload, Key, NotStarted, unwrap_sdk_state};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectUrl, Flow, StateCookie};

use super::{Browser, connect_url, error, parts, state_cookie, success};

#[tokio::test]
async fn a_flow_passes_once_with_its_payload_and_removes_its_cookie() {
    for payload in ["", "/garage?tab=2", &"é".repeat(127), &"x".repeat(255)] {
        for callback in [success, error] {
            let states = state_cookie();
            let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
            let mut browser = Browser::default();
            let flow = Flow::to(connect_url()).payload(payload);
            let state = browser.start(&states, flow).await.unwrap();
            assert!(browser.has_flow_cookie());

            let served = browser.open(&layer, &callback(&state)).await;
            let request = served.reached.expect("the app was called");
            let found = request.extensions().get::<FlowPayload>();
            let found = found.map_or("", FlowPayload::as_str);
            assert_eq!(found, payload);
            assert!(!browser.has_flow_cookie(), "{payload}");
            let again = browser.open(&layer, &callback(&state)).await;
            assert_eq!(again.summary(), "rejected: state_unknown");
        }
    }
    let too_long = Flow::to(connect_url()).payload("x".repeat(256));
    let result = Browser::default().start(&state_cookie(), too_long).await;
    assert_eq!(result, Err(NotStarted::PayloadTooLong { bytes: 256 }));
}

#[tokio::test]
async fn each_rejected_state_has_its_reason_and_ends_no_flow_in_progress() {
    let states = state_cookie();
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    let mut other = Browser::default();
    let other_state = other.start(&states, connect_url()).await.unwrap();
    let same_name = format!("{}{}", &state[..8], &other_state[8..]);
    for (state, reason) in [
        ("", "state_missing"),
        ("0facda3319", "state_mismatch"),
        (&*format!("{state}x"), "state_mismatch"),
        (&*other_state, "state_unknown"),
        (&*same_name, "state_mismatch"),
    ] {
        for callback in [success, error] {
            let served = browser.open(&layer, &callback(state)).await;
            assert_eq!(served.summary(), format!("rejected: {reason}"), "{state}");
            assert!(!served.response.headers().contains_key(SET_COOKIE));
        }
    }
    let served = browser.open(&layer, &success(&state)).await;
    assert_eq!(served.summary(), "app: verified success");
}

#[tokio::test]
async fn a_cookie_that_was_changed_or_moved_is_unreadable() {
    let states = state_cookie();
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    let (name, value) = browser.cookies.first_key_value().unwrap();
    let (name, value) = (name.clone(), value.clone());
    let mut values: Vec<String> = (0..value.len())
        .map(|place| {
            let mut bytes = value.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        })
        // The last character of base64 has bits that mean nothing, and are rejected.
        .collect();
    values.extend(["".to_owned(), "A".to_owned(), value[1..].to_owned()]);
    for changed in values {
        browser.cookies.insert(name.clone(), changed.clone());
        let served = browser.open(&layer, &success(&state)).await;
        assert_eq!(served.summary(), "rejected: state_unreadable", "{changed}");
    }
    let mut moved = Browser::default();
    let other = moved.start(&states, connect_url()).await.unwrap();
    let (other_name, _) = moved.cookies.pop_first().unwrap();
    moved.cookies.insert(other_name, value);
    let served = moved.open(&layer, &success(&other)).await;
    assert_eq!(served.summary(), "rejected: state_unreadable");
}

#[tokio::test]
async fn keys_rotate_without_breaking_a_flow() {
    let (old, new) = (Key::generate(), Key::generate());
    let before = StateCookie::new(old.clone());
    let during = StateCookie::new(old.clone()).older_key(new.clone());
    let rotated = StateCookie::new(new.clone()).older_key(old);
    let after = StateCookie::new(new);
    let servers = [before, during, rotated, after];
    for (starts, issuer) in servers.iter().enumerate() {
        let mut browser = Browser::default();
        let state = browser.start(issuer, connect_url()).await.unwrap();
        for (ends, verifier) in servers.iter().enumerate() {
            let layer = ConnectCallbackLayer::new(&connect_url(), verifier.clone());
            let served = browser.clone().open(&layer, &success(&state)).await;
            // What was issued with a key, and ends where that key is not known.
            let expected = match (starts, ends) {
                (0 | 1, 3) | (2 | 3, 0) => "rejected: state_unreadable",
                _ => "app: verified success",
            };
            assert_eq!(served.summary(), expected, "{starts} to {ends}");
        }
    }
}

#[tokio::test]
async fn a_state_passes_in_its_last_second_and_then_expires() {
    let at = |seconds| move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let key = Key::generate();
    let states = |seconds| {
        let states = StateCookie::new(key.clone()).clock(at(seconds));
        states.lifetime(Duration::from_millis(60_900))
    };
    let mut browser = Browser::default();
    let state = browser.start(&states(1_000), connect_url()).await.unwrap();
    for (seconds, expected) in [
        (1_000, "app: verified success"),
        (1_060, "app: verified success"),
        (1_061, "rejected: state_expired"),
        (0, "app: verified success"),
        (u64::from(u32::MAX), "rejected: state_expired"),
    ] {
        let layer = ConnectCallbackLayer::new(&connect_url(), states(seconds));
        let served = browser.clone().open(&layer, &success(&state)).await;
        assert_eq!(served.summary(), expected, "{seconds}");
    }
}

#[tokio::test]
async fn extreme_clocks_and_lifetimes_are_accepted() {
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    for (lifetime, clock) in [
        (Duration::ZERO, SystemTime::UNIX_EPOCH),
        (Duration::MAX, SystemTime::now()),
        (Duration::from_secs(60), before_1970),
    ] {
        let states = state_cookie().lifetime(lifetime).clock(move || clock);
        let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
        let mut browser = Browser::default();
        let state = browser.start(&states, connect_url()).await.unwrap();
        let served = browser.open(&layer, &success(&state)).await;
        assert_eq!(served.summary(), "app: verified success", "{lifetime:?}");
    }
}

/// As npm `@smartcar/auth` 2.14.1 writes it: base64 that is not percent-encoded.
fn wrapped(state: &str, instance: &str) -> String {
    let json = format!(r#"{{"instanceId":"{instance}","originalState":"{state}"}}"#);
    STANDARD.encode(json)
}

#[tokio::test]
async fn a_state_wrapped_by_smartcars_javascript_sdk_is_verified() {
    let states = state_cookie();
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    // Lengths that give one, two and no padding, and a `+`, which arrives as a space.
    for instance in ["7f1c", "7f1c0", "7f1c00", "?>~?>~"] {
        let mut browser = Browser::default();
        let state = browser.start(&states, connect_url()).await.unwrap();
        let wrapped = wrapped(&state, instance);
        assert_eq!(unwrap_sdk_state(&wrapped).as_deref(), Some(&*state));
        let served = browser.open(&layer, &success(&wrapped)).await;
        assert_eq!(served.summary(), "app: verified success", "{wrapped}");
    }
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    let forged = wrapped(&"A".repeat(32), "7f1c");
    for state in [forged, STANDARD.encode("[]"), STANDARD.encode(&state)] {
        let served = browser.open(&layer, &success(&state)).await;
        assert!(served.summary().starts_with("rejected: state_"), "{state}");
    }
}

#[test]
fn no_debug_output_has_a_secret() {
    let key = "0123456789abcdef".repeat(8);
    let states = StateCookie::new(Key::from_hex(&key).unwrap());
    let url = connect_url().external_id("marker-external").unwrap();
    let flow = Flow::to(url).payload("marker-payload");
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let request = parts("/connect".parse().unwrap());
    let started = runtime
        .unwrap()
        .block_on(flow.clone().start(&states, request))
        .unwrap();
    let text = format!(
        "{states:?} {flow:?} {started:?} {:?}",
        Key::from_hex(&key).unwrap()
    );
    for secret in ["marker", started.state(), "0123456789abcdef", "[1, 35,"] {
        assert!(!text.contains(secret), "{text}");
    }
    for shown in [
        "StateCookie {",
        " Flow {",
        "StartedFlow {",
        "Key(",
        "external_id",
    ] {
        assert!(text.contains(shown), "no {shown} in {text}");
    }
}

proptest! {
    #[test]
    fn a_state_that_was_not_issued_is_never_verified(state in ".{0,64}", cookie in "[ -:<-~]{0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let summary = runtime.block_on(async {
            let states = state_cookie();
            let layer = ConnectCallbackLayer::new("/callback", states.clone());
            let mut browser = Browser::default();
            browser.start(&states, connect_url()).await.unwrap();
            browser.cookies.insert("other".to_owned(), cookie);
            let state = percent_encoding::utf8_percent_encode(&state, percent_encoding::NON_ALPHANUMERIC);
            browser.open(&layer, &success(&state.to_string())).await.summary()
        });
        prop_assert!(summary.starts_with("rejected: state_"), "{summary}");
    }

    #[test]
    fn a_payload_that_fits_is_returned_unchanged(payload in ".{0,63}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(async {
            let states = state_cookie();
            let layer = ConnectCallbackLayer::new("/callback", states.clone());
            let mut browser = Browser::default();
            let flow = Flow::to(connect_url()).payload(&payload);
            let state = browser.start(&states, flow).await.unwrap();
            let served = browser.open(&layer, &success(&state)).await;
            served.reached.unwrap().extensions().get::<FlowPayload>().cloned()
        });
        prop_assert_eq!(found.as_ref().map_or("", FlowPayload::as_str), payload);
    }
}

#[tokio::test]
async fn a_callback_path_too_long_for_a_cookie_starts_no_flow() {
    // 341 pipes have 1,023 bytes when they are encoded, as the cookie stores them.
    for (pipes, starts) in [(341, true), (342, false)] {
        let uri = format!("https://app.example/{}", "%7C".repeat(pipes));
        let url = ConnectUrl::new("application-1", uri).unwrap();
        let mut browser = Browser::default();
        let started = browser.start(&state_cookie(), url).await;
        assert_eq!(started.is_ok(), starts, "{pipes}: {started:?}");
        let longest = browser.cookies.values().map(String::len).max();
        assert!(longest.is_none_or(|bytes| bytes < 4000), "{longest:?}");
    }
}

//! States are random, and no output shows a secret.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::routing::{get, post};
use axum::{Extension, Router};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use tower_smartcar_connect::state_cookie::{Key, StatePayload};
use tower_smartcar_connect::{ConnectCallbackLayer, StateCookie};

use super::flow::{Flow, pair, request, verify, with_cookies};
use super::server::{ORIGIN, Server, connect, key, state_cookie};
use crate::support::browser::{Browser, serve};

#[test]
fn a_thousand_states_are_all_different() {
    let state_cookie = state_cookie();
    let mut states = HashSet::new();
    let mut names = HashSet::new();
    let mut values = HashSet::new();
    // Each position has to vary over most of the alphabet. Otherwise a state would have less
    // entropy than its length suggests.
    let mut characters = vec![HashSet::new(); 32];
    for _ in 0..1000 {
        let issued = state_cookie
            .issue(&HeaderMap::new(), "/callback", "")
            .unwrap();
        let state = issued.state();
        assert_eq!(state.len(), 32, "{state}");
        for (position, character) in state.chars().enumerate() {
            assert!(
                character.is_ascii_alphanumeric() || "-_".contains(character),
                "{state}"
            );
            characters[position].insert(character);
        }
        let mut headers = HeaderMap::new();
        issued.add_to(&mut headers);
        let (name, value) = pair(headers[SET_COOKIE].to_str().unwrap());
        states.insert(state.to_owned());
        names.insert(name.to_owned());
        values.insert(value.to_owned());
    }
    assert_eq!(
        (states.len(), names.len(), values.len()),
        (1000, 1000, 1000)
    );
    for (position, characters) in characters.iter().enumerate() {
        assert!(characters.len() > 56, "{} at {position}", characters.len());
    }
}

#[test]
fn debug_and_display_show_no_secret() {
    let secret_key = Key::from(&[0x5e; 64]);
    let state_cookie = StateCookie::new(secret_key.clone()).older_key(key(2));
    let issued = state_cookie
        .issue(&HeaderMap::new(), "/callback", "5ecret")
        .unwrap();
    let mut headers = HeaderMap::new();
    issued.add_to(&mut headers);
    let (name, value) = pair(headers[SET_COOKIE].to_str().unwrap());
    let mut request = request([]);
    *request.headers_mut() = with_cookies(&format!("{name}={value}"));
    let verified = verify(&state_cookie, request, issued.state()).unwrap();
    let layer = ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie.clone());

    let printed =
        format!("{state_cookie:?} {issued:?} {verified:?} {layer:?} {state_cookie:#?} {issued:#?}");
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
async fn debug_of_a_payload_hides_it() {
    let printed = Arc::new(Mutex::new(String::new()));
    let state_cookie = state_cookie();
    let route = {
        let printed = printed.clone();
        move |Extension(payload): Extension<StatePayload>| async move {
            *printed.lock().unwrap() = format!("{payload:?} {payload:#?}");
        }
    };
    let app = Router::new()
        .route("/callback", get(route))
        .layer(ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie.clone()))
        .route("/connect", post(connect))
        .with_state(state_cookie);
    let server = Server {
        address: serve(app).await,
        calls: Arc::default(),
    };
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::start(&mut browser, &server, "5ecret").await;
    assert_eq!(
        flow.return_from_connect(&mut browser, &server)
            .await
            .status(),
        StatusCode::OK
    );
    let printed = printed.lock().unwrap().clone();
    assert!(
        printed.contains("StatePayload") && !printed.contains("5ecret"),
        "{printed}"
    );
}

//! States inside the wrapper of Smartcar's JavaScript SDK.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tower_smartcar_connect::InvalidCallbackKind;

use super::flow::{Flow, set_cookies, visit};
use super::server::{ORIGIN, Server, state_cookie};
use crate::support::browser::Browser;
use crate::support::rejections::assert_rejected;

/// Wraps a state like Smartcar's JavaScript SDK.
pub(crate) fn wrapped(instance_id: &str, state: &str) -> String {
    STANDARD.encode(json!({"instanceId": instance_id, "originalState": state}).to_string())
}

#[tokio::test]
async fn a_state_wrapped_by_smartcars_javascript_sdk_is_verified() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let instances = [
        "7f1c3f60-6a3a-4d38-8a8c-5ff5c1d1a6c5",
        "",
        "~~~",
        "ÿÿÿ",
        ">>>?",
    ];
    let mut with_plus = 0;
    for instance_id in instances {
        for outcome in ["/callback?code=c", "/callback?error=access_denied"] {
            let flow = Flow::start(&mut browser, &server, "user-7").await;
            let state = wrapped(instance_id, &flow.state);
            with_plus += usize::from(state.contains('+'));
            // Unencoded, as the SDK sends it: a `+` is decoded to a space.
            let response = visit(&mut browser, &server, &format!("{outcome}&state={state}")).await;
            let expected = "verified: true, payload: Some(\"user-7\")";
            assert!(
                response.body().contains(expected),
                "{instance_id} {outcome}: {response:?}"
            );
            assert_eq!(set_cookies(&response).len(), 1, "{instance_id} {outcome}");
            // Every wrapper of the state ends the flow.
            for again in [&flow.state, &state, &wrapped("again", &flow.state)] {
                let response =
                    visit(&mut browser, &server, &format!("{outcome}&state={again}")).await;
                assert_rejected(&response, InvalidCallbackKind::StateUnknown, instance_id);
            }
        }
    }
    assert!(with_plus > 0, "no instance makes a `+`");

    // Percent-encoded, and almost as long as the query limit: 6000 bytes in base64.
    let longest = "i".repeat(
        6000 - json!({"instanceId": "", "originalState": "s".repeat(32)})
            .to_string()
            .len(),
    );
    for instance_id in ["~~~", &longest] {
        let flow = Flow::start(&mut browser, &server, "user-7").await;
        let state = wrapped(instance_id, &flow.state);
        assert!(state.len() <= 8000, "{}", state.len());
        let encoded = form_urlencoded::byte_serialize(state.as_bytes()).collect::<String>();
        let response = visit(
            &mut browser,
            &server,
            &format!("/callback?code=c&state={encoded}"),
        )
        .await;
        assert!(
            response.body().contains("verified: true"),
            "{instance_id}: {response:?}"
        );
    }
}

#[tokio::test]
async fn a_wrapper_is_not_trusted() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::start(&mut browser, &server, "user-7").await;
    let other = Flow::start(&mut Browser::on(ORIGIN), &server, "attacker").await;
    let own = &*flow.state;
    let json = |value: serde_json::Value| STANDARD.encode(value.to_string());
    let nested = |open: &str, inside: &str, close: &str, levels: usize| {
        STANDARD.encode(format!(
            "{}{inside}{}",
            open.repeat(levels),
            close.repeat(levels)
        ))
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
        (
            "a text alone",
            json(json!(own)),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "text after the object",
            STANDARD.encode(format!("{{\"originalState\":\"{own}\"}}x")),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "no JSON",
            STANDARD.encode(own),
            InvalidCallbackKind::StateMismatch,
        ),
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
            "a number that no type holds, beside another state",
            STANDARD.encode(format!(
                "{{\"a\":{},\"originalState\":\"x\"}}",
                "9".repeat(2000)
            )),
            InvalidCallbackKind::StateMismatch,
        ),
    ];
    for (case, state, kind) in cases {
        for outcome in ["/callback?code=c", "/callback?error=access_denied"] {
            let encoded = form_urlencoded::byte_serialize(state.as_bytes()).collect::<String>();
            let response =
                visit(&mut browser, &server, &format!("{outcome}&state={encoded}")).await;
            assert_rejected(&response, kind, case);
        }
    }
    assert_eq!(server.calls(), 0);
    flow.pass(&mut browser, &server, "user-7").await;
}

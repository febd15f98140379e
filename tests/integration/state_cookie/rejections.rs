//! Forged states and cookies, which end no flow.

use tower_smartcar_connect::InvalidCallbackKind;

use super::flow::{Flow, visit, with_cookies};
use super::server::{ORIGIN, Server, state_cookie};
use crate::support::browser::Browser;
use crate::support::rejections::assert_rejected;

#[tokio::test]
async fn a_rejected_state_has_its_kind_and_ends_no_flow_in_progress() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::start(&mut browser, &server, "user-7").await;
    let other = Flow::start(&mut Browser::on(ORIGIN), &server, "attacker").await;

    let own = &*flow.state;
    let same_cookie = format!("{}{}", &own[..8], &other.state[8..]);
    let flipped = if own.ends_with('A') { "B" } else { "A" };
    let last_character = format!("{}{flipped}", &own[..31]);
    let cases = [
        ("no state", "", InvalidCallbackKind::StateMissing),
        (
            "an empty state",
            "&state=",
            InvalidCallbackKind::StateMissing,
        ),
        (
            "a state without a value",
            "&state",
            InvalidCallbackKind::StateMissing,
        ),
        (
            "that of another browser",
            &*format!("&state={}", other.state),
            InvalidCallbackKind::StateUnknown,
        ),
        (
            "one that was never issued",
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
            assert_rejected(&response, kind, &format!("{case}: {outcome}"));
        }
    }
    assert_eq!(server.calls(), 0);

    flow.pass(&mut browser, &server, "user-7").await;
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_cookie_with_any_byte_changed_is_unreadable() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::start(&mut browser, &server, "user-7").await;
    let (name, value) = flow.cookie();
    let callback = format!("/callback?code=c&state={}", flow.state);

    let mut tampered: Vec<_> = ["", "=", "AAAA", "%00"].map(str::to_owned).to_vec();
    tampered.push(value[..value.len() - 4].to_owned());
    tampered.push(format!("AAAA{value}"));
    tampered.push(format!("{value}AAAA"));
    // The nonce is first, the tag is last, and the ciphertext is in between.
    for position in 0..value.len() {
        for replacement in ['A', 'B', '-', '='] {
            if !value[position..].starts_with(replacement) {
                tampered.push(format!(
                    "{}{replacement}{}",
                    &value[..position],
                    &value[position + 1..]
                ));
            }
        }
    }
    for value in tampered {
        let headers = with_cookies(&format!("{name}={value}"));
        let response = browser
            .send("GET", (server.address, &callback), headers, "")
            .await;
        assert_rejected(&response, InvalidCallbackKind::StateUnreadable, &value);
    }
    assert_eq!(server.calls(), 0);

    flow.pass(&mut browser, &server, "user-7").await;
}

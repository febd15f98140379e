//! Servers with the same key, with another key and with several keys.

use tower_smartcar_connect::{InvalidCallbackKind, StateCookie};

use super::flow::{Flow, NAME_PREFIX, with_cookies};
use super::server::{ORIGIN, Server, key, state_cookie};
use crate::support::browser::Browser;
use crate::support::rejections::assert_rejected;

#[tokio::test]
async fn a_cookie_of_another_key_or_under_another_name_is_unreadable() {
    let server = Server::start(state_cookie()).await;
    let stranger = Server::start(StateCookie::new(key(2))).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::start(&mut browser, &server, "user-7").await;
    let other = Flow::start(&mut browser, &server, "user-8").await;

    let response = flow.return_from_connect(&mut browser, &stranger).await;
    assert_rejected(
        &response,
        InvalidCallbackKind::StateUnreadable,
        "another key",
    );

    // The state of one flow must not be accepted for another.
    let moved = with_cookies(&format!("{}={}", flow.cookie().0, other.cookie().1));
    for state in [
        &flow.state,
        &format!("{}{}", &flow.state[..8], &other.state[8..]),
    ] {
        let target = format!("/callback?code=c&state={state}");
        let response = browser
            .send("GET", (server.address, &target), moved.clone(), "")
            .await;
        assert_rejected(&response, InvalidCallbackKind::StateUnreadable, "moved");
    }

    // A cookie from development would lack the protection of the prefix.
    let development = Server::start(state_cookie().plain_http_for_development()).await;
    let development_flow =
        Flow::start(&mut Browser::on("http://localhost"), &development, "user-7").await;
    let state = &development_flow.state;
    let renamed = with_cookies(&format!(
        "{NAME_PREFIX}{}={}",
        &state[..8],
        development_flow.cookie().1
    ));
    let target = format!("/callback?code=c&state={state}");
    let response = browser
        .send("GET", (server.address, &target), renamed, "")
        .await;
    assert_rejected(
        &response,
        InvalidCallbackKind::StateUnreadable,
        "development",
    );

    assert_eq!(server.calls() + stranger.calls() + development.calls(), 0);
    flow.pass(&mut browser, &server, "user-7").await;
    other.pass(&mut browser, &server, "user-8").await;
}

#[tokio::test]
async fn a_flow_can_end_on_another_server_with_the_same_key() {
    // Cookies ignore ports: in development, two servers on one host receive each other's.
    for (state_cookie, origin) in [
        (state_cookie(), ORIGIN),
        (
            state_cookie().plain_http_for_development(),
            "http://127.0.0.1",
        ),
    ] {
        let here = Server::start(state_cookie.clone()).await;
        // A clone shares everything. Another process shares only the key.
        let clone = Server::start(state_cookie.clone()).await;
        let process = Server::start(match origin {
            ORIGIN => self::state_cookie(),
            _ => self::state_cookie().plain_http_for_development(),
        })
        .await;
        assert_ne!(here.address.port(), process.address.port());
        for (begins, ends) in [
            (&here, &clone),
            (&clone, &here),
            (&here, &process),
            (&process, &here),
        ] {
            let mut browser = Browser::on(origin);
            let flow = Flow::start(&mut browser, begins, "user-7").await;
            flow.pass(&mut browser, ends, "user-7").await;
            let response = flow.return_from_connect(&mut browser, begins).await;
            assert_rejected(&response, InvalidCallbackKind::StateUnknown, origin);
        }
    }
}

#[tokio::test]
async fn keys_rotate_without_breaking_a_flow() {
    let only_old = Server::start(StateCookie::new(key(1))).await;
    let knows_new = Server::start(StateCookie::new(key(1)).older_key(key(2))).await;
    let prefers_new = Server::start(StateCookie::new(key(2)).older_key(key(1))).await;
    let only_new = Server::start(StateCookie::new(key(2))).await;
    let of_three =
        Server::start(StateCookie::new(key(3)).older_key(key(2)).older_key(key(1))).await;

    let cases = [
        // The steps of a rotation. During each one, servers of the previous step still run.
        ("old, then both", &only_old, &knows_new, true),
        ("both, then old", &knows_new, &only_old, true),
        ("both, then new preferred", &knows_new, &prefers_new, true),
        ("new preferred, then both", &prefers_new, &knows_new, true),
        ("new preferred, then new", &prefers_new, &only_new, true),
        ("new, then new preferred", &only_new, &prefers_new, true),
        // A step that was skipped, and a step that was taken too early.
        ("new preferred, then old", &prefers_new, &only_old, false),
        ("old, then new", &only_old, &only_new, false),
        // Each of several older keys is accepted.
        ("the second of three", &only_new, &of_three, true),
        ("the third of three", &only_old, &of_three, true),
        ("the first of three", &of_three, &only_new, false),
    ];
    for (case, begins, ends, passes) in cases {
        let mut browser = Browser::on(ORIGIN);
        let flow = Flow::start(&mut browser, begins, "user-7").await;
        if passes {
            flow.pass(&mut browser, ends, "user-7").await;
        } else {
            let response = flow.return_from_connect(&mut browser, ends).await;
            assert_rejected(&response, InvalidCallbackKind::StateUnreadable, case);
        }
    }
}

//! The lifetime of a state.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::SET_COOKIE;
use tower_smartcar_connect::InvalidCallbackKind;

use super::flow::{Flow, pair, request, verify, with_cookies};
use super::server::{Clock, ORIGIN, Server, state_cookie};
use crate::support::browser::Browser;
use crate::support::rejections::assert_rejected;

#[tokio::test]
async fn a_state_passes_in_its_last_second_and_then_expires() {
    for (lifetime, state_cookie) in [
        (30 * 60, state_cookie()),
        (60, state_cookie().lifetime(Duration::from_secs(60))),
        // Lifetimes have a resolution of one second.
        (60, state_cookie().lifetime(Duration::from_millis(60_999))),
        (0, state_cookie().lifetime(Duration::ZERO)),
    ] {
        let clock = Clock::starting_at(1_800_000_000);
        let server = Server::start(clock.on(state_cookie)).await;
        let mut browser = Browser::on(ORIGIN);
        let in_time = Flow::start(&mut browser, &server, "user-7").await;
        let too_late = Flow::start(&mut browser, &server, "user-7").await;

        clock.advance(lifetime);
        in_time.pass(&mut browser, &server, "user-7").await;
        clock.advance(1);
        // It is rejected every time.
        for _ in 0..2 {
            let response = too_late.return_from_connect(&mut browser, &server).await;
            assert_rejected(
                &response,
                InvalidCallbackKind::StateExpired,
                &format!("after {lifetime} s"),
            );
        }
        assert_eq!(server.calls(), 1);
    }
}

#[tokio::test]
async fn extreme_clocks_and_lifetimes_are_accepted() {
    for (case, state_cookie) in [
        ("forever", state_cookie().lifetime(Duration::MAX)),
        (
            "before 1970",
            state_cookie().clock(|| SystemTime::UNIX_EPOCH - Duration::from_secs(1)),
        ),
        ("in 1970", state_cookie().clock(|| SystemTime::UNIX_EPOCH)),
    ] {
        let state_cookie = state_cookie;
        let issued = state_cookie
            .issue(&HeaderMap::new(), "/callback", "user-7")
            .expect(case);
        let mut response = HeaderMap::new();
        issued.add_to(&mut response);
        let (name, value) = pair(response[SET_COOKIE].to_str().unwrap());
        let mut request = request([]);
        *request.headers_mut() = with_cookies(&format!("{name}={value}"));
        assert!(
            verify(&state_cookie, request, issued.state()).is_ok(),
            "{case}"
        );
    }
}

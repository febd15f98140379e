//! From the start of a flow to its callback, with the payload.

use http::{HeaderMap, StatusCode};
use tower_smartcar_connect::InvalidCallbackKind;
use tower_smartcar_connect::state_cookie::IssueError;

use super::flow::{Flow, attributes, pair, set_cookies, visit};
use super::server::{ORIGIN, Server, state_cookie};
use crate::support::browser::{Browser, Initiator};
use crate::support::rejections::assert_rejected;

#[tokio::test]
async fn a_flow_passes_once_with_its_payload_and_removes_its_cookie() {
    let cases = [
        (
            "/callback?code=c",
            "route: c, verified: true, payload: Some(\"user-7\")",
        ),
        (
            "/callback?error=access_denied",
            "handler: access_denied, verified: true, payload: Some(\"user-7\")",
        ),
        (
            "/plain?code=c",
            "route: c, verified: true, payload: Some(\"user-7\")",
        ),
        (
            "/plain?error=access_denied",
            "route: access_denied, verified: true, payload: Some(\"user-7\")",
        ),
    ];
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    for (target, expected) in cases {
        let route = if target.starts_with("/plain") {
            "/connect/plain"
        } else {
            "/connect"
        };
        let flow = Flow::start_at(route, &mut browser, &server, "user-7").await;
        let (name, _) = flow.cookie();
        assert!(
            browser.cookies.contains("app.example", "/", name),
            "{target}"
        );

        let callback = format!("{target}&state={}", flow.state);
        let response = visit(&mut browser, &server, &callback).await;
        assert_eq!(response.body(), expected, "{target}");
        let [cleared] = &set_cookies(&response)[..] else {
            panic!("{target}: {:?}", response.headers());
        };
        assert_eq!(pair(cleared), (name, ""), "{target}");
        let mut expected = attributes(&flow.set_cookie);
        expected.retain(|attribute| *attribute != "Max-Age=5400");
        expected.extend(["Expires", "Max-Age=0"]);
        expected.sort_unstable();
        assert_eq!(attributes(cleared), expected, "{target}");
        assert!(
            !browser.cookies.contains("app.example", "/", name),
            "{target}"
        );

        let calls = server.calls();
        for initiator in [Initiator::App, Initiator::OtherSite] {
            let target = (server.address, &*callback);
            let reloaded = browser.navigate(initiator, "GET", target, "").await;
            let case = format!("{target:?} again by {initiator:?}");
            assert_rejected(&reloaded, InvalidCallbackKind::StateUnknown, &case);
        }
        assert_eq!(server.calls(), calls, "{target}");
    }
}

#[tokio::test]
async fn a_flow_without_a_payload_passes_without_one() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on(ORIGIN);
    let flow = Flow::start(&mut browser, &server, "").await;
    let response = flow.return_from_connect(&mut browser, &server).await;
    assert_eq!(response.body(), "route: c, verified: true, payload: None");
}

#[tokio::test]
async fn payloads_of_128_bytes_are_returned_and_longer_ones_are_an_error() {
    let server = Server::start(state_cookie()).await;
    let longest = "a".repeat(128);
    let longest_of_two_bytes = "ä".repeat(64);
    let payloads = [
        "user-7 → /garage?car=1&next=%2F",
        "a.b.c",
        "...",
        ".",
        " ",
        "\"quoted\"; Max-Age=0; Path=/; other=\"1\"",
        "\r\nSet-Cookie: a=b\0",
        "🚗",
        &longest,
        &longest_of_two_bytes,
    ];
    for payload in payloads {
        let mut browser = Browser::on(ORIGIN);
        let flow = Flow::start(&mut browser, &server, payload).await;
        flow.pass(&mut browser, &server, payload).await;
    }

    for payload in ["a".repeat(129), "ä".repeat(65), "a".repeat(100_000)] {
        let error = state_cookie()
            .issue(&HeaderMap::new(), "/callback", &payload)
            .unwrap_err();
        assert_eq!(
            error,
            IssueError::PayloadTooLong {
                bytes: payload.len()
            }
        );
        let target = (server.address, "/connect");
        let response = Browser::on(ORIGIN)
            .navigate(Initiator::App, "POST", target, &payload)
            .await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(set_cookies(&response), [""; 0]);
        assert_eq!(response.body(), &error.to_string());
        let expected = format!("has {} bytes, but at most 128 fit", payload.len());
        assert!(response.body().contains(&expected), "{}", response.body());
    }
}

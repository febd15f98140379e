//! More flows than fit into a header.

use std::time::Duration;

use http::HeaderMap;
use http::header::{COOKIE, SET_COOKIE};
use tower_smartcar_connect::{InvalidCallbackKind, StateCookie};

use super::flow::{Flow, NAME_PREFIX};
use super::server::{Clock, ORIGIN, Server, key, state_cookie};
use crate::support::browser::{Browser, Initiator};
use crate::support::rejections::assert_rejected;

#[tokio::test]
async fn twenty_flows_with_the_longest_payload_pass_in_any_order() {
    let payloads: Vec<_> = (0..20).map(|number| format!("{number:0>128}")).collect();
    let in_order: Vec<_> = (0..20).collect();
    let backwards: Vec<_> = (0..20).rev().collect();
    let mixed: Vec<_> = (0..20).map(|position| position * 7 % 20).collect();
    for order in [in_order, backwards, mixed] {
        let server = Server::start(state_cookie()).await;
        let mut browser = Browser::on(ORIGIN);
        let mut flows = Vec::new();
        for payload in &payloads {
            let flow = Flow::start(&mut browser, &server, payload).await;
            assert_eq!(flow.evicted, [""; 0], "{payload}");
            flows.push(flow);
        }
        for position in &order {
            flows[*position]
                .pass(&mut browser, &server, &payloads[*position])
                .await;
        }
        assert_eq!(server.calls(), 20, "{order:?}");
        assert_eq!(
            browser.cookie_header(Initiator::App, "GET", "/"),
            None,
            "{order:?}"
        );
    }
}

#[tokio::test]
async fn too_many_flows_for_the_header_evict_the_oldest_ones() {
    let clock = Clock::starting_at(1_800_000_000);
    let server = Server::start(clock.on(state_cookie())).await;
    let mut browser = Browser::on(ORIGIN);
    // The app's cookies count towards the size, and are kept.
    browser.keep(&format!(
        "session={}; Path=/; Secure; HttpOnly",
        "s".repeat(200)
    ));
    browser.keep("__Host-theme=dark; Path=/; Secure");
    let own_cookies = browser.cookie_header(Initiator::App, "GET", "/").unwrap();

    let mut flows = Vec::new();
    for number in 0..40 {
        clock.advance(1);
        flows.push(Flow::start(&mut browser, &server, &format!("{number:0>128}")).await);
        let line = browser.cookie_header(Initiator::App, "GET", "/").unwrap();
        assert!(
            "Cookie: ".len() + line.len() + "\r\n".len() <= 8192,
            "{number}: {}",
            line.len()
        );
    }
    let evicted: Vec<_> = flows.iter().flat_map(|flow| flow.evicted.clone()).collect();
    let names = flows.iter().map(|flow| flow.cookie().0);
    assert_eq!(evicted, Vec::from_iter(names.take(evicted.len())));
    assert!((1..=20).contains(&evicted.len()), "{}", evicted.len());

    for (number, flow) in flows.iter().enumerate() {
        if number < evicted.len() {
            let response = flow.return_from_connect(&mut browser, &server).await;
            assert_rejected(
                &response,
                InvalidCallbackKind::StateUnknown,
                &number.to_string(),
            );
        } else {
            flow.pass(&mut browser, &server, &format!("{number:0>128}"))
                .await;
        }
    }
    let left = browser.cookie_header(Initiator::App, "GET", "/").unwrap();
    let sorted = |line: &str| {
        let mut pairs: Vec<_> = line.split("; ").map(str::to_owned).collect();
        pairs.sort_unstable();
        pairs
    };
    assert_eq!(sorted(&left), sorted(&own_cookies));
}

#[tokio::test]
async fn of_flows_with_equal_expiry_the_oldest_ones_are_evicted() {
    let clock = Clock::starting_at(1_800_000_000);
    let server = Server::start(clock.on(state_cookie())).await;
    let a_second_longer = state_cookie().lifetime(Duration::from_secs(30 * 60 + 1));
    let lasting = Server::start(clock.on(a_second_longer)).await;
    let mut browser = Browser::on(ORIGIN);
    // They are first in the header, but started last.
    for number in 0..3 {
        let flow = Flow::start(&mut browser, &lasting, &format!("{number:0>128}")).await;
        assert_eq!(flow.evicted, [""; 0]);
    }
    let mut flows = Vec::new();
    for number in 3..40 {
        flows.push(Flow::start(&mut browser, &server, &format!("{number:0>128}")).await);
    }
    let evicted: Vec<_> = flows.iter().flat_map(|flow| flow.evicted.clone()).collect();
    let names = flows.iter().map(|flow| flow.cookie().0);
    assert_eq!(evicted, Vec::from_iter(names.take(evicted.len())));
    assert!(evicted.len() >= 10, "{}", evicted.len());
}

#[tokio::test]
async fn cookies_of_the_app_never_evict_the_newest_flow() {
    let clock = Clock::starting_at(1_800_000_000);
    let server = Server::start(clock.on(state_cookie())).await;
    for bytes in [4000, 7600, 7900, 12_000] {
        let mut browser = Browser::on(ORIGIN);
        for part in 0..4 {
            browser.keep(&format!(
                "app-{part}={}; Path=/; Secure",
                "a".repeat(bytes / 4)
            ));
        }
        let mut newest = None;
        for number in 0..30 {
            clock.advance(1);
            newest = Some(Flow::start(&mut browser, &server, &format!("{number:0>128}")).await);
            let line = browser.cookie_header(Initiator::App, "GET", "/").unwrap();
            assert!(
                line.len() < 8000 || line.matches(NAME_PREFIX).count() == 1,
                "{bytes}"
            );
            assert_eq!(line.matches("app-").count(), 4, "{bytes}");
        }
        newest
            .unwrap()
            .pass(&mut browser, &server, &format!("{:0>128}", 29))
            .await;
    }
}

#[tokio::test]
async fn unreadable_cookies_are_evicted_before_readable_ones() {
    let clock = Clock::starting_at(1_800_000_000);
    let state_cookie = clock.on(state_cookie());
    let server = Server::start(state_cookie).await;
    let stranger = Server::start(clock.on(StateCookie::new(key(2)))).await;
    let mut browser = Browser::on(ORIGIN);
    let mut own = Vec::new();
    let mut strange = Vec::new();
    // So that the next cookie just fits.
    browser.keep(&format!("app={}; Path=/; Secure", "a".repeat(250)));
    for number in 0..12 {
        own.push(Flow::start(&mut browser, &server, &format!("{number:0>128}")).await);
        strange.push(Flow::start(&mut browser, &stranger, &format!("{number:0>128}")).await);
        clock.advance(1);
    }
    let newest = Flow::start(&mut browser, &server, "newest").await;
    let [evicted] = &newest.evicted[..] else {
        panic!("{:?}", newest.evicted);
    };
    assert!(
        strange.iter().any(|flow| flow.cookie().0 == evicted),
        "{evicted}"
    );
    for (number, flow) in own.iter().enumerate() {
        flow.pass(&mut browser, &server, &format!("{number:0>128}"))
            .await;
    }
}

#[test]
fn the_cookie_of_the_new_flow_is_the_first_of_several() {
    let state_cookie = state_cookie();
    let mut line = String::new();
    loop {
        let mut headers = HeaderMap::new();
        if !line.is_empty() {
            headers.insert(COOKIE, line.parse().unwrap());
        }
        let issued = state_cookie
            .issue(&headers, "/callback", &"p".repeat(128))
            .unwrap();
        let mut set = HeaderMap::new();
        issued.add_to(&mut set);
        let set: Vec<_> = set.get_all(SET_COOKIE).iter().collect();
        let name = format!("{NAME_PREFIX}{}=", &issued.state()[..8]);
        let first = set[0].to_str().unwrap();
        assert!(first.starts_with(&name), "{first}");
        if set.len() > 1 {
            break;
        }
        let (cookie, _attributes) = first.split_once(';').unwrap();
        line = format!("{line}{}{cookie}", if line.is_empty() { "" } else { "; " });
    }
}

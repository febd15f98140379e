//! The cookies of flows, whatever a `Cookie` header has.

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue, SET_COOKIE};
use tower_smartcar_connect::states::StoredState;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectUrl, Flow};

use super::stored::Memory;
use super::{Browser, connect_url, state_cookie, success};
use crate::support::app::serve;

const ATTRIBUTES: &str = "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=5400";

#[tokio::test]
async fn the_cookie_has_the_name_of_its_flow_and_exactly_these_attributes() {
    let request = |host: &str| {
        let request = http::Request::post("/connect").header("host", host);
        request.body(()).unwrap().into_parts().0
    };
    let plain = ATTRIBUTES.replace("Secure; ", "");
    for (redirect_uri, host, prefix, attributes) in [
        (
            "https://app.example/callback",
            "app.example",
            "__Host-",
            ATTRIBUTES,
        ),
        // What a `Host` says makes no cookie plain.
        (
            "https://app.example/callback",
            "localhost:8000",
            "__Host-",
            ATTRIBUTES,
        ),
        (
            "http://localhost:8000/callback",
            "localhost:8000",
            "",
            &plain,
        ),
        ("http://localhost/callback", "LOCALHOST", "", &plain),
        (
            "http://localhost:8000/callback",
            "127.0.0.1:8000",
            "__Host-",
            ATTRIBUTES,
        ),
        (
            "http://localhost:8000/callback",
            "app.example",
            "__Host-",
            ATTRIBUTES,
        ),
        (
            "http://localhost:8000/callback",
            "localhost.example",
            "__Host-",
            ATTRIBUTES,
        ),
    ] {
        let url = ConnectUrl::new("application-1", redirect_uri).unwrap();
        let flow = || Flow::to(url.clone());
        let encrypted = flow().start(&state_cookie(), request(host)).await;
        let states = StoredState::new(Memory::default());
        let stored = flow().start(&states, request(host)).await;
        for started in [encrypted.unwrap(), stored.unwrap()] {
            let cookies: Vec<_> = started.headers().get_all(SET_COOKIE).iter().collect();
            assert_eq!(cookies.len(), 1);
            let (pair, rest) = cookies[0].to_str().unwrap().split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let flow = &started.state()[..8];
            assert_eq!(name, format!("{prefix}smartcar-connect-{flow}"), "{host}");
            // No program on the way has anything to encode in it.
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            assert!(value.bytes().all(is_plain), "{value}");
            assert_eq!(rest, attributes, "{redirect_uri} {host}");
        }
    }
}

#[tokio::test]
async fn a_plain_cookie_is_accepted_on_localhost_alone() {
    let local = ConnectUrl::new("application-1", "http://localhost:8000/callback").unwrap();
    let states = state_cookie();
    let mut browser = Browser {
        host: Some("localhost:8000"),
        ..Browser::default()
    };
    let state = browser.start(&states, local.clone()).await.unwrap();
    let production = ConnectUrl::new("application-1", "https://app.example/app").unwrap();
    for (layer, host, expected) in [
        (
            ConnectCallbackLayer::new(&local, states.clone()),
            "localhost:8000",
            "app: verified success",
        ),
        (
            ConnectCallbackLayer::new(&local, states.clone()),
            "app.example",
            "rejected: state_unknown",
        ),
        (
            ConnectCallbackLayer::new("/callback", states.clone()),
            "localhost:8000",
            "rejected: state_unknown",
        ),
        (
            ConnectCallbackLayer::new([&local, &production], states.clone()),
            "localhost:8000",
            "rejected: state_unknown",
        ),
    ] {
        let mut browser = Browser {
            host: Some(host),
            ..browser.clone()
        };
        let served = browser.open(&layer, &success(&state)).await;
        assert_eq!(served.summary(), expected, "{layer:?} {host}");
    }
}

/// HTTP/2 has no `Host`.
#[tokio::test]
async fn the_authority_of_a_uri_is_the_host_that_the_browser_asked_for() {
    let local = ConnectUrl::new("application-1", "http://localhost:8000/callback").unwrap();
    let states = state_cookie();
    let layer = ConnectCallbackLayer::new(&local, states.clone());
    for (authority, is_plain) in [("localhost:8000", true), ("app.example", false)] {
        let at = |path: &str| http::Request::get(format!("http://{authority}{path}"));
        let (parts, ()) = at("/connect").body(()).unwrap().into_parts();
        let started = Flow::to(local.clone()).start(&states, parts).await.unwrap();
        let cookie = started.headers()[SET_COOKIE].to_str().unwrap();
        assert_eq!(!cookie.starts_with("__Host-"), is_plain, "{cookie}");
        let pair = cookie.split(';').next().unwrap();
        let callback = at(&success(started.state())).header(COOKIE, pair);
        let served = serve(&layer, callback.body(String::new()).unwrap()).await;
        assert_eq!(served.summary(), "app: verified success", "{authority}");
    }
}

#[tokio::test]
async fn the_oldest_flows_are_removed_if_all_cookies_would_be_too_long() {
    for payload in ["", &"x".repeat(255)] {
        let states = state_cookie();
        let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
        // Browsers list older cookies first.
        let (mut line, mut flows) = (Vec::<(String, String)>::new(), Vec::new());
        for _ in 0..80 {
            let header = line.iter().map(|(name, value)| format!("{name}={value}"));
            let header = header.collect::<Vec<_>>().join("; ");
            assert!(header.len() <= 8000, "{}", header.len());
            let request = http::Request::post("/connect").header(COOKIE, header);
            let flow = Flow::to(connect_url()).payload(payload);
            let parts = request.body(()).unwrap().into_parts().0;
            let started = flow.start(&states, parts).await.unwrap();
            for cookie in started.headers().get_all(SET_COOKIE) {
                let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                if attributes.contains("Max-Age=0") {
                    assert_eq!(line.remove(0).0, name);
                } else {
                    line.push((name.to_owned(), value.to_owned()));
                }
            }
            flows.push(started.state().to_owned());
        }
        let least = if payload.is_empty() { 25 } else { 14 };
        assert!(line.len() >= least, "{} flows of {payload:?}", line.len());
        let mut browser = Browser::default();
        browser.cookies.extend(line.clone());
        for state in &flows[flows.len() - line.len()..] {
            let served = browser.open(&layer, &success(state)).await;
            assert_eq!(served.summary(), "app: verified success");
        }
    }
}

/// `Cookie` headers of 7 to 399 KB.
fn hostile_headers() -> [String; 5] {
    let flows = |count: usize| -> String {
        (0..count)
            .map(|flow| format!("__Host-smartcar-connect-{flow:08}=; "))
            .collect()
    };
    [
        "a=;".repeat(133_000),
        flows(11_765),
        flows(54) + "big=" + &"x".repeat(7_000),
        "__Host-smartcar-connect-AAAAAAAA=A; ".repeat(11_000),
        format!("__Host-smartcar-connect-AAAAAAAA={}", "A".repeat(399_000)),
    ]
}

/// A proxy such as nginx has 4 KB for the headers of a response.
#[tokio::test]
async fn the_longest_start_and_removals_fit_into_4_kb() {
    let path = "x".repeat(1_000);
    let url = ConnectUrl::new("application-1", format!("https://app.example/{path}")).unwrap();
    for header in hostile_headers() {
        let request = http::Request::post("/connect").header(COOKIE, &header);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let flow = Flow::to(url.clone()).payload("x".repeat(255));
        let started = flow.start(&state_cookie(), parts).await.unwrap();
        let length = bytes(started.headers()) + started.address().to_string().len();
        assert!(length < 4_000, "{length} bytes");
    }
}

#[tokio::test]
async fn hostile_cookie_headers_verify_nothing() {
    for header in hostile_headers() {
        let states = state_cookie();
        let stored = StoredState::new(Memory::default());
        let request = http::Request::post("/connect").header(COOKIE, &header);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let started = Flow::to(connect_url())
            .start(&states, parts.clone())
            .await
            .unwrap();
        let and_stored = Flow::to(connect_url()).start(&stored, parts).await.unwrap();
        for headers in [started.headers(), and_stored.headers()] {
            assert!(bytes(headers) < 4_000, "{} bytes", bytes(headers));
        }
        let layer = ConnectCallbackLayer::new(&connect_url(), states);
        let with_store = ConnectCallbackLayer::new(&connect_url(), stored);
        for state in ["A".repeat(32), started.state().to_owned()] {
            let request = || {
                let mut request = Browser::default().request(&success(&state));
                request
                    .headers_mut()
                    .insert(COOKIE, HeaderValue::try_from(&header).unwrap());
                request
            };
            for served in [
                Browser::default().open_with(&layer, request()).await,
                Browser::default().open_with(&with_store, request()).await,
            ] {
                assert!(served.summary().starts_with("rejected: state_un"));
                assert!(bytes(served.response.headers()) < 200);
            }
        }
    }
}

fn bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

#[tokio::test]
async fn cookies_of_other_apps_neither_hide_a_flow_nor_stand_in_for_one() {
    let states = state_cookie();
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
    let mut browser = Browser::default();
    let state = browser.start(&states, connect_url()).await.unwrap();
    let (name, value) = browser.cookies.first_key_value().unwrap();
    let pair = format!("{name}={value}");
    let verified = "app: verified success";
    let unknown = "rejected: state_unknown";
    for (lines, expected) in [
        (vec![pair.clone()], verified),
        (vec![format!("a=1; {pair};b=2")], verified),
        // HTTP/2 splits the header.
        (vec!["a=1".to_owned(), pair.clone()], verified),
        (vec![format!(";;=; novalue; \t{pair} \t; b=2")], verified),
        (vec![format!("\u{e9}=\u{fc}; {pair}")], verified),
        (vec![format!("{name}=useless; {pair}")], verified),
        // To a browser, other white space belongs to the name, so any host can set these.
        (vec![format!("\u{a0}{pair}")], unknown),
        (vec![format!("\u{2003}{pair}")], unknown),
        (vec![pair.replace("__Host-", "")], unknown),
        (vec![pair.replace("__Host-", "__host-")], unknown),
        (vec![format!("x{pair}")], unknown),
    ] {
        let mut request = Browser::default().request(&success(&state));
        for line in &lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            request.headers_mut().append(COOKIE, line);
        }
        let served = Browser::default().open_with(&layer, request).await;
        assert_eq!(served.summary(), expected, "{lines:?}");
    }
}

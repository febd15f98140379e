//! The `Set-Cookie` header of a flow, and its cookie among others in `Cookie` headers.

use std::time::Duration;

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower_smartcar_connect::InvalidCallbackKind;

use super::flow::{Flow, attributes, pair, request, set_cookies, verify, visit};
use super::server::{Clock, ORIGIN, Server, state_cookie};
use crate::support::browser::{Browser, Initiator};
use crate::support::rejections::assert_rejected;

#[tokio::test]
async fn the_cookie_has_the_name_of_its_flow_and_exactly_these_attributes() {
    let short = state_cookie().lifetime(Duration::from_secs(60));
    let cases = [
        (
            "production",
            state_cookie(),
            ORIGIN,
            "__Host-smartcar-connect-",
            &[
                "HttpOnly",
                "Max-Age=5400",
                "Path=/",
                "SameSite=Lax",
                "Secure",
            ][..],
        ),
        (
            "a lifetime of one minute",
            short,
            ORIGIN,
            "__Host-smartcar-connect-",
            &[
                "HttpOnly",
                "Max-Age=3660",
                "Path=/",
                "SameSite=Lax",
                "Secure",
            ],
        ),
        (
            "development",
            state_cookie().plain_http_for_development(),
            "http://localhost:3000",
            "smartcar-connect-",
            &["HttpOnly", "Max-Age=5400", "Path=/", "SameSite=Lax"],
        ),
    ];
    for (case, state_cookie, origin, prefix, expected) in cases {
        let server = Server::start(state_cookie).await;
        let mut browser = Browser::on(origin);
        let flow = Flow::start(&mut browser, &server, "user-7").await;
        let (name, value) = flow.cookie();
        assert_eq!(name, format!("{prefix}{}", &flow.state[..8]), "{case}");
        assert_eq!(attributes(&flow.set_cookie), expected, "{case}");
        assert!(!value.contains(&flow.state[8..]), "{case}");
        assert!(!value.contains("user-7"), "{case}");
        flow.pass(&mut browser, &server, "user-7").await;
    }
}

#[tokio::test]
async fn a_secure_cookie_is_not_sent_without_tls() {
    let server = Server::start(state_cookie()).await;
    let mut browser = Browser::on("http://app.example");
    let response = browser
        .navigate(Initiator::App, "POST", (server.address, "/connect"), "")
        .await;
    let location = response.headers()[LOCATION].to_str().unwrap();
    let state = location.split_once("?state=").unwrap().1;
    let response = visit(
        &mut browser,
        &server,
        &format!("/callback?code=c&state={state}"),
    )
    .await;
    assert_rejected(&response, InvalidCallbackKind::StateUnknown, "http");
}

#[tokio::test]
async fn cookies_are_read_from_every_cookie_header() {
    let clock = Clock::starting_at(1_800_000_000);
    let server = Server::start(clock.on(state_cookie())).await;
    let mut browser = Browser::on(ORIGIN);
    let mut flows = Vec::new();
    for number in 0..24 {
        flows.push(Flow::start(&mut browser, &server, &format!("{number:0>128}")).await);
        clock.advance(1);
    }
    let cookies = browser
        .cookie_header(Initiator::OtherSite, "GET", "/callback")
        .unwrap();
    let lines = cookies.split("; ").chain(["a=b"]);
    let split = HeaderMap::from_iter(lines.map(|line| (COOKIE, line.parse().unwrap())));
    assert_eq!(split.len(), 25);

    // As HTTP/1.1 clients and proxies may send them, and as HTTP/2 does.
    let http2 = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    for (number, flow) in flows.iter().enumerate() {
        let target = format!("/callback?code=c&state={}", flow.state);
        let expected = format!("route: c, verified: true, payload: Some(\"{number:0>128}\")");
        let http1 = browser
            .send("GET", (server.address, &target), split.clone(), "")
            .await;
        assert_eq!(http1.body(), &expected, "HTTP/1.1, {number}");

        let mut request = Request::builder()
            .uri(format!("http://{}{target}", server.address))
            .body(Empty::<Bytes>::new())
            .unwrap();
        request.headers_mut().extend(split.clone());
        let response = http2.request(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, expected, "HTTP/2, {number}");
    }

    // Cookies in several headers are counted too.
    let mut headers = split.clone();
    headers.append(COOKIE, format!("app={}", "a".repeat(1500)).parse().unwrap());
    let response = browser
        .send("POST", (server.address, "/connect"), headers, "")
        .await;
    let removed: Vec<_> = set_cookies(&response)
        .iter()
        .filter(|line| line.contains("; Max-Age=0;"))
        .map(|line| pair(line).0.to_owned())
        .collect();
    let oldest: Vec<_> = flows
        .iter()
        .map(|flow| flow.cookie().0.to_owned())
        .collect();
    assert!(!removed.is_empty());
    assert_eq!(removed, oldest[..removed.len()]);
}

#[test]
fn other_cookies_neither_hide_a_flow_nor_are_removed() {
    let state_cookie = state_cookie();
    let issued = state_cookie
        .issue(&HeaderMap::new(), "/callback", "user-7")
        .unwrap();
    let mut set = HeaderMap::new();
    issued.add_to(&mut set);
    let own = set[SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let name = own.split('=').next().unwrap();
    let preferences = format!(
        "{}preferences={}",
        &name[..name.len() - 8],
        "p".repeat(9000)
    );
    for line in [
        [b"name=Jos\xe9; ".as_slice(), own.as_bytes()].concat(),
        format!("{preferences}; {own}").into_bytes(),
    ] {
        let request = request([HeaderValue::from_bytes(&line).unwrap()]);
        let headers = request.headers().clone();
        let verdict = verify(&state_cookie, request, issued.state());
        assert!(verdict.is_ok(), "{verdict:?}");
        let mut set = HeaderMap::new();
        state_cookie
            .issue(&headers, "/callback", "")
            .unwrap()
            .add_to(&mut set);
        let dropped = set
            .get_all(SET_COOKIE)
            .iter()
            .any(|line| line.as_bytes().starts_with(&preferences.as_bytes()[..40]));
        assert!(!dropped, "{set:?}");
    }
}

#[test]
fn a_cookie_with_white_space_before_its_prefix_is_ignored() {
    let state_cookie = state_cookie();
    let issued = state_cookie
        .issue(&HeaderMap::new(), "/callback", "attacker")
        .unwrap();
    let mut set = HeaderMap::new();
    issued.add_to(&mut set);
    let (name, value) = pair(set[SET_COOKIE].to_str().unwrap());
    // A sister host can set these. Browsers strip spaces and tabs before they check the prefix, and
    // no other white space.
    let white_space = ('\u{80}'..=char::MAX).filter(|character| character.is_whitespace());
    for character in white_space {
        let cookie = HeaderValue::from_str(&format!("{character}{name}={value}")).unwrap();
        let verdict = verify(&state_cookie, request([cookie]), issued.state());
        assert_eq!(
            verdict.err(),
            Some(InvalidCallbackKind::StateUnknown),
            "{character:?}"
        );
    }
}

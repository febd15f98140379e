//! Arbitrary requests to `StartConnect`.
#![cfg(feature = "state-cookie")]

use futures_util::FutureExt;
use http::HeaderValue;
use http::header::SET_COOKIE;
use proptest::prelude::*;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{StartConnect, StateCookie};

use super::fixtures::{connect_url, request, send};

/// The headers that the service reads.
const NAMES: [&str; 7] = [
    "accept",
    "cookie",
    "host",
    "hx-request",
    "origin",
    "sec-fetch-mode",
    "sec-fetch-site",
];

/// A value that means something in one of the headers, or hostile bytes with a mark.
fn value() -> impl Strategy<Value = HeaderValue> {
    let known = prop::sample::select(vec![
        "*/*;q=0.1,application/json;q=.5",
        "text/html, application/json;q=NaN",
        "localhost:8000",
        "http://localhost:8000",
        "null",
        "true",
        "navigate",
        "cors",
        "same-origin",
        "cross-site",
        "smartcar-connect-AAAAAAAA=; __Host-smartcar-connect-=x;;=",
    ]);
    let hostile = prop::collection::vec(any::<u8>(), 0..60).prop_map(|mut bytes| {
        bytes.extend(b"<mark>");
        bytes.retain(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f));
        HeaderValue::from_bytes(&bytes).unwrap()
    });
    prop_oneof![known.prop_map(HeaderValue::from_static), hostile]
}

proptest! {
    #[test]
    fn each_request_gets_a_documented_response_and_a_flow_starts_only_by_a_post_of_the_app(
        method in "GET|HEAD|POST|PUT|[A-Z]{1,8}",
        headers in prop::collection::vec((prop::sample::select(&NAMES[..]), value()), 0..8),
    ) {
        let mut request = request(&method, &[]);
        for (name, value) in &headers {
            request.headers_mut().append(*name, value.clone());
        }
        let service = StartConnect::new(connect_url(), StateCookie::new(Key::generate()));
        let response = send(&service, request).now_or_never().expect("a cookie is ready");

        let values = |name| {
            let named = headers.iter().filter(move |(other, _)| *other == name);
            named.map(|(_, value)| value.as_bytes()).collect::<Vec<_>>()
        };
        let is_cross_site =
            values("sec-fetch-site") == [b"cross-site"] && values("origin").is_empty();
        let expected: &[u16] = match &*method {
            "POST" if is_cross_site => &[403],
            "POST" => &[200, 303, 403],
            "GET" | "HEAD" => &[405],
            _ => &[403, 405],
        };
        let status = response.status().as_u16();
        prop_assert!(expected.contains(&status), "{status}");
        prop_assert_eq!(response.headers().contains_key(SET_COOKIE), status < 400);
        for (name, value) in response.headers() {
            prop_assert!(!value.as_bytes().windows(6).any(|part| part == b"<mark>"), "{name}");
        }
        prop_assert!(!response.body().contains("<mark>"));
    }
}

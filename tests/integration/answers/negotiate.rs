//! `Negotiate`: the `Accept` header selects the page or the problem details.

use http::header::{ACCEPT, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};
use tower_smartcar_connect::ConnectFailure;
use tower_smartcar_connect::answers::{ErrorPage, Negotiate};

use super::{error, invalid, respond_to};

const PAGE: &str = "text/html; charset=utf-8";
const JSON: &str = "application/problem+json";

#[test]
fn requests_that_prefer_json_get_json_and_others_get_the_page() {
    let cases: [(&[&str], &str); 37] = [
        (&[], PAGE),
        (&[""], PAGE),
        (&["*/*"], PAGE),
        // A navigation in Chromium and in Firefox.
        (
            &[
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,\
               application/signed-exchange;v=b3;q=0.7",
            ],
            PAGE,
        ),
        (
            &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
            PAGE,
        ),
        // The default of axios.
        (&["application/json, text/plain, */*"], JSON),
        (&["application/json"], JSON),
        (&["APPLICATION/JSON"], JSON),
        (&["application/json; charset=utf-8"], JSON),
        (&["application/json;charset=utf-8"], JSON),
        (&["application/json; charset=utf-8, text/plain, */*"], JSON),
        (&["application/problem+json; charset=utf-8"], JSON),
        (&["application/json; charset=\"a, b\""], JSON),
        (&["application/json;charset=utf-8;q=0.5, text/html"], PAGE),
        (&["application/json;charset=utf-8;q=0"], PAGE),
        (&["text/html;charset=utf-8, application/json;q=0.5"], PAGE),
        (&["application/json , text/html;q=0.5"], JSON),
        (&["application/problem+json"], JSON),
        (&["application/problem+json, */*;q=0.1"], JSON),
        (&["application/*"], JSON),
        (&["application/json;q=0.5, text/html"], PAGE),
        (&["application/json, text/html;q=0.5"], JSON),
        (&["application/json;q=0"], PAGE),
        (&["application/json;q=0, */*"], PAGE),
        (&["text/html;q=0, */*"], JSON),
        (&["image/png"], PAGE),
        (&["text/plain", "application/json"], JSON),
        (&["application/jsonp"], PAGE),
        // An invalid media range does not hide the others.
        (&["application/json, *;q=0.1"], JSON),
        (&["application/json, garbage"], JSON),
        (&["garbage, application/json"], JSON),
        (&["application/json, text/"], JSON),
        (&["text/html, garbage, application/json"], PAGE),
        // The default of `java.net.HttpURLConnection`.
        (
            &["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"],
            PAGE,
        ),
        (&["application/json,,text/plain"], JSON),
        (&["garbage; \"json"], PAGE),
        (&[",,,"], PAGE),
    ];
    let handler = Negotiate::new(ErrorPage::new("/"));
    for (accept, expected) in cases {
        let headers: HeaderMap = accept
            .iter()
            .map(|value| (ACCEPT, HeaderValue::from_static(value)))
            .collect();
        let responses = [
            respond_to::<ConnectFailure>(&handler, error("error=access_denied"), &headers),
            respond_to::<ConnectFailure>(&handler, invalid("code=1&code=2"), &headers),
        ];
        for response in responses {
            assert_eq!(response.headers()[CONTENT_TYPE], expected, "{accept:?}");
            assert_eq!(response.headers()[VARY], "Accept", "{accept:?}");
        }
    }
}

#[test]
fn an_accept_header_that_is_not_ascii_is_ignored() {
    let not_ascii = (
        ACCEPT,
        HeaderValue::from_bytes(b"application/json\xff").unwrap(),
    );
    let json = (ACCEPT, HeaderValue::from_static("application/json"));
    for (headers, expected) in [
        (vec![not_ascii.clone()], PAGE),
        (vec![not_ascii, json], JSON),
    ] {
        let headers = HeaderMap::from_iter(headers);
        let handler = Negotiate::new(ErrorPage::new("/"));
        let response =
            respond_to::<ConnectFailure>(&handler, error("error=access_denied"), &headers);
        assert_eq!(response.headers()[CONTENT_TYPE], expected, "{headers:?}");
    }
}

#[test]
fn only_the_first_64_media_ranges_are_read() {
    for (before, expected) in [(63, JSON), (64, PAGE), (100_000, PAGE)] {
        let ranges = format!("{}application/json", "text/plain,".repeat(before));
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_str(&ranges).unwrap())]);
        let handler = Negotiate::new(ErrorPage::new("/"));
        let response =
            respond_to::<ConnectFailure>(&handler, error("error=access_denied"), &headers);
        assert_eq!(response.headers()[CONTENT_TYPE], expected, "after {before}");
    }
}

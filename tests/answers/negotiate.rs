//! `negotiate`.

use http::header::{ACCEPT, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};
use tower_smartcar_connect::answers::{Answer, ErrorPage, negotiate};

use super::{error, invalid};

const PAGE: &str = "text/html; charset=utf-8";
const JSON: &str = "application/problem+json";

#[test]
fn those_who_ask_for_json_get_json_and_everybody_else_the_page() {
    let cases: [(&[&str], &str); 22] = [
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
        // What axios sends.
        (&["application/json, text/plain, */*"], JSON),
        (&["application/json"], JSON),
        (&["APPLICATION/JSON"], JSON),
        (&["application/json; charset=utf-8"], PAGE),
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
        (&["garbage; \"json"], PAGE),
        (&[",,,"], PAGE),
    ];
    let answer = negotiate(ErrorPage::new("/"));
    for (accept, expected) in cases {
        let headers: HeaderMap = accept
            .iter()
            .map(|value| (ACCEPT, HeaderValue::from_static(value)))
            .collect();
        let responses = [
            answer.answer(&error("error=access_denied"), &headers),
            answer.answer(&invalid("code=1&code=2"), &headers),
        ];
        for response in responses {
            assert_eq!(response.headers()[CONTENT_TYPE], expected, "{accept:?}");
            assert_eq!(response.headers()[VARY], "Accept", "{accept:?}");
        }
    }
}

#[test]
fn an_accept_header_that_is_no_text_gets_the_page() {
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_bytes(b"application/json\xff").unwrap())]);
    let response = negotiate(ErrorPage::new("/")).answer(&error("error=access_denied"), &headers);
    assert_eq!(response.headers()[CONTENT_TYPE], PAGE);
}

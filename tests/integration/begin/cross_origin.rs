//! In a browser, only the app's own pages and pages of trusted origins start flows.

use http::StatusCode;
use http::{Request, Response};
use tower_smartcar_connect::BeginConnect;

use super::fixtures::{
    Unread, assert_empty, connect_url, request, send, set_cookies, state_cookie,
};

type Headers = &'static [(&'static str, &'static str)];

const ACCEPTED: [Headers; 7] = [
    // Not a browser.
    &[("host", "app.example")],
    &[("host", "app.example"), ("sec-fetch-site", "same-origin")],
    &[("host", "app.example"), ("sec-fetch-site", "none")],
    &[("host", "app.example"), ("origin", "https://app.example")],
    &[
        ("host", "app.example:8443"),
        ("origin", "https://app.example:8443"),
    ],
    &[
        ("host", "localhost:8000"),
        ("origin", "http://localhost:8000"),
    ],
    // A proxy that changes `Host`: `Sec-Fetch-Site` counts.
    &[
        ("host", "10.0.0.7"),
        ("origin", "https://app.example"),
        ("sec-fetch-site", "same-origin"),
    ],
];

const REJECTED: [Headers; 9] = [
    &[("host", "app.example"), ("sec-fetch-site", "cross-site")],
    &[("host", "app.example"), ("sec-fetch-site", "same-site")],
    &[("host", "app.example"), ("sec-fetch-site", "anything")],
    &[("host", "app.example"), ("origin", "https://evil.example")],
    &[
        ("host", "app.example"),
        ("origin", "https://sister.app.example"),
    ],
    &[
        ("host", "app.example"),
        ("origin", "https://app.example:8443"),
    ],
    &[("host", "app.example"), ("origin", "null")],
    &[("origin", "https://app.example")],
    &[
        ("host", "app.example"),
        ("origin", "https://app.example"),
        ("sec-fetch-site", "cross-site"),
    ],
];

fn begin_connect() -> BeginConnect {
    BeginConnect::new(connect_url(), state_cookie())
}

#[tokio::test]
async fn a_post_from_the_app_starts_a_flow() {
    for headers in ACCEPTED {
        let response = send(&begin_connect(), request("POST", headers)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{headers:?}");
    }
}

#[tokio::test]
async fn a_post_from_another_origin_is_forbidden_and_starts_no_flow() {
    let service = begin_connect().payload(
        |_| -> std::future::Ready<Result<String, Response<String>>> {
            panic!("the function is called");
        },
    );
    for headers in REJECTED {
        for accept in [("accept", "text/html"), ("accept", "application/json")] {
            let response = send(&service, request("POST", &[headers, &[accept]].concat())).await;
            assert_empty(&response, StatusCode::FORBIDDEN, &[]);
        }
    }
}

#[tokio::test]
async fn over_http_2_the_authority_is_compared() {
    for (origin, status) in [
        ("https://app.example", StatusCode::SEE_OTHER),
        ("https://evil.example", StatusCode::FORBIDDEN),
    ] {
        let request = Request::post("https://app.example/connect").header("origin", origin);
        let response = send(&begin_connect(), request.body(Unread).unwrap()).await;
        assert_eq!(response.status(), status, "{origin}");
    }
}

#[tokio::test]
async fn only_a_trusted_origin_can_start_flows() {
    let service = begin_connect()
        .trust_origin("https://front.example")
        .and_then(|service| service.trust_origin("http://localhost:5173"))
        .unwrap();
    for (origin, passes) in [
        ("https://front.example", true),
        ("http://localhost:5173", true),
        ("https://app.example", true),
        ("http://front.example", false),
        ("https://front.example:8443", false),
        ("https://front.example.evil.example", false),
        ("http://localhost", false),
        ("null", false),
    ] {
        let headers = [("host", "app.example"), ("origin", origin)];
        let response = send(&service, request("POST", &headers)).await;
        assert_eq!(
            response.status() == StatusCode::SEE_OTHER,
            passes,
            "{origin}"
        );
        let site = if origin == "https://app.example" {
            "same-origin"
        } else {
            "cross-site"
        };
        let headers = [&headers[..], &[("sec-fetch-site", site)]].concat();
        let response = send(&service, request("POST", &headers)).await;
        assert_eq!(
            response.status() == StatusCode::SEE_OTHER,
            passes,
            "{origin}"
        );
        assert_eq!(
            set_cookies(&response).len(),
            usize::from(passes),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn trusting_an_origin_does_not_change_other_clones() {
    let service = begin_connect();
    let trusting = service
        .clone()
        .trust_origin("https://front.example")
        .unwrap();
    let headers = [("host", "app.example"), ("origin", "https://front.example")];
    let response = send(&service, request("POST", &headers)).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let response = send(&trusting, request("POST", &headers)).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

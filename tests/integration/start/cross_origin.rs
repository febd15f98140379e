//! In a browser, only the app's own pages and pages of trusted origins start flows.

use http::{Request, StatusCode};
use tower_smartcar_connect::StartConnect;

use super::fixtures::{States, Unread, connect_url, header, request, send, start_connect, starts};
use super::responses::assert_line;

type Headers = &'static [(&'static str, &'static str)];

const ACCEPTED: [Headers; 5] = [
    // Not a browser.
    &[("host", "app.example")],
    &[("host", "app.example"), ("sec-fetch-site", "same-origin")],
    &[("host", "app.example"), ("origin", "https://app.example")],
    // A proxy that changes `Host`: `Sec-Fetch-Site` counts.
    &[
        ("host", "10.0.0.7"),
        ("origin", "https://app.example"),
        ("sec-fetch-site", "same-origin"),
    ],
    // The same in an older browser: the origin of the redirect URI is the app's.
    &[("host", "10.0.0.7"), ("origin", "http://localhost:8000")],
];

const REJECTED: [Headers; 5] = [
    &[("host", "app.example"), ("sec-fetch-site", "cross-site")],
    &[("host", "app.example"), ("sec-fetch-site", "same-site")],
    &[("host", "app.example"), ("origin", "https://evil.example")],
    &[("host", "app.example"), ("origin", "null")],
    &[("origin", "https://app.example")],
];

#[tokio::test]
async fn a_post_from_the_app_starts_a_flow() {
    for headers in ACCEPTED {
        let response = send(&start_connect(), request("POST", headers)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{headers:?}");
    }
}

#[tokio::test]
async fn a_post_from_another_origin_is_forbidden_and_says_what_to_do() {
    for headers in REJECTED {
        for accept in [("accept", "text/html"), ("accept", "application/json")] {
            let states = States::default();
            let service = StartConnect::new(connect_url(), states.clone());
            let request = request("POST", &[headers, &[accept]].concat());
            let response = send(&service, request).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{headers:?}");
            assert_line(response.body(), "open the app itself");
            assert!(!response.body().contains("evil.example"));
            assert_ne!(header(&response, "vary"), "");
            assert!(!starts(&response), "{headers:?}");
            assert_eq!(states.started.lock().unwrap().len(), 0);
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
        let response = send(&start_connect(), request.body(Unread).unwrap()).await;
        assert_eq!(response.status(), status, "{origin}");
    }
}

#[tokio::test]
async fn only_a_trusted_origin_can_start_flows() {
    let service = start_connect()
        .trust_origin("https://front.example".parse().unwrap())
        .trust_origin("http://localhost:5173".parse().unwrap());
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
        let site = match origin {
            "https://app.example" => "same-origin",
            _ => "cross-site",
        };
        let with_site = [&headers[..], &[("sec-fetch-site", site)]].concat();
        for headers in [&headers[..], &with_site] {
            let response = send(&service, request("POST", headers)).await;
            assert_eq!(starts(&response), passes, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn trusting_an_origin_does_not_change_other_clones() {
    let service = start_connect();
    let trusting = service
        .clone()
        .trust_origin("https://front.example".parse().unwrap());
    let headers = [("host", "app.example"), ("origin", "https://front.example")];
    let response = send(&service, request("POST", &headers)).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let response = send(&trusting, request("POST", &headers)).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

//! The responses of `StartConnect`.

use http::StatusCode;
use serde_json::Value;
use tower_smartcar_connect::StartConnect;
use tower_smartcar_connect::start::LoginRequired;
use tower_smartcar_connect::states::NotStarted;

use super::fixtures::{States, connect_url, header, request, send, start_connect, starts};

const VARY: &str = "Accept, HX-Request, Sec-Fetch-Mode";

#[tokio::test]
async fn a_form_is_redirected_to_the_address_of_its_own_flow() {
    let states = States::default();
    let service = StartConnect::new(connect_url(), states.clone());
    let headers = [
        ("accept", "text/html,*/*;q=0.8"),
        ("sec-fetch-mode", "navigate"),
    ];
    let response = send(&service, request("POST", &headers)).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.body(), "");
    assert_eq!(header(&response, "vary"), VARY);
    assert_eq!(header(&response, "set-cookie"), "flow=1");
    let flow = states.flow();
    assert!(flow.state().len() >= 22, "128 bits");
    let address = connect_url().with_state(flow.state()).unwrap();
    assert_eq!(header(&response, "location"), address.to_string());
    assert_eq!(flow.request().uri, "/connect");
    assert_eq!(flow.request().headers["sec-fetch-mode"], "navigate");

    let other = send(&service, request("POST", &headers)).await;
    assert_ne!(header(&response, "location"), header(&other, "location"));
}

#[tokio::test]
async fn a_script_gets_the_address_and_the_state_as_json() {
    for headers in [
        [("accept", "application/json"), ("x-app", "7")],
        [("accept", "*/*"), ("sec-fetch-mode", "cors")],
        [("accept", "*/*"), ("sec-fetch-mode", "same-origin")],
    ] {
        let response = send(&start_connect(), request("POST", &headers)).await;
        assert_eq!(response.status(), StatusCode::OK, "{headers:?}");
        assert_eq!(header(&response, "content-type"), "application/json");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "vary"), VARY);
        assert_eq!(header(&response, "location"), "");
        assert!(starts(&response), "{headers:?}");
        let body: Value = serde_json::from_str(response.body()).unwrap();
        let members: Vec<_> = body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["state", "url"]);
        let address = connect_url().with_state(body["state"].as_str().unwrap());
        assert_eq!(body["url"], address.unwrap().to_string());
    }
}

#[tokio::test]
async fn htmx_gets_the_address_in_its_own_header() {
    for accept in ["*/*", "text/html", "application/json"] {
        let headers = [
            ("hx-request", "true"),
            ("accept", accept),
            ("sec-fetch-mode", "cors"),
        ];
        let response = send(&start_connect(), request("POST", &headers)).await;
        // htmx does not read the headers of a redirect.
        assert_eq!(response.status(), StatusCode::OK, "{accept}");
        assert_eq!(response.body(), "");
        assert_eq!(header(&response, "vary"), VARY);
        assert_eq!(header(&response, "location"), "");
        assert!(starts(&response), "{accept}");
        let address = header(&response, "hx-redirect");
        assert!(address.starts_with("https://connect.smartcar.com/oauth/authorize?"));
    }
}

#[tokio::test]
async fn methods_other_than_post_start_no_flow_and_say_what_to_do() {
    for method in [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "BREW",
    ] {
        let states = States::default();
        let service = StartConnect::new(connect_url(), states.clone());
        let response = send(&service, request(method, &[])).await;
        assert_eq!(
            response.status(),
            StatusCode::METHOD_NOT_ALLOWED,
            "{method}"
        );
        assert_eq!(header(&response, "allow"), "POST");
        assert_line(response.body(), "go back to the app and press the button");
        assert_eq!(states.started.lock().unwrap().len(), 0, "{method}");
    }
}

/// Asserts that the body is one line with these words, and no HTML.
#[track_caller]
pub(crate) fn assert_line(body: &str, words: &str) {
    assert_eq!(body.lines().count(), 1, "{body}");
    assert!(body.contains(words) && !body.contains('<'), "{body}");
}

#[tokio::test]
async fn a_flow_that_cannot_start_gets_a_line_of_text_and_no_cookie() {
    let reason = || "secret reason".to_owned();
    for (not_started, status, words) in [
        (
            NotStarted::NotLoggedIn,
            StatusCode::UNAUTHORIZED,
            "Please log in first",
        ),
        (
            NotStarted::Unavailable,
            StatusCode::SERVICE_UNAVAILABLE,
            "Please try again later",
        ),
        (
            NotStarted::PayloadTooLong { bytes: 256 },
            StatusCode::INTERNAL_SERVER_ERROR,
            "Please try again later",
        ),
        (
            NotStarted::NoRandomness { reason: reason() },
            StatusCode::INTERNAL_SERVER_ERROR,
            "Please try again later",
        ),
    ] {
        let states = States::that_cannot_start(not_started.clone());
        let service = StartConnect::new(connect_url(), states);
        for headers in [
            [("accept", "text/html")],
            [("accept", "application/json")],
            [("hx-request", "true")],
        ] {
            let response = send(&service, request("POST", &headers)).await;
            assert_eq!(response.status(), status, "{headers:?}");
            assert_line(response.body(), words);
            assert!(!response.body().contains("secret"));
            assert_eq!(header(&response, "vary"), VARY);
            assert_eq!(
                header(&response, "content-type"),
                "text/plain; charset=utf-8"
            );
            assert_eq!(header(&response, "x-content-type-options"), "nosniff");
            assert!(!starts(&response), "{headers:?}");
            let reason = response.extensions().get::<NotStarted>();
            assert_eq!(reason, Some(&not_started));
        }
    }
}

#[tokio::test]
async fn without_a_login_a_form_and_htmx_go_to_the_login_page() {
    let states = States::that_cannot_start(NotStarted::NotLoggedIn);
    let service = StartConnect::new(connect_url(), states).login_page("/login?next=/garage");
    let login = LoginRequired::new("/login?next=/garage");
    for (headers, status, name) in [
        (
            [("accept", "text/html")],
            StatusCode::SEE_OTHER,
            Some("location"),
        ),
        (
            [("hx-request", "true")],
            StatusCode::OK,
            Some("hx-redirect"),
        ),
        (
            [("accept", "application/json")],
            StatusCode::UNAUTHORIZED,
            None,
        ),
        ([("sec-fetch-mode", "cors")], StatusCode::UNAUTHORIZED, None),
    ] {
        let request = || request("POST", &headers);
        let own = login.respond::<String>(&request().into_parts().0);
        for response in [send(&service, request()).await, own] {
            assert_eq!(response.status(), status, "{headers:?}");
            assert_eq!(header(&response, "vary"), VARY);
            assert_eq!(header(&response, "cache-control"), "no-store");
            match name {
                Some(name) => assert_eq!(header(&response, name), "/login?next=/garage"),
                None => assert_line(response.body(), "Please log in first"),
            }
        }
    }
}

#[test]
fn a_login_page_is_a_path_of_the_app() {
    for path in ["/", "/login", "/login?next=/garage&a=%C3%A9#top"] {
        let _ = LoginRequired::new(path);
    }
    for text in [
        "",
        "login",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/log in",
        "/login\r\nset-cookie: a=b",
        "/é",
    ] {
        let result = std::panic::catch_unwind(|| LoginRequired::new(text));
        assert!(result.is_err(), "{text}");
    }
}

//! The responses of `BeginConnect`, without a server.

use std::future::{pending, ready};

use http::request::Parts;
use http::{Response, StatusCode};
use serde_json::Value;
use tokio_test::{assert_pending, task};
use tower::{Service, ServiceExt};
use tower_smartcar_connect::{BeginConnect, ConnectUrl};

use super::fixtures::{
    ReceivedCallback, assert_empty, connect_url, end_flow, location, request, send, set_cookies,
    simulator, state_cookie,
};

fn begin_connect() -> BeginConnect {
    BeginConnect::new(connect_url(), state_cookie())
}

#[tokio::test]
async fn a_post_gets_the_address_and_a_cookie_that_verifies_the_callback() {
    let response = send(&begin_connect(), request("POST", &[])).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.body(), "");
    let cookies = set_cookies(&response);
    assert_eq!(cookies.len(), 1);
    for attribute in [
        "__Host-smartcar-connect-",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Secure",
        "; Path=/",
    ] {
        assert!(cookies[0].contains(attribute), "{}", cookies[0]);
    }
    let address = location(&response);
    let state = simulator()
        .authorize(&address)
        .unwrap()
        .parameter("state")
        .unwrap()
        .into_owned();
    assert_eq!(address, connect_url().with_state(&state));
    let expected = ReceivedCallback {
        is_verified: true,
        payload: None,
    };
    assert_eq!(end_flow(&address, cookies[0]).await, expected);
}

#[tokio::test]
async fn each_flow_has_its_own_state() {
    let service = begin_connect();
    let one = send(&service, request("POST", &[])).await;
    let other = send(&service, request("POST", &[])).await;
    assert_ne!(location(&one), location(&other));
}

#[tokio::test]
async fn a_request_that_prefers_json_gets_the_address_the_state_and_a_cookie() {
    for accept in [
        "application/json",
        "application/json; charset=utf-8",
        "application/*",
        "application/json, text/html;q=0.9",
        "application/problem+json",
    ] {
        let response = send(&begin_connect(), request("POST", &[("accept", accept)])).await;
        assert_eq!(response.status(), StatusCode::OK, "{accept}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["vary"], "Accept, HX-Request");
        assert!(!response.headers().contains_key("location"));
        let body: Value = serde_json::from_str(response.body()).unwrap();
        let members: Vec<_> = body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["state", "url"]);
        let (url, state) = (
            body["url"].as_str().unwrap(),
            body["state"].as_str().unwrap(),
        );
        assert_eq!(url, connect_url().with_state(state).to_string());
        let cookies = set_cookies(&response);
        assert_eq!(cookies.len(), 1);
        assert!(
            end_flow(&url.parse().unwrap(), cookies[0])
                .await
                .is_verified
        );
    }
}

#[tokio::test]
async fn browsers_and_requests_without_an_accept_header_are_redirected() {
    for headers in [
        &[][..],
        &[("accept", "*/*")],
        &[(
            "accept",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
        )],
        &[("accept", "text/html, application/json")],
        &[("accept", "application/json;q=0.5, text/html")],
        &[("accept", "image/png")],
        &[("accept", "application/json;q=0")],
        &[("accept", "")],
        &[("accept", ";;;")],
    ] {
        let response = send(&begin_connect(), request("POST", headers)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{headers:?}");
        assert_eq!(response.headers()["vary"], "Accept, HX-Request");
    }
}

#[tokio::test]
async fn htmx_gets_the_address_in_its_own_header_and_a_cookie() {
    for accept in ["*/*", "text/html", "application/json"] {
        let headers = [("hx-request", "true"), ("accept", accept)];
        let response = send(&begin_connect(), request("POST", &headers)).await;
        // htmx does not read the headers of a redirect.
        assert_eq!(response.status(), StatusCode::OK, "{accept}");
        assert_eq!(response.body(), "");
        assert_eq!(response.headers()["vary"], "Accept, HX-Request");
        assert!(!response.headers().contains_key("location"));
        let address = response.headers()["hx-redirect"].to_str().unwrap();
        let cookies = set_cookies(&response);
        assert_eq!(cookies.len(), 1);
        assert!(
            end_flow(&address.parse().unwrap(), cookies[0])
                .await
                .is_verified
        );
    }
}

#[tokio::test]
async fn requests_that_are_not_from_htmx_get_no_htmx_header() {
    for headers in [
        &[][..],
        &[("hx-request", "false")],
        &[("hx-boosted", "true")],
    ] {
        let response = send(&begin_connect(), request("POST", headers)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{headers:?}");
        assert!(!response.headers().contains_key("hx-redirect"));
    }
}

#[tokio::test]
async fn methods_other_than_post_are_not_allowed_and_start_no_flow() {
    let service = begin_connect().payload(
        |_| -> std::future::Ready<Result<String, Response<String>>> {
            panic!("the function is called");
        },
    );
    for method in [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "BREW",
    ] {
        for headers in [
            &[][..],
            &[
                ("sec-fetch-site", "cross-site"),
                ("accept", "application/json"),
            ],
        ] {
            let response = send(&service, request(method, headers)).await;
            assert_empty(
                &response,
                StatusCode::METHOD_NOT_ALLOWED,
                &[("allow", "POST")],
            );
        }
    }
}

#[tokio::test]
async fn the_function_chooses_the_payload_from_the_request() {
    #[derive(Clone)]
    struct User(&'static str);

    async fn user(request: Parts) -> Result<String, Response<String>> {
        assert_eq!(request.uri, "/connect");
        Ok(format!(
            "{} {:?}",
            request.extensions.get::<User>().unwrap().0,
            request.headers["x-app"]
        ))
    }

    let service = begin_connect().payload(user);
    let mut request = request("POST", &[("x-app", "7")]);
    request.extensions_mut().insert(User("user é 7"));
    let response = send(&service, request).await;
    let address = location(&response);
    assert!(!address.to_string().contains("user"), "{address}");
    let expected = ReceivedCallback {
        is_verified: true,
        payload: Some("user é 7 \"7\"".to_owned()),
    };
    assert_eq!(
        end_flow(&address, set_cookies(&response)[0]).await,
        expected
    );
}

#[tokio::test]
async fn the_function_can_respond_instead_without_a_cookie() {
    let service = begin_connect().payload(async |request: Parts| {
        if request.headers.contains_key("authorization") {
            return Ok("user-7".to_owned());
        }
        let response = Response::builder()
            .status(StatusCode::UNAUTHORIZED)
            .header("www-authenticate", "Basic");
        Err(response
            .header("cache-control", "public")
            .body("Log in first.".to_owned())
            .unwrap())
    });
    for accept in ["text/html", "application/json"] {
        let response = send(&service, request("POST", &[("accept", accept)])).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()["www-authenticate"], "Basic");
        assert_eq!(response.body(), "Log in first.");
        assert_eq!(set_cookies(&response), [""; 0]);
        assert!(!response.headers().contains_key("location"));
    }
    let response = send(&service, request("POST", &[("authorization", "Basic x")])).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn older_flows_are_evicted_for_the_new_one() {
    let mut line = String::new();
    let mut evicted = 0;
    for _ in 0..60 {
        let response = send(&begin_connect(), request("POST", &[("cookie", &line)])).await;
        let cookies = set_cookies(&response);
        evicted += cookies
            .iter()
            .filter(|cookie| cookie.contains("Max-Age=0"))
            .count();
        let new = cookies
            .iter()
            .filter(|cookie| !cookie.contains("Max-Age=0"));
        for cookie in new {
            let separator = if line.is_empty() { "" } else { "; " };
            line = format!("{line}{separator}{}", cookie.split_once(';').unwrap().0);
        }
    }
    assert!(evicted > 0, "{} bytes", line.len());
}

#[tokio::test]
async fn a_reauthentication_starts_in_the_same_way() {
    let connect_url =
        ConnectUrl::reauthenticate("client-1", "vehicle-1", "http://localhost:8000/callback")
            .unwrap();
    let service = BeginConnect::new(connect_url, state_cookie());
    let response = send(&service, request("POST", &[])).await;
    let address = location(&response);
    assert_eq!(address.path(), "/oauth/reauthenticate");
    assert!(
        end_flow(&address, set_cookies(&response)[0])
            .await
            .is_verified
    );
}

#[tokio::test]
async fn the_body_can_be_any_type_that_converts_from_a_string() {
    use axum::body::Body;
    let service = begin_connect().payload(|_| ready(Ok::<_, Response<Body>>("user-7".to_owned())));
    let response: Response<Body> = service.oneshot(request("POST", &[])).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);

    type Full = http_body_util::Full<hyper::body::Bytes>;
    let service = begin_connect().payload(|_| ready(Ok::<_, Response<Full>>("user-7".to_owned())));
    let response: Response<Full> = service.oneshot(request("POST", &[])).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

#[test]
fn the_service_awaits_the_function() {
    let mut service = begin_connect().payload(|_| pending::<Result<String, Response<String>>>());
    let mut future = task::spawn(service.call(request("POST", &[])));
    assert_pending!(future.poll());
}

#[test]
fn debug_shows_the_address_without_private_values_or_keys() {
    let connect_url = connect_url().external_id("owner-7").unwrap();
    let service = BeginConnect::new(connect_url, state_cookie())
        .payload(|_| ready(Ok::<_, Response<String>>(String::new())));
    let debug = format!("{service:?}");
    assert!(debug.contains("http://localhost:8000/callback"), "{debug}");
    assert!(
        !debug.contains("owner-7") && !debug.contains("7, 7"),
        "{debug}"
    );
}

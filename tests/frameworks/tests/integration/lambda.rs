//! The events of AWS Lambda, and parameters that `lambda_http` passes beside the URI, which the layer
//! does not see.

use frameworks::lambda;
use frameworks::lambda_events::Source;
use http::{Method, StatusCode};
use lambda_http::RequestExt;
use tower::ServiceExt;

/// An HTTP API decodes the path of a request, so `/callback%23` arrives like this.
const DECODED: &str = "/callback#";

#[tokio::test]
async fn a_query_after_an_encoded_hash_is_visible_only_to_lambda_http() {
    let mut event = Source::HttpApi.event(&Method::GET, "/callback?code=c-1&state=hostile");
    event["rawPath"] = DECODED.into();
    event["requestContext"]["http"]["path"] = DECODED.into();
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();

    // The code that an app would find, although no verifier was called.
    assert_eq!(request.query_string_parameters().first("code"), Some("c-1"));
    assert_eq!(request.uri().path(), "/callback");
    assert_eq!(request.uri().query(), None);

    let response = lambda::verified::service().oneshot(request).await.unwrap();
    // To the layer, it is a visit without an outcome.
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(**response.body(), *b"", "the app has got an outcome");
}

const PUBLISHED: &str = "/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM";

#[test]
fn the_event_of_the_published_redirect_is_the_original_document() {
    for (source, target, text) in [
        (
            Source::HttpApi,
            PUBLISHED,
            include_str!("../../events/http_api.json"),
        ),
        (
            Source::RestApi,
            &format!("/Prod{PUBLISHED}"),
            include_str!("../../events/rest_api.json"),
        ),
        (
            Source::LoadBalancer,
            PUBLISHED,
            include_str!("../../events/load_balancer.json"),
        ),
        (
            Source::LoadBalancerMultiValue,
            PUBLISHED,
            include_str!("../../events/load_balancer_multi_value.json"),
        ),
    ] {
        assert_eq!(
            source.event(&Method::GET, target),
            serde_json::from_str::<serde_json::Value>(text).unwrap(),
            "{source:?}"
        );
    }
}

#[test]
fn lambda_http_converts_every_document_to_a_request() {
    for (source, target, uri) in [
        (
            Source::HttpApi,
            "/callback?code=c+1%2B&b",
            "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/callback?code=c+1%2B&b",
        ),
        (
            Source::RestApi,
            "/Prod/callback?code=c%201%2B",
            "https://f6g7h8i9j0.execute-api.eu-central-1.amazonaws.com/Prod/callback?code=c+1%2B",
        ),
        (
            Source::LoadBalancer,
            "/callback?code=c%201%2B",
            "https://callbacks-1234567890.eu-central-1.elb.amazonaws.com/callback?code=c+1%2B",
        ),
    ] {
        let event = source.event(&Method::GET, target).to_string();
        let request = lambda_http::request::from_str(&event).unwrap();
        assert_eq!(request.method(), Method::GET, "{source:?}");
        assert_eq!(request.uri(), uri, "{source:?}");
    }
}

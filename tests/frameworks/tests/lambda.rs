//! Parameters that `lambda_http` passes beside the URI, which the layer does not see.

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

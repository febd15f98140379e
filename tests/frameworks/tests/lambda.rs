//! What `lambda_http` passes on in addition to the URI, which the layer does not see.

use frameworks::lambda;
use frameworks::lambda_events::Source;
use http::Method;
use http::header::CACHE_CONTROL;
use lambda_http::RequestExt;
use tower::ServiceExt;

/// An HTTP API decodes the path of a request, so `/callback%23` arrives as this.
const DECODED: &str = "/callback#";

#[tokio::test]
async fn the_query_behind_an_escaped_hash_is_no_callback_and_only_lambda_http_knows_its_parameters()
{
    let mut event = Source::HttpApi.event(&Method::GET, "/callback?code=c-1&state=hostile");
    event["rawPath"] = DECODED.into();
    event["requestContext"]["http"]["path"] = DECODED.into();
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();

    // The code that an app would find, although no verifier was called.
    assert_eq!(request.query_string_parameters().first("code"), Some("c-1"));
    assert_eq!(request.uri().path(), "/callback");
    assert_eq!(request.uri().query(), None);

    let response = lambda::verified::service().oneshot(request).await.unwrap();
    assert_eq!(**response.body(), *b"", "the app has got an outcome");
    assert_eq!(response.headers().get(CACHE_CONTROL), None);
}

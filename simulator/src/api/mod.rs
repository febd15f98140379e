//! The part of Smartcar's API that apps need after a flow: a token, and the connections.

mod connections;
mod token;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) use self::connections::{EXTERNAL_ID_FILTERS, MODE_FILTERS, respond};
pub(crate) use self::token::{Credentials, Run, issue, unauthorized};
use crate::pages;

/// The end of the path that issues tokens.
pub(crate) const TOKEN: &str = "/oauth2/token";

/// The path of the connections. One connection has its id after it.
pub(crate) const CONNECTIONS: &str = "/v3/connections";

/// Returns whether the path is one at which programs call, and not browsers.
pub(crate) fn is_api(path: &str) -> bool {
    ["/v3/", "/v2.0/", "/oauth2/", "/oauth/token"]
        .iter()
        .any(|part| path.contains(part))
}

/// A response in the API's own media type.
fn json_response(status: StatusCode, media_type: &'static str, body: &Value) -> Response<String> {
    let mut response = pages::response(status, body.to_string());
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// A response of `/v3`.
fn document(status: StatusCode, body: &Value) -> Response<String> {
    json_response(status, "application/vnd.api+json", body)
}

/// An error of `/v3`, in the documented shape.
pub(crate) fn error(
    status: StatusCode,
    (kind, code): (&str, &str),
    detail: &str,
) -> Response<String> {
    let error = json!({
        "status": status.as_u16().to_string(),
        "type": kind,
        "code": code,
        "detail": detail,
    });
    document(status, &json!({ "errors": [error] }))
}

/// The answer to a path that this part of the API does not have. Older paths have the older shape,
/// whose text Smartcar's SDKs pass on.
pub(crate) fn not_found(path: &str) -> Response<String> {
    let (status, kind, code) = (StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "PATH");
    let advice = "This is a simulator, which has POST /oauth2/token, GET /v3/connections and GET /v3/connections/{id} \
                  only; change the path, or use Smartcar's own API for the rest.";
    if path.contains("/v3/") {
        return error(status, (kind, code), advice);
    }
    let body = json!({
        "type": kind,
        "code": code,
        "description": advice,
        "statusCode": status.as_u16(),
    });
    json_response(status, "application/json", &body)
}

/// The answer to a method that a path does not have.
pub(crate) fn method_not_allowed(allowed: &'static str) -> Response<String> {
    let detail = format!("This path has the method {allowed} only; change the method.");
    let mut response = error(
        StatusCode::METHOD_NOT_ALLOWED,
        ("VALIDATION", "METHOD"),
        &detail,
    );
    let allowed = HeaderValue::from_static(allowed);
    response.headers_mut().insert(http::header::ALLOW, allowed);
    response
}

//! Problem details for single-page apps.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use serde_json::json;

use super::Answer;
use super::failure::Failure;
use super::text::ErrorText;
use crate::catalogue::ErrorCode;
use crate::document::response;

/// Answers with `application/problem+json`, by [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
///
/// | member | value |
/// | --- | --- |
/// | `type` | Smartcar's page about the error; `about:blank` where it has none, and for an invalid callback |
/// | `title` | a few words; the phrase of the status where the type is `about:blank` |
/// | `status` | as the [module page](super#statuses) says |
/// | `detail` | a sentence for the owner |
/// | `code` | the code of the error, such as `oem_cancelled_login`, or the kind of the invalid callback, such as `state_expired` |
/// | `resolution` | what helps, as [`Resolution::as_str`](crate::Resolution::as_str) |
///
/// `code` and `resolution` are what a program decides by. Nothing of the request is in it.
///
/// ```
/// use http::HeaderMap;
/// use tower_smartcar_connect::ConnectResponse;
/// use tower_smartcar_connect::answers::{Answer, ProblemDetails};
///
/// let Some(ConnectResponse::Error(error)) = ConnectResponse::from_query("error=access_denied")? else {
///     panic!("the query has an error");
/// };
/// let response = ProblemDetails::new().answer(&error, &HeaderMap::new());
/// assert_eq!(response.status(), 403);
/// assert!(response.body().contains(r#""resolution":"ask_again""#));
/// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ProblemDetails;

impl ProblemDetails {
    /// The answer. It has no settings.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl<T> Answer<T> for ProblemDetails
where
    for<'a> Failure: From<&'a T>,
{
    fn answer(&self, callback: &T, _headers: &HeaderMap) -> Response<String> {
        let failure = Failure::from(callback);
        let status = failure.status();
        let text = ErrorText::english(failure);
        let (problem_type, title) = match failure {
            Failure::Error(code) if has_page(code) => (code.documentation_url(), text.title.as_ref()),
            // RFC 9457, section 4.2.1.
            _ => ("about:blank", status.canonical_reason().unwrap_or_default()),
        };
        let problem = json!({
            "type": problem_type,
            "title": title,
            "status": status.as_u16(),
            "detail": text.message,
            "code": failure.as_str(),
            "resolution": failure.resolution().as_str(),
        });
        let mut response = response(status, problem.to_string());
        let content_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response
    }
}

/// Whether Smartcar has a page about this error alone, so that its address identifies the error.
fn has_page(code: ErrorCode) -> bool {
    code.documentation_url() != ErrorCode::Unknown.documentation_url()
}

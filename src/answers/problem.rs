//! Problem details for single-page apps and other programs.

use std::future::{Ready, ready};

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Response};
use serde_json::json;

use super::text::ErrorText;
use crate::callback::handler::HandleCallback;
use crate::error_code::ErrorCode;
use crate::failure::ConnectFailure;
use crate::html::response;

/// Responds to failures with problem details, `application/problem+json` ([RFC 9457]).
///
/// | member | value |
/// | --- | --- |
/// | `type` | Smartcar's page about the error, or `about:blank` if there is none |
/// | `title` | a summary, or the reason phrase of the status if `type` is `about:blank` |
/// | `status` | [`ConnectFailure::status`], which is also the status of the response |
/// | `detail` | a sentence for the owner |
/// | `code` | [`ConnectFailure::as_str`], such as `oem_cancelled_login` or `state_expired` |
/// | `resolution` | [`Resolution::as_str`](crate::Resolution::as_str) of the next step, such as `ask_again` |
///
/// Decide by `code` and `resolution`. No member contains text from the request.
///
/// ```
/// use tower_smartcar_connect::ConnectCallbackLayer;
/// use tower_smartcar_connect::answers::ProblemDetails;
///
/// let layer = ConnectCallbackLayer::new("/api/callback")
///     .on_failure(ProblemDetails::new());
/// ```
///
/// [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ProblemDetails;

impl ProblemDetails {
    /// Creates the handler.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl<T, R> HandleCallback<T, R> for ProblemDetails
where
    T: Into<ConnectFailure>,
    R: From<String>,
{
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: T, _request: Parts) -> Self::Future {
        ready(problem(&failure.into()).map(R::from))
    }
}

fn problem(failure: &ConnectFailure) -> Response<String> {
    let status = failure.status();
    let text = ErrorText::english(failure);
    let (problem_type, title) = match failure {
        ConnectFailure::Error(error) if has_page(error.code()) => {
            (error.code().documentation_url(), text.title.as_ref())
        }
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

/// Returns `true` if Smartcar has a page about this error alone, whose address identifies the error.
fn has_page(code: ErrorCode) -> bool {
    code.documentation_url() != ErrorCode::Unknown.documentation_url()
}

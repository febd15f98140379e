//! Problem details for single-page apps and other programs.

use std::future::{Ready, ready};

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::json;

use super::html::response;
use super::text::ErrorText;
use crate::callback::HandleCallback;
use crate::outcome::error_code::ErrorCode;
use crate::outcome::failure::ConnectFailure;

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
/// use tower_smartcar_connect::responses::ProblemDetails;
/// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
///
/// let layer = ConnectCallbackLayer::new("/api/callback", AppVerifiesState)
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

    /// Responds to a failure in a route or a middleware of your own.
    #[must_use]
    pub fn respond(&self, failure: &ConnectFailure, _headers: &HeaderMap) -> Response<String> {
        let status = failure.status();
        let text = ErrorText::english(failure);
        let (problem_type, title) = match failure {
            ConnectFailure::Error(error) if has_page(error.code()) => {
                (error.code().documentation_url(), &*text.title)
            }
            _ => ("about:blank", phrase(status)),
        };
        problem(
            status,
            &json!({
                "type": problem_type,
                "title": title,
                "status": status.as_u16(),
                "detail": text.message,
                "code": failure.as_str(),
                "resolution": failure.resolution().as_str(),
            }),
        )
    }

    /// Responds to a failure of your own code.
    ///
    /// `code` is your name for it, such as `not_saved`. The message of the text becomes the
    /// `detail`, and there is no `resolution`.
    #[must_use]
    pub fn respond_with(
        &self,
        code: &'static str,
        text: &ErrorText,
        status: StatusCode,
    ) -> Response<String> {
        problem(
            status,
            &json!({
                "type": "about:blank",
                "title": phrase(status),
                "status": status.as_u16(),
                "detail": text.message,
                "code": code,
            }),
        )
    }
}

impl<R: From<String>> HandleCallback<ConnectFailure, R> for ProblemDetails {
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: ConnectFailure, request: Parts) -> Self::Future {
        ready(self.respond(&failure, &request.headers).map(R::from))
    }
}

fn problem(status: StatusCode, members: &serde_json::Value) -> Response<String> {
    let mut response = response(status, members.to_string());
    let content_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// The title of a problem without a type of its own (RFC 9457, section 4.2.1).
fn phrase(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or_default()
}

/// Returns `true` if Smartcar has a page about this error alone, whose address identifies the error.
fn has_page(code: ErrorCode) -> bool {
    code.documentation_url() != ErrorCode::Unknown.documentation_url()
}

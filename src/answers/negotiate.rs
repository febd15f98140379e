//! JSON for requests that prefer it.

use std::future::Ready;

use futures_util::FutureExt;
use futures_util::future::{Either, Map};
use http::header::VARY;
use http::request::Parts;
use http::{HeaderValue, Response};

use super::problem::ProblemDetails;
use crate::accept::prefers_json;
use crate::callback::handler::HandleCallback;
use crate::failure::ConnectFailure;

/// Responds with [`ProblemDetails`] if the request prefers JSON to HTML, and with another handler
/// otherwise.
///
/// The `Accept` header decides ([RFC 9110, section 12.5.1][accept]). `application/json` and
/// `application/problem+json` are JSON, with or without a `charset`. Requests of browsers, requests
/// without the header and requests with `*/*` get the other response. Malformed media types are
/// skipped, and only the first 64 are read. The response has `Vary: Accept`.
///
/// It only responds to failures.
///
/// ```
/// use tower_smartcar_connect::ConnectCallbackLayer;
/// use tower_smartcar_connect::answers::{ErrorPage, Negotiate};
///
/// let layer = ConnectCallbackLayer::new("/callback")
///     .on_failure(Negotiate::new(ErrorPage::new("/garage")));
/// ```
///
/// [accept]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
#[derive(Clone, Debug)]
pub struct Negotiate<H> {
    page: H,
}

impl<H> Negotiate<H> {
    /// Creates a handler that responds with `page`, unless the request prefers JSON.
    #[must_use]
    pub fn new(page: H) -> Self {
        Self { page }
    }
}

impl<H, R> HandleCallback<ConnectFailure, R> for Negotiate<H>
where
    H: HandleCallback<ConnectFailure, R>,
    R: From<String>,
{
    type Future = Map<Either<H::Future, Ready<Response<R>>>, fn(Response<R>) -> Response<R>>;

    fn handle(&self, failure: ConnectFailure, request: Parts) -> Self::Future {
        let future = if prefers_json(&request.headers) {
            Either::Right(ProblemDetails::new().handle(failure, request))
        } else {
            Either::Left(self.page.handle(failure, request))
        };
        future.map(|mut response| {
            response
                .headers_mut()
                .append(VARY, HeaderValue::from_static("Accept"));
            response
        })
    }
}

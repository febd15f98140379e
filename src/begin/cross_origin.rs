//! Rejecting requests from other origins.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use http::request::Parts;
use http::{Request, Response};
use tower::{Layer, Service};
use tower_http::csrf::CsrfLayer;

/// Returns the request unless the rules of `csrf` reject it.
pub(super) fn accept(csrf: &CsrfLayer, request: Parts) -> Option<Parts> {
    let request = Request::from_parts(request, ());
    // `CsrfLayer` does not wait, so the future is ready. The body of its rejection is the default
    // value, `None`.
    let Ok(response) = csrf.layer(ReturnRequest).call(request).now_or_never()?;
    let accepted = response.into_body();
    // Any page can cause this, so it is not a warning.
    #[cfg(feature = "tracing")]
    if accepted.is_none() {
        tracing::info!(
            target: "tower_smartcar_connect",
            "a request from another origin cannot start a flow; if the origin is yours, pass it to `trust_origin`",
        );
    }
    accepted
}

/// The service behind `CsrfLayer`. It returns the request, which has been accepted.
struct ReturnRequest;

impl Service<Request<()>> for ReturnRequest {
    type Response = Response<Option<Parts>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        ready(Ok(Response::new(Some(request.into_parts().0))))
    }
}

//! The rules against requests from other origins.

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
    // The rules decide at once, so the future is ready. The body of a rejection is the default one,
    // `None`.
    let Ok(response) = csrf.layer(Pass).call(request).now_or_never()?;
    let accepted = response.into_body();
    // Any page can cause this, so it is no warning.
    #[cfg(feature = "tracing")]
    if accepted.is_none() {
        tracing::info!(
            target: "tower_smartcar_connect",
            "a request from another origin cannot start a flow; if the origin is yours, pass it to `trust_origin`",
        );
    }
    accepted
}

/// Stands behind the rules, and gives back what they let pass.
struct Pass;

impl Service<Request<()>> for Pass {
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

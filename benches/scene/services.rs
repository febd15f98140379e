//! Services for layers to stand in front of, and how a request is served.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use http::{Request, Response};
use tower::Service;
use tower_smartcar_connect::{ConnectError, ConnectSuccess};

/// A service that can stand behind every layer that is compared.
pub(crate) trait App:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> App for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Responds at once, as little as a service can do.
#[derive(Clone)]
pub(crate) struct Trivial;

impl Service<Request<Body>> for Trivial {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    // An app is too large to become a part of the layers in front of it.
    #[inline(never)]
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        ready(Ok(respond(request)))
    }
}

/// Responds as `Trivial` does, after it has read every field of the outcome that a layer found.
#[derive(Clone)]
pub(crate) struct Reading;

impl Service<Request<Body>> for Reading {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline(never)]
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if let Some(error) = request.extensions().get::<ConnectError>() {
            read_every_field(error);
        }
        if let Some(success) = request.extensions().get::<ConnectSuccess>() {
            let ids = (
                success.user_id(),
                success.vehicle_id(),
                success.virtual_key_url(),
            );
            black_box((success.code(), success.state(), success.external_id(), ids));
        }
        ready(Ok(respond(request)))
    }
}

fn respond(request: Request<Body>) -> Response<Body> {
    Response::new(black_box(request).into_body())
}

/// Reads, and so decodes, every field of an error.
pub(crate) fn read_every_field(error: &ConnectError) {
    black_box((
        (
            error.code(),
            error.error(),
            error.description(),
            error.state(),
        ),
        (error.vin(), error.make(), error.model(), error.year()),
        (
            error.status_code(),
            error.error_message(),
            error.external_id(),
        ),
    ));
}

/// Sends a request to a service, and returns the response. Nothing that is measured waits for
/// anything, so one poll has to do.
pub(crate) fn serve(service: &mut impl App, request: Request<Body>) -> Response<Body> {
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    match pin!(service.call(request)).poll(&mut context) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("the service does not respond at once"),
    }
}

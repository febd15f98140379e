//! Services for layers to stand in front of, and how a request is served.

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, Uri};
use tower::Service;
use tower_smartcar_connect::{ConnectError, Verdict, Verified};

use super::requests::PUBLISHED_STATE;

/// A service that can stand behind every layer that is compared.
pub(crate) trait App:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
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

/// Answers at once, as little as a service can do.
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
        ready(Ok(answer(request)))
    }
}

/// Answers as `Trivial` does, in a future on the heap, as routers do.
#[derive(Clone)]
pub(crate) struct Boxing;

impl Service<Request<Body>> for Boxing {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline(never)]
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move { Ok(answer(request)) })
    }
}

/// Answers as `Trivial` does, with a header, as nearly every response has one.
#[derive(Clone)]
pub(crate) struct WithHeader;

impl Service<Request<Body>> for WithHeader {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline(never)]
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut response = answer(request);
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, html);
        ready(Ok(response))
    }
}

/// Answers as `Trivial` does, after it has read every field of the error that a layer found.
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
        ready(Ok(answer(request)))
    }
}

fn answer(request: Request<Body>) -> Response<Body> {
    Response::new(black_box(request).into_body())
}

/// Reads, and so decodes, every field of an error.
pub(crate) fn read_every_field(error: &ConnectError) {
    black_box((
        (error.code(), error.error(), error.description(), error.state()),
        (error.vin(), error.make(), error.model(), error.year()),
        (error.status_code(), error.error_message(), error.external_id()),
    ));
}

/// Sends a request for `uri` to a service, and waits for the response. Nothing that is measured waits for anything, so
/// one poll has to do.
pub(crate) fn serve<S>(service: &mut S, uri: &Uri) -> S::Response
where
    S: Service<Request<Body>, Error: Debug>,
{
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri.clone();

    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    match pin!(service.call(request)).poll(&mut context) {
        Poll::Ready(response) => response.expect("the service answers"),
        Poll::Pending => panic!("the service does not answer at once"),
    }
}

/// A verifier for `ConnectCallbackLayer::verify_state` that has nothing to look up.
pub(crate) fn verify_at_once(_request: &Request<Body>, state: &str) -> Verdict {
    Verified::by_comparing(PUBLISHED_STATE, state)
}

/// A verifier for `ConnectCallbackLayer::verify_state_async` whose store answers at once.
pub(crate) fn verify_in_a_future(_request: &Request<Body>, state: &str) -> Ready<Verdict> {
    ready(Verified::by_comparing(PUBLISHED_STATE, state))
}

/// A handler for `ConnectCallbackLayer::on_error` as apps write it: its future holds the error and the request.
pub(crate) async fn answer_error(error: ConnectError, request: Request<Body>) -> Response<Body> {
    black_box(error.code());
    answer(request)
}

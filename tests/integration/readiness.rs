//! The contract of `tower::Service`: the readied service is called, and a permit is released.

use std::convert::Infallible;
use std::future::{Pending, Ready, pending, ready};
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use tower::limit::ConcurrencyLimitLayer;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, HandleCallback};
use tower_test::mock;

fn get(uri: &str) -> Request<String> {
    Request::get(uri).body(String::new()).expect(uri)
}

async fn respond_empty(_error: ConnectError, _request: Parts) -> Response<String> {
    Response::new("handler".to_owned())
}

/// Requests that get a response without the inner service.
const SHORT_CIRCUITS: [&str; 2] = ["/callback?error=access_denied", "/callback?code="];

#[tokio::test]
async fn the_layer_is_ready_if_the_inner_service_is_ready() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let (mut service, mut handle) = mock::spawn_with(|inner| layer.layer(inner));
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(service.poll_ready().is_ready());

    let response = service.call(get("/"));
    let (request, respond): (Request<String>, _) =
        handle.next_request().await.expect("the mock is called");
    assert_eq!(request.uri(), "/");
    respond.send_response(Response::new("inner".to_owned()));
    assert_eq!(response.await.expect("a response").body(), "inner");
}

#[tokio::test]
async fn an_error_of_poll_ready_is_returned() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let (mut service, mut handle) =
        mock::spawn_with(|inner: mock::Mock<Request<String>, Response<String>>| layer.layer(inner));
    handle.send_error("down");
    match service.poll_ready() {
        Poll::Ready(Err(error)) => assert_eq!(error.to_string(), "down"),
        other => panic!("{other:?}"),
    }
}

/// Tracks whether it was made ready since it was created, cloned or called, and panics if it is
/// called before.
#[derive(Debug, Default)]
struct Readied(bool);

impl Clone for Readied {
    fn clone(&self) -> Self {
        Self(false)
    }
}

impl Service<Request<String>> for Readied {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0 = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: Request<String>) -> Self::Future {
        assert!(self.0, "called a service that was not made ready");
        self.0 = false;
        ready(Ok(Response::new("inner".to_owned())))
    }
}

#[tokio::test]
async fn the_readied_service_is_the_one_that_is_called() {
    let mut service = ConnectCallbackLayer::new("/callback")
        .app_verifies_state()
        .on_error(respond_empty)
        .layer(Readied::default());
    for uri in [
        "/",
        "/callback?code=1",
        SHORT_CIRCUITS[0],
        "/",
        SHORT_CIRCUITS[1],
        "/callback?code=1",
    ] {
        let Ok(service) = service.ready().await;
        let Ok(_response) = service.call(get(uri)).await;
    }
}

#[tokio::test]
async fn a_short_circuit_drops_the_readied_service() {
    for uri in SHORT_CIRCUITS {
        let mut service = ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_error(respond_empty)
            .layer(Readied::default());
        let Ok(service) = service.ready().await;
        assert!(service.get_ref().0, "URI {uri}");
        let Ok(_response) = service.call(get(uri)).await;
        assert!(!service.get_ref().0, "URI {uri}");
    }
}

#[tokio::test]
async fn a_short_circuit_releases_its_permit_while_its_clone_lives() {
    let inner = service_fn(|_request: Request<String>| {
        ready(Ok::<_, Infallible>(Response::new("inner".to_owned())))
    });
    let limited = ConcurrencyLimitLayer::new(1).layer(inner);
    for uri in SHORT_CIRCUITS {
        let mut first = ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_error(respond_empty)
            .layer(limited.clone());
        let mut second = first.clone();
        let Ok(ready_first) = first.ready().await;
        // The response is not awaited: the permit is free as soon as the layer knows that it does
        // not need the service.
        let in_progress = ready_first.call(get(uri));
        let mut readying = tokio_test::task::spawn(second.ready());
        assert!(readying.poll().is_ready(), "URI {uri}");
        drop(readying);
        let Ok(_response) = in_progress.await;
    }
}

/// Responds to every callback, and never completes.
struct Endless;

impl<T> HandleCallback<T, String> for Endless {
    type Future = Pending<Response<String>>;

    fn handle(&self, _callback: T, _request: Parts) -> Self::Future {
        pending()
    }
}

#[tokio::test]
async fn a_permit_is_released_while_a_handler_runs() {
    let inner = service_fn(|_request: Request<String>| {
        ready(Ok::<_, Infallible>(Response::new("inner".to_owned())))
    });
    let limited = ConcurrencyLimitLayer::new(1).layer(inner);
    for uri in SHORT_CIRCUITS.into_iter().chain(["/callback?code=1"]) {
        let mut first = ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_failure(Endless)
            .on_success(Endless)
            .layer(limited.clone());
        let mut second = first.clone();
        let Ok(ready_first) = first.ready().await;
        let mut in_progress = tokio_test::task::spawn(ready_first.call(get(uri)));
        assert!(in_progress.poll().is_pending(), "URI {uri}");
        let mut readying = tokio_test::task::spawn(second.ready());
        assert!(readying.poll().is_ready(), "URI {uri}");
    }
}

#[tokio::test]
async fn a_permit_is_held_while_the_inner_service_handles_a_callback() {
    let inner =
        service_fn(|_request: Request<String>| pending::<Result<Response<String>, Infallible>>());
    let limited = ConcurrencyLimitLayer::new(1).layer(inner);
    let mut first = ConnectCallbackLayer::new("/callback")
        .app_verifies_state()
        .layer(limited);
    let mut second = first.clone();
    let Ok(ready_first) = first.ready().await;
    let working = ready_first.call(get("/callback?code=1"));
    let mut readying = tokio_test::task::spawn(second.ready());
    assert!(readying.poll().is_pending());
    drop(working);
    assert!(readying.is_woken());
    assert!(readying.poll().is_ready());
}

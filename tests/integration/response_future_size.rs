//! The size of the response future. A server that spawns it moves and stores it for every request,
//! callback or not.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower::{Layer, Service};
use tower_smartcar_connect::ConnectCallbackLayer;

/// A service whose future has this many words.
#[derive(Clone)]
struct App<const WORDS: usize>;

/// The future of the service.
struct AppFuture<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Future for AppFuture<WORDS> {
    type Output = Result<Response<String>, Infallible>;

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(Response::new(self.0.len().to_string())))
    }
}

impl<const WORDS: usize> Service<Request<String>> for App<WORDS> {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = AppFuture<WORDS>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: Request<String>) -> Self::Future {
        AppFuture([0; WORDS])
    }
}

/// A service that responds at once.
#[derive(Clone)]
struct Immediate;

impl Service<Request<String>> for Immediate {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: Request<String>) -> Self::Future {
        ready(Ok(Response::default()))
    }
}

/// Asserts that the response future through this layer is at most one word larger than the
/// service's.
#[track_caller]
fn assert_one_word_more<L, S>(_layer: &L, _service: &S, settings: &str)
where
    L: Layer<S>,
    S: Service<Request<String>>,
    L::Service: Service<Request<String>>,
{
    let inner = size_of::<S::Future>();
    let outer = size_of::<<L::Service as Service<Request<String>>>::Future>();
    assert!(
        outer <= inner + size_of::<usize>(),
        "{settings}: {outer} bytes over a future of {inner}"
    );
}

/// The same for futures of 8, 128 and 1024 bytes, and for one that is ready.
macro_rules! assert_small {
    ($layer:expr, $settings:literal) => {{
        let layer = &$layer;
        assert_one_word_more(layer, &App::<1>, $settings);
        assert_one_word_more(layer, &App::<16>, $settings);
        assert_one_word_more(layer, &App::<128>, $settings);
        assert_one_word_more(layer, &Immediate, $settings);
    }};
}

fn layer() -> ConnectCallbackLayer {
    ConnectCallbackLayer::new("/callback")
}

#[test]
fn the_response_future_is_one_word_larger_than_the_inner_one() {
    assert_eq!(
        [1, 16, 128].map(|words| words * size_of::<u64>()),
        [
            size_of::<AppFuture<1>>(),
            size_of::<AppFuture<16>>(),
            size_of::<AppFuture<128>>()
        ]
    );
    assert_small!(layer().app_verifies_state(), "app_verifies_state");
    assert_small!(
        layer().verify_state(|_request, state| state == "right"),
        "a synchronous verifier"
    );
    assert_small!(
        layer().verify_state_async(async |request, state| {
            // These live across an await, so that the future of the verifier is large.
            tokio::task::yield_now().await;
            request.headers.is_empty() && state == "right"
        }),
        "an asynchronous verifier"
    );
    assert_small!(
        layer()
            .app_verifies_state()
            .on_error(async |error, request| {
                tokio::task::yield_now().await;
                Response::new(format!("{} {}", error.code(), request.method))
            })
            .on_invalid(async |invalid, request| {
                tokio::task::yield_now().await;
                Response::new(format!("{} {}", invalid.kind().as_str(), request.method))
            }),
        "asynchronous handlers"
    );
}

#[cfg(feature = "state-cookie")]
#[test]
fn a_state_cookie_adds_nothing_to_the_response_future() {
    assert_small!(layer().verify_state_with(state_cookie()), "StateCookie");
}

#[cfg(feature = "answers")]
#[test]
fn an_error_page_adds_nothing_to_the_response_future() {
    use tower_smartcar_connect::answers::ErrorPage;

    let layer = || layer().on_failure(ErrorPage::new("/garage"));
    assert_small!(layer().app_verifies_state(), "ErrorPage");
    assert_small!(
        layer().verify_state(|_request, state| state == "right"),
        "ErrorPage and a synchronous verifier"
    );
    #[cfg(feature = "state-cookie")]
    assert_small!(
        layer().verify_state_with(state_cookie()),
        "ErrorPage and StateCookie"
    );
}

#[cfg(feature = "state-cookie")]
fn state_cookie() -> tower_smartcar_connect::StateCookie {
    tower_smartcar_connect::StateCookie::new(tower_smartcar_connect::state_cookie::Key::from(
        &[7; 64],
    ))
}

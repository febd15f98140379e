//! Who answers a callback instead of the inner service.

use std::fmt;
use std::future::Future;

use futures_util::future::{Pending, Ready, ready};
use http::{Request, Response};

use crate::error::ConnectError;
use crate::invalid::InvalidCallback;

/// Answers a callback in place of the inner service.
///
/// `T` is what is answered: a [`ConnectError`] for [`ConnectCallbackLayer::on_error`], an [`InvalidCallback`] for
/// [`ConnectCallbackLayer::on_invalid`]. `B` is the body of the request and `R` that of the response.
///
/// Every `FnMut(T, Request<B>) -> impl Future<Output = Response<R>>` is a handler. Implement the trait for a type of
/// your own to give it a name, or to leave the bodies open:
///
/// ```
/// use std::future::{Ready, ready};
///
/// use http::header::LOCATION;
/// use http::{HeaderValue, Request, Response, StatusCode};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, HandleCallback};
///
/// /// Sends the owner back to the start, whatever the bodies of the stack.
/// #[derive(Clone)]
/// struct StartAgain;
///
/// impl<B, R: Default> HandleCallback<ConnectError, B, R> for StartAgain {
///     type Future = Ready<Response<R>>;
///
///     fn handle(&mut self, _error: ConnectError, _request: Request<B>) -> Self::Future {
///         let mut response = Response::new(R::default());
///         *response.status_mut() = StatusCode::SEE_OTHER;
///         response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
///         ready(response)
///     }
/// }
///
/// let layer = ConnectCallbackLayer::new("/callback").on_error(StartAgain);
/// ```
///
/// [`ConnectCallbackLayer::on_error`]: super::ConnectCallbackLayer::on_error
/// [`ConnectCallbackLayer::on_invalid`]: super::ConnectCallbackLayer::on_invalid
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not answer a `{T}` with a response whose body is `{R}`",
    label = "not a handler of `{T}`",
    note = "a handler is an `async fn({T}, http::Request<{B}>) -> http::Response<{R}>`, a closure like it, or a type that \
            implements `HandleCallback<{T}, {B}, {R}>`",
    note = "an answer of the module `answers` is one where the body is `From<String>`; for other bodies, put it into \
            `WithBody`"
)]
pub trait HandleCallback<T, B, R> {
    /// The future of the answer.
    type Future: Future<Output = Response<R>>;

    /// Answers `callback`, which `request` brought.
    fn handle(&mut self, callback: T, request: Request<B>) -> Self::Future;
}

impl<F, Fut, T, B, R> HandleCallback<T, B, R> for F
where
    F: FnMut(T, Request<B>) -> Fut,
    Fut: Future<Output = Response<R>>,
{
    type Future = Fut;

    #[inline]
    fn handle(&mut self, callback: T, request: Request<B>) -> Self::Future {
        self(callback, request)
    }
}

/// The handler of invalid callbacks unless
/// [`ConnectCallbackLayer::on_invalid`](super::ConnectCallbackLayer::on_invalid) sets another: an empty body, with
/// `503 Service Unavailable` where the verifier's store does not answer and `400 Bad Request` otherwise.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct EmptyResponse;

impl<B, R> HandleCallback<InvalidCallback, B, R> for EmptyResponse
where
    R: Default,
{
    type Future = Ready<Response<R>>;

    fn handle(&mut self, invalid: InvalidCallback, _request: Request<B>) -> Self::Future {
        let mut response = Response::new(R::default());
        *response.status_mut() = invalid.kind().status();
        ready(response)
    }
}

/// Decides which errors a handler answers; the others go on to the inner service.
///
/// Sealed: [`PassErrors`] and [`AnswerErrors`] are the two ways there are.
pub trait ErrorPolicy: sealed::Sealed {
    /// Who answers the errors that this policy keeps from the inner service.
    type Handler;

    /// The handler for `error`, or `None` if it goes on to the inner service.
    #[doc(hidden)]
    fn handler_for(&mut self, error: &ConnectError) -> Option<&mut Self::Handler>;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::PassErrors {}

    impl<H, P> Sealed for super::AnswerErrors<H, P> {}
}

/// Every error goes on to the inner service. What a layer does unless
/// [`ConnectCallbackLayer::on_error`](super::ConnectCallbackLayer::on_error) says otherwise.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct PassErrors;

impl ErrorPolicy for PassErrors {
    type Handler = NoHandler;

    #[inline]
    fn handler_for(&mut self, _error: &ConnectError) -> Option<&mut NoHandler> {
        None
    }
}

/// The handler of [`PassErrors`], of which there can be no value.
#[derive(Debug)]
pub enum NoHandler {}

impl<T, B, R> HandleCallback<T, B, R> for NoHandler {
    type Future = Pending<Response<R>>;

    fn handle(&mut self, _callback: T, _request: Request<B>) -> Self::Future {
        match *self {}
    }
}

/// The errors for which `P` holds are answered by `H`. What
/// [`ConnectCallbackLayer::on_error`](super::ConnectCallbackLayer::on_error) and
/// [`ConnectCallbackLayer::on_error_matching`](super::ConnectCallbackLayer::on_error_matching) set.
#[derive(Clone)]
pub struct AnswerErrors<H, P = fn(&ConnectError) -> bool> {
    predicate: P,
    handler: H,
}

impl<H, P> AnswerErrors<H, P> {
    pub(super) fn new(predicate: P, handler: H) -> Self {
        Self { predicate, handler }
    }
}

impl<H, P> ErrorPolicy for AnswerErrors<H, P>
where
    P: Fn(&ConnectError) -> bool,
{
    type Handler = H;

    #[inline]
    fn handler_for(&mut self, error: &ConnectError) -> Option<&mut H> {
        (self.predicate)(error).then_some(&mut self.handler)
    }
}

impl<H, P> fmt::Debug for AnswerErrors<H, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerErrors").finish_non_exhaustive()
    }
}

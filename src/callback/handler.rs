//! Handlers, which respond to callbacks instead of the inner service.

use std::convert::Infallible;
use std::future::{Future, Pending, Ready, ready};

use http::Response;
use http::request::Parts;

use crate::invalid::InvalidCallback;

/// Responds to a callback instead of the inner service.
///
/// `T` is the callback: a [`ConnectFailure`] for [`on_failure`], a [`ConnectSuccess`] for
/// [`on_success`]. `R` is the body of the response. The handler receives the head of the request. A
/// callback has no body.
///
/// Every `async fn(T, Parts) -> Response<R>` is a handler:
///
/// ```
/// use http::request::Parts;
/// use http::{Response, StatusCode};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectFailure};
///
/// async fn not_connected(failure: ConnectFailure, _request: Parts) -> Response<String> {
///     let mut response = Response::new("Your car is not connected.".to_owned());
///     *response.status_mut() = failure.page_status();
///     response
/// }
///
/// let layer = ConnectCallbackLayer::new("/callback").on_failure(not_connected);
/// ```
///
/// Implement the trait to name the type of a handler, or to respond with any body:
///
/// ```
/// use std::future::{Ready, ready};
///
/// use http::header::LOCATION;
/// use http::request::Parts;
/// use http::{HeaderValue, Response, StatusCode};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectFailure, HandleCallback};
///
/// /// Redirects to the start page, with any type of body.
/// struct StartAgain;
///
/// impl<R: Default> HandleCallback<ConnectFailure, R> for StartAgain {
///     type Future = Ready<Response<R>>;
///
///     fn handle(&self, _failure: ConnectFailure, _request: Parts) -> Self::Future {
///         let mut response = Response::new(R::default());
///         *response.status_mut() = StatusCode::SEE_OTHER;
///         response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
///         ready(response)
///     }
/// }
///
/// let layer = ConnectCallbackLayer::new("/callback").on_failure(StartAgain);
/// ```
///
/// A layer without handlers uses two types of the standard library: `()` responds to an
/// [`InvalidCallback`] with an empty body, and [`Infallible`] stands for no handler.
///
/// [`ConnectFailure`]: crate::ConnectFailure
/// [`ConnectSuccess`]: crate::ConnectSuccess
/// [`on_failure`]: crate::ConnectCallbackLayer::on_failure
/// [`on_success`]: crate::ConnectCallbackLayer::on_success
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not respond to a `{T}` with a response whose body is `{R}`",
    label = "not a handler of `{T}`",
    note = "a handler is an `async fn({T}, http::request::Parts) -> http::Response<{R}>`, a closure like it, or a type \
            that implements `HandleCallback<{T}, {R}>`",
    note = "the handlers of the module `answers` need a body that is `From<String>`; for another body, map their \
            response in a closure"
)]
pub trait HandleCallback<T, R> {
    /// The future of the response.
    type Future: Future<Output = Response<R>>;

    /// Responds to `callback`. `request` is the head of its request.
    fn handle(&self, callback: T, request: Parts) -> Self::Future;
}

// Without this attribute, the compiler suggests `Fn` for every type that is not a handler.
#[diagnostic::do_not_recommend]
impl<H, Fut, T, R> HandleCallback<T, R> for H
where
    H: Fn(T, Parts) -> Fut,
    Fut: Future<Output = Response<R>>,
{
    type Future = Fut;

    fn handle(&self, callback: T, request: Parts) -> Self::Future {
        self(callback, request)
    }
}

/// Responds to invalid callbacks with an empty body: `400 Bad Request`, or
/// `503 Service Unavailable` if the verifier's store does not answer.
#[diagnostic::do_not_recommend]
impl<R: Default> HandleCallback<InvalidCallback, R> for () {
    type Future = Ready<Response<R>>;

    fn handle(&self, invalid: InvalidCallback, _request: Parts) -> Self::Future {
        let mut response = Response::new(R::default());
        *response.status_mut() = invalid.status();
        ready(response)
    }
}

/// Stands for no handler. It is never called, because the type has no value.
#[diagnostic::do_not_recommend]
impl<T, R> HandleCallback<T, R> for Infallible {
    type Future = Pending<Response<R>>;

    fn handle(&self, _callback: T, _request: Parts) -> Self::Future {
        match *self {}
    }
}

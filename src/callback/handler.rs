//! Handlers, which respond to callbacks instead of the inner service.

use std::future::{Future, Pending, Ready, ready};

use http::Response;
use http::request::Parts;

use crate::outcome::failure::ConnectFailure;

/// Responds to a callback instead of the inner service.
///
/// `T` is the callback: a [`ConnectFailure`] for [`on_failure`], a [`ConnectSuccess`] for
/// [`on_success`]. `R` is the body of the response. A callback has no body, so the handler receives
/// the head of the request.
///
/// Every `async fn(T, Parts) -> Response<R>` is a handler:
///
/// ```
/// use http::Response;
/// use http::request::Parts;
/// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure};
///
/// async fn not_connected(failure: ConnectFailure, _request: Parts) -> Response<String> {
///     let mut response = Response::new("Your car is not connected.".to_owned());
///     *response.status_mut() = failure.status();
///     response
/// }
///
/// let layer =
///     ConnectCallbackLayer::new("/callback", AppVerifiesState).on_failure(not_connected);
/// ```
///
/// In axum, [`extract::handler`](crate::extract::handler) makes a handler of a function with
/// extractors.
///
/// A closure needs argument types here. If it captures variables, clone them for each call, and move
/// the clones into an async block. An async closure that captures variables is not an `Fn` for every
/// lifetime:
///
/// ```
/// # use http::Response;
/// # use http::request::Parts;
/// # use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure};
/// # let support = String::from("support@example.com");
/// let not_connected = move |_: ConnectFailure, _: Parts| {
///     let support = support.clone();
///     async move { Response::new(format!("Please write to {support}.")) }
/// };
/// let layer =
///     ConnectCallbackLayer::new("/callback", AppVerifiesState).on_failure(not_connected);
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
/// use tower_smartcar_connect::callback::HandleCallback;
/// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure};
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
/// let layer =
///     ConnectCallbackLayer::new("/callback", AppVerifiesState).on_failure(StartAgain);
/// ```
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
    note = "an async closure that captures variables is not a handler: write `move |callback: {T}, request: Parts| {{ \
            let captured = captured.clone(); async move {{ … }} }}`",
    note = "the handlers of the module `responses` need a body that is `From<String>`; for another body, call their \
            `map_body`"
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

/// The handler of failures until you call [`on_failure`](crate::ConnectCallbackLayer::on_failure):
/// it responds to rejected callbacks with their status and an empty body. Errors of Connect go to the
/// inner service.
#[derive(Clone, Copy, Debug)]
pub struct EmptyResponse;

#[diagnostic::do_not_recommend]
impl<R: Default> HandleCallback<ConnectFailure, R> for EmptyResponse {
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: ConnectFailure, _request: Parts) -> Self::Future {
        let mut response = Response::new(R::default());
        *response.status_mut() = failure.status();
        ready(response)
    }
}

/// Stands for the handler of successes until you call
/// [`on_success`](crate::ConnectCallbackLayer::on_success). It has no value: successes go to the inner
/// service.
#[derive(Clone, Copy, Debug)]
pub enum NoHandler {}

#[diagnostic::do_not_recommend]
impl<T, R> HandleCallback<T, R> for NoHandler {
    type Future = Pending<Response<R>>;

    fn handle(&self, _callback: T, _request: Parts) -> Self::Future {
        match *self {}
    }
}

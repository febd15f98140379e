//! The response, whoever makes it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::{CACHE_CONTROL, HeaderName, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, Response};
use pin_project_lite::pin_project;

use crate::error::ConnectError;
use crate::invalid::InvalidCallback;

pin_project! {
    /// Response future of [`ConnectCallback`](super::ConnectCallback).
    ///
    /// `F` is the future of the inner service, `H` that of the handler of errors and `I` that of the handler of invalid
    /// callbacks.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ResponseFuture<F, H, I> {
        #[pin]
        state: State<F, H, I>,
        headers: bool,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, H, I> {
        /// The inner service responds.
        Inner { #[pin] future: F },
        /// A handler answers an error.
        Error { #[pin] future: H, error: Option<ConnectError> },
        /// A handler answers an invalid callback.
        Invalid { #[pin] future: I, invalid: Option<InvalidCallback> },
    }
}

impl<F, H, I> ResponseFuture<F, H, I> {
    #[inline]
    pub(super) fn inner(future: F, headers: bool) -> Self {
        let state = State::Inner { future };
        Self { state, headers }
    }

    pub(super) fn error(future: H, error: ConnectError, headers: bool) -> Self {
        let error = Some(error);
        let state = State::Error { future, error };
        Self { state, headers }
    }

    pub(super) fn invalid(future: I, invalid: InvalidCallback, headers: bool) -> Self {
        let invalid = Some(invalid);
        let state = State::Invalid { future, invalid };
        Self { state, headers }
    }
}

impl<F, H, I, R, E> Future for ResponseFuture<F, H, I>
where
    F: Future<Output = Result<Response<R>, E>>,
    H: Future<Output = Response<R>>,
    I: Future<Output = Response<R>>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.state.project() {
            StateProjection::Inner { future } if !*this.headers => return future.poll(cx),
            StateProjection::Inner { future } => ready!(future.poll(cx))?,
            StateProjection::Error { future, error } => {
                let mut response = ready!(future.poll(cx));
                if let Some(error) = error.take() {
                    response.extensions_mut().insert(error);
                }
                response
            }
            StateProjection::Invalid { future, invalid } => {
                let mut response = ready!(future.poll(cx));
                if let Some(invalid) = invalid.take() {
                    response.extensions_mut().insert(invalid);
                }
                response
            }
        };
        if *this.headers {
            set_if_absent(response.headers_mut(), CACHE_CONTROL, "no-store");
            set_if_absent(response.headers_mut(), REFERRER_POLICY, "no-referrer");
        }
        Poll::Ready(Ok(response))
    }
}

fn set_if_absent(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

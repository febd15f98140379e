//! The response of whoever answers: the inner service or a handler.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use super::headers::CallbackHeaders;
use crate::error::ConnectError;
use crate::invalid::InvalidCallback;

pin_project! {
    /// Future of a response, once it is clear who answers.
    pub struct Responding<F, H, I> {
        #[pin]
        answer: Answer<F, H, I>,
        // `None` for a request that is no callback.
        headers: Option<CallbackHeaders>,
    }
}

pin_project! {
    #[project = AnswerProjection]
    enum Answer<F, H, I> {
        /// The inner service responds.
        Inner { #[pin] future: F },
        /// A handler answers an error.
        Error { #[pin] future: H, error: Option<ConnectError> },
        /// A handler answers an invalid callback.
        Invalid { #[pin] future: I, invalid: Option<InvalidCallback> },
    }
}

impl<F, H, I> Responding<F, H, I> {
    #[inline]
    pub(super) fn inner(future: F, headers: Option<CallbackHeaders>) -> Self {
        Self {
            answer: Answer::Inner { future },
            headers,
        }
    }

    pub(super) fn error(future: H, error: ConnectError, headers: CallbackHeaders) -> Self {
        Self {
            answer: Answer::Error {
                future,
                error: Some(error),
            },
            headers: Some(headers),
        }
    }

    pub(super) fn invalid(future: I, invalid: InvalidCallback, headers: CallbackHeaders) -> Self {
        Self {
            answer: Answer::Invalid {
                future,
                invalid: Some(invalid),
            },
            headers: Some(headers),
        }
    }
}

impl<F, H, I, R, E> Future for Responding<F, H, I>
where
    F: Future<Output = Result<Response<R>, E>>,
    H: Future<Output = Response<R>>,
    I: Future<Output = Response<R>>,
{
    type Output = F::Output;

    // Left to itself, the compiler finds this too large, although most of it is not for requests that pass.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.answer.project() {
            AnswerProjection::Inner { future } if this.headers.is_none() => return future.poll(cx),
            AnswerProjection::Inner { future } => ready!(future.poll(cx))?,
            AnswerProjection::Error { future, error } => {
                let mut response = ready!(future.poll(cx));
                if let Some(error) = error.take() {
                    response.extensions_mut().insert(error);
                }
                response
            }
            AnswerProjection::Invalid { future, invalid } => {
                let mut response = ready!(future.poll(cx));
                if let Some(invalid) = invalid.take() {
                    response.extensions_mut().insert(invalid);
                }
                response
            }
        };
        if let Some(headers) = this.headers.take() {
            headers.add_to(response.headers_mut());
        }
        Poll::Ready(Ok(response))
    }
}

//! The response future: the future of the inner service, or the one of a callback.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

pin_project! {
    /// Response future of [`ConnectCallback`](super::ConnectCallback).
    ///
    /// `F` is the future of the inner service. If the request is not a callback, this is that future
    /// and at most one word. `C` is the future of a callback, which is boxed and has no name.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ResponseFuture<F, C> {
        #[pin]
        state: State<F, C>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, C> {
        Forward { #[pin] future: F },
        Callback { future: Pin<Box<C>> },
    }
}

impl<F, C> ResponseFuture<F, C> {
    #[inline]
    pub(super) fn forward(future: F) -> Self {
        Self {
            state: State::Forward { future },
        }
    }

    pub(super) fn callback(future: C) -> Self {
        Self {
            state: State::Callback {
                future: Box::pin(future),
            },
        }
    }
}

impl<F, C> Future for ResponseFuture<F, C>
where
    F: Future,
    C: Future<Output = F::Output>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Forward { future } => future.poll(cx),
            StateProjection::Callback { future } => future.as_mut().poll(cx),
        }
    }
}

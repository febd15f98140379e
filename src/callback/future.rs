//! The response future: first the verdict, if it takes a while, then the response.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower::Service;

use super::handler::{ErrorPolicy, HandleCallback};
use super::responding::Responding;
use super::service::ConnectCallback;
use super::verdict::IntoVerdict;
use crate::error::ConnectError;
use crate::invalid::InvalidCallback;
use crate::response::ConnectResponse;

pin_project! {
    /// Response future of [`ConnectCallback`].
    ///
    /// `F` is the future of the inner service, `H` that of the handler of errors, `I` that of the handler of invalid
    /// callbacks and `V` that of the verifier. `W` is what waits for the verifier.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ResponseFuture<F, H, I, V, W> {
        #[pin]
        state: State<F, H, I, V, W>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, H, I, V, W> {
        Verifying { #[pin] verdict: V, waiting: Option<W> },
        Responding { #[pin] response: Responding<F, H, I> },
    }
}

/// A callback that waits for a verdict, and the service that was made ready for it.
pub struct Waiting<C, B> {
    pub(super) service: C,
    pub(super) request: Request<B>,
    pub(super) response: ConnectResponse,
}

impl<F, H, I, V, W> ResponseFuture<F, H, I, V, W> {
    #[inline]
    pub(super) fn responding(response: Responding<F, H, I>) -> Self {
        Self {
            state: State::Responding { response },
        }
    }

    pub(super) fn verifying(verdict: V, waiting: W) -> Self {
        Self {
            state: State::Verifying {
                verdict,
                waiting: Some(waiting),
            },
        }
    }
}

impl<F, H, I, VF, S, M, E, N, V, B, R> Future
    for ResponseFuture<F, H, I, VF, Waiting<ConnectCallback<S, M, E, N, V>, B>>
where
    F: Future<Output = Result<Response<R>, S::Error>>,
    H: Future<Output = Response<R>>,
    I: Future<Output = Response<R>>,
    VF: Future<Output: IntoVerdict>,
    S: Service<Request<B>, Response = Response<R>, Future = F> + Clone,
    E: ErrorPolicy,
    E::Handler: HandleCallback<ConnectError, B, R, Future = H>,
    N: HandleCallback<InvalidCallback, B, R, Future = I>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProjection::Responding { response } => return response.poll(cx),
                StateProjection::Verifying { verdict, waiting } => {
                    let verdict = ready!(verdict.poll(cx)).into_verdict();
                    let Waiting {
                        mut service,
                        request,
                        response,
                    } = waiting.take().expect("a state that is left is not polled again");
                    let response = service.conclude(request, response, verdict);
                    state.set(State::Responding { response });
                }
            }
        }
    }
}

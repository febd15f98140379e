//! The response future.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use http::header::CACHE_CONTROL;
use http::request::Parts;
use pin_project_lite::pin_project;
use tower_http::csrf;

use super::choose_flow::ChooseFlow;
use super::client::Client;
use super::flow::StartingFlow;
use super::login::LoginRequired;
use super::response::NO_STORE;
use crate::states::{NotStarted, StartState};

pin_project! {
    /// Response future of [`StartConnect`](crate::StartConnect).
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct StartFuture<S: StartState, F: ChooseFlow> {
        #[pin]
        checked: csrf::ResponseFuture<FlowFuture<S, F>>,
    }
}

impl<S: StartState, F: ChooseFlow> StartFuture<S, F> {
    pub(super) fn new(checked: csrf::ResponseFuture<FlowFuture<S, F>>) -> Self {
        Self { checked }
    }
}

impl<S: StartState, F: ChooseFlow> Future for StartFuture<S, F> {
    type Output = Result<Response<F::Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok(mut response) = ready!(self.project().checked.poll(cx));
        // The function of the app may have made it.
        response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
        Poll::Ready(Ok(response))
    }
}

pin_project! {
    /// The response to a request that has passed the check of its origin.
    pub(super) struct FlowFuture<S: StartState, F: ChooseFlow> {
        client: Client,
        login: Option<LoginRequired>,
        #[pin]
        step: Step<S, F>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<S: StartState, F: ChooseFlow> {
        Respond { response: Option<Response<F::Body>> },
        Choose {
            #[pin]
            function: F::Future,
            states: Arc<S>,
            request: Option<Parts>,
        },
        Start {
            #[pin]
            starting: StartingFlow<S::Started>,
        },
    }
}

impl<S: StartState, F: ChooseFlow> FlowFuture<S, F> {
    pub(super) fn respond(response: Response<F::Body>) -> Self {
        Self {
            client: Client::Form,
            login: None,
            step: Step::Respond {
                response: Some(response),
            },
        }
    }

    /// Starts the flow that `function` chooses for `request`.
    pub(super) fn start(
        function: F::Future,
        states: Arc<S>,
        request: Parts,
        login: Option<LoginRequired>,
    ) -> Self {
        Self {
            client: Client::of(&request.headers),
            login,
            step: Step::Choose {
                function,
                states,
                request: Some(request),
            },
        }
    }
}

impl<S: StartState, F: ChooseFlow> Future for FlowFuture<S, F> {
    type Output = Result<Response<F::Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let response = loop {
            match this.step.as_mut().project() {
                StepProjection::Respond { response } => {
                    break response.take().expect("polled after completion");
                }
                StepProjection::Choose {
                    function,
                    states,
                    request,
                } => match ready!(function.poll(cx)) {
                    Ok(flow) => {
                        let request = request.take().expect("polled after completion");
                        let starting = flow.into().start(&**states, request);
                        this.step.set(Step::Start { starting });
                    }
                    Err(response) => break response,
                },
                StepProjection::Start { starting } => {
                    break ready!(starting.poll(cx)).map_or_else(Response::from, Response::from);
                }
            }
        };
        let is_login_required =
            response.extensions().get::<NotStarted>() == Some(&NotStarted::NotLoggedIn);
        let login = this.login.as_ref().filter(|_| is_login_required);
        let redirect = login.and_then(|login| login.redirect(*this.client));
        Poll::Ready(Ok(redirect.unwrap_or(response)))
    }
}

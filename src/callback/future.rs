//! The response future: the future of the inner service, or the steps of a callback.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::future::{Ready, ready as respond};
use http::header::{CACHE_CONTROL, REFERRER_POLICY};
use http::request::Parts;
use http::{Extensions, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower::Service;

use super::handler::HandleCallback;
use super::settings::{OnError, OnInvalid, Options, Settings};
use super::verifier::VerifyState;
use crate::callback_paths::CallbackPaths;
use crate::error::ConnectError;
use crate::failure::ConnectFailure;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::outcome::ConnectOutcome;
use crate::success::ConnectSuccess;
use crate::telemetry;
use crate::verified::Verified;

pin_project! {
    /// Response future of [`ConnectCallback`](crate::ConnectCallback).
    ///
    /// The type parameters are those of the service, and the bodies of request and response. If the
    /// request is not a callback, this is the future of the inner service and one word. The future
    /// of a callback is boxed.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ResponseFuture<S, V, E, I, F, O, B, R>
    where
        S: Service<Request<B>>,
        V: VerifyState,
        E: HandleCallback<ConnectError, R>,
        I: HandleCallback<InvalidCallback, R>,
        F: HandleCallback<ConnectFailure, R>,
        O: HandleCallback<ConnectSuccess, R>,
    {
        #[pin]
        state: State<S::Future, CallbackFuture<S, V, E, I, F, O, B, R>>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, C> {
        Forward { #[pin] future: F },
        Callback { future: Pin<Box<C>> },
    }
}

impl<S, V, E, I, F, O, B, R> ResponseFuture<S, V, E, I, F, O, B, R>
where
    S: Service<Request<B>>,
    V: VerifyState,
    E: HandleCallback<ConnectError, R>,
    I: HandleCallback<InvalidCallback, R>,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
{
    #[inline]
    pub(super) fn forward(future: S::Future) -> Self {
        Self {
            state: State::Forward { future },
        }
    }

    pub(super) fn callback(
        inner: S,
        settings: Arc<Settings<V, E, I, F, O>>,
        request: Request<B>,
        outcome: Result<ConnectOutcome, InvalidCallback>,
    ) -> Self
    where
        R: Default,
    {
        let future = Box::pin(CallbackFuture::new(inner, settings, request, outcome));
        Self {
            state: State::Callback { future },
        }
    }
}

impl<S, V, E, I, F, O, B, R> Future for ResponseFuture<S, V, E, I, F, O, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
    V: VerifyState,
    E: HandleCallback<ConnectError, R>,
    I: HandleCallback<InvalidCallback, R>,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
{
    type Output = Result<Response<R>, S::Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Forward { future } => future.poll(cx),
            StateProjection::Callback { future } => future.as_mut().poll(cx),
        }
    }
}

pin_project! {
    /// The steps of a callback: the `state` is verified, then the inner service or a handler
    /// responds.
    struct CallbackFuture<S, V, E, I, F, O, B, R>
    where
        S: Service<Request<B>>,
        V: VerifyState,
        E: HandleCallback<ConnectError, R>,
        I: HandleCallback<InvalidCallback, R>,
        F: HandleCallback<ConnectFailure, R>,
        O: HandleCallback<ConnectSuccess, R>,
    {
        settings: Arc<Settings<V, E, I, F, O>>,
        // Taken when the verifier is done.
        callback: Option<Callback<S, B>>,
        #[pin]
        step: StepOf<S, V, E, I, F, O, B, R>,
        additions: Additions,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<V, S, E, I, F, O, R> {
        Verify { #[pin] future: V },
        Forward { #[pin] future: S },
        Error { #[pin] future: E },
        Invalid { #[pin] future: I },
        Failure { #[pin] future: F },
        Success { #[pin] future: O },
        // The layer responds itself.
        Probe { #[pin] future: R },
    }
}

/// A callback, and the service that is ready for it.
struct Callback<S, B> {
    inner: S,
    request: Parts,
    body: B,
    outcome: Result<ConnectOutcome, InvalidCallback>,
}

/// What is added to the response.
#[derive(Default)]
struct Additions {
    /// Goes into the extensions.
    outcome: Option<Result<ConnectOutcome, InvalidCallback>>,
    /// Headers of the verifier.
    verified: Vec<(HeaderName, HeaderValue)>,
}

impl<S, V, E, I, F, O, B, R> CallbackFuture<S, V, E, I, F, O, B, R>
where
    S: Service<Request<B>>,
    V: VerifyState,
    E: HandleCallback<ConnectError, R>,
    I: HandleCallback<InvalidCallback, R>,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
    R: Default,
{
    fn new(
        inner: S,
        settings: Arc<Settings<V, E, I, F, O>>,
        request: Request<B>,
        outcome: Result<ConnectOutcome, InvalidCallback>,
    ) -> Self {
        let (mut request, body) = request.into_parts();
        if let Some(status) = probe_status(&request, &outcome) {
            let mut response = Response::new(R::default());
            *response.status_mut() = status;
            return Self {
                settings,
                callback: None,
                step: Step::Probe {
                    future: respond(response),
                },
                additions: Additions::default(),
            };
        }
        let matched = settings.options.matched_uri(&request);
        request.extensions.insert(matched);
        let callback = Callback {
            inner,
            request,
            body,
            outcome,
        };
        let mut additions = Additions::default();
        let (callback, step) = match callback.verify(&settings) {
            Some(future) => (Some(callback), Step::Verify { future }),
            None => (None, callback.conclude(&settings, None, &mut additions)),
        };
        Self {
            settings,
            callback,
            step,
            additions,
        }
    }
}

impl<S, V, E, I, F, O, B, R> Future for CallbackFuture<S, V, E, I, F, O, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
    V: VerifyState,
    E: HandleCallback<ConnectError, R>,
    I: HandleCallback<InvalidCallback, R>,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
{
    type Output = Result<Response<R>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut response = loop {
            match this.step.as_mut().project() {
                StepProjection::Verify { future } => {
                    let result = ready!(future.poll(cx)).try_into();
                    let callback = this.callback.take().expect("polled after completion");
                    let next = callback.conclude(this.settings, Some(result), this.additions);
                    this.step.set(next);
                }
                StepProjection::Forward { future } => break ready!(future.poll(cx))?,
                StepProjection::Error { future } => break ready!(future.poll(cx)),
                StepProjection::Invalid { future } => break ready!(future.poll(cx)),
                StepProjection::Failure { future } => break ready!(future.poll(cx)),
                StepProjection::Success { future } => break ready!(future.poll(cx)),
                StepProjection::Probe { future } => break ready!(future.poll(cx)),
            }
        };
        std::mem::take(this.additions).add_to(&mut response, &this.settings.options);
        Poll::Ready(Ok(response))
    }
}

/// A [`Step`] with the futures of these types.
type StepOf<S, V, E, I, F, O, B, R> = Step<
    <V as VerifyState>::Future,
    <S as Service<Request<B>>>::Future,
    <E as HandleCallback<ConnectError, R>>::Future,
    <I as HandleCallback<InvalidCallback, R>>::Future,
    <F as HandleCallback<ConnectFailure, R>>::Future,
    <O as HandleCallback<ConnectSuccess, R>>::Future,
    Ready<Response<R>>,
>;

impl<S, B> Callback<S, B> {
    /// Starts to verify the `state`. `None` if there is no state, or no verifier.
    fn verify<V: VerifyState, E, I, F, O>(
        &self,
        settings: &Settings<V, E, I, F, O>,
    ) -> Option<V::Future> {
        let (verifier, outcome) = (settings.verifier.as_ref()?, self.outcome.as_ref().ok()?);
        let state = outcome.state_to_verify().ok()?;
        Some(verifier.verify_state(&self.request, &state))
    }

    /// Decides who responds. `result` is what the verifier returned, if it was called.
    fn conclude<V, E, I, F, O, R>(
        mut self,
        settings: &Settings<V, E, I, F, O>,
        result: Option<Result<Verified, InvalidCallbackKind>>,
        additions: &mut Additions,
    ) -> StepOf<S, V, E, I, F, O, B, R>
    where
        S: Service<Request<B>>,
        V: VerifyState,
        E: HandleCallback<ConnectError, R>,
        I: HandleCallback<InvalidCallback, R>,
        F: HandleCallback<ConnectFailure, R>,
        O: HandleCallback<ConnectSuccess, R>,
    {
        // An outer layer has inserted this outcome, and has reported the callback.
        let outer = ConnectOutcome::from_extensions(&self.request.extensions);
        let is_reported = outer.is_some();
        let uri = settings.options.original_uri(&self.request);

        let may_lack_state = match (&self.outcome, &settings.verifier) {
            (_, None) => true,
            (Ok(ConnectOutcome::Error(_)), Some(_)) => settings.options.errors_without_state,
            _ => false,
        };
        let outcome = self.outcome.and_then(|outcome| match result {
            // An outcome that an outer layer has verified stays verified.
            None if may_lack_state => Ok((outer.unwrap_or(outcome), Verified::new())),
            None => outcome.verify(|_| Err(InvalidCallbackKind::StateMissing)),
            Some(result) => outcome.verify(|_| result),
        });
        let (outcome, verified) = match outcome {
            Ok(outcome) => outcome,
            Err(invalid) => {
                if !is_reported {
                    telemetry::report_invalid(uri, &self.request.headers, &invalid);
                }
                additions.outcome = Some(Err(invalid.clone()));
                return match &settings.on_invalid {
                    OnInvalid::Handle(handler) => Step::Invalid {
                        future: handler.handle(invalid, self.request),
                    },
                    OnInvalid::Failure(handler) => Step::Failure {
                        future: handler.handle(invalid.into(), self.request),
                    },
                };
            }
        };
        if !is_reported {
            telemetry::report_outcome(uri, &outcome);
        }
        let (extensions, headers) = verified.into_parts();
        self.request.extensions.extend(extensions);
        additions.verified = headers;
        additions.outcome = Some(Ok(outcome.clone()));
        match &outcome {
            ConnectOutcome::Error(error) => match &settings.on_error {
                OnError::Handle { predicate, handler } if predicate(error) => {
                    return Step::Error {
                        future: handler.handle(error.clone(), self.request),
                    };
                }
                OnError::Failure(handler) => {
                    return Step::Failure {
                        future: handler.handle(error.clone().into(), self.request),
                    };
                }
                OnError::Handle { .. } | OnError::Forward => {}
            },
            ConnectOutcome::Success(success) => {
                if let Some(handler) = &settings.on_success {
                    return Step::Success {
                        future: handler.handle(success.clone(), self.request),
                    };
                }
            }
        }
        outcome.insert_into(&mut self.request.extensions);
        Step::Forward {
            future: self
                .inner
                .call(Request::from_parts(self.request, self.body)),
        }
    }
}

impl Additions {
    fn add_to<R>(self, response: &mut Response<R>, options: &Options) {
        let is_used_up = Verified::is_used_up_by(response.status()) || !options.resume_flows;
        let extensions = response.extensions_mut();
        match self.outcome {
            // An inner layer has the last word: it can have verified or rejected the callback.
            _ if has_outcome(extensions) => {}
            Some(Ok(outcome)) => outcome.insert_into(extensions),
            Some(Err(invalid)) => {
                extensions.insert(invalid);
            }
            None => {}
        }
        let headers = response.headers_mut();
        if is_used_up {
            for (name, value) in self.verified {
                headers.append(name, value);
            }
        }
        // The address holds credentials, which an inner service that allows caching may not know.
        if options.response_headers {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers
                .entry(REFERRER_POLICY)
                .or_insert(HeaderValue::from_static("no-referrer"));
        }
    }
}

/// The status of the response to a probe: a request whose outcome must not be delivered, because
/// nobody visits the page.
fn probe_status(
    request: &Parts,
    outcome: &Result<ConnectOutcome, InvalidCallback>,
) -> Option<StatusCode> {
    if CallbackPaths::is_speculative(&request.headers) {
        // Browsers drop a prefetched response that is not a success, and ask again.
        Some(StatusCode::SERVICE_UNAVAILABLE)
    } else if request.method == Method::HEAD {
        Some(match outcome {
            Ok(_) => StatusCode::OK,
            Err(invalid) => invalid.status(),
        })
    } else {
        None
    }
}

/// Whether an inner layer has put the outcome into the extensions of a response.
fn has_outcome(extensions: &Extensions) -> bool {
    extensions.get::<ConnectError>().is_some()
        || extensions.get::<ConnectSuccess>().is_some()
        || extensions.get::<InvalidCallback>().is_some()
}

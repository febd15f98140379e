//! The steps of a callback: its state is verified, its success confirmed, then the inner service or a
//! handler responds, and the state is used up or stays.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::request::Parts;
use http::{Extensions, Request, Response};
use pin_project_lite::pin_project;
use tower::Service;

use super::additions::{Additions, Fate};
use super::confirm::Judge;
use super::handler::HandleCallback;
use super::probe;
use super::settings::Settings;
use crate::outcome::ConnectOutcome;
use crate::outcome::failure::ConnectFailure;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};
use crate::outcome::success::ConnectSuccess;
use crate::paths::MatchedCallback;
use crate::states::pending::PendingCallback;
use crate::states::verified::{Settling, Verified};
use crate::states::verifier::{SEALED, VerifyState};
use crate::telemetry::Report;

/// A body that has a default value, with which the layer responds itself.
#[diagnostic::on_unimplemented(
    message = "the body `{Self}` of the inner service's response has no default value",
    label = "this body is not `Default`",
    note = "the layer responds to some callbacks itself, with an empty body: put it outside the layer that gives \
            responses this body, such as a `TraceLayer`",
    note = "in axum, the layer that is added last is the outermost; in a `ServiceBuilder`, the first one is"
)]
pub trait EmptyBody: Sized {
    #[doc(hidden)]
    fn empty() -> Self;
}

#[diagnostic::do_not_recommend]
impl<R: Default> EmptyBody for R {
    fn empty() -> Self {
        Self::default()
    }
}

pin_project! {
    /// The future of a callback.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct CallbackFuture<S, V, F, O, B, R>
    where
        S: Service<Request<B>>,
        V: Judge,
        F: HandleCallback<ConnectFailure, R>,
        O: HandleCallback<ConnectSuccess, R>,
    {
        settings: Arc<Settings<V, F, O>>,
        // The service that is ready, and the body. Taken when it is clear who responds.
        forward: Option<(S, B)>,
        #[pin]
        step: StepOf<S, V, F, O, B, R>,
        additions: Additions,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<V, C, S, F, O, R, E> {
        Verify { #[pin] future: V, callback: PendingCallback },
        Confirm { #[pin] future: C, callback: Option<(Parts, ConnectOutcome)> },
        Forward { #[pin] future: S },
        Failure { #[pin] future: F },
        Success { #[pin] future: O },
        Respond { response: Option<R> },
        Settle { future: Settling, response: Option<Result<R, E>> },
    }
}

/// A [`Step`] with the futures of these types.
type StepOf<S, V, F, O, B, R> = Step<
    <<V as Judge>::Verifier as VerifyState>::Future,
    <V as Judge>::Confirm,
    <S as Service<Request<B>>>::Future,
    <F as HandleCallback<ConnectFailure, R>>::Future,
    <O as HandleCallback<ConnectSuccess, R>>::Future,
    Response<R>,
    <S as Service<Request<B>>>::Error,
>;

impl<S, V, F, O, B, R> CallbackFuture<S, V, F, O, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
    V: Judge,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
    R: EmptyBody,
{
    pub(super) fn new(
        inner: S,
        settings: Arc<Settings<V, F, O>>,
        request: Request<B>,
        callback: Result<MatchedCallback, RejectedCallback>,
    ) -> Self {
        let (request, body) = request.into_parts();
        let mut forward = Some((inner, body));
        let mut additions = Additions::default();
        let step = if let Some(status) = probe::status(&request, &callback) {
            let mut response = Response::new(R::empty());
            *response.status_mut() = status;
            Step::Respond {
                response: Some(response),
            }
        } else {
            let mut next = Next {
                settings: &settings,
                forward: &mut forward,
                additions: &mut additions,
            };
            next.verify(request, callback)
        };
        Self {
            settings,
            forward,
            step,
            additions,
        }
    }
}

impl<S, V, F, O, B, R> Future for CallbackFuture<S, V, F, O, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
    V: Judge,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
{
    type Output = Result<Response<R>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let response = match this.step.as_mut().project() {
                StepProjection::Verify { future, callback } => {
                    let verdict = ready!(future.poll(cx));
                    let callback = callback.clone();
                    // The future may have a clone of the callback, which is then copied.
                    this.step.set(Step::Respond { response: None });
                    let mut next = Next {
                        settings: this.settings,
                        forward: this.forward,
                        additions: this.additions,
                    };
                    let step = next.conclude_verification(callback, verdict);
                    this.step.set(step);
                    continue;
                }
                StepProjection::Confirm { future, callback } => {
                    let confirmed = ready!(future.poll(cx));
                    let (request, success) = callback.take().expect("polled after completion");
                    let mut next = Next {
                        settings: this.settings,
                        forward: this.forward,
                        additions: this.additions,
                    };
                    let step = next.conclude_confirmation(request, success, confirmed);
                    this.step.set(step);
                    continue;
                }
                StepProjection::Forward { future } => ready!(future.poll(cx)),
                StepProjection::Failure { future } => Ok(ready!(future.poll(cx))),
                StepProjection::Success { future } => Ok(ready!(future.poll(cx))),
                StepProjection::Respond { response } => {
                    Ok(response.take().expect("polled after completion"))
                }
                StepProjection::Settle { future, response } => {
                    ready!(future.as_mut().poll(cx));
                    return Poll::Ready(response.take().expect("polled after completion"));
                }
            };
            let (response, settling) = this.additions.finish(response, &this.settings.options);
            match settling {
                None => return Poll::Ready(response),
                Some(future) => this.step.set(Step::Settle {
                    future,
                    response: Some(response),
                }),
            }
        }
    }
}

/// Decides on the next step.
struct Next<'a, S, V, F, O, B> {
    settings: &'a Settings<V, F, O>,
    forward: &'a mut Option<(S, B)>,
    additions: &'a mut Additions,
}

impl<S, V, F, O, B, R> Next<'_, S, V, F, O, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    V: Judge,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
{
    /// Verifies the state, if the app does not, and if there is one.
    fn verify(
        &mut self,
        request: Parts,
        callback: Result<MatchedCallback, RejectedCallback>,
    ) -> StepOf<S, V, F, O, B, R> {
        // An outer layer reports what it has verified.
        if ConnectOutcome::from_extensions(&request.extensions).is_none() {
            let paths = &self.settings.options.paths;
            self.additions.report = Report::new(&request, callback.as_ref(), paths);
        }
        let callback = match callback {
            Ok(callback) => PendingCallback::new(request, callback),
            Err(rejected) => return self.reject(request, rejected),
        };
        let verifier = self.settings.judge.verifier();
        let missing = callback.outcome().state_to_verify().err();
        let is_error = matches!(callback.outcome(), ConnectOutcome::Error(_));
        match missing {
            _ if verifier.is_app(SEALED) => {}
            None => {
                return Step::Verify {
                    future: verifier.verify_state(&callback),
                    callback,
                };
            }
            Some(_) if is_error && self.settings.options.accepts_errors_without_state => {}
            Some(reason) => return self.reject(callback.into_parts().0, reason.into()),
        }
        let (request, callback) = callback.into_parts();
        // An outcome that an outer layer has verified stays verified.
        let outer = ConnectOutcome::from_extensions(&request.extensions);
        let outcome = outer.unwrap_or_else(|| callback.into_outcome());
        self.dispatch(request, outcome)
    }

    fn conclude_verification(
        &mut self,
        callback: PendingCallback,
        verdict: Result<Verified, RejectionReason>,
    ) -> StepOf<S, V, F, O, B, R> {
        let (mut request, callback) = callback.into_parts();
        let mut verified = match verdict {
            Ok(verified) => verified,
            Err(reason) => return self.reject(request, reason.into()),
        };
        let mut outcome = callback.into_outcome();
        let ids = verified.verify_ids(&outcome);
        request.extensions.extend(verified.take_extensions());
        self.additions.verified = verified;
        if let Err(reason) = ids {
            return self.reject(request, reason.into());
        }
        outcome.set_verified();
        if let ConnectOutcome::Success(success) = &outcome {
            if let Some(future) = self.settings.judge.confirm(success, &request) {
                return Step::Confirm {
                    future,
                    callback: Some((request, outcome)),
                };
            }
        }
        self.dispatch(request, outcome)
    }

    fn conclude_confirmation(
        &mut self,
        mut request: Parts,
        success: ConnectOutcome,
        confirmed: Result<Extensions, RejectionReason>,
    ) -> StepOf<S, V, F, O, B, R> {
        match confirmed {
            Ok(extensions) => {
                request.extensions.extend(extensions);
                self.dispatch(request, success)
            }
            Err(reason) => self.reject(request, reason.into()),
        }
    }

    /// Lets a handler or the inner service respond to an outcome.
    fn dispatch(
        &mut self,
        mut request: Parts,
        outcome: ConnectOutcome,
    ) -> StepOf<S, V, F, O, B, R> {
        self.additions.verdict = Some(Ok(outcome.clone()));
        // A service that is not called must not hold what its readiness has reserved.
        let (mut inner, body) = self.forward.take().expect("polled after completion");
        match (&outcome, &self.settings.on_success) {
            (ConnectOutcome::Error(error), _)
                if !self.settings.options.forward_errors.includes(error) =>
            {
                self.additions.fate = Fate::UsedUp;
                let failure = ConnectFailure::Error(error.clone());
                return Step::Failure {
                    future: self.settings.on_failure.handle(failure, request),
                };
            }
            (ConnectOutcome::Success(success), Some(handler)) => {
                return Step::Success {
                    future: handler.handle(success.clone(), request),
                };
            }
            _ => {}
        }
        outcome.insert_into(&mut request.extensions);
        Step::Forward {
            future: inner.call(Request::from_parts(request, body)),
        }
    }

    fn reject(&mut self, request: Parts, rejected: RejectedCallback) -> StepOf<S, V, F, O, B, R> {
        drop(self.forward.take());
        self.additions.fate = match rejected.reason().keeps_state() {
            true => Fate::Stays,
            false => Fate::UsedUp,
        };
        self.additions.verdict = Some(Err(rejected.clone()));
        let failure = ConnectFailure::Rejected(rejected);
        Step::Failure {
            future: self.settings.on_failure.handle(failure, request),
        }
    }
}

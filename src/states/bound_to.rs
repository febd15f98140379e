//! States that are bound to the user who is logged in.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::HeaderMap;
use http::request::Parts;
use pin_project_lite::pin_project;

use super::digest::Digest;
use super::not_started::NotStarted;
use super::pending::PendingCallback;
use super::start_state::{NewFlow, StartState};
use super::verified::{Settling, Verified};
use super::verifier::VerifyState;
use crate::outcome::rejected::RejectionReason;

/// States that are bound to the user who is logged in, made by
/// [`StartState::bind_to`](super::StartState::bind_to).
pub struct BoundTo<S, U> {
    states: Arc<S>,
    user: Arc<U>,
}

impl<S, U> BoundTo<S, U> {
    pub(super) fn new(states: S, user: U) -> Self {
        Self {
            states: Arc::new(states),
            user: Arc::new(user),
        }
    }
}

impl<S, U, Fut> VerifyState for BoundTo<S, U>
where
    S: VerifyState,
    U: Fn(Parts) -> Fut,
    Fut: Future<Output = Option<String>>,
{
    type Future = VerifyBound<S, S::Future, Fut>;

    fn verify_state(&self, callback: &PendingCallback) -> Self::Future {
        VerifyBound {
            step: VerifyStep::User {
                future: (self.user)(callback.request().clone()),
            },
            states: self.states.clone(),
            callback: callback.clone(),
            user: None,
        }
    }
}

impl<S, U, Fut> StartState for BoundTo<S, U>
where
    S: StartState,
    U: Fn(Parts) -> Fut,
    Fut: Future<Output = Option<String>>,
{
    type Started = StartBound<S, S::Started, Fut>;

    fn start_state(&self, flow: &NewFlow) -> Self::Started {
        StartBound {
            step: StartStep::User {
                future: (self.user)(flow.request().clone()),
            },
            states: self.states.clone(),
            flow: flow.clone(),
        }
    }
}

/// The digest of the user. An empty identifier is nobody's.
fn digest(user: Option<String>) -> Option<Digest> {
    let user = user.filter(|user| !user.is_empty())?;
    Some(Digest::of("user", &user))
}

pin_project! {
    /// Asks who is logged in, verifies the state, and compares the user.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct VerifyBound<S, V, U> {
        #[pin]
        step: VerifyStep<V, U>,
        states: Arc<S>,
        callback: PendingCallback,
        user: Option<Digest>,
    }
}

pin_project! {
    #[project = VerifyStepProjection]
    enum VerifyStep<V, U> {
        User { #[pin] future: U },
        Verify { #[pin] future: V },
        // The flow of another user keeps its state.
        PutBack { future: Settling },
    }
}

impl<S, V, U> Future for VerifyBound<S, V, U>
where
    S: VerifyState<Future = V>,
    V: Future<Output = Result<Verified, RejectionReason>>,
    U: Future<Output = Option<String>>,
{
    type Output = Result<Verified, RejectionReason>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.step.as_mut().project() {
                VerifyStepProjection::User { future } => {
                    let Some(user) = digest(ready!(future.poll(cx))) else {
                        return Poll::Ready(Err(RejectionReason::NotLoggedIn));
                    };
                    *this.user = Some(user);
                    let future = this.states.verify_state(this.callback);
                    this.step.set(VerifyStep::Verify { future });
                }
                VerifyStepProjection::Verify { future } => {
                    let mut verified = ready!(future.poll(cx))?;
                    if verified.ids.user.is_some() && verified.ids.user == *this.user {
                        return Poll::Ready(Ok(verified));
                    }
                    match verified.start_to_settle(false) {
                        Some(future) => this.step.set(VerifyStep::PutBack { future }),
                        None => return Poll::Ready(Err(RejectionReason::OtherUser)),
                    }
                }
                VerifyStepProjection::PutBack { future } => {
                    ready!(future.as_mut().poll(cx));
                    return Poll::Ready(Err(RejectionReason::OtherUser));
                }
            }
        }
    }
}

pin_project! {
    /// Asks who is logged in, and starts the flow of that user.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct StartBound<S, T, U> {
        #[pin]
        step: StartStep<T, U>,
        states: Arc<S>,
        flow: NewFlow,
    }
}

pin_project! {
    #[project = StartStepProjection]
    enum StartStep<T, U> {
        User { #[pin] future: U },
        Start { #[pin] future: T },
    }
}

impl<S, T, U> Future for StartBound<S, T, U>
where
    S: StartState<Started = T>,
    T: Future<Output = Result<HeaderMap, NotStarted>>,
    U: Future<Output = Option<String>>,
{
    type Output = Result<HeaderMap, NotStarted>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.step.as_mut().project() {
                StartStepProjection::User { future } => {
                    let Some(user) = digest(ready!(future.poll(cx))) else {
                        return Poll::Ready(Err(NotStarted::NotLoggedIn));
                    };
                    let flow = this.flow.clone().with_user(user);
                    let future = this.states.start_state(&flow);
                    this.step.set(StartStep::Start { future });
                }
                StartStepProjection::Start { future } => return future.poll(cx),
            }
        }
    }
}

impl<S, U> Clone for BoundTo<S, U> {
    fn clone(&self) -> Self {
        Self {
            states: self.states.clone(),
            user: self.user.clone(),
        }
    }
}

impl<S: fmt::Debug, U> fmt::Debug for BoundTo<S, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundTo")
            .field("states", &self.states)
            .finish_non_exhaustive()
    }
}

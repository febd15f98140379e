//! Confirming what a success claims.

use std::future::{Future, Pending};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Extensions;
use http::request::Parts;
use pin_project_lite::pin_project;

use crate::outcome::rejected::RejectionReason;
use crate::outcome::success::ConnectSuccess;
use crate::states::VerifyState;

/// A verifier, and a function that confirms successes. It is the verifier of a layer after
/// [`confirm`](crate::ConnectCallbackLayer::confirm).
#[derive(Clone, Debug)]
pub struct Confirmed<V, C> {
    pub(super) verifier: Arc<V>,
    pub(super) confirm: C,
}

/// Judges a callback: verifies its state, and then perhaps confirms its success.
///
/// Every verifier does, and so does [`Confirmed`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not verify the `state` of callbacks",
    label = "not a verifier"
)]
pub trait Judge {
    type Verifier: VerifyState;
    /// The extensions for the request.
    type Confirm: Future<Output = Result<Extensions, RejectionReason>>;

    fn verifier(&self) -> &Self::Verifier;

    /// `None` if nothing confirms successes.
    fn confirm(&self, success: &ConnectSuccess, request: &Parts) -> Option<Self::Confirm>;
}

impl<V: VerifyState> Judge for V {
    type Verifier = V;
    type Confirm = Pending<Result<Extensions, RejectionReason>>;

    fn verifier(&self) -> &V {
        self
    }

    fn confirm(&self, _success: &ConnectSuccess, _request: &Parts) -> Option<Self::Confirm> {
        None
    }
}

impl<V, C, Fut, T> Judge for Confirmed<V, C>
where
    V: VerifyState,
    C: Fn(ConnectSuccess, Parts) -> Fut,
    Fut: Future<Output = Result<T, RejectionReason>>,
    T: Clone + Send + Sync + 'static,
{
    type Verifier = V;
    type Confirm = IntoExtensions<Fut>;

    fn verifier(&self) -> &V {
        &self.verifier
    }

    fn confirm(&self, success: &ConnectSuccess, request: &Parts) -> Option<Self::Confirm> {
        Some(IntoExtensions {
            future: (self.confirm)(success.clone(), request.clone()),
        })
    }
}

pin_project! {
    /// Makes an extension of what the function returns.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct IntoExtensions<Fut> {
        #[pin]
        future: Fut,
    }
}

impl<Fut, T> Future for IntoExtensions<Fut>
where
    Fut: Future<Output = Result<T, RejectionReason>>,
    T: Clone + Send + Sync + 'static,
{
    type Output = Result<Extensions, RejectionReason>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map_ok(|value| {
            let mut extensions = Extensions::new();
            extensions.insert(value);
            extensions
        })
    }
}

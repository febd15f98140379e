//! Verifiers, which decide whether a `state` was issued to the browser that sends it back.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::sync::Arc;

use super::pending::PendingCallback;
use super::verified::Verified;
use crate::outcome::ConnectOutcome;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};

/// Verifies the `state` of callbacks.
///
/// The second argument of [`ConnectCallbackLayer::new`](crate::ConnectCallbackLayer::new) is a
/// verifier: a [`StateCookie`](crate::StateCookie), a [`StoredState`](super::StoredState), a
/// function in [`verify_fn`](crate::verify_fn), [`AppVerifiesState`](crate::AppVerifiesState), or
/// a type of your own. An [`Arc`] of a verifier is one as well.
///
/// ```
/// use std::future::{Ready, ready};
///
/// use tower_smartcar_connect::states::{PendingCallback, VerifyState};
/// use tower_smartcar_connect::{ConnectCallbackLayer, RejectionReason, Verified};
///
/// /// Compares the state with the one that an outer layer has put into the extensions.
/// struct ExtensionState;
///
/// #[derive(Clone)]
/// struct IssuedState(String);
///
/// impl VerifyState for ExtensionState {
///     type Future = Ready<Result<Verified, RejectionReason>>;
///
///     fn verify_state(&self, callback: &PendingCallback) -> Self::Future {
///         ready(match callback.request().extensions.get::<IssuedState>() {
///             Some(issued) => Verified::by_comparing(&issued.0, callback.state()),
///             None => Err(RejectionReason::StateUnknown),
///         })
///     }
/// }
///
/// let layer = ConnectCallbackLayer::new("/callback", ExtensionState);
/// ```
///
/// The layer asks a verifier about every success and every error that has a `state`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not verify the `state` of callbacks",
    label = "not a verifier",
    note = "pass a `StateCookie`, a `StoredState`, `verify_fn(…)` with a function, or a type that implements `VerifyState`",
    note = "pass `AppVerifiesState` if your app compares `state` itself, or handles errors only"
)]
pub trait VerifyState {
    /// The future of the verdict.
    type Future: Future<Output = Result<Verified, RejectionReason>>;

    /// Returns whether the state of `callback` was issued to the browser that sent it.
    ///
    /// The future cannot borrow the callback, whose clone is cheap.
    fn verify_state(&self, callback: &PendingCallback) -> Self::Future;

    /// Whether the app verifies `state` instead.
    #[doc(hidden)]
    fn is_app(&self, _: Sealed) -> bool {
        false
    }
}

/// Keeps [`VerifyState::is_app`] from being overridden elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Sealed(());

pub(crate) const SEALED: Sealed = Sealed(());

impl PendingCallback {
    /// Verifies the `state` with `verifier`, and returns the verified outcome.
    ///
    /// The [`Verified`] has extensions for your request. [Settle](Verified::settle) it when you
    /// respond.
    ///
    /// # Errors
    ///
    /// Returns the reason of the verifier,
    /// [`StateMissing`](crate::RejectionReason::StateMissing),
    /// [`OtherVehicle`](crate::RejectionReason::OtherVehicle) or
    /// [`OtherExternalId`](crate::RejectionReason::OtherExternalId). The last two use a stored state
    /// up. One in a cookie stays in the browser until it expires, and is rejected for these ids each
    /// time. A verifier that leaves `state` to the app returns the outcome as it is.
    pub async fn verify_with<V: VerifyState>(
        self,
        verifier: &V,
    ) -> Result<(ConnectOutcome, Verified), RejectedCallback> {
        if verifier.is_app(SEALED) {
            return Ok((self.into_parts().1.into_outcome(), Verified::new()));
        }
        self.outcome().state_to_verify()?;
        let verified = verifier.verify_state(&self).await?;
        let mut outcome = self.into_parts().1.into_outcome();
        if let Err(reason) = verified.verify_ids(&outcome) {
            verified.settle(!reason.keeps_state()).await;
            return Err(reason.into());
        }
        outcome.set_verified();
        Ok((outcome, verified))
    }
}

#[diagnostic::do_not_recommend]
impl<V: VerifyState + ?Sized> VerifyState for Arc<V> {
    type Future = V::Future;

    fn verify_state(&self, callback: &PendingCallback) -> Self::Future {
        (**self).verify_state(callback)
    }

    fn is_app(&self, sealed: Sealed) -> bool {
        (**self).is_app(sealed)
    }
}

/// Leaves `state` to your app, which compares it itself or handles errors only.
///
/// **Compare [`state`](crate::ConnectSuccess::state) before you use a success.** Otherwise an
/// attacker can connect a car to your user's account, or your user's car to theirs:
/// [the guide](crate::guide::states#why) shows how. Callbacks may then lack a `state`, and
/// [`is_verified`](crate::ConnectSuccess::is_verified) returns `false`.
///
/// ```
/// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
///
/// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AppVerifiesState;

impl VerifyState for AppVerifiesState {
    type Future = Ready<Result<Verified, RejectionReason>>;

    fn verify_state(&self, _callback: &PendingCallback) -> Self::Future {
        ready(Ok(Verified::new()))
    }

    fn is_app(&self, _: Sealed) -> bool {
        true
    }
}

/// Makes a verifier of an async function.
///
/// The function gets the [`PendingCallback`] by value, so a closure needs no types. If your store
/// does not answer, return [`RejectionReason::StateStoreUnavailable`].
///
/// A closure that captures variables clones them for each call, and moves the clones into an async
/// block:
///
/// ```
/// use tower_smartcar_connect::{ConnectCallbackLayer, RejectionReason, Verified, verify_fn};
/// # #[derive(Clone)]
/// # struct Sessions;
/// # impl Sessions {
/// #     async fn issued(&self, _request: &http::request::Parts) -> Result<Option<String>, ()> { Ok(None) }
/// # }
///
/// # fn layer(sessions: Sessions) {
/// let verifier = verify_fn(move |callback| {
///     let sessions = sessions.clone();
///     async move {
///         let issued = sessions.issued(callback.request()).await;
///         let issued = issued.map_err(|_| RejectionReason::StateStoreUnavailable)?;
///         let issued = issued.ok_or(RejectionReason::StateUnknown)?;
///         Verified::by_comparing(&issued, callback.state())
///     }
/// });
/// let layer = ConnectCallbackLayer::new("/callback", verifier);
/// # }
/// ```
///
/// Such a state is not used up unless your function removes it. Prefer
/// [`StoredState`](super::StoredState) for a store of your own, which does that by the
/// [rules](crate::callback#when-a-state-is-used-up) of the layer.
pub fn verify_fn<F, Fut>(function: F) -> VerifyFn<F>
where
    F: Fn(PendingCallback) -> Fut,
    Fut: Future<Output = Result<Verified, RejectionReason>>,
{
    VerifyFn(function)
}

/// Verifier that calls a function, made by [`verify_fn`](crate::verify_fn).
#[derive(Clone, Copy)]
pub struct VerifyFn<F>(F);

#[diagnostic::do_not_recommend]
impl<F, Fut> VerifyState for VerifyFn<F>
where
    F: Fn(PendingCallback) -> Fut,
    Fut: Future<Output = Result<Verified, RejectionReason>>,
{
    type Future = Fut;

    fn verify_state(&self, callback: &PendingCallback) -> Self::Future {
        (self.0)(callback.clone())
    }
}

impl<F> fmt::Debug for VerifyFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyFn").finish_non_exhaustive()
    }
}

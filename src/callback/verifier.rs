//! Verifiers, which check the `state` of callbacks.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Pending, Ready, ready};

use http::request::Parts;

use crate::invalid::InvalidCallbackKind;
use crate::verified::Verified;

/// Verifies the `state` of callbacks.
///
/// [`StateCookie`](crate::StateCookie) is a verifier. To verify with a function, pass it to
/// [`verify_state`] or [`verify_state_async`]. Implement the trait for a type that you pass to
/// [`verify_state_with`]:
///
/// ```
/// use std::future::{Ready, ready};
///
/// use http::request::Parts;
/// use tower_smartcar_connect::{
///     ConnectCallbackLayer, InvalidCallbackKind, Verified, VerifyState,
/// };
///
/// /// Compares the state with the one that a layer outside has put into the extensions.
/// struct ExtensionState;
///
/// #[derive(Clone)]
/// struct IssuedState(String);
///
/// impl VerifyState for ExtensionState {
///     type Future = Ready<Result<Verified, InvalidCallbackKind>>;
///
///     fn verify_state(&self, request: &Parts, state: &str) -> Self::Future {
///         ready(match request.extensions.get::<IssuedState>() {
///             Some(issued) => Verified::by_comparing(&issued.0, state),
///             None => Err(InvalidCallbackKind::StateUnknown),
///         })
///     }
/// }
///
/// let layer = ConnectCallbackLayer::new("/callback").verify_state_with(ExtensionState);
/// ```
///
/// The layer calls a verifier for every success and every error whose `state` is not empty.
///
/// [`verify_state`]: crate::ConnectCallbackLayer::verify_state
/// [`verify_state_async`]: crate::ConnectCallbackLayer::verify_state_async
/// [`verify_state_with`]: crate::ConnectCallbackLayer::verify_state_with
#[diagnostic::on_unimplemented(
    message = "nothing verifies the `state` of these callbacks: `{Self}` is not a verifier",
    label = "`state` is not verified",
    note = "call `.verify_state_with(…)` with a `StateCookie` or another type that implements `VerifyState`, \
            `.verify_state(…)` with a function, or `.verify_state_async(…)` with an async function",
    note = "call `.app_verifies_state()` if your app verifies `state` itself, or handles errors only"
)]
pub trait VerifyState {
    /// The future of the result: a `bool` or a `Result<Verified, InvalidCallbackKind>`.
    type Future: Future<Output: TryInto<Verified, Error = InvalidCallbackKind>>;

    /// Returns whether the decoded `state` was issued to the browser that sent `request`.
    ///
    /// The future cannot borrow from the arguments. Clone what it needs.
    fn verify_state(&self, request: &Parts, state: &str) -> Self::Future;
}

// Without this attribute, the compiler suggests `Fn` for every type that is not a verifier.
#[diagnostic::do_not_recommend]
impl<F, T> VerifyState for F
where
    F: Fn(&Parts, &str) -> T,
    T: TryInto<Verified, Error = InvalidCallbackKind>,
{
    type Future = Ready<T>;

    fn verify_state(&self, request: &Parts, state: &str) -> Self::Future {
        ready(self(request, state))
    }
}

/// Stands for no verifier: the app verifies `state`. It is never called, because the type has no
/// value.
#[diagnostic::do_not_recommend]
impl VerifyState for Infallible {
    type Future = Pending<bool>;

    fn verify_state(&self, _request: &Parts, _state: &str) -> Self::Future {
        match *self {}
    }
}

/// Verifier that calls an async function, made by
/// [`verify_state_async`](crate::ConnectCallbackLayer::verify_state_async).
#[derive(Clone)]
pub struct AsyncVerifier<F>(pub(super) F);

#[diagnostic::do_not_recommend]
impl<F, Fut> VerifyState for AsyncVerifier<F>
where
    F: Fn(Parts, String) -> Fut,
    Fut: Future<Output: TryInto<Verified, Error = InvalidCallbackKind>>,
{
    type Future = Fut;

    fn verify_state(&self, request: &Parts, state: &str) -> Self::Future {
        (self.0)(request.clone(), state.to_owned())
    }
}

impl<F> fmt::Debug for AsyncVerifier<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncVerifier").finish_non_exhaustive()
    }
}

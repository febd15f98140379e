//! Who says that a callback belongs to a flow which the app began: nobody, somebody at once, or somebody after a while.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Request;

use super::verdict::{IntoVerdict, Verdict};
use crate::invalid::InvalidCallbackKind;
use crate::response::ConnectResponse;

/// Verifies the `state` of callbacks, at once.
///
/// Set one with [`ConnectCallbackLayer::verify_state`](super::ConnectCallbackLayer::verify_state). It is asked about
/// every success and every error that has a state which is not empty. Any
/// `Fn(&Request<B>, &str) -> bool` is a verifier, and so is one that returns a [`Verdict`]; implement the trait for a
/// type of your own to give it a name. A closure needs the types of both arguments, used or not.
///
/// ```
/// use http::Request;
/// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};
///
/// /// The state that this browser was given, from wherever the app keeps it.
/// fn issued_to<B>(request: &Request<B>) -> Option<&str> {
///     # request.headers().get("x-issued-state")?.to_str().ok()
/// }
///
/// let layer = ConnectCallbackLayer::new("/callback").verify_state(|request: &Request<String>, state: &str| {
///     let issued = issued_to(request).ok_or(InvalidCallbackKind::StateUnknown)?;
///     Verified::by_comparing(issued, state)
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not verify states at once",
    label = "not a verifier of requests with `{B}` as body",
    note = "a verifier is a `Fn(&http::Request<{B}>, &str) -> bool`, one that returns a `Verdict`, or a type that implements \
            `VerifyState<{B}>`",
    note = "a verifier that returns a future is for `verify_state_async`"
)]
pub trait VerifyState<B> {
    /// Whether the decoded `state` is one that was issued to the browser which sent `request`.
    ///
    /// # Errors
    ///
    /// Why it is not. The callback is invalid then.
    fn verify_state(&self, request: &Request<B>, state: &str) -> Verdict;
}

// So that the compiler says what the attributes above say. Otherwise it asks for an `Fn` wherever a type is no
// verifier.
#[diagnostic::do_not_recommend]
impl<F, B, V> VerifyState<B> for F
where
    F: Fn(&Request<B>, &str) -> V,
    V: IntoVerdict,
{
    fn verify_state(&self, request: &Request<B>, state: &str) -> Verdict {
        self(request, state).into_verdict()
    }
}

/// Verifies the `state` of callbacks with the help of something that takes time, such as a session store.
///
/// Set one with [`ConnectCallbackLayer::verify_state_async`](super::ConnectCallbackLayer::verify_state_async). The
/// request and the state are borrowed to make the future, which owns what it needs of them. Any
/// `Fn(&Request<B>, &str) -> impl Future` with a `bool` or a [`Verdict`] as output is a verifier. An `async fn` or
/// `async` closure is not, as its future keeps the borrow: write a closure that returns an `async move` block. Give the
/// types of both its arguments, used or not.
///
/// Where the store does not answer, say [`InvalidCallbackKind::StateStoreUnavailable`], which is answered with a 503.
///
/// ```
/// use http::Request;
/// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};
/// # #[derive(Clone)]
/// # struct Session;
/// # impl Session {
/// #     async fn get(&self, _key: &str) -> Result<Option<String>, ()> { Ok(None) }
/// # }
///
/// let layer = ConnectCallbackLayer::new("/callback").verify_state_async(|request: &Request<String>, state: &str| {
///     let session = request.extensions().get::<Session>().cloned();
///     let state = state.to_owned();
///     async move {
///         let session = session.ok_or(InvalidCallbackKind::StateUnknown)?;
///         let issued = session.get("connect-state").await;
///         let issued = issued.map_err(|_| InvalidCallbackKind::StateStoreUnavailable)?;
///         Verified::by_comparing(&issued.ok_or(InvalidCallbackKind::StateUnknown)?, &state)
///     }
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not verify states in a future",
    label = "not a verifier of requests with `{B}` as body",
    note = "a verifier is a `Fn(&http::Request<{B}>, &str) -> impl Future<Output = bool>`, one whose future has a `Verdict` as \
            output, or a type that implements `VerifyStateAsync<{B}>`",
    note = "a verifier that answers at once, such as `StateCookie`, is for `verify_state`"
)]
pub trait VerifyStateAsync<B> {
    /// The future of the verdict, which does not borrow from the request.
    type Future: Future<Output: IntoVerdict>;

    /// Whether the decoded `state` is one that was issued to the browser which sent `request`.
    fn verify_state(&self, request: &Request<B>, state: &str) -> Self::Future;
}

#[diagnostic::do_not_recommend]
impl<F, B, Fut> VerifyStateAsync<B> for F
where
    F: Fn(&Request<B>, &str) -> Fut,
    Fut: Future<Output: IntoVerdict>,
{
    type Future = Fut;

    fn verify_state(&self, request: &Request<B>, state: &str) -> Self::Future {
        self(request, state)
    }
}

/// How a layer comes to a [`Verdict`]: [`NoVerifier`], [`Verifier`] or [`AsyncVerifier`].
///
/// Sealed: verifiers of your own implement [`VerifyState`] or [`VerifyStateAsync`].
pub trait Verification<B>: sealed::Sealed {
    /// The future of a verdict that takes a while; [`NoFuture`] where none does.
    type Future: Future<Output: IntoVerdict>;

    /// Begins to verify a callback, which `request` brought.
    #[doc(hidden)]
    fn begin(&self, request: &Request<B>, response: &ConnectResponse) -> Begun<Self::Future>;
}

/// A verification that has begun.
#[derive(Debug)]
pub enum Begun<F> {
    /// Nobody verifies this callback.
    Unverified,
    /// The verdict is there.
    Decided(Verdict),
    /// The verdict takes a while.
    Undecided(F),
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::NoVerifier {}

    impl<V> Sealed for super::Verifier<V> {}

    impl<V> Sealed for super::AsyncVerifier<V> {}
}

/// Nobody verifies the state, which is what a layer does unless
/// [`ConnectCallbackLayer::verify_state`](super::ConnectCallbackLayer::verify_state) or
/// [`verify_state_async`](super::ConnectCallbackLayer::verify_state_async) says otherwise.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoVerifier;

impl<B> Verification<B> for NoVerifier {
    type Future = NoFuture;

    #[inline]
    fn begin(&self, _request: &Request<B>, _response: &ConnectResponse) -> Begun<NoFuture> {
        Begun::Unverified
    }
}

/// A [`VerifyState`] verifies the state. What
/// [`ConnectCallbackLayer::verify_state`](super::ConnectCallbackLayer::verify_state) sets.
#[derive(Clone, Copy)]
pub struct Verifier<V>(pub(super) V);

impl<B, V> Verification<B> for Verifier<V>
where
    V: VerifyState<B>,
{
    type Future = NoFuture;

    fn begin(&self, request: &Request<B>, response: &ConnectResponse) -> Begun<NoFuture> {
        Begun::Decided(match response.state_to_verify() {
            Some(state) => self.0.verify_state(request, &state),
            None => Err(InvalidCallbackKind::StateMissing),
        })
    }
}

/// A [`VerifyStateAsync`] verifies the state. What
/// [`ConnectCallbackLayer::verify_state_async`](super::ConnectCallbackLayer::verify_state_async) sets.
#[derive(Clone, Copy)]
pub struct AsyncVerifier<V>(pub(super) V);

impl<B, V> Verification<B> for AsyncVerifier<V>
where
    V: VerifyStateAsync<B>,
{
    type Future = V::Future;

    fn begin(&self, request: &Request<B>, response: &ConnectResponse) -> Begun<V::Future> {
        match response.state_to_verify() {
            Some(state) => Begun::Undecided(self.0.verify_state(request, &state)),
            None => Begun::Decided(Err(InvalidCallbackKind::StateMissing)),
        }
    }
}

impl<V> fmt::Debug for Verifier<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl<V> fmt::Debug for AsyncVerifier<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncVerifier").finish_non_exhaustive()
    }
}

/// The future of a verdict that is there at once. It has no values, so it takes no room in the response future.
#[derive(Debug)]
pub enum NoFuture {}

impl Future for NoFuture {
    type Output = Verdict;

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Verdict> {
        match *self {}
    }
}

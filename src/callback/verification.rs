//! The three ways in which a layer comes to a verdict: not at all, at once, or after a while.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Request;

use super::verify::{IntoVerdict, Verdict, VerifyState, VerifyStateAsync};
use crate::invalid::InvalidCallbackKind;
use crate::response::ConnectResponse;

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

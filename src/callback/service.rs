//! The service, which forwards other requests and starts the future of a callback.

use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower::Service;

use super::future::ResponseFuture;
use super::handler::HandleCallback;
use super::settings::Settings;
use super::verifier::VerifyState;
use crate::error::ConnectError;
use crate::failure::ConnectFailure;
use crate::invalid::InvalidCallback;
use crate::success::ConnectSuccess;

/// Middleware that turns Smartcar Connect callbacks into typed outcomes.
///
/// Created by [`ConnectCallbackLayer`](crate::ConnectCallbackLayer). The [module page](super) has
/// the rules.
///
/// A clone costs a clone of the inner service and one reference count.
pub struct ConnectCallback<S, V = (), E = Infallible, I = (), F = Infallible, O = Infallible> {
    inner: S,
    settings: Arc<Settings<V, E, I, F, O>>,
}

impl<S, V, E, I, F, O> ConnectCallback<S, V, E, I, F, O> {
    pub(super) fn new(inner: S, settings: Arc<Settings<V, E, I, F, O>>) -> Self {
        Self { inner, settings }
    }

    /// Returns a reference to the inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns a mutable reference to the inner service.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Returns the inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, V, E, I, F, O, B, R> Service<Request<B>> for ConnectCallback<S, V, E, I, F, O>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    V: VerifyState,
    E: HandleCallback<ConnectError, R>,
    I: HandleCallback<InvalidCallback, R>,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ResponseFuture<S, V, E, I, F, O, B, R>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.settings.options.may_be_callback(&request) {
            self.call_candidate(request)
        } else {
            ResponseFuture::forward(self.inner.call(request))
        }
    }
}

impl<S, V, E, I, F, O> ConnectCallback<S, V, E, I, F, O> {
    /// Serves a request that may be a callback. Not inlined, so that other requests do not pay for
    /// its stack frame.
    #[inline(never)]
    fn call_candidate<B, R>(
        &mut self,
        request: Request<B>,
    ) -> ResponseFuture<S, V, E, I, F, O, B, R>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone,
        V: VerifyState,
        E: HandleCallback<ConnectError, R>,
        I: HandleCallback<InvalidCallback, R>,
        F: HandleCallback<ConnectFailure, R>,
        O: HandleCallback<ConnectSuccess, R>,
        R: Default,
    {
        let Some(outcome) = self.settings.options.read(&request).transpose() else {
            return ResponseFuture::forward(self.inner.call(request));
        };
        // The callback takes the service that is ready. The clone is polled for the next request.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        ResponseFuture::callback(inner, self.settings.clone(), request, outcome)
    }
}

impl<S: Clone, V, E, I, F, O> Clone for ConnectCallback<S, V, E, I, F, O> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<S: fmt::Debug, V, E, I, F, O> fmt::Debug for ConnectCallback<S, V, E, I, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectCallback")
            .field("inner", &self.inner)
            .field("settings", &self.settings)
            .finish()
    }
}

//! The service, which forwards other requests and starts the future of a callback.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower::Service;

use super::confirm::Judge;
use super::future::ResponseFuture;
use super::handler::{EmptyResponse, HandleCallback, NoHandler};
use super::settings::Settings;
use super::steps::{CallbackFuture, EmptyBody};
use crate::outcome::failure::ConnectFailure;
use crate::outcome::success::ConnectSuccess;

/// Middleware that turns Smartcar Connect callbacks into typed outcomes.
///
/// Created by [`ConnectCallbackLayer`](crate::ConnectCallbackLayer). The [module page](super) has
/// the rules.
///
/// A clone costs a clone of the inner service and one reference count.
pub struct ConnectCallback<S, V, F = EmptyResponse, O = NoHandler> {
    inner: S,
    settings: Arc<Settings<V, F, O>>,
}

/// The response future of a service with these types.
type FutureOf<S, V, F, O, B, R> =
    ResponseFuture<<S as Service<Request<B>>>::Future, CallbackFuture<S, V, F, O, B, R>>;

impl<S, V, F, O> ConnectCallback<S, V, F, O> {
    pub(super) fn new(inner: S, settings: Arc<Settings<V, F, O>>) -> Self {
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

impl<S, V, F, O, B, R> Service<Request<B>> for ConnectCallback<S, V, F, O>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    V: Judge,
    F: HandleCallback<ConnectFailure, R>,
    O: HandleCallback<ConnectSuccess, R>,
    R: EmptyBody,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = FutureOf<S, V, F, O, B, R>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.settings.options.paths.may_match(request.uri()) {
            self.call_candidate(request)
        } else {
            ResponseFuture::forward(self.inner.call(request))
        }
    }
}

impl<S, V, F, O> ConnectCallback<S, V, F, O> {
    /// Serves a request that may be a callback. Not inlined, so that other requests do not pay for
    /// its stack frame.
    #[inline(never)]
    fn call_candidate<B, R>(&mut self, request: Request<B>) -> FutureOf<S, V, F, O, B, R>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone,
        V: Judge,
        F: HandleCallback<ConnectFailure, R>,
        O: HandleCallback<ConnectSuccess, R>,
        R: EmptyBody,
    {
        let paths = &self.settings.options.paths;
        let Some(callback) = paths
            .read_candidate(request.method(), request.uri())
            .transpose()
        else {
            return ResponseFuture::forward(self.inner.call(request));
        };
        // The callback takes the service that is ready. The clone is polled for the next request.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let settings = self.settings.clone();
        ResponseFuture::callback(CallbackFuture::new(inner, settings, request, callback))
    }
}

impl<S: Clone, V, F, O> Clone for ConnectCallback<S, V, F, O> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<S: fmt::Debug, V, F, O> fmt::Debug for ConnectCallback<S, V, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectCallback")
            .field("inner", &self.inner)
            .field("settings", &self.settings)
            .finish()
    }
}

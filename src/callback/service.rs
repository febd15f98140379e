//! The middleware itself.

use std::fmt;
use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower::Service;

use super::future::{ResponseFuture, Waiting};
use super::handler::{EmptyResponse, ErrorPolicy, HandleCallback, PassErrors};
use super::headers::CallbackHeaders;
use super::layer::ConnectCallbackLayer;
use super::matcher::{CallbackPaths, MatchCallback};
use super::responding::Responding;
use super::spelling::Spelling;
use super::verdict::{Verdict, Verified};
use super::verifier::{Begun, NoVerifier, Verification};
use crate::error::ConnectError;
use crate::invalid::InvalidCallback;
use crate::one_or_many::OneOrMany;
use crate::response::ConnectResponse;
use crate::telemetry;

/// Middleware that turns Smartcar Connect callbacks into typed outcomes.
///
/// Built by [`ConnectCallbackLayer`], which has its settings. The [module page](super) has the rules.
///
/// ```
/// use std::convert::Infallible;
///
/// use http::{Request, Response};
/// use tower_smartcar_connect::{ConnectCallback, ConnectError};
///
/// let app = tower::service_fn(async |request: Request<String>| {
///     let error = request.extensions().get::<ConnectError>().map(ConnectError::code);
///     Ok::<_, Infallible>(Response::new(error.map_or("Welcome.", |code| code.suggested_user_message())))
/// });
/// let service = ConnectCallback::new(app, "/callback");
/// ```
#[derive(Clone)]
pub struct ConnectCallback<S, M = CallbackPaths, E = PassErrors, I = EmptyResponse, V = NoVerifier> {
    inner: S,
    settings: ConnectCallbackLayer<M, E, I, V>,
}

impl<S> ConnectCallback<S> {
    /// Wraps `inner` with [`ConnectCallbackLayer::new`] of these paths.
    ///
    /// # Panics
    ///
    /// As [`ConnectCallbackLayer::new`] does.
    #[track_caller]
    pub fn new(inner: S, paths: impl OneOrMany) -> Self {
        Self::from_layer(inner, ConnectCallbackLayer::new(paths))
    }
}

impl ConnectCallback<()> {
    /// The layer that wraps services in this middleware: [`ConnectCallbackLayer::new`] of these paths.
    ///
    /// # Panics
    ///
    /// As [`ConnectCallbackLayer::new`] does.
    #[track_caller]
    pub fn layer(paths: impl OneOrMany) -> ConnectCallbackLayer {
        ConnectCallbackLayer::new(paths)
    }
}

impl<S, M, E, I, V> ConnectCallback<S, M, E, I, V> {
    pub(super) fn from_layer(inner: S, settings: ConnectCallbackLayer<M, E, I, V>) -> Self {
        Self { inner, settings }
    }

    /// The inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service, to be changed.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Gives the inner service back.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, M, E, I, V, B, R> Service<Request<B>> for ConnectCallback<S, M, E, I, V>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    M: MatchCallback + Clone,
    E: ErrorPolicy + Clone,
    E::Handler: HandleCallback<ConnectError, B, R>,
    I: HandleCallback<InvalidCallback, B, R> + Clone,
    V: Verification<B> + Clone,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = FutureOver<S, M, E, I, V, B, R>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.settings.spelling(&request) {
            None => ResponseFuture::responding(Responding::inner(self.inner.call(request), None)),
            Some(spelling) => self.call_candidate(request, spelling),
        }
    }
}

/// The response future of the service over `S`.
type FutureOver<S, M, E, I, V, B, R> = ResponseFuture<
    <S as Service<Request<B>>>::Future,
    HandlerFuture<<E as ErrorPolicy>::Handler, ConnectError, B, R>,
    HandlerFuture<I, InvalidCallback, B, R>,
    <V as Verification<B>>::Future,
    Waiting<ConnectCallback<S, M, E, I, V>, B>,
>;

/// The part of it that comes after the verdict.
type RespondingOver<S, E, I, B, R> = Responding<
    <S as Service<Request<B>>>::Future,
    HandlerFuture<<E as ErrorPolicy>::Handler, ConnectError, B, R>,
    HandlerFuture<I, InvalidCallback, B, R>,
>;

type HandlerFuture<H, T, B, R> = <H as HandleCallback<T, B, R>>::Future;

impl<S, M, E, I, V> ConnectCallback<S, M, E, I, V> {
    /// Serves what may be a callback. Apart from `call`, so that other requests do not pay for its size.
    #[inline(never)]
    fn call_candidate<B, R>(&mut self, request: Request<B>, spelling: Spelling) -> FutureOver<S, M, E, I, V, B, R>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone,
        M: MatchCallback + Clone,
        E: ErrorPolicy + Clone,
        E::Handler: HandleCallback<ConnectError, B, R>,
        I: HandleCallback<InvalidCallback, B, R> + Clone,
        V: Verification<B> + Clone,
    {
        let response = match self.settings.read(&request, spelling) {
            Ok(Some(response)) => response,
            Ok(None) => return ResponseFuture::responding(Responding::inner(self.inner.call(request), None)),
            Err(invalid) => return ResponseFuture::responding(self.refuse(request, invalid)),
        };
        match self.settings.verify(&request, &response) {
            Begun::Unverified => ResponseFuture::responding(self.respond(request, response, Verified::new())),
            Begun::Decided(verdict) => ResponseFuture::responding(self.conclude(request, response, verdict)),
            Begun::Undecided(verdict) => {
                // The service that was made ready waits for the verdict, and a clone takes the next request.
                let clone = self.clone();
                let service = mem::replace(self, clone);
                ResponseFuture::verifying(
                    verdict,
                    Waiting {
                        service,
                        request,
                        response,
                    },
                )
            }
        }
    }

    /// Serves a callback with a verdict.
    pub(super) fn conclude<B, R>(
        &mut self,
        request: Request<B>,
        mut response: ConnectResponse,
        verdict: Verdict,
    ) -> RespondingOver<S, E, I, B, R>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone,
        E: ErrorPolicy,
        E::Handler: HandleCallback<ConnectError, B, R>,
        I: HandleCallback<InvalidCallback, B, R>,
    {
        match verdict {
            Ok(verified) => {
                response.set_verified();
                self.respond(request, response, verified)
            }
            Err(kind) => self.refuse(request, InvalidCallback::new(kind)),
        }
    }

    /// Hands an outcome to whoever answers it.
    fn respond<B, R>(
        &mut self,
        mut request: Request<B>,
        response: ConnectResponse,
        verified: Verified,
    ) -> RespondingOver<S, E, I, B, R>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone,
        E: ErrorPolicy,
        E::Handler: HandleCallback<ConnectError, B, R>,
        I: HandleCallback<InvalidCallback, B, R>,
    {
        telemetry::report_outcome(&request, &response);
        let headers = CallbackHeaders {
            private: self.settings.options.response_headers,
            verified: verified.headers,
        };
        let extensions = request.extensions_mut();
        extensions.extend(verified.extensions);
        match response {
            ConnectResponse::Success(success) => {
                extensions.insert(success);
            }
            ConnectResponse::Error(error) => {
                if let Some(handler) = self.settings.on_error.handler_for(&error) {
                    release_readiness(&mut self.inner);
                    let future = handler.handle(error.clone(), request);
                    return Responding::error(future, error, headers);
                }
                extensions.insert(error);
            }
        }
        Responding::inner(self.inner.call(request), Some(headers))
    }

    /// Hands an invalid callback to its handler.
    fn refuse<B, R>(&mut self, request: Request<B>, invalid: InvalidCallback) -> RespondingOver<S, E, I, B, R>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone,
        E: ErrorPolicy,
        E::Handler: HandleCallback<ConnectError, B, R>,
        I: HandleCallback<InvalidCallback, B, R>,
    {
        telemetry::report_invalid(&request, &invalid);
        release_readiness(&mut self.inner);
        let headers = CallbackHeaders {
            private: self.settings.options.response_headers,
            verified: Vec::new(),
        };
        let future = self.settings.on_invalid.handle(invalid.clone(), request);
        Responding::invalid(future, invalid, headers)
    }
}

/// Gives back what `poll_ready` reserved in a service that is not going to be called, such as the permit of a
/// `ConcurrencyLimit`, which other clones may be waiting for.
fn release_readiness<S: Clone>(inner: &mut S) {
    *inner = inner.clone();
}

impl<S: fmt::Debug, M, E, I, V> fmt::Debug for ConnectCallback<S, M, E, I, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectCallback")
            .field("inner", &self.inner)
            .field("settings", &self.settings)
            .finish()
    }
}

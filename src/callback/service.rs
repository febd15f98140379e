//! The middleware itself.

use std::fmt;
use std::task::{Context, Poll};

use http::{Method, Request, Response, Uri};
use tower::Service;

use super::future::ResponseFuture;
use super::handler::{BadRequest, ErrorPolicy, HandleCallback, PassErrors};
use super::layer::ConnectCallbackLayer;
use super::matcher::{CallbackPaths, MatchCallback};
use super::spelling;
use crate::error::ConnectError;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::one_or_many::OneOrMany;
use crate::response::ConnectResponse;

/// Middleware that turns Smartcar Connect callbacks into typed outcomes.
///
/// Built by [`ConnectCallbackLayer`], which has its settings. The [module page](super) has the rules.
#[derive(Clone)]
pub struct ConnectCallback<S, M = CallbackPaths, E = PassErrors, I = BadRequest> {
    inner: S,
    settings: ConnectCallbackLayer<M, E, I>,
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

    /// The layer that wraps services like this: [`ConnectCallbackLayer::new`] of these paths.
    ///
    /// # Panics
    ///
    /// As [`ConnectCallbackLayer::new`] does.
    #[track_caller]
    pub fn layer(paths: impl OneOrMany) -> ConnectCallbackLayer {
        ConnectCallbackLayer::new(paths)
    }
}

impl<S, M, E, I> ConnectCallback<S, M, E, I> {
    pub(super) fn from_layer(inner: S, settings: ConnectCallbackLayer<M, E, I>) -> Self {
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

impl<S, M, E, I, B, R> Service<Request<B>> for ConnectCallback<S, M, E, I>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    M: MatchCallback,
    E: ErrorPolicy,
    E::Handler: HandleCallback<ConnectError, B, R>,
    I: HandleCallback<InvalidCallback, B, R>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = FutureOver<S, E, I, B, R>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.settings.spelling(&request) {
            None => ResponseFuture::inner(self.inner.call(request), false),
            Some(spelling) => self.call_candidate(request, spelling),
        }
    }
}

impl<S, M, E, I> ConnectCallback<S, M, E, I> {
    /// Serves what may be a callback. Apart from `call`, so that other requests do not pay for its size.
    #[inline(never)]
    fn call_candidate<B, R>(&mut self, mut request: Request<B>, spelling: Spelling) -> FutureOver<S, E, I, B, R>
    where
        S: Service<Request<B>, Response = Response<R>> + Clone,
        M: MatchCallback,
        E: ErrorPolicy,
        E::Handler: HandleCallback<ConnectError, B, R>,
        I: HandleCallback<InvalidCallback, B, R>,
    {
        let headers = self.settings.response_headers;
        match self.settings.read(&request, spelling) {
            Ok(None) => ResponseFuture::inner(self.inner.call(request), false),
            Ok(Some(ConnectResponse::Success(success))) => {
                request.extensions_mut().insert(success);
                ResponseFuture::inner(self.inner.call(request), headers)
            }
            Ok(Some(ConnectResponse::Error(error))) => match self.settings.on_error.handler_for(&error) {
                None => {
                    request.extensions_mut().insert(error);
                    ResponseFuture::inner(self.inner.call(request), headers)
                }
                Some(handler) => {
                    release_readiness(&mut self.inner);
                    let future = handler.handle(error.clone(), request);
                    ResponseFuture::error(future, error, headers)
                }
            },
            Err(invalid) => {
                release_readiness(&mut self.inner);
                let future = self.settings.on_invalid.handle(invalid.clone(), request);
                ResponseFuture::invalid(future, invalid, headers)
            }
        }
    }
}

/// The response future over an inner service `S`, with the handlers of `E` and `I`.
type FutureOver<S, E, I, B, R> = ResponseFuture<
    <S as Service<Request<B>>>::Future,
    <<E as ErrorPolicy>::Handler as HandleCallback<ConnectError, B, R>>::Future,
    <I as HandleCallback<InvalidCallback, B, R>>::Future,
>;

/// Gives back what `poll_ready` reserved in a service that is not going to be called, such as the permit of a
/// `ConcurrencyLimit`, which other clones may be waiting for.
fn release_readiness<S: Clone>(inner: &mut S) {
    *inner = inner.clone();
}

impl<M, E, I> ConnectCallbackLayer<M, E, I>
where
    M: MatchCallback,
{
    /// How the path of a request that may be a callback is spelled; `None` for every other request.
    #[inline]
    fn spelling<B>(&self, request: &Request<B>) -> Option<Spelling> {
        // Connect puts everything into the query, so most requests end here.
        request.uri().query()?;
        if addresses(request).any(|uri| self.matcher.matches(uri)) {
            Some(Spelling::AsConfigured)
        } else if addresses(request).any(|uri| !spelling::is_canonical(uri.path())) {
            Some(Spelling::NotCanonical)
        } else {
            None
        }
    }

    /// What the request brings from Connect, or `None` if it is no callback.
    fn read<B>(&self, request: &Request<B>, spelling: Spelling) -> Result<Option<ConnectResponse>, InvalidCallback> {
        let response = ConnectResponse::from_uri_within(request.uri(), self.max_query_bytes);
        if matches!(response, Ok(None)) {
            return response;
        }
        if let Spelling::NotCanonical = spelling {
            return if self.matches_respelled(request) {
                Err(InvalidCallback::new(InvalidCallbackKind::RespelledPath))
            } else {
                Ok(None)
            };
        }
        if response.is_ok() && !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(InvalidCallback::new(InvalidCallbackKind::UnexpectedMethod));
        }
        response
    }

    fn matches_respelled<B>(&self, request: &Request<B>) -> bool {
        addresses(request)
            .flat_map(spelling::canonical_uris)
            .any(|uri| self.matcher.matches(&uri))
    }
}

/// How the path of a request is spelled that may be a callback.
#[derive(Clone, Copy)]
enum Spelling {
    /// It is a callback path.
    AsConfigured,
    /// It is none, but a router may read it as another path, which may be one.
    NotCanonical,
}

/// The URIs under which a request may be known to come to a callback path.
#[cfg(not(feature = "axum"))]
fn addresses<B>(request: &Request<B>) -> impl Iterator<Item = &Uri> {
    std::iter::once(request.uri())
}

/// The URIs under which a request may be known to come to a callback path: its own, and the one that it had before a
/// nested router cut off the prefix.
#[cfg(feature = "axum")]
fn addresses<B>(request: &Request<B>) -> impl Iterator<Item = &Uri> {
    let original = request.extensions().get::<axum::extract::OriginalUri>();
    std::iter::once(request.uri()).chain(original.map(|original| &original.0))
}

impl<S: fmt::Debug, M, E, I> fmt::Debug for ConnectCallback<S, M, E, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectCallback")
            .field("inner", &self.inner)
            .field("settings", &self.settings)
            .finish()
    }
}

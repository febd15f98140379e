//! Building the middleware.

use std::fmt;

use tower::Layer;

use super::handler::{AnswerErrors, BadRequest, PassErrors};
use super::matcher::{CallbackPaths, MatchCallback};
use super::service::ConnectCallback;
use crate::error::ConnectError;
use crate::one_or_many::OneOrMany;
use crate::query::DEFAULT_MAX_BYTES;
#[cfg(feature = "url")]
use crate::redirect_uri::{self, InvalidRedirectUri};

/// Layer that applies [`ConnectCallback`], which turns Smartcar Connect callbacks into typed outcomes.
///
/// `M` decides which requests come to a callback path, `E` what becomes of errors and `I` who answers invalid callbacks.
///
/// The [module page](self) has the rules, the crate's page examples.
#[derive(Clone)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ConnectCallbackLayer<M = CallbackPaths, E = PassErrors, I = BadRequest> {
    pub(super) matcher: M,
    pub(super) on_error: E,
    pub(super) on_invalid: I,
    pub(super) max_query_bytes: usize,
    pub(super) response_headers: bool,
}

impl ConnectCallbackLayer {
    /// A layer for callbacks on these paths: one, or an array, slice or `Vec` of them.
    ///
    /// Give the paths as browsers send them, percent-encoded where needed. A redirect URI without a path, such as
    /// `http://localhost:8000`, has the path `/`.
    ///
    /// Inside a nested axum router the path has lost its prefix: give the path without it, or turn on the feature
    /// `axum`, with which the path in full matches as well.
    ///
    /// # Panics
    ///
    /// If the list is empty, or if a path
    ///
    /// - does not begin with `/`,
    /// - contains `?` or `#`,
    /// - contains a space, `{` or `}`, which browsers never send, so it would never match.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback");
    /// let layer = ConnectCallbackLayer::new(["/callback", "/reauth"]);
    /// ```
    #[track_caller]
    pub fn new(paths: impl OneOrMany) -> Self {
        Self::matching(CallbackPaths::new(paths.into_strings()))
    }

    /// A layer for the callbacks of these redirect URIs: one, or an array, slice or `Vec` of them.
    ///
    /// Give them as they are registered in the Smartcar dashboard, so that one setting serves for both. Needs the feature
    /// `url`, which is on by default.
    ///
    /// # Errors
    ///
    /// An [`InvalidRedirectUri`] for a URI that can never bring a callback to this server, and for an empty list. Its
    /// text says what to change.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// // The paths `/connect/callback` and `/`.
    /// let layer = ConnectCallbackLayer::for_redirect_uris([
    ///     "https://example.com/connect/callback",
    ///     "http://localhost:8000",
    /// ])?;
    /// # Ok::<_, tower_smartcar_connect::InvalidRedirectUri>(())
    /// ```
    #[cfg(feature = "url")]
    #[cfg_attr(docsrs, doc(cfg(feature = "url")))]
    pub fn for_redirect_uris(uris: impl OneOrMany) -> Result<Self, InvalidRedirectUri> {
        let paths = redirect_uri::callback_paths(&uris.into_strings())?;
        Ok(Self::new(paths))
    }
}

impl<M> ConnectCallbackLayer<M> {
    /// A layer for callbacks on the paths that `matcher` accepts: a [`MatchCallback`], such as a
    /// `Fn(&http::Uri) -> bool`.
    pub fn matching(matcher: M) -> Self
    where
        M: MatchCallback + Clone,
    {
        Self {
            matcher,
            on_error: PassErrors,
            on_invalid: BadRequest,
            max_query_bytes: DEFAULT_MAX_BYTES,
            response_headers: true,
        }
    }
}

impl<M, E, I> ConnectCallbackLayer<M, E, I> {
    /// Has every error answered by `handler`, so that the inner service sees successes only.
    ///
    /// The handler is a [`HandleCallback`]: an `FnMut(ConnectError, Request<B>) -> impl Future<Output = Response<R>>`,
    /// or a type of your own. It is cloned with the service. The response then carries the [`ConnectError`] in its
    /// extensions too, for the layers outside of this one.
    ///
    /// A second call of `on_error` or [`on_error_matching`](Self::on_error_matching) replaces the first.
    ///
    /// ```
    /// use http::{Request, Response, StatusCode};
    /// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};
    ///
    /// async fn answer<B>(error: ConnectError, _request: Request<B>) -> Response<String> {
    ///     // The code is one of a fixed set; a description would be text from the request.
    ///     Response::new(format!("Connect ended with {}", error.code()))
    /// }
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_error(answer::<String>);
    /// ```
    ///
    /// [`HandleCallback`]: super::HandleCallback
    pub fn on_error<H>(self, handler: H) -> ConnectCallbackLayer<M, AnswerErrors<H>, I>
    where
        H: Clone,
    {
        self.with_error_policy(AnswerErrors::new(|_| true, handler))
    }

    /// Has the errors for which `predicate` holds answered by `handler`; the others go on to the inner service with the
    /// error in their extensions, as all do without a handler.
    ///
    /// A second call of [`on_error`](Self::on_error) or `on_error_matching` replaces the first.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_error_matching(
    ///     |error: &ConnectError| error.code().is_user_exit(),
    ///     |_error: ConnectError, _request: Request<String>| async {
    ///         Response::new("Maybe later!".to_owned())
    ///     },
    /// );
    /// ```
    pub fn on_error_matching<P, H>(self, predicate: P, handler: H) -> ConnectCallbackLayer<M, AnswerErrors<H, P>, I>
    where
        P: Fn(&ConnectError) -> bool + Clone,
        H: Clone,
    {
        self.with_error_policy(AnswerErrors::new(predicate, handler))
    }

    /// Has invalid callbacks answered by `handler` in place of a `400 Bad Request` with an empty body.
    ///
    /// The handler is a [`HandleCallback`](super::HandleCallback) of
    /// [`InvalidCallback`](crate::InvalidCallback)s. Whoever answers, the response carries the `InvalidCallback` in its
    /// extensions. The request is as it came, hostile text included: echo nothing of it.
    ///
    /// A second call replaces the first.
    ///
    /// ```
    /// use http::{Request, Response, StatusCode};
    /// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallback};
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_invalid(
    ///     |_invalid: InvalidCallback, _request: Request<String>| async {
    ///         let mut response = Response::new("This link does not work.".to_owned());
    ///         *response.status_mut() = StatusCode::BAD_REQUEST;
    ///         response
    ///     },
    /// );
    /// ```
    pub fn on_invalid<H>(self, handler: H) -> ConnectCallbackLayer<M, E, H>
    where
        H: Clone,
    {
        ConnectCallbackLayer {
            matcher: self.matcher,
            on_error: self.on_error,
            on_invalid: handler,
            max_query_bytes: self.max_query_bytes,
            response_headers: self.response_headers,
        }
    }

    /// Sets how long the query on a callback path may be, in bytes, instead of 8192. A longer one is an invalid
    /// callback, whatever it says, and is not read.
    ///
    /// More than 65,534 changes nothing, as [`http::Uri`] has no room for more.
    pub fn max_query_bytes(mut self, bytes: usize) -> Self {
        self.max_query_bytes = bytes;
        self
    }

    /// Sets whether responses to callbacks get `Cache-Control: no-store` and `Referrer-Policy: no-referrer` where they
    /// have no such header of their own. They do unless this is called with `false`.
    ///
    /// The address of a callback holds credentials. Without these headers, a cache may keep it, and the links and images
    /// of the app's page may hand it on.
    pub fn response_headers(mut self, enabled: bool) -> Self {
        self.response_headers = enabled;
        self
    }

    fn with_error_policy<P>(self, on_error: P) -> ConnectCallbackLayer<M, P, I> {
        ConnectCallbackLayer {
            matcher: self.matcher,
            on_error,
            on_invalid: self.on_invalid,
            max_query_bytes: self.max_query_bytes,
            response_headers: self.response_headers,
        }
    }
}

impl<S, M, E, I> Layer<S> for ConnectCallbackLayer<M, E, I>
where
    M: Clone,
    E: Clone,
    I: Clone,
{
    type Service = ConnectCallback<S, M, E, I>;

    fn layer(&self, inner: S) -> Self::Service {
        ConnectCallback::from_layer(inner, self.clone())
    }
}

impl<M, E, I> fmt::Debug for ConnectCallbackLayer<M, E, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectCallbackLayer")
            .field("max_query_bytes", &self.max_query_bytes)
            .field("response_headers", &self.response_headers)
            .finish_non_exhaustive()
    }
}

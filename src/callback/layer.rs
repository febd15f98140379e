//! Building the middleware.

use std::fmt;

use tower::Layer;

use super::handler::{AnswerErrors, EmptyResponse, PassErrors};
use super::matcher::{CallbackPaths, MatchCallback};
use super::options::Options;
use super::service::ConnectCallback;
use super::verifier::{AsyncVerifier, NoVerifier, Verifier};
use crate::error::ConnectError;
use crate::one_or_many::OneOrMany;
#[cfg(feature = "url")]
use crate::redirect_uri::{self, InvalidRedirectUri};

/// Layer that applies [`ConnectCallback`], which turns Smartcar Connect callbacks into typed outcomes.
///
/// `M` decides which requests come to a callback path, `E` what becomes of errors, `I` who answers invalid callbacks
/// and `V` who verifies the state.
///
/// The [module page](super) has the rules, the crate's page examples.
#[derive(Clone)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ConnectCallbackLayer<M = CallbackPaths, E = PassErrors, I = EmptyResponse, V = NoVerifier> {
    pub(super) matcher: M,
    pub(super) on_error: E,
    pub(super) on_invalid: I,
    pub(super) verification: V,
    pub(super) options: Options,
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
    /// - contains a space, `{`, `}`, a backslash, a control character or a segment `.` or `..`, which browsers never
    ///   send, so it would never match.
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
    /// Give them as they are registered in the Smartcar dashboard, so that one setting serves for both. Needs the
    /// feature `url`, which is on by default.
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
            on_invalid: EmptyResponse,
            verification: NoVerifier,
            options: Options::default(),
        }
    }
}

impl<M, E, I> ConnectCallbackLayer<M, E, I> {
    /// Has the `state` of every callback verified by `verifier`, at once: a [`VerifyState`](super::VerifyState), such
    /// as a `Fn(&Request<B>, &str) -> bool` of the request and the decoded state.
    ///
    /// A callback that fails is invalid: neither a handler of errors nor the inner service is called. One whose state
    /// is missing or empty is refused as [`StateMissing`](crate::InvalidCallbackKind::StateMissing) before the
    /// verifier is asked, so an empty expectation matches nothing.
    ///
    /// ```
    /// use http::Request;
    /// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verdict, Verified};
    ///
    /// /// What the session of this browser remembers.
    /// #[derive(Clone)]
    /// struct IssuedState(String);
    ///
    /// fn verify<B>(request: &Request<B>, state: &str) -> Verdict {
    ///     let issued = request.extensions().get::<IssuedState>().ok_or(InvalidCallbackKind::StateUnknown)?;
    ///     Verified::by_comparing(&issued.0, state)
    /// }
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").verify_state(verify::<String>);
    /// ```
    ///
    /// A layer has one verifier. A second one does not compile:
    ///
    /// ```compile_fail,E0599
    /// use http::Request;
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback")
    ///     .verify_state(|_request: &Request<String>, _state: &str| true)
    ///     .verify_state(|_request: &Request<String>, _state: &str| true);
    /// ```
    pub fn verify_state<V>(self, verifier: V) -> ConnectCallbackLayer<M, E, I, Verifier<V>>
    where
        V: Clone,
    {
        self.with_verification(Verifier(verifier))
    }

    /// Has the `state` of every callback verified by `verifier`, which may take a while: a
    /// [`VerifyStateAsync`](super::VerifyStateAsync), such as a `Fn(&Request<B>, &str) -> impl Future<Output = bool>`
    /// whose future borrows from neither. That trait's page has an example.
    ///
    /// An `async fn` borrows from both: of one, the compiler says that "one type is more general than the other" or
    /// that an "implementation of `FnOnce` is not general enough". Return an `async move` block in its place.
    ///
    /// Otherwise as [`verify_state`](Self::verify_state). While the verifier works, the inner service that was made
    /// ready waits with the request, and a clone of it takes the next one.
    pub fn verify_state_async<V>(self, verifier: V) -> ConnectCallbackLayer<M, E, I, AsyncVerifier<V>>
    where
        V: Clone,
    {
        self.with_verification(AsyncVerifier(verifier))
    }

    fn with_verification<V>(self, verification: V) -> ConnectCallbackLayer<M, E, I, V> {
        ConnectCallbackLayer {
            matcher: self.matcher,
            on_error: self.on_error,
            on_invalid: self.on_invalid,
            verification,
            options: self.options,
        }
    }
}

impl<M, E, I, V> ConnectCallbackLayer<M, E, I, V> {
    /// Has every error answered by `handler`, so that the inner service sees successes only. It still has to answer
    /// those.
    ///
    /// The handler is a [`HandleCallback`]: an `FnMut(ConnectError, Request<B>) -> impl Future<Output = Response<R>>`,
    /// or a type of your own. It is cloned with the service. The response then carries the [`ConnectError`] in its
    /// extensions too, for the layers outside of this one.
    ///
    /// A second call of `on_error` or [`on_error_matching`](Self::on_error_matching) replaces the first.
    ///
    /// ```
    /// use http::{Request, Response};
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
    pub fn on_error<H>(self, handler: H) -> ConnectCallbackLayer<M, AnswerErrors<H>, I, V>
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
    pub fn on_error_matching<P, H>(self, predicate: P, handler: H) -> ConnectCallbackLayer<M, AnswerErrors<H, P>, I, V>
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
    pub fn on_invalid<H>(self, handler: H) -> ConnectCallbackLayer<M, E, H, V>
    where
        H: Clone,
    {
        ConnectCallbackLayer {
            matcher: self.matcher,
            on_error: self.on_error,
            on_invalid: handler,
            verification: self.verification,
            options: self.options,
        }
    }

    fn with_error_policy<P>(self, on_error: P) -> ConnectCallbackLayer<M, P, I, V> {
        ConnectCallbackLayer {
            matcher: self.matcher,
            on_error,
            on_invalid: self.on_invalid,
            verification: self.verification,
            options: self.options,
        }
    }
}

impl<S, M, E, I, V> Layer<S> for ConnectCallbackLayer<M, E, I, V>
where
    M: Clone,
    E: Clone,
    I: Clone,
    V: Clone,
{
    type Service = ConnectCallback<S, M, E, I, V>;

    fn layer(&self, inner: S) -> Self::Service {
        ConnectCallback::from_layer(inner, self.clone())
    }
}

impl<M, E, I, V> fmt::Debug for ConnectCallbackLayer<M, E, I, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectCallbackLayer")
            .field("errors_without_state", &self.options.errors_without_state)
            .field("max_query_bytes", &self.options.max_query_bytes)
            .field("response_headers", &self.options.response_headers)
            .finish_non_exhaustive()
    }
}

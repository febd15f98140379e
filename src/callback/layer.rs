//! The layer, which has the settings.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::request::Parts;
use http::{Extensions, Response, Uri};
use tower::Layer;

use super::service::ConnectCallback;
use super::settings::{OnError, OnInvalid, Options, Settings};
use super::verifier::{AsyncVerifier, VerifyState};
use crate::callback_paths::CallbackPaths;
use crate::error::ConnectError;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
#[cfg(feature = "url")]
use crate::redirect_uri::{self, InvalidRedirectUri};
use crate::verified::Verified;

/// Layer that turns Smartcar Connect callbacks into typed outcomes.
///
/// It is a [`Layer`](tower::Layer) once it is clear who verifies `state`: call
/// [`verify_state_with`](Self::verify_state_with), [`verify_state`](Self::verify_state) or
/// [`verify_state_async`](Self::verify_state_async), or
/// [`app_verifies_state`](Self::app_verifies_state) if your app does it. The [module page](super)
/// has the rules.
///
/// The type parameters are the verifier `V` and the handlers of errors `E`, invalid callbacks `I`,
/// failures `F` and successes `O`. You rarely name them. [`Infallible`] stands for none.
///
/// # Functions and other handlers
///
/// [`on_error`](Self::on_error), [`on_error_matching`](Self::on_error_matching),
/// [`on_invalid`](Self::on_invalid), [`verify_state`](Self::verify_state) and
/// [`verify_state_async`](Self::verify_state_async) take functions. The arguments of a closure need
/// no types.
///
/// [`on_failure`](Self::on_failure) and [`on_success`](Self::on_success) take any
/// [`HandleCallback`], such as the pages of the module `answers`. A closure needs the types of its
/// arguments there.
///
/// [`HandleCallback`]: crate::HandleCallback
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ConnectCallbackLayer<V = (), E = Infallible, I = (), F = Infallible, O = Infallible> {
    // axum makes the services of a router without state anew for each request, so a clone and
    // `layer` have to be cheap.
    settings: Arc<Settings<V, E, I, F, O>>,
}

impl ConnectCallbackLayer {
    /// Creates a layer for callbacks on these paths: a `&str`, a `String`, or an array, slice or
    /// `Vec` of them.
    ///
    /// Write the paths as browsers send them, percent-encoded where needed. A redirect URI without
    /// a path, such as `http://localhost:8000`, has the path `/`.
    ///
    /// Behind a proxy that strips a prefix, and inside `axum::Router::nest`, keep the prefix here and
    /// name it with [`stripped_prefix`](Self::stripped_prefix).
    ///
    /// # Panics
    ///
    /// If the list is empty, or if a path
    ///
    /// - does not begin with `/`,
    /// - contains `?` or `#`,
    /// - contains a space, `{`, `}`, a backslash, a control character or a segment `.` or `..`,
    ///   which browsers never send, so it would never match.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    /// let layer = ConnectCallbackLayer::new(["/callback", "/reauth"]).app_verifies_state();
    /// ```
    #[track_caller]
    pub fn new(paths: impl Into<CallbackPaths>) -> Self {
        Self::of(Settings {
            options: Options::new(paths.into()),
            verifier: None,
            on_error: OnError::Forward,
            on_invalid: OnInvalid::Handle(Arc::new(())),
            on_success: None,
        })
    }

    /// Creates a layer for the callbacks of these redirect URIs.
    ///
    /// Pass them as they are registered in the Smartcar dashboard, so that one setting serves for
    /// both. If a proxy strips a prefix from their paths, add
    /// [`stripped_prefix`](Self::stripped_prefix).
    ///
    /// # Errors
    ///
    /// An [`InvalidRedirectUri`] for a URI that can never bring a callback to this server, and for
    /// an empty list. Its message says what to change.
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
    pub fn for_redirect_uris<U>(uris: U) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: AsRef<str>>,
    {
        Ok(Self::new(redirect_uri::callback_paths(uris)?))
    }

    /// Creates a layer for the callbacks on the URIs for which `predicate` returns `true`.
    ///
    /// [`CallbackPaths::matching`] says what is asked of the predicate.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::matching(|uri| uri.path().starts_with("/callbacks/"));
    /// ```
    pub fn matching<P>(predicate: P) -> Self
    where
        P: Fn(&Uri) -> bool + Send + Sync + 'static,
    {
        Self::new(CallbackPaths::matching(predicate))
    }
}

/// Who verifies `state`. One of these methods has to be called once.
impl<E, I, F, O> ConnectCallbackLayer<(), E, I, F, O> {
    /// Verifies `state` with `verifier`, such as a `StateCookie` (feature `state-cookie`).
    ///
    /// A callback that fails is invalid: neither the inner service nor another handler sees it. One
    /// without a `state`, or with an empty one, is rejected as
    /// [`StateMissing`](InvalidCallbackKind::StateMissing) before the verifier is called.
    pub fn verify_state_with<W>(self, verifier: W) -> ConnectCallbackLayer<W, E, I, F, O>
    where
        W: VerifyState,
    {
        self.verified_by(Some(verifier))
    }

    /// Verifies `state` with a function of the request and the decoded state, synchronously.
    ///
    /// It returns a `bool` or a `Result<Verified, InvalidCallbackKind>`. Otherwise this is the same
    /// as [`verify_state_with`](Self::verify_state_with).
    ///
    /// ```
    /// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};
    ///
    /// /// The state that the session of this browser remembers.
    /// #[derive(Clone)]
    /// struct IssuedState(String);
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").verify_state(|request, state| {
    ///     let issued = request.extensions.get::<IssuedState>().ok_or(InvalidCallbackKind::StateUnknown)?;
    ///     Verified::by_comparing(&issued.0, state)
    /// });
    /// ```
    pub fn verify_state<W, T>(self, verifier: W) -> ConnectCallbackLayer<W, E, I, F, O>
    where
        W: Fn(&Parts, &str) -> T,
        T: TryInto<Verified, Error = InvalidCallbackKind>,
    {
        self.verified_by(Some(verifier))
    }

    /// Verifies `state` with an async function of the request and the decoded state, such as one
    /// that asks a session store.
    ///
    /// Its output is a `bool` or a `Result<Verified, InvalidCallbackKind>`. If the store does not
    /// answer, return [`StateStoreUnavailable`](InvalidCallbackKind::StateStoreUnavailable).
    ///
    /// While the verifier works, the inner service that was made ready waits with the request, and
    /// a clone of it takes the next one. Otherwise this is the same as
    /// [`verify_state_with`](Self::verify_state_with).
    ///
    /// ```
    /// use http::request::Parts;
    /// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};
    /// # #[derive(Clone)]
    /// # struct Session;
    /// # impl Session {
    /// #     async fn get(&self, _key: &str) -> Result<Option<String>, ()> { Ok(None) }
    /// # }
    ///
    /// async fn verify(request: Parts, state: String) -> Result<Verified, InvalidCallbackKind> {
    ///     let session = request.extensions.get::<Session>().ok_or(InvalidCallbackKind::StateUnknown)?;
    ///     let issued = session.get("connect-state").await;
    ///     let issued = issued.map_err(|_| InvalidCallbackKind::StateStoreUnavailable)?;
    ///     Verified::by_comparing(&issued.ok_or(InvalidCallbackKind::StateUnknown)?, &state)
    /// }
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").verify_state_async(verify);
    /// ```
    pub fn verify_state_async<W, Fut>(
        self,
        verifier: W,
    ) -> ConnectCallbackLayer<AsyncVerifier<W>, E, I, F, O>
    where
        W: Fn(Parts, String) -> Fut,
        Fut: Future<Output: TryInto<Verified, Error = InvalidCallbackKind>>,
    {
        self.verified_by(Some(AsyncVerifier(verifier)))
    }

    /// Does not verify `state`, because your app does, or because it handles errors only.
    ///
    /// **Compare [`state`](crate::ConnectSuccess::state) before you use a success.** Anybody can
    /// make a link with a code of their own; whoever follows it would connect somebody else's car
    /// to their account
    /// ([RFC 6749, section 10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12)).
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    /// ```
    pub fn app_verifies_state(self) -> ConnectCallbackLayer<Infallible, E, I, F, O> {
        self.verified_by(None)
    }

    fn verified_by<W>(self, verifier: Option<W>) -> ConnectCallbackLayer<W, E, I, F, O> {
        let settings = Arc::unwrap_or_clone(self.settings);
        ConnectCallbackLayer::of(Settings {
            options: settings.options,
            verifier: verifier.map(Arc::new),
            on_error: settings.on_error,
            on_invalid: settings.on_invalid,
            on_success: settings.on_success,
        })
    }
}

/// Who responds. A handler replaces an earlier one for the same callbacks.
impl<V, E, I, F, O> ConnectCallbackLayer<V, E, I, F, O> {
    /// Responds to errors and to invalid callbacks with `handler`, a [`HandleCallback`] of
    /// [`ConnectFailure`]s.
    ///
    /// Errors do not reach the inner service then. The pages of the module `answers` are handlers:
    ///
    /// ```
    /// # #[cfg(feature = "answers")] {
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    /// use tower_smartcar_connect::answers::ErrorPage;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_failure(ErrorPage::new("/garage"));
    /// # }
    /// ```
    ///
    /// A function works as well:
    ///
    /// ```
    /// use http::Response;
    /// use http::request::Parts;
    /// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectFailure};
    ///
    /// async fn not_connected(failure: ConnectFailure, _request: Parts) -> Response<String> {
    ///     let mut response = Response::new("Your car is not connected.".to_owned());
    ///     *response.status_mut() = failure.page_status();
    ///     response
    /// }
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_failure(not_connected);
    /// ```
    ///
    /// It replaces the handlers of earlier calls of [`on_error`](Self::on_error),
    /// [`on_error_matching`](Self::on_error_matching) and [`on_invalid`](Self::on_invalid); later
    /// calls replace it.
    ///
    /// [`ConnectFailure`]: crate::ConnectFailure
    /// [`HandleCallback`]: crate::HandleCallback
    pub fn on_failure<H>(
        self,
        handler: H,
    ) -> ConnectCallbackLayer<V, Infallible, Infallible, H, O> {
        let handler = Arc::new(handler);
        let settings = Arc::unwrap_or_clone(self.settings);
        ConnectCallbackLayer::of(Settings {
            options: settings.options,
            verifier: settings.verifier,
            on_error: OnError::Failure(handler.clone()),
            on_invalid: OnInvalid::Failure(handler),
            on_success: settings.on_success,
        })
    }

    /// Responds to successes with `handler`, a [`HandleCallback`](crate::HandleCallback) of
    /// [`ConnectSuccess`](crate::ConnectSuccess)es.
    ///
    /// Together with [`on_failure`](Self::on_failure), no callback reaches the inner service, so
    /// that a server without pages, such as a gRPC server, needs no route for them.
    ///
    /// ```
    /// use http::Response;
    /// use http::request::Parts;
    /// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_success(
    ///     async |_success: ConnectSuccess, _request: Parts| Response::new("Your car is connected.".to_owned()),
    /// );
    /// ```
    pub fn on_success<H>(self, handler: H) -> ConnectCallbackLayer<V, E, I, F, H> {
        let settings = Arc::unwrap_or_clone(self.settings);
        ConnectCallbackLayer::of(Settings {
            options: settings.options,
            verifier: settings.verifier,
            on_error: settings.on_error,
            on_invalid: settings.on_invalid,
            on_success: Some(Arc::new(handler)),
        })
    }

    /// Responds to every error with a function, so that the inner service only receives successes.
    ///
    /// ```
    /// use http::{Response, StatusCode};
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_error(|error, _request| async move {
    ///     // The code is one of a fixed set; a description would be text from the request.
    ///     let mut response = Response::new(format!("Connect ended with {}", error.code()));
    ///     *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    ///     response
    /// });
    /// ```
    pub fn on_error<H, Fut, R>(self, handler: H) -> ConnectCallbackLayer<V, H, I, F, O>
    where
        H: Fn(ConnectError, Parts) -> Fut,
        Fut: Future<Output = Response<R>>,
    {
        self.on_error_matching(|_| true, handler)
    }

    /// Responds to the errors for which `predicate` returns `true` with a function. The others go
    /// to the inner service.
    ///
    /// ```
    /// use http::Response;
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_error_matching(
    ///     |error| error.code().is_user_exit(),
    ///     async |_error, _request| Response::new("Maybe later!".to_owned()),
    /// );
    /// ```
    pub fn on_error_matching<P, H, Fut, R>(
        self,
        predicate: P,
        handler: H,
    ) -> ConnectCallbackLayer<V, H, I, F, O>
    where
        P: Fn(&ConnectError) -> bool + Send + Sync + 'static,
        H: Fn(ConnectError, Parts) -> Fut,
        Fut: Future<Output = Response<R>>,
    {
        let settings = Arc::unwrap_or_clone(self.settings);
        ConnectCallbackLayer::of(Settings {
            options: settings.options,
            verifier: settings.verifier,
            on_error: OnError::Handle {
                predicate: Arc::new(predicate),
                handler: Arc::new(handler),
            },
            on_invalid: settings.on_invalid,
            on_success: settings.on_success,
        })
    }

    /// Responds to invalid callbacks with a function, instead of `400 Bad Request` with an empty
    /// body.
    ///
    /// The request is as it came, hostile text included: echo nothing of it. Whatever responds, the
    /// extensions of the response have the [`InvalidCallback`].
    ///
    /// ```
    /// use http::{Response, StatusCode};
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_invalid(async |_invalid, _request| {
    ///     let mut response = Response::new("This link does not work.".to_owned());
    ///     *response.status_mut() = StatusCode::BAD_REQUEST;
    ///     response
    /// });
    /// ```
    pub fn on_invalid<H, Fut, R>(self, handler: H) -> ConnectCallbackLayer<V, E, H, F, O>
    where
        H: Fn(InvalidCallback, Parts) -> Fut,
        Fut: Future<Output = Response<R>>,
    {
        let settings = Arc::unwrap_or_clone(self.settings);
        ConnectCallbackLayer::of(Settings {
            options: settings.options,
            verifier: settings.verifier,
            on_error: settings.on_error,
            on_invalid: OnInvalid::Handle(Arc::new(handler)),
            on_success: settings.on_success,
        })
    }
}

/// Options.
impl<V, E, I, F, O> ConnectCallbackLayer<V, E, I, F, O> {
    /// Matches the URI that `original` returns as well as the one that the layer sees.
    ///
    /// Some routers that strip a prefix from the path keep the original URI in the request's
    /// extensions. With axum's, a layer inside `axum::Router::nest` can have the path of the redirect
    /// URI. If there is none, as behind a proxy, use [`stripped_prefix`](Self::stripped_prefix).
    ///
    /// ```
    /// use axum::extract::OriginalUri;
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// // Inside of `Router::nest("/api", …)`.
    /// let layer = ConnectCallbackLayer::new("/api/callback")
    ///     .match_original_uri(|extensions| extensions.get::<OriginalUri>().map(|original| &original.0));
    /// ```
    pub fn match_original_uri(mut self, original: fn(&Extensions) -> Option<&Uri>) -> Self {
        self.options().original_uri = original;
        self
    }

    /// Removes a prefix from the callback paths: the one that a proxy or a router strips before it
    /// forwards a request.
    ///
    /// Give the layer the paths and the redirect URIs as the browser sees them, so that one setting
    /// serves for Smartcar, `ConnectUrl` and the layer. `prefix` is what is lost on the way.
    /// If both a proxy and a router strip something, give both as one prefix, such as `/app/api`.
    /// Callback paths without the prefix stay as they are, such as those of development on
    /// `localhost`.
    ///
    /// On the path that is left, `StateCookie` accepts states that were issued for the callback path
    /// which the browser asked for. A [predicate](Self::matching) gets the URI as the layer sees
    /// it, and each state has to be issued for a path with the prefix then.
    /// Other [spellings](crate::callback#rules) of what is left are rejected as those of every
    /// callback path. Targets of responses, such as that of `RedirectTo`, keep the prefix.
    ///
    /// # Panics
    ///
    /// If the prefix does not begin with `/`, ends with `/`, or contains what no callback path
    /// contains; if no callback path begins with it; or if a prefix was set before.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// // The redirect URI is `https://example.com/app/callback`, and the proxy strips `/app`.
    /// let layer = ConnectCallbackLayer::new("/app/callback").stripped_prefix("/app");
    /// ```
    #[track_caller]
    pub fn stripped_prefix(mut self, prefix: &str) -> Self {
        let options = self.options();
        options.paths = options.paths.clone().stripped_prefix(prefix);
        self
    }

    /// Sets whether an error without a `state` is accepted although there is a verifier. By default
    /// it is rejected.
    ///
    /// Connect can fail before it has read your app's request, and then has no state to send back.
    /// The owner would see the response to an invalid callback instead of the one to the error. On
    /// the other hand, anybody can make a link to such an error, with a description of their own.
    ///
    /// Pass `true` only if your response to an error is safe to show to somebody who never started
    /// a flow: it does not show the description, and neither ends a flow nor changes anything. An
    /// error that is accepted in this way skips the verifier, and [`ConnectError::is_verified`]
    /// returns `false`. Without a verifier, this has no effect.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// # let verifier = |_request: &http::request::Parts, _state: &str| true;
    /// let layer = ConnectCallbackLayer::new("/callback").verify_state(verifier).errors_without_state(true);
    /// ```
    pub fn errors_without_state(mut self, accepted: bool) -> Self {
        self.options().errors_without_state = accepted;
        self
    }

    /// Sets whether a visit to a callback path without a Connect result is an invalid callback. By
    /// default it is forwarded.
    ///
    /// Turn this on for a path that exists for callbacks alone. Somebody who opens a bookmark, or
    /// comes back from a flow with a wrong `response_type`, then gets the response of
    /// [`on_failure`](Self::on_failure) or [`on_invalid`](Self::on_invalid), and you get an event
    /// and a count. The kind is [`NoResult`](InvalidCallbackKind::NoResult). Only `GET` and `HEAD`
    /// are visits.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").require_result(true);
    /// ```
    pub fn require_result(mut self, required: bool) -> Self {
        let options = self.options();
        options.paths = options.paths.clone().require_result(required);
        self
    }

    /// Limits the query on a callback path to this many bytes instead of 8192. A longer one is an
    /// invalid callback, whatever it says, and is not read.
    ///
    /// Values above 65,534 have no effect, because an [`http::Uri`] is never longer. On a callback
    /// path that has other visitors too, such as `/`, the limit applies to their queries as well.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").max_query_bytes(2048);
    /// ```
    pub fn max_query_bytes(mut self, bytes: usize) -> Self {
        let options = self.options();
        options.paths = options.paths.clone().max_query_bytes(bytes);
        self
    }

    /// Sets whether a flow can be resumed if its callback was not served. By default it can.
    ///
    /// A state is used up when a response serves the callback. A server error, such as a `503`
    /// because your database is down, leaves the state as it is, so the owner can reload the page.
    /// The [rules](crate::callback#when-a-state-is-used-up) list the responses.
    ///
    /// With `false`, every response uses the state up. Choose this if your route cannot run twice
    /// for one callback, for example because it exchanges the code and then fails without undoing
    /// what it did.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").resume_flows(false);
    /// ```
    pub fn resume_flows(mut self, enabled: bool) -> Self {
        self.options().resume_flows = enabled;
        self
    }

    /// Sets whether responses to callbacks get `Cache-Control: no-store`, and
    /// `Referrer-Policy: no-referrer` unless they have a policy of their own. By default they do.
    ///
    /// The address of a callback holds credentials. Without these headers a cache may keep it, and
    /// the links and images of your page may send it to other sites. `no-store` replaces what the
    /// response says about caching.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// // If another layer sets both for the whole app.
    /// let layer = ConnectCallbackLayer::new("/callback").response_headers(false);
    /// ```
    pub fn response_headers(mut self, enabled: bool) -> Self {
        self.options().response_headers = enabled;
        self
    }
}

impl<V, E, I, F, O> ConnectCallbackLayer<V, E, I, F, O> {
    fn of(settings: Settings<V, E, I, F, O>) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }

    fn options(&mut self) -> &mut Options {
        &mut Arc::make_mut(&mut self.settings).options
    }
}

impl<S, V, E, I, F, O> Layer<S> for ConnectCallbackLayer<V, E, I, F, O>
where
    V: VerifyState,
{
    type Service = ConnectCallback<S, V, E, I, F, O>;

    fn layer(&self, inner: S) -> Self::Service {
        ConnectCallback::new(inner, self.settings.clone())
    }
}

impl<V, E, I, F, O> Clone for ConnectCallbackLayer<V, E, I, F, O> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
        }
    }
}

impl<V, E, I, F, O> fmt::Debug for ConnectCallbackLayer<V, E, I, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConnectCallbackLayer")
            .field(&self.settings)
            .finish()
    }
}

//! The layer and its settings.

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
/// ```
/// # #[cfg(all(feature = "answers", feature = "state-cookie"))] {
/// use tower_smartcar_connect::answers::ErrorPage;
/// use tower_smartcar_connect::{ConnectCallbackLayer, StateCookie};
///
/// # fn callbacks(state_cookie: StateCookie) {
/// let callbacks = ConnectCallbackLayer::new("/callback")
///     .verify_state_with(state_cookie)
///     .require_result(true)
///     .on_failure(ErrorPage::new("/"));
/// # }
/// # }
/// ```
///
/// # Methods
///
/// | to decide | call | default |
/// | --- | --- | --- |
/// | which requests are callbacks | [`new`], [`for_redirect_uris`] or [`matching`] | |
/// | what the paths are behind a proxy or a nested router | [`stripped_prefix`], [`match_original_uri`] | the path that the layer sees |
/// | who verifies `state` | [`verify_state_with`], [`verify_state`], [`verify_state_async`] or [`app_verifies_state`] | none: without one of them, this is not a [`Layer`](tower::Layer) |
/// | who responds to errors and rejected callbacks | [`on_failure`], or [`on_error`], [`on_error_matching`] and [`on_invalid`] | errors go to the inner service; rejected callbacks get `400 Bad Request` |
/// | who responds to successes | [`on_success`] | the inner service |
/// | whether a visit without a result is rejected | [`require_result`] | no |
/// | whether an error without a `state` is accepted | [`errors_without_state`] | no |
/// | how long a query can be | [`max_query_bytes`] | 8192 bytes |
/// | whether a flow can be resumed if its callback was not served | [`resume_flows`] | yes |
/// | whether responses get `no-store` and `no-referrer` | [`response_headers`] | yes |
///
/// The [module page](super) has the rules.
///
/// # Closures
///
/// [`verify_state`], [`verify_state_async`], [`on_error`], [`on_error_matching`] and [`on_invalid`]
/// take functions. The arguments of a closure need no types.
///
/// [`on_failure`] and [`on_success`] take any [`HandleCallback`], such as the pages of the module
/// `answers`. A closure needs argument types there.
///
/// # Type parameters
///
/// `V` is the verifier. `E`, `I`, `F` and `O` are the handlers of errors, invalid callbacks,
/// failures and successes. [`Infallible`] stands for no handler. You rarely name them.
///
/// [`HandleCallback`]: crate::HandleCallback
/// [`app_verifies_state`]: Self::app_verifies_state
/// [`errors_without_state`]: Self::errors_without_state
/// [`for_redirect_uris`]: Self::for_redirect_uris
/// [`match_original_uri`]: Self::match_original_uri
/// [`matching`]: Self::matching
/// [`max_query_bytes`]: Self::max_query_bytes
/// [`new`]: Self::new
/// [`on_error_matching`]: Self::on_error_matching
/// [`on_error`]: Self::on_error
/// [`on_failure`]: Self::on_failure
/// [`on_invalid`]: Self::on_invalid
/// [`on_success`]: Self::on_success
/// [`require_result`]: Self::require_result
/// [`response_headers`]: Self::response_headers
/// [`resume_flows`]: Self::resume_flows
/// [`stripped_prefix`]: Self::stripped_prefix
/// [`verify_state_async`]: Self::verify_state_async
/// [`verify_state_with`]: Self::verify_state_with
/// [`verify_state`]: Self::verify_state
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ConnectCallbackLayer<V = (), E = Infallible, I = (), F = Infallible, O = Infallible> {
    // axum calls `layer` and clones for each request if a router has no state, so both have to be
    // cheap.
    settings: Arc<Settings<V, E, I, F, O>>,
}

impl ConnectCallbackLayer {
    /// Creates a layer for callbacks on these paths: a `&str`, a `String`, or an array, slice or
    /// `Vec` of them. A [`&ConnectUrl`](crate::ConnectUrl) stands for the path of
    /// its redirect URI.
    ///
    /// Write the paths as browsers send them, percent-encoded if needed. A redirect URI without a
    /// path, such as `http://localhost:8000`, has the path `/`.
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
    /// - contains a space, `{`, `}`, a backslash, a control character or a segment `.` or `..`.
    ///   Browsers never send those, so the path would never match.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    /// let layer = ConnectCallbackLayer::new(["/callback", "/reauth"]).app_verifies_state();
    /// ```
    #[track_caller]
    pub fn new(paths: impl Into<CallbackPaths>) -> Self {
        Self::from_settings(Settings {
            options: Options::new(paths.into()),
            verifier: None,
            on_error: OnError::Forward,
            on_invalid: OnInvalid::Handle(Arc::new(())),
            on_success: None,
        })
    }

    /// Creates a layer for the callbacks of these redirect URIs.
    ///
    /// Pass them as they are registered in the Smartcar dashboard. If you start flows with a
    /// [`ConnectUrl`](crate::ConnectUrl), pass that to [`new`](Self::new) instead. If a proxy strips
    /// a prefix from their paths, add [`stripped_prefix`](Self::stripped_prefix).
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidRedirectUri`] if the list is empty, or if a URI can never send a
    /// callback to this server. Its message says what to change.
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
    /// [`CallbackPaths::matching`] says when the predicate is called. If the paths have other
    /// visitors, see [a path of its own](crate::callback#a-path-of-its-own).
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

/// Verifying `state`. Call one of these methods.
impl<E, I, F, O> ConnectCallbackLayer<(), E, I, F, O> {
    /// Verifies `state` with `verifier`, such as a `StateCookie` (feature `state-cookie`).
    ///
    /// A callback that fails is invalid, and reaches neither the inner service nor a handler of
    /// errors or successes. If its `state` is missing or empty, it is rejected as
    /// [`StateMissing`](InvalidCallbackKind::StateMissing), and the verifier is not called.
    ///
    /// ```
    /// # #[cfg(feature = "state-cookie")] {
    /// use tower_smartcar_connect::state_cookie::{Key, StateCookie};
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// # let secret = [7; 64];
    /// let state_cookie = StateCookie::new(Key::from(&secret));
    /// let layer = ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie);
    /// # }
    /// ```
    pub fn verify_state_with<W>(self, verifier: W) -> ConnectCallbackLayer<W, E, I, F, O>
    where
        W: VerifyState,
    {
        self.verified_by(Some(verifier))
    }

    /// Verifies `state` with a synchronous function of the request and the decoded state.
    ///
    /// The function returns a `bool` or a `Result<Verified, InvalidCallbackKind>`. See
    /// [`verify_state_with`](Self::verify_state_with) for what is rejected.
    ///
    /// ```
    /// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};
    ///
    /// /// The state that was issued to this browser, as a layer outside has found it.
    /// #[derive(Clone)]
    /// struct Issued(String);
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").verify_state(|request, state| {
    ///     let issued = request.extensions.get::<Issued>();
    ///     let issued = issued.ok_or(InvalidCallbackKind::StateUnknown)?;
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
    /// answer, return [`StateStoreUnavailable`](InvalidCallbackKind::StateStoreUnavailable). See
    /// [`verify_state_with`](Self::verify_state_with) for what is rejected.
    ///
    /// The inner service that was made ready waits for the verifier. A clone serves the next
    /// request. [The guide](crate::guide::verifying_state#sessions) has the code for
    /// `tower-sessions`.
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
    ///     let session = request.extensions.get::<Session>();
    ///     let session = session.ok_or(InvalidCallbackKind::StateStoreUnavailable)?;
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
    /// **Compare [`state`](crate::ConnectSuccess::state) before you use a success.** Otherwise an
    /// attacker can connect a car to your user's account, or your user's car to theirs:
    /// [the guide](crate::guide::verifying_state#why) says how.
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
        ConnectCallbackLayer::from_settings(Settings {
            options: settings.options,
            verifier: verifier.map(Arc::new),
            on_error: settings.on_error,
            on_invalid: settings.on_invalid,
            on_success: settings.on_success,
        })
    }
}

/// Responding to callbacks. A handler replaces an earlier one for the same callbacks.
impl<V, E, I, F, O> ConnectCallbackLayer<V, E, I, F, O> {
    /// Responds to errors and to invalid callbacks with `handler`, which is a [`HandleCallback`] of
    /// a [`ConnectFailure`].
    ///
    /// The inner service then receives no errors. The pages of the module `answers` are handlers:
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
    /// An async function is a handler as well: see [`HandleCallback`].
    ///
    /// `on_failure` replaces earlier handlers of [`on_error`](Self::on_error),
    /// [`on_error_matching`](Self::on_error_matching) and [`on_invalid`](Self::on_invalid). Call
    /// those afterwards to replace it in part.
    ///
    /// [`ConnectFailure`]: crate::ConnectFailure
    /// [`HandleCallback`]: crate::HandleCallback
    pub fn on_failure<H>(
        self,
        handler: H,
    ) -> ConnectCallbackLayer<V, Infallible, Infallible, H, O> {
        let handler = Arc::new(handler);
        let settings = Arc::unwrap_or_clone(self.settings);
        ConnectCallbackLayer::from_settings(Settings {
            options: settings.options,
            verifier: settings.verifier,
            on_error: OnError::Failure(handler.clone()),
            on_invalid: OnInvalid::Failure(handler),
            on_success: settings.on_success,
        })
    }

    /// Responds to successes with `handler`, which is a [`HandleCallback`](crate::HandleCallback)
    /// of a [`ConnectSuccess`](crate::ConnectSuccess).
    ///
    /// Together with [`on_failure`](Self::on_failure), the inner service receives no callbacks. A
    /// server without pages, such as a gRPC server, then needs no route for them.
    ///
    /// ```
    /// use http::Response;
    /// use http::request::Parts;
    /// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};
    ///
    /// async fn connected(_success: ConnectSuccess, _request: Parts) -> Response<String> {
    ///     Response::new("Your car is connected.".to_owned())
    /// }
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_success(connected);
    /// ```
    pub fn on_success<H>(self, handler: H) -> ConnectCallbackLayer<V, E, I, F, H> {
        let settings = Arc::unwrap_or_clone(self.settings);
        ConnectCallbackLayer::from_settings(Settings {
            options: settings.options,
            verifier: settings.verifier,
            on_error: settings.on_error,
            on_invalid: settings.on_invalid,
            on_success: Some(Arc::new(handler)),
        })
    }

    /// Responds to every error with a function. The inner service then only receives successes.
    ///
    /// ```
    /// use http::{Response, StatusCode};
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").on_error(|error, _request| async move {
    ///     // The code is one of a fixed set. A description would be text from the request.
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
        ConnectCallbackLayer::from_settings(Settings {
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
    /// The request is unchanged and can contain hostile text, so do not echo it. The layer adds the
    /// [`InvalidCallback`] to the extensions of the response.
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
        ConnectCallbackLayer::from_settings(Settings {
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
    /// Routers that strip a prefix from the path often keep the original URI in the request's
    /// extensions. With axum's, a layer inside `axum::Router::nest` can use the path of the redirect
    /// URI. If there is no original URI, as behind a proxy, use
    /// [`stripped_prefix`](Self::stripped_prefix).
    ///
    /// ```
    /// use axum::extract::OriginalUri;
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// // Inside `Router::nest("/api", …)`.
    /// let layer = ConnectCallbackLayer::new("/api/callback")
    ///     .match_original_uri(|extensions| extensions.get().map(|OriginalUri(uri)| uri));
    /// ```
    pub fn match_original_uri(mut self, original: fn(&Extensions) -> Option<&Uri>) -> Self {
        self.options().original_uri = original;
        self
    }

    /// Removes a prefix from the callback paths: the one that a proxy or a router strips before it
    /// forwards a request.
    ///
    /// Give the layer the paths or redirect URIs as the browser sees them, so that you can use the
    /// same ones for Smartcar, `ConnectUrl` and the layer. `prefix` is what the path loses on the
    /// way. If both a proxy and a router strip something, pass both as one prefix, such as
    /// `/app/api`. Callback paths without the prefix do not change, such as the one for development
    /// on `localhost`.
    ///
    /// - `StateCookie` accepts a state that was issued for the path that the browser asked for.
    /// - A [predicate](Self::matching) gets the URI as the layer sees it, and each state has to be
    ///   issued for a path with the prefix.
    /// - [Non-canonical forms](crate::callback#rules) of the path that is left are rejected.
    /// - The targets of your responses, such as the one of `RedirectTo`, need the prefix.
    ///
    /// # Panics
    ///
    /// If the prefix
    ///
    /// - does not begin with `/`, or ends with `/`,
    /// - contains something that a [callback path](Self::new) must not contain,
    /// - is not the beginning of any callback path,
    /// - is the second one.
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
    /// Connect can fail before it has read the request of your app, and then has no state to send
    /// back. The owner sees the response to an invalid callback instead of the one to the error. On
    /// the other hand, anybody can make a link to such an error, with any description.
    ///
    /// Pass `true` only if your response to an error is safe for somebody who never started a flow:
    /// it does not show the description, does not end a flow, and changes nothing. Such an error
    /// skips the verifier, and [`ConnectError::is_verified`] returns `false`. Without a verifier,
    /// this setting has no effect.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// # let verifier = |_request: &http::request::Parts, _state: &str| true;
    /// let layer = ConnectCallbackLayer::new("/callback")
    ///     .verify_state(verifier)
    ///     .errors_without_state(true);
    /// ```
    pub fn errors_without_state(mut self, accepted: bool) -> Self {
        self.options().errors_without_state = accepted;
        self
    }

    /// Sets whether a visit to a callback path without a Connect result is an invalid callback. By
    /// default it is forwarded.
    ///
    /// Pass `true` if the path exists for callbacks only. Somebody who opens a bookmark, or comes
    /// back from a flow with a wrong `response_type`, then gets the response of
    /// [`on_failure`](Self::on_failure) or [`on_invalid`](Self::on_invalid), and you get an event
    /// and a count. The kind is [`NoResult`](InvalidCallbackKind::NoResult). Only a `GET` or `HEAD`
    /// is a visit.
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

    /// Limits the query on a callback path to this many bytes instead of 8192. A longer query is an
    /// invalid callback, whatever it contains, and is not read.
    ///
    /// Values above 65,534 have no effect, because an [`http::Uri`] is never longer. If the path
    /// has other visitors, such as `/`, the limit applies to their queries as well.
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
    /// A server error, such as a `503` because your database is down, does not use the state up, so
    /// the owner can reload the page. The [rules](crate::callback#when-a-state-is-used-up) list the
    /// responses that do.
    ///
    /// With `false`, every response uses the state up. Pass it if your route cannot run twice for
    /// one callback, for example because it exchanges the code and can fail after that.
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
    /// The address of a callback holds credentials. Without these headers, a cache can keep it, and
    /// links and images of your page can send it to other sites. `no-store` replaces the caching
    /// headers of the response.
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
    fn from_settings(settings: Settings<V, E, I, F, O>) -> Self {
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

//! The layer, which configures the middleware.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::request::Parts;
use tower::Layer;

use super::confirm::Confirmed;
use super::handler::{EmptyResponse, NoHandler};
use super::service::ConnectCallback;
use super::settings::{Options, Settings};
use crate::outcome::error::ConnectError;
use crate::outcome::rejected::RejectionReason;
use crate::outcome::success::ConnectSuccess;
use crate::paths::IntoCallbackPaths;
use crate::states::verifier::{SEALED, VerifyState};

/// Layer that turns Smartcar Connect callbacks into typed outcomes.
///
/// ```
/// # #[cfg(all(feature = "responses", feature = "state-cookie"))] {
/// use tower_smartcar_connect::responses::ErrorPage;
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectUrl, StateCookie};
///
/// # fn callbacks(connect_url: ConnectUrl, state_cookie: StateCookie) {
/// let callbacks = ConnectCallbackLayer::new(&connect_url, state_cookie)
///     .on_failure(ErrorPage::new("/"));
/// # }
/// # }
/// ```
///
/// | to decide | call | otherwise |
/// | --- | --- | --- |
/// | who responds to errors and rejected callbacks | [`on_failure`](Self::on_failure) | errors go to the inner service; rejected callbacks get `400 Bad Request` |
/// | which errors go to the inner service all the same | [`forward_errors`](Self::forward_errors) | none |
/// | who responds to successes | [`on_success`](Self::on_success) | the inner service |
/// | whether the ids of a success are true | [`confirm`](Self::confirm) | they are claims |
/// | whether visits without an outcome are forwarded | [`allow_visits`](Self::allow_visits) | on `/` only |
/// | whether errors without a `state` are accepted | [`accept_errors_without_state`](Self::accept_errors_without_state) | they are rejected |
/// | what a proxy strips from the path | [`stripped_prefix`](Self::stripped_prefix) | nothing |
/// | whether a failed response ends the flow | [`always_end_flows`](Self::always_end_flows) | the owner can reload |
/// | whether responses get `no-store` and `no-referrer` | [`omit_privacy_headers`](Self::omit_privacy_headers) | they do |
///
/// The [module page](super) has the rules. `V` is the verifier, `F` and `O` are the handlers of
/// failures and successes. You rarely name them.
#[must_use = "a layer does nothing until it is added to a service"]
pub struct ConnectCallbackLayer<V, F = EmptyResponse, O = NoHandler> {
    // axum calls `layer` and clones for each request if a router has no state, so both have to be
    // cheap.
    settings: Arc<Settings<V, F, O>>,
}

impl<V: VerifyState> ConnectCallbackLayer<V> {
    /// Creates a layer for the callbacks on these paths, whose `state` is verified by `verifier`.
    ///
    /// The paths are a `&str`, a `String`, a [`&ConnectUrl`](crate::ConnectUrl), which stands for the
    /// path of its redirect URI, or an array, slice or `Vec` of them. [`CallbackPaths`] also takes a
    /// predicate or a list of redirect URIs.
    ///
    /// Write paths as browsers send them, percent-encoded if needed. A redirect URI without a path,
    /// such as `http://localhost:8000`, has the path `/`. Behind a proxy that strips a prefix, and
    /// inside `axum::Router::nest`, keep the prefix here and name it with
    /// [`stripped_prefix`](Self::stripped_prefix).
    ///
    /// The verifier is a [`StateCookie`](crate::StateCookie), a
    /// [`StoredState`](crate::states::StoredState), [`verify_fn`](crate::verify_fn), a type of your
    /// own, or [`AppVerifiesState`](crate::AppVerifiesState). [The guide](crate::guide::states) helps
    /// to choose.
    ///
    /// # Panics
    ///
    /// If a path is not one that browsers ask for, as [`IntoCallbackPaths`] says.
    ///
    /// ```
    /// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
    ///
    /// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    /// let layer = ConnectCallbackLayer::new(["/callback", "/reauth"], AppVerifiesState);
    /// ```
    ///
    /// [`CallbackPaths`]: crate::paths::CallbackPaths
    #[track_caller]
    pub fn new(paths: impl IntoCallbackPaths, verifier: V) -> Self {
        Self {
            settings: Arc::new(Settings {
                options: Options::new(paths.into_callback_paths()),
                judge: Arc::new(verifier),
                on_failure: Arc::new(EmptyResponse),
                on_success: None,
            }),
        }
    }
}

impl<V: VerifyState, F, O> ConnectCallbackLayer<V, F, O> {
    /// Confirms each success with an async function, after its state is verified.
    ///
    /// **The ids in a callback are claims.** A verified state says that this browser has started the
    /// flow. Its visitor can still write another `user_id`, `vehicle_id` or `external_id` into the
    /// address. Ask Smartcar's API, from server to server, whether the connection is there:
    ///
    /// ```
    /// use http::request::Parts;
    /// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess, RejectionReason};
    /// # use tower_smartcar_connect::states::VerifyState;
    /// # #[derive(Clone)]
    /// # struct Connections;
    /// # #[derive(Clone)]
    /// # struct SmartcarApi;
    /// # impl SmartcarApi {
    /// #     async fn connections(&self, _: &Parts) -> Result<Connections, std::io::Error> { Ok(Connections) }
    /// # }
    /// # impl Connections { fn include(&self, _: Option<&str>) -> bool { true } }
    ///
    /// # fn layer(verifier: impl VerifyState, api: SmartcarApi) {
    /// let layer = ConnectCallbackLayer::new("/callback", verifier)
    ///     .confirm(move |success: ConnectSuccess, request: Parts| {
    ///         let api = api.clone();
    ///         async move {
    ///             // The connections of the user who is logged in, by their external id.
    ///             let connections = api.connections(&request).await;
    ///             let connections =
    ///                 connections.map_err(|_| RejectionReason::ConfirmationUnavailable)?;
    ///             if connections.include(success.user_id()) {
    ///                 Ok(connections)
    ///             } else {
    ///                 Err(RejectionReason::NotConfirmed)
    ///             }
    ///         }
    ///     });
    /// # }
    /// ```
    ///
    /// What the function returns goes into the extensions of the request. Its error rejects the
    /// callback: [`NotConfirmed`](RejectionReason::NotConfirmed) uses the state up, and
    /// [`ConfirmationUnavailable`](RejectionReason::ConfirmationUnavailable) lets it stay. [The
    /// guide](crate::guide::app_with_users) has the whole function. In axum,
    /// [`extract::confirm`](crate::extract::confirm) takes one with extractors.
    ///
    /// Call it after `new`, and before the layer is shared.
    ///
    /// # Connections without an external id
    ///
    /// For connections that have none, ask for those of the claimed `user_id` with `sc-user-id`,
    /// accept only one whose `meta.updatedAt` is not before the start of the flow, and reject a
    /// `user_id` that another account has. That is weaker: a quick attacker can claim a connection
    /// that its owner is making at that moment.
    ///
    /// # Panics
    ///
    /// If the verifier is [`AppVerifiesState`](crate::AppVerifiesState): each forged link would cost
    /// a call of the API.
    #[track_caller]
    pub fn confirm<C, Fut, T>(self, confirm: C) -> ConnectCallbackLayer<Confirmed<V, C>, F, O>
    where
        C: Fn(ConnectSuccess, Parts) -> Fut,
        Fut: Future<Output = Result<T, RejectionReason>>,
        T: Clone + Send + Sync + 'static,
    {
        let settings = Arc::unwrap_or_clone(self.settings);
        assert!(
            !settings.judge.is_app(SEALED),
            "`confirm` needs a verifier: after `AppVerifiesState`, each forged link would cost a call; confirm the \
             success in your app, after it has compared `state`"
        );
        ConnectCallbackLayer {
            settings: Arc::new(Settings {
                options: settings.options,
                judge: Arc::new(Confirmed {
                    verifier: settings.judge,
                    confirm,
                }),
                on_failure: settings.on_failure,
                on_success: settings.on_success,
            }),
        }
    }
}

impl<V, F, O> ConnectCallbackLayer<V, F, O> {
    /// Responds to errors and to rejected callbacks with `handler`, a
    /// [`HandleCallback`](super::HandleCallback) of a [`ConnectFailure`](crate::ConnectFailure).
    ///
    /// The inner service then receives successes only. The module `responses` has ready-made
    /// handlers:
    ///
    /// ```
    /// # #[cfg(feature = "responses")] {
    /// use tower_smartcar_connect::responses::ErrorPage;
    /// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
    ///
    /// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState)
    ///     .on_failure(ErrorPage::new("/garage"));
    /// # }
    /// ```
    pub fn on_failure<H>(self, handler: H) -> ConnectCallbackLayer<V, H, O> {
        let mut settings = Arc::unwrap_or_clone(self.settings);
        settings.options.forward_errors.all = false;
        ConnectCallbackLayer {
            settings: Arc::new(Settings {
                options: settings.options,
                judge: settings.judge,
                on_failure: Arc::new(handler),
                on_success: settings.on_success,
            }),
        }
    }

    /// Responds to successes with `handler`, a [`HandleCallback`](super::HandleCallback) of a
    /// [`ConnectSuccess`].
    ///
    /// Together with [`on_failure`](Self::on_failure), the inner service receives no callbacks. A
    /// server without pages, such as a gRPC server, then needs no route for them.
    ///
    /// ```
    /// use http::Response;
    /// use http::request::Parts;
    /// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectSuccess};
    ///
    /// async fn connected(_success: ConnectSuccess, _request: Parts) -> Response<String> {
    ///     Response::new("Your car is connected.".to_owned())
    /// }
    ///
    /// let layer =
    ///     ConnectCallbackLayer::new("/callback", AppVerifiesState).on_success(connected);
    /// ```
    pub fn on_success<H>(self, handler: H) -> ConnectCallbackLayer<V, F, H> {
        let settings = Arc::unwrap_or_clone(self.settings);
        ConnectCallbackLayer {
            settings: Arc::new(Settings {
                options: settings.options,
                judge: settings.judge,
                on_failure: settings.on_failure,
                on_success: Some(Arc::new(handler)),
            }),
        }
    }

    /// Sends the errors for which `predicate` returns `true` to the inner service, although
    /// [`on_failure`](Self::on_failure) has a handler.
    ///
    /// Your route then extracts a [`ConnectOutcome`](crate::ConnectOutcome):
    ///
    /// ```
    /// # #[cfg(feature = "responses")] {
    /// use tower_smartcar_connect::responses::ErrorPage;
    /// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
    ///
    /// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState)
    ///     .on_failure(ErrorPage::new("/garage"))
    ///     .forward_errors(|error| error.code().is_owner_exit());
    /// # }
    /// ```
    pub fn forward_errors<P>(mut self, predicate: P) -> Self
    where
        P: Fn(&ConnectError) -> bool + Send + Sync + 'static,
    {
        self.options().forward_errors.chosen = Some(Arc::new(predicate));
        self
    }

    /// Forwards visits to the callback paths that have no outcome.
    ///
    /// By default, they are rejected as [`NoOutcome`](RejectionReason::NoOutcome), except on `/`,
    /// which is the start page of most apps: the owner opens a bookmark or a link, or Connect sends
    /// the browser back without an outcome. A visit is a `GET` or `HEAD`. Call this if the path has a
    /// page of its own. [A predicate](crate::paths::CallbackPaths::matching) is not asked about
    /// visits.
    ///
    /// ```
    /// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
    ///
    /// let layer = ConnectCallbackLayer::new("/home", AppVerifiesState).allow_visits();
    /// ```
    pub fn allow_visits(mut self) -> Self {
        let options = self.options();
        options.paths = options.paths.clone().allow_visits();
        self
    }

    /// Accepts errors without a `state`, although there is a verifier. By default, such an error is
    /// rejected, because a forged link looks the same.
    ///
    /// Some of the redirects that Smartcar publishes have no `state`. Call this only if your response
    /// to an error is safe for a visitor who never started a flow: it does not show the description,
    /// does not end a flow, and changes nothing. Such an error skips the verifier, and its
    /// [`is_verified`](ConnectError::is_verified) returns `false`.
    ///
    /// ```
    /// # use tower_smartcar_connect::states::VerifyState;
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// # fn layer(verifier: impl VerifyState) {
    /// let layer =
    ///     ConnectCallbackLayer::new("/callback", verifier).accept_errors_without_state();
    /// # }
    /// ```
    pub fn accept_errors_without_state(mut self) -> Self {
        self.options().accepts_errors_without_state = true;
        self
    }

    /// Names the prefix that a proxy or a router strips from the path before a request comes here.
    ///
    /// Give the layer the paths as the browser sees them, so that you can use the same ones for
    /// Smartcar, `ConnectUrl` and the layer. `prefix` is what the path loses on the way. If both a
    /// proxy and a router strip something, pass both as one prefix, such as `/app/api`. Callback
    /// paths without the prefix do not change.
    ///
    /// - A state is bound to the path that the browser asked for, with the prefix.
    /// - A [predicate](crate::paths::CallbackPaths::matching) gets the URI as the layer sees it.
    /// - [Non-canonical forms](crate::callback#rules) of the path that is left are rejected.
    /// - The targets of your responses, such as the one of `RedirectTo`, need the prefix.
    ///
    /// # Panics
    ///
    /// If the prefix
    ///
    /// - does not begin with `/`, or ends with `/`,
    /// - contains something that a [callback path](Self::new) must not contain,
    /// - is not the beginning of any callback path, or makes two callback paths one,
    /// - is the second one.
    ///
    /// ```
    /// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
    ///
    /// // The redirect URI is `https://example.com/app/callback`, and the proxy strips `/app`.
    /// let layer = ConnectCallbackLayer::new("/app/callback", AppVerifiesState)
    ///     .stripped_prefix("/app");
    /// ```
    #[track_caller]
    pub fn stripped_prefix(mut self, prefix: &str) -> Self {
        let options = self.options();
        options.paths = options.paths.clone().stripped_prefix(prefix);
        self
    }

    /// Lets every response end the flow.
    ///
    /// By default, a server error, such as a `503` because your database is down, does not use the
    /// state up, so the owner can reload the page. The
    /// [rules](crate::callback#when-a-state-is-used-up) list the responses that do. Call this if
    /// your route cannot run twice for one callback, and keep states in a
    /// [`StoredState`](crate::states::StoredState): two requests with one cookie can both pass.
    ///
    /// ```
    /// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
    ///
    /// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState).always_end_flows();
    /// ```
    pub fn always_end_flows(mut self) -> Self {
        self.options().always_ends_flows = true;
        self
    }

    /// Omits `Cache-Control: no-store` and `Referrer-Policy: no-referrer`, because another layer
    /// sets both.
    ///
    /// The address of a callback holds credentials. Without these headers, a cache can keep it, and
    /// links and images of your page can send it to other sites. By default, `no-store` replaces
    /// the caching headers of the response, and a `Referrer-Policy` that it has stays.
    ///
    /// ```
    /// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
    ///
    /// let layer =
    ///     ConnectCallbackLayer::new("/callback", AppVerifiesState).omit_privacy_headers();
    /// ```
    pub fn omit_privacy_headers(mut self) -> Self {
        self.options().privacy_headers = false;
        self
    }

    fn options(&mut self) -> &mut Options {
        &mut Arc::make_mut(&mut self.settings).options
    }
}

impl<S, V, F, O> Layer<S> for ConnectCallbackLayer<V, F, O> {
    type Service = ConnectCallback<S, V, F, O>;

    fn layer(&self, inner: S) -> Self::Service {
        ConnectCallback::new(inner, self.settings.clone())
    }
}

impl<V, F, O> Clone for ConnectCallbackLayer<V, F, O> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
        }
    }
}

impl<V, F, O> fmt::Debug for ConnectCallbackLayer<V, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConnectCallbackLayer")
            .field(&self.settings)
            .finish()
    }
}

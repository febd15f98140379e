//! The service that starts flows.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::ORIGIN;
use http::request::Parts;
use http::{Method, Request, Response};
use tower::{Layer, Service};
use tower_http::csrf::CsrfLayer;

use super::choose_flow::{ChooseFlow, SameFlow};
use super::connect_url::ConnectUrl;
use super::flow::Flow;
use super::future::{FlowFuture, StartFuture};
use super::login::LoginRequired;
use super::response;
use crate::paths::Origin;
use crate::states::StartState;

/// Service that starts flows: it makes a `state`, and sends the owner's browser to Connect.
///
/// Give it a route, and let a button send a `POST` there:
///
/// ```
/// # #[cfg(all(feature = "axum", feature = "state-cookie"))] {
/// use axum::{Router, response::Html, routing::get};
/// use tower_smartcar_connect::{
///     ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect, StateCookie,
/// };
///
/// const BUTTON: &str =
///     "<form action=/connect method=post><button>Connect your car</button></form>";
///
/// fn app(connect_url: ConnectUrl, state_cookie: StateCookie) -> Router {
///     let callbacks = ConnectCallbackLayer::new(&connect_url, state_cookie.clone());
///     Router::new()
///         .route("/callback", get(async |_: ConnectSuccess| "Your car is connected."))
///         .layer(callbacks)
///         .route_service("/connect", StartConnect::new(connect_url, state_cookie))
///         .route("/", get(async || Html(BUTTON)))
/// }
/// # }
/// ```
///
/// An app whose owners log in has a [flow](Self::flow) of its own for each of them.
///
/// # Rules
///
/// 1. A `POST` gets `303 See Other` to Connect, with the cookie of the flow.
/// 2. A `POST` of a script gets `200 OK` with JSON, whose members are `url` and `state`, and the same
///    cookie. `fetch` cannot follow a redirect to another site, so go there with
///    `location.assign(url)`, or pass the `state` to Smartcar's JavaScript SDK. A script is known by
///    an `Accept` header that prefers JSON to HTML or, if it names neither, by `Sec-Fetch-Mode`.
/// 3. A `POST` of htmx, with `HX-Request: true`, gets `200 OK` with `HX-Redirect`, and the same
///    cookie.
/// 4. A `POST` from another origin gets `403 Forbidden`, by the rules of [`tower_http::csrf`],
///    unless it is the origin of the redirect URI, or a [trusted](Self::trust_origin) one. Otherwise
///    any page could start a flow in this browser.
/// 5. A `GET`, or another method, gets `405 Method Not Allowed`. A link must not start a flow.
/// 6. If no flow can start, the response says so in a line of text, and an event at `ERROR` (feature
///    `tracing`) says why: `503 Service Unavailable` if the store of states did not answer, and `500
///    Internal Server Error` otherwise. If nobody is logged in, it is `401 Unauthorized`, or leads to
///    the [login page](Self::login_page).
/// 7. Every response has `Cache-Control: no-store`.
/// 8. The body of the request is not read. The body of the response is a `String`, or the type that
///    your function responds with. `tower::util::MapResponse` converts it.
///
/// If the button does not lead to Connect, or each callback is rejected, start from what you see:
/// [troubleshooting](crate::guide::troubleshooting).
pub struct StartConnect<S, F = SameFlow> {
    starter: Starter<S, F>,
    csrf: CsrfLayer,
}

impl<S: StartState> StartConnect<S> {
    /// Creates a service that starts flows to `base`, and whose states `states` keeps.
    ///
    /// Pass the same states to the layer, which verifies them.
    pub fn new(base: ConnectUrl, states: S) -> Self {
        // A proxy can change `Host`, but the app's pages are on the origin of the redirect URI.
        let csrf = match base.redirect_origin() {
            Some(origin) => trusting(CsrfLayer::new(), &origin),
            None => CsrfLayer::new(),
        };
        Self {
            starter: Starter {
                base: Arc::new(base),
                states: Arc::new(states),
                function: Arc::new(SameFlow),
                login: None,
            },
            csrf,
        }
    }

    /// Sets the function that chooses the flow of each request.
    ///
    /// The function gets the base address and the head of the request. It returns the [`Flow`], or a
    /// [`ConnectUrl`] if there is no payload: the base with what belongs to this owner, or the
    /// [re-authentication](ConnectUrl::reauthentication) of one vehicle. If it returns an `Err`, no
    /// flow starts, and that is the response. `?` makes a response of an
    /// [`InvalidConnectUrl`](super::InvalidConnectUrl) and of a
    /// [`NotStarted`](crate::states::NotStarted).
    ///
    /// ```
    /// use http::Response;
    /// use http::request::Parts;
    /// use tower_smartcar_connect::states::{NotStarted, StartState};
    /// use tower_smartcar_connect::{ConnectUrl, Flow, StartConnect};
    ///
    /// /// The user who is logged in, as your login puts it into each request.
    /// #[derive(Clone)]
    /// struct User { id: String }
    ///
    /// async fn flow(base: ConnectUrl, request: Parts) -> Result<Flow, Response<String>> {
    ///     let user = request.extensions.get::<User>().ok_or(NotStarted::NotLoggedIn)?;
    ///     let url = base.external_id(&user.id)?;
    ///     Ok(Flow::to(url).payload(request.uri.query().unwrap_or_default()))
    /// }
    ///
    /// fn start(connect_url: ConnectUrl, states: impl StartState) {
    ///     let start = StartConnect::new(connect_url, states).flow(flow).login_page("/login");
    /// }
    /// ```
    ///
    /// A closure that captures variables clones them for each call, and moves the clones into an
    /// async block: `move |base, request| { let users = users.clone(); async move { … } }`.
    pub fn flow<F, Fut, L, R>(self, function: F) -> StartConnect<S, F>
    where
        F: Fn(ConnectUrl, Parts) -> Fut,
        Fut: Future<Output = Result<L, Response<R>>>,
        L: Into<Flow>,
        R: From<String>,
    {
        let Starter {
            base,
            states,
            login,
            function: _,
        } = self.starter;
        StartConnect {
            starter: Starter {
                base,
                states,
                function: Arc::new(function),
                login,
            },
            csrf: self.csrf,
        }
    }
}

impl<S, F> StartConnect<S, F> {
    /// Accepts requests from pages of another origin, such as a front end on
    /// `https://app.example.com`.
    ///
    /// A form needs nothing else. A `fetch` with `credentials: "include"` also needs CORS, and only
    /// works from another origin of the same site: see [the guide][guide].
    ///
    /// ```
    /// use http::{HeaderValue, Method};
    /// use tower::ServiceBuilder;
    /// use tower_http::cors::CorsLayer;
    /// use tower_smartcar_connect::{ConnectUrl, StartConnect};
    /// # use tower_smartcar_connect::paths::InvalidOrigin;
    /// # use tower_smartcar_connect::states::StartState;
    ///
    /// # fn start(base: ConnectUrl, states: impl StartState) -> Result<(), InvalidOrigin> {
    /// let start = StartConnect::new(base, states)
    ///     .trust_origin("https://app.example.com".parse()?);
    /// let cors = CorsLayer::new()
    ///     .allow_origin(HeaderValue::from_static("https://app.example.com"))
    ///     .allow_methods([Method::POST])
    ///     .allow_credentials(true);
    /// let start = ServiceBuilder::new().layer(cors).service(start);
    /// # fn check<S: tower::Service<http::Request<String>>>(_: S) {}
    /// # check(start);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [guide]: crate::guide::starting_a_flow#front-ends-on-another-origin
    #[must_use]
    pub fn trust_origin(mut self, origin: Origin) -> Self {
        self.csrf = trusting(self.csrf, &origin);
        self
    }

    /// Sends the browser to your login page if nobody is logged in, by the rules of
    /// [`LoginRequired`]. Without it, the response is `401 Unauthorized`.
    ///
    /// Nobody is logged in if the states are bound to users and there is none, or if the function of
    /// [`flow`](Self::flow) returns
    /// [`NotStarted::NotLoggedIn`](crate::states::NotStarted::NotLoggedIn) as its response.
    ///
    /// # Panics
    ///
    /// The same as for [`LoginRequired::new`].
    #[must_use]
    #[track_caller]
    pub fn login_page(mut self, path: &str) -> Self {
        self.starter.login = Some(LoginRequired::new(path));
        self
    }
}

fn trusting(csrf: CsrfLayer, origin: &Origin) -> CsrfLayer {
    let csrf = csrf.add_trusted_origin(origin.to_string());
    csrf.expect("what browsers send is an origin")
}

impl<S: StartState, F: ChooseFlow, B> Service<Request<B>> for StartConnect<S, F> {
    type Response = Response<F::Body>;
    type Error = Infallible;
    type Future = StartFuture<S, F>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let origin = request.headers().get(ORIGIN).cloned();
        let csrf = self.csrf.clone();
        let csrf = csrf.with_rejection_response(move |_| response::cross_origin(origin.as_ref()));
        StartFuture::new(csrf.layer(self.starter.clone()).call(request))
    }
}

/// The service for requests that come from the app's own pages.
struct Starter<S, F> {
    base: Arc<ConnectUrl>,
    states: Arc<S>,
    function: Arc<F>,
    login: Option<LoginRequired>,
}

impl<S: StartState, F: ChooseFlow, B> Service<Request<B>> for Starter<S, F> {
    type Response = Response<F::Body>;
    type Error = Infallible;
    type Future = FlowFuture<S, F>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (request, _body) = request.into_parts();
        if request.method != Method::POST {
            return FlowFuture::respond(response::method_not_allowed());
        }
        let function = self.function.choose(&self.base, &request);
        FlowFuture::start(function, self.states.clone(), request, self.login.clone())
    }
}

impl<S, F> Clone for StartConnect<S, F> {
    fn clone(&self) -> Self {
        Self {
            starter: self.starter.clone(),
            csrf: self.csrf.clone(),
        }
    }
}

impl<S, F> Clone for Starter<S, F> {
    fn clone(&self) -> Self {
        Self {
            base: self.base.clone(),
            states: self.states.clone(),
            function: self.function.clone(),
            login: self.login.clone(),
        }
    }
}

impl<S: fmt::Debug, F> fmt::Debug for StartConnect<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartConnect")
            .field("base", &self.starter.base)
            .field("states", &self.starter.states)
            .finish_non_exhaustive()
    }
}

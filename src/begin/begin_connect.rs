//! The service that starts a flow.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::ALLOW;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower::Service;
use tower_http::csrf::CsrfLayer;

use super::connect_url::ConnectUrl;
use super::cross_origin;
use super::future::{BeginFuture, Flow, empty};
#[cfg(feature = "tracing")]
use super::host;
use super::invalid::InvalidConnectUrl;
use super::origin;
use super::settings::Settings;
use crate::state_cookie::StateCookie;

/// The default function of a [`BeginConnect`], for flows without a payload.
type NoPayload = fn(Parts) -> Ready<Result<String, Response<String>>>;

/// Service that starts a flow: it issues a `state` and sends the owner's browser to Connect.
///
/// Give it a route, and let a button send a `POST` there:
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, response::Html, routing::get};
/// use tower_smartcar_connect::{
///     BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StateCookie,
/// };
///
/// const BUTTON: &str =
///     "<form action=/connect method=post><button>Connect your car</button></form>";
///
/// fn app(connect_url: ConnectUrl, state_cookie: StateCookie) -> Router {
///     let callbacks =
///         ConnectCallbackLayer::new(&connect_url).verify_state_with(state_cookie.clone());
///     Router::new()
///         .route("/callback", get(async |_: ConnectSuccess| "Your car is connected."))
///         .layer(callbacks)
///         .route_service("/connect", BeginConnect::new(connect_url, state_cookie))
///         .route("/", get(async || Html(BUTTON)))
/// }
/// # }
/// ```
///
/// # Rules
///
/// 1. A `POST` gets `303 See Other` to Connect, with the cookie of the flow.
/// 2. A `POST` whose `Accept` header prefers JSON gets `200 OK` with the members `url` and `state`,
///    and the same cookie. `fetch` cannot follow a redirect to another site, so go there with
///    `location.assign(url)`, or pass the `state` to Smartcar's JavaScript SDK.
/// 3. A `POST` of htmx, with `HX-Request: true`, gets `200 OK` with `HX-Redirect`, and the same
///    cookie.
/// 4. A `POST` from another origin gets `403 Forbidden`, by the rules of [`tower_http::csrf`],
///    unless the origin is [trusted](Self::trust_origin). Otherwise any page could start a flow in
///    this browser.
/// 5. Any other method gets `405 Method Not Allowed`. A link must not start a flow.
/// 6. Every response has `Cache-Control: no-store`.
/// 7. The body of the request is not read. The body of the response is a `String`, or the type that
///    your function responds with. `tower::util::MapResponse` converts it.
///
/// # Troubleshooting
///
/// | symptom | what to change |
/// | --- | --- |
/// | the button does nothing | [the `form-action` of the page][csp], [Turbo][turbo] or [a service worker][worker] |
/// | `fetch` fails | [ask for JSON][fetch]; from another origin, [allow it][origin] |
/// | `403 Forbidden` | [trust the origin of your front end][origin] |
/// | `405 Method Not Allowed` | [use a form with `method="post"`][form] |
/// | your app is inside an iframe | [start the flow at the top or in a window of its own][iframe] |
/// | the popup is blocked | [open it before the request][popup] |
/// | each callback is rejected | [find out why the browser does not keep the cookie][symptom] |
///
/// [csp]: crate::guide::starting_a_flow#content-security-policy
/// [fetch]: crate::guide::starting_a_flow#fetch
/// [form]: crate::guide::starting_a_flow#forms
/// [iframe]: crate::guide::starting_a_flow#iframes
/// [origin]: crate::guide::starting_a_flow#front-ends-on-another-origin
/// [popup]: crate::guide::starting_a_flow#popups
/// [symptom]: crate::guide::starting_a_flow#by-symptom
/// [turbo]: crate::guide::starting_a_flow#turbo
/// [worker]: crate::guide::starting_a_flow#service-workers
pub struct BeginConnect<F = NoPayload> {
    settings: Arc<Settings>,
    function: Arc<F>,
}

impl BeginConnect {
    /// Creates a service that starts flows to `connect_url`, and keeps their state in a cookie.
    pub fn new(connect_url: ConnectUrl, state_cookie: StateCookie) -> Self {
        Self {
            settings: Arc::new(Settings {
                url: connect_url,
                csrf: CsrfLayer::new(),
                state_cookie: Some(state_cookie),
            }),
            function: Arc::new(|_| ready(Ok(String::new()))),
        }
    }

    /// Sets the function that returns the payload of each flow, such as the user who is logged in.
    ///
    /// The callback gets the payload back as a [`StatePayload`](crate::state_cookie::StatePayload).
    /// If the function returns an `Err`, no flow starts, and that is the response.
    ///
    /// ```
    /// use http::request::Parts;
    /// use http::{Response, StatusCode};
    /// use tower_smartcar_connect::{BeginConnect, ConnectUrl, StateCookie};
    ///
    /// /// The user who is logged in, as your login puts it into each request.
    /// #[derive(Clone)]
    /// struct User(String);
    ///
    /// async fn user(request: Parts) -> Result<String, Response<String>> {
    ///     match request.extensions.get::<User>() {
    ///         Some(user) => Ok(user.0.clone()),
    ///         None => {
    ///             let mut response = Response::new("Log in first.".to_owned());
    ///             *response.status_mut() = StatusCode::UNAUTHORIZED;
    ///             Err(response)
    ///         }
    ///     }
    /// }
    ///
    /// fn connect(connect_url: ConnectUrl, state_cookie: StateCookie) {
    ///     let connect = BeginConnect::new(connect_url, state_cookie).payload(user);
    /// }
    /// ```
    pub fn payload<G, Fut, R>(self, payload: G) -> BeginConnect<G>
    where
        G: Fn(Parts) -> Fut,
        Fut: Future<Output = Result<String, Response<R>>>,
    {
        BeginConnect {
            settings: self.settings,
            function: Arc::new(payload),
        }
    }
}

impl<F> BeginConnect<F> {
    /// Creates a service that starts flows to `connect_url`, and whose states `function` issues and
    /// stores, such as in a session.
    ///
    /// Return a new random state for each flow, and verify it with
    /// [`verify_state_async`](crate::ConnectCallbackLayer::verify_state_async). If the function
    /// returns an `Err`, no flow starts, and that is the response.
    ///
    /// ```
    /// use http::request::Parts;
    /// use http::{Response, StatusCode};
    /// use tower_smartcar_connect::{BeginConnect, ConnectUrl};
    /// # #[derive(Clone)]
    /// # struct Session;
    /// # impl Session {
    /// #     async fn insert(&self, _key: &str, _value: &str) -> Result<(), ()> { Ok(()) }
    /// # }
    /// # fn random_state() -> String { String::new() }
    ///
    /// async fn issue(request: Parts) -> Result<String, Response<String>> {
    ///     let mut unavailable = Response::new(String::new());
    ///     *unavailable.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    ///     let Some(session) = request.extensions.get::<Session>() else {
    ///         return Err(unavailable);
    ///     };
    ///     // At least 128 random bits.
    ///     let state = random_state();
    ///     match session.insert("connect-state", &state).await {
    ///         Ok(()) => Ok(state),
    ///         Err(_) => Err(unavailable),
    ///     }
    /// }
    ///
    /// fn connect(connect_url: ConnectUrl) {
    ///     let connect = BeginConnect::with_stored_state(connect_url, issue);
    /// }
    /// ```
    ///
    /// [The guide](crate::guide::verifying_state#sessions) has the code for `tower-sessions`, with
    /// the verifier.
    pub fn with_stored_state<Fut, R>(connect_url: ConnectUrl, function: F) -> Self
    where
        F: Fn(Parts) -> Fut,
        Fut: Future<Output = Result<String, Response<R>>>,
    {
        Self {
            settings: Arc::new(Settings {
                url: connect_url,
                csrf: CsrfLayer::new(),
                state_cookie: None,
            }),
            function: Arc::new(function),
        }
    }

    /// Accepts requests from pages of another origin, such as a front end on
    /// `https://app.example.com`.
    ///
    /// A form needs nothing else. A `fetch` also needs CORS with credentials, and only works from
    /// another origin of the same site: see [the guide][guide].
    ///
    /// # Errors
    ///
    /// Returns [`InvalidConnectUrl::Origin`] if `origin` is not an origin as browsers write it: a
    /// scheme, a host in lower case, and a port unless it is the default one.
    ///
    /// ```
    /// # use tower_smartcar_connect::{ConnectUrl, InvalidConnectUrl, StateCookie};
    /// use tower_smartcar_connect::BeginConnect;
    ///
    /// # fn connect(connect_url: ConnectUrl, state_cookie: StateCookie) -> Result<(), InvalidConnectUrl> {
    /// let connect =
    ///     BeginConnect::new(connect_url, state_cookie).trust_origin("https://app.example.com")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [guide]: crate::guide::starting_a_flow#front-ends-on-another-origin
    pub fn trust_origin(mut self, origin: &str) -> Result<Self, InvalidConnectUrl> {
        let settings = Arc::make_mut(&mut self.settings);
        origin::check(origin)?;
        let csrf = settings.csrf.clone().add_trusted_origin(origin);
        settings.csrf = csrf.map_err(|_| InvalidConnectUrl::Origin)?;
        Ok(self)
    }
}

impl<F, Fut, B, R> Service<Request<B>> for BeginConnect<F>
where
    F: Fn(Parts) -> Fut,
    Fut: Future<Output = Result<String, Response<R>>>,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = Infallible;
    type Future = BeginFuture<Fut, R>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (request, _body) = request.into_parts();
        if request.method != Method::POST {
            let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("POST"));
            return BeginFuture::respond(response);
        }
        let Some(request) = cross_origin::accept(&self.settings.csrf, request) else {
            return BeginFuture::respond(empty(StatusCode::FORBIDDEN));
        };
        #[cfg(feature = "tracing")]
        if self.settings.state_cookie.is_some() {
            host::warn_if_it_differs(self.settings.url.redirect_uri(), &request.headers);
        }
        let flow = Flow::new(self.settings.clone(), request.headers.clone());
        BeginFuture::start((self.function)(request), flow)
    }
}

impl<F> Clone for BeginConnect<F> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            function: self.function.clone(),
        }
    }
}

impl<F> fmt::Debug for BeginConnect<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BeginConnect")
            .field("url", &self.settings.url)
            .field("state_cookie", &self.settings.state_cookie)
            .finish_non_exhaustive()
    }
}

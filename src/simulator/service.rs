//! The simulator, as a value and as a server.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{ALLOW, CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use tower::Service;
use url::{Host, Url};

use super::invalid::InvalidAuthorizeRequest;
use super::outcome::Outcome;
use super::page;
use super::request::{AuthorizeRequest, Parameters, SIMULATED_OUTCOME};
use crate::html::response;
use crate::redirect_uri::{self, InvalidRedirectUri, InvalidRedirectUriKind};

/// Simulates Smartcar Connect, for development and tests.
///
/// **It is not Smartcar. Never use it in production**: it authenticates nobody, and whoever opens
/// it chooses the outcome.
///
/// It is a tower service that responds to authorize requests on every path. Mount it where your app
/// sends browsers, instead of `https://connect.smartcar.com/oauth/authorize`. Without a server,
/// [`authorize`](Self::authorize) reads such a request, and [`AuthorizeRequest::redirect`] ends its
/// flow. The [module page](super) has an example of each.
///
/// Cloning is cheap.
#[derive(Clone)]
pub struct Simulator {
    registration: Arc<Registration>,
}

struct Registration {
    client_id: String,
    redirect_uris: Vec<RedirectUri>,
}

struct RedirectUri {
    /// As it was registered, which is what requests are compared with.
    text: String,
    url: Url,
}

impl Simulator {
    /// Creates a simulator for one app, whose redirect URIs lead to this machine: the host is
    /// `localhost`, a name below it, `127.0.0.1`, another address of that network, or `[::1]`.
    ///
    /// The redirect URIs of a production server are rejected. A request without a `redirect_uri`
    /// gets the first one.
    ///
    /// The real Connect accepts plain `http` for `localhost` only.
    ///
    /// # Errors
    ///
    /// An [`InvalidRedirectUri`] for a URI that leads to another machine or cannot be the redirect
    /// URI of a server, and for an empty list.
    ///
    /// ```
    /// use tower_smartcar_connect::simulator::Simulator;
    ///
    /// let client_id = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
    /// assert!(Simulator::new(client_id, ["http://localhost:8000/callback"]).is_ok());
    /// assert!(Simulator::new(client_id, ["https://example.com/callback"]).is_err());
    /// ```
    pub fn new<U>(
        client_id: impl Into<String>,
        redirect_uris: U,
    ) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: Into<String>>,
    {
        Self::register(client_id.into(), redirect_uris, is_loopback)
    }

    /// Creates a simulator whose redirect URIs may lead to other machines, such as a test server in
    /// a closed network.
    ///
    /// **Danger:** whoever can reach both makes the app accept flows that Smartcar knows nothing
    /// about. Never expose it to the internet.
    ///
    /// # Errors
    ///
    /// An [`InvalidRedirectUri`] for a URI that cannot be the redirect URI of a server, and for an
    /// empty list.
    pub fn danger_allow_any_host<U>(
        client_id: impl Into<String>,
        redirect_uris: U,
    ) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: Into<String>>,
    {
        Self::register(client_id.into(), redirect_uris, |_| true)
    }

    fn register<U>(
        client_id: String,
        redirect_uris: U,
        is_accepted: fn(&Url) -> bool,
    ) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: Into<String>>,
    {
        let redirect_uris = redirect_uris
            .into_iter()
            .map(Into::into)
            .map(|text| match check(&text, is_accepted) {
                Ok(url) => Ok(RedirectUri { text, url }),
                Err(kind) => Err(InvalidRedirectUri::new(&text, kind)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        if redirect_uris.is_empty() {
            return Err(InvalidRedirectUri::new(
                "",
                InvalidRedirectUriKind::NoRedirectUri,
            ));
        }
        Ok(Self {
            registration: Arc::new(Registration {
                client_id,
                redirect_uris,
            }),
        })
    }

    /// Reads an authorize request: the address that an app sends the browser to. Only its query
    /// counts, so it can be that of the real Connect.
    ///
    /// Parameters without a value count as absent, and parameters that are not documented are
    /// ignored ([RFC 6749, section 3.1]). Without a `redirect_uri`, the one that is registered
    /// first is used, except for a re-authentication, which needs one. A request is a
    /// re-authentication if its `response_type` is `vehicle_id`, or if it is `none` and there is a
    /// `vehicle_id`.
    ///
    /// # Errors
    ///
    /// An [`InvalidAuthorizeRequest`] if Connect would show an error page and not redirect.
    ///
    /// [RFC 6749, section 3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
    pub fn authorize(&self, uri: &Uri) -> Result<AuthorizeRequest, InvalidAuthorizeRequest> {
        let parameters = Parameters::in_query(uri.query().unwrap_or_default())?;
        match parameters.client_id() {
            None => return Err(InvalidAuthorizeRequest::MissingParameter("client_id")),
            Some(client_id) if client_id != self.client_id().as_bytes() => {
                return Err(InvalidAuthorizeRequest::UnknownClient);
            }
            Some(_) => {}
        }
        parameters.check()?;
        let redirect_uri = match parameters.value("redirect_uri") {
            Some(text) => self.registered(text),
            None => self.default_redirect_uri(),
        };
        let redirect_uri = redirect_uri.ok_or(InvalidAuthorizeRequest::UnregisteredRedirectUri)?;
        Ok(AuthorizeRequest::new(redirect_uri.clone(), parameters))
    }

    pub(super) fn client_id(&self) -> &str {
        &self.registration.client_id
    }

    /// The redirect URIs as they were registered.
    pub(super) fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        self.registration.redirect_uris.iter().map(|uri| &*uri.text)
    }

    /// The redirect URI that was registered with exactly this text.
    fn registered(&self, text: &[u8]) -> Option<&Url> {
        let mut redirect_uris = self.registration.redirect_uris.iter();
        redirect_uris.find_map(|uri| (uri.text.as_bytes() == text).then_some(&uri.url))
    }

    /// The redirect URI of requests without one.
    fn default_redirect_uri(&self) -> Option<&Url> {
        self.registration.redirect_uris.first().map(|uri| &uri.url)
    }

    fn respond<B>(&self, request: &Request<B>) -> Response<String> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = page::wrong_method();
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allowed);
            return response;
        }
        let response = self
            .authorize(request.uri())
            .and_then(|request| match chosen(&request)? {
                Some(outcome) => Ok(found(&request.location(&outcome))),
                None => page::flow(&request),
            });
        response.unwrap_or_else(|invalid| page::refused(self, invalid))
    }
}

/// Responds to authorize requests, on every path.
///
/// The body of a request is not read. That of a response is a [`String`], which is an
/// `http_body::Body`, so axum and hyper accept it. For another body, use
/// `tower::util::MapResponse`.
impl<B> Service<Request<B>> for Simulator {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.respond(&request)))
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("client_id", &self.client_id())
            .field("redirect_uris", &self.redirect_uris().collect::<Vec<_>>())
            .finish()
    }
}

fn check(text: &str, is_accepted: fn(&Url) -> bool) -> Result<Url, InvalidRedirectUriKind> {
    let url = Url::parse(text).map_err(|_| InvalidRedirectUriKind::NotAUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(InvalidRedirectUriKind::CustomScheme);
    }
    redirect_uri::check(text)?;
    if !is_accepted(&url) {
        return Err(InvalidRedirectUriKind::NotLoopback);
    }
    Ok(url)
}

/// Whether a browser that follows the URL stays on its own machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // RFC 6761, section 6.3: names below `localhost` are loopback too.
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The outcome that the request names, if it does.
fn chosen(request: &AuthorizeRequest) -> Result<Option<Outcome>, InvalidAuthorizeRequest> {
    let Some(name) = request.parameter(SIMULATED_OUTCOME) else {
        return Ok(None);
    };
    match Outcome::from_name(&name) {
        Some(outcome) => Ok(Some(outcome)),
        None => Err(InvalidAuthorizeRequest::UnsupportedValue(SIMULATED_OUTCOME)),
    }
}

fn found(location: &str) -> Response<String> {
    let mut response = response(StatusCode::FOUND, String::new());
    let location = HeaderValue::try_from(location).expect("a URL is printable ASCII");
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CONTENT_SECURITY_POLICY, page::POLICY.clone());
    response
}

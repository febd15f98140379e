//! The simulator, as a value and as a server.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use tower::Service;

use super::endpoint::SIMULATED_OUTCOME;
use super::invalid::InvalidAuthorizeRequest;
use super::outcome::Outcome;
use super::registration::{Registration, is_loopback};
use super::request::AuthorizeRequest;
use super::{error_pages, flow_pages, page};
use crate::html::response;
use crate::redirect_uri::InvalidRedirectUri;

/// Simulates Smartcar Connect, for development and tests.
///
/// **It is not Smartcar. Never use it in production**: it authenticates nobody, and everyone who
/// opens it chooses the outcome.
///
/// It is a tower service for the paths of Connect. Without a server, [`authorize`](Self::authorize)
/// reads an authorize request, and [`AuthorizeRequest::redirect`] ends its flow. The [module
/// page](super) has an example of each.
///
/// Cloning is cheap.
#[derive(Clone)]
pub struct Simulator {
    registration: Arc<Registration>,
}

impl Simulator {
    /// Creates a simulator for one app, whose redirect URIs lead to this machine: the host is
    /// `localhost`, a name below it, an address that begins with `127.`, or `[::1]`.
    ///
    /// The redirect URIs of a production server are rejected. The first one is the default for
    /// requests without a `redirect_uri`.
    ///
    /// The real Connect accepts plain `http` for `localhost` only.
    ///
    /// # Errors
    ///
    /// [`InvalidRedirectUri`] if a URI leads to another machine, has a user name or characters that
    /// are not ASCII, or cannot be the redirect URI of a server, and if there is no URI.
    ///
    /// ```
    /// use tower_smartcar_connect::simulator::Simulator;
    ///
    /// let application_id = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
    /// assert!(Simulator::new(application_id, ["http://localhost:8000/callback"]).is_ok());
    /// assert!(Simulator::new(application_id, ["https://example.com/callback"]).is_err());
    /// ```
    pub fn new<U>(
        application_id: impl Into<String>,
        redirect_uris: U,
    ) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: Into<String>>,
    {
        let registration = Registration::new(application_id.into(), redirect_uris, is_loopback)?;
        Ok(Self {
            registration: Arc::new(registration),
        })
    }

    /// Creates a simulator whose redirect URIs may lead to other machines, such as a test server in
    /// a closed network.
    ///
    /// **Danger:** whoever can reach both makes the app accept flows that Smartcar knows nothing
    /// about. Never expose it to the internet.
    ///
    /// # Errors
    ///
    /// [`InvalidRedirectUri`] as for [`new`](Self::new), but for the host.
    pub fn danger_allow_any_host<U>(
        application_id: impl Into<String>,
        redirect_uris: U,
    ) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: Into<String>>,
    {
        let registration = Registration::new(application_id.into(), redirect_uris, |_| true)?;
        Ok(Self {
            registration: Arc::new(registration),
        })
    }

    /// Reads an authorize request: the address to which an app sends the browser. Only the end of
    /// its path and its query count, so it can be an address of the real Connect.
    ///
    /// Parameters without a value count as absent, and parameters that are not documented for the
    /// path are ignored ([RFC 6749, section 3.1]). The [module page](super#requests) has the rules
    /// of each path.
    ///
    /// # Errors
    ///
    /// [`InvalidAuthorizeRequest`] if Connect would show an error page instead of a flow.
    ///
    /// [RFC 6749, section 3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
    pub fn authorize(&self, uri: &Uri) -> Result<AuthorizeRequest, InvalidAuthorizeRequest> {
        AuthorizeRequest::read(uri, &self.registration)
    }

    fn respond<B>(&self, request: &Request<B>) -> Response<String> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return error_pages::method_not_allowed();
        }
        let response = self
            .authorize(request.uri())
            .and_then(|request| match chosen(&request)? {
                Some(outcome) => Ok(match request.location(&outcome) {
                    Some(location) => found(&location),
                    None => flow_pages::no_callback(&outcome),
                }),
                None => flow_pages::outcomes(&request),
            });
        response.unwrap_or_else(|invalid| error_pages::rejected(&self.registration, invalid))
    }
}

/// Responds to authorize requests.
///
/// The body of a request is not read. The body of a response is a [`String`], which is an
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
        let redirect_uris: Vec<_> = self.registration.redirect_uris().collect();
        f.debug_struct("Simulator")
            .field("application_id", &self.registration.application_id())
            .field("redirect_uris", &redirect_uris)
            .finish()
    }
}

/// The outcome that the request names, if it does.
fn chosen(request: &AuthorizeRequest) -> Result<Option<Outcome>, InvalidAuthorizeRequest> {
    let Some(name) = request.parameter(SIMULATED_OUTCOME) else {
        return Ok(None);
    };
    match Outcome::from_name(&name) {
        Some(outcome) => Ok(Some(outcome)),
        None => Err(InvalidAuthorizeRequest::UnknownOutcome),
    }
}

fn found(location: &str) -> Response<String> {
    let mut response = response(StatusCode::FOUND, String::new());
    let location = HeaderValue::try_from(location).expect("a URI is printable ASCII");
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CONTENT_SECURITY_POLICY, page::POLICY.clone());
    response
}

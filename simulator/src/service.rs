//! The simulator, as a value and as a server.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http::header::LOCATION;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use jiff::{Timestamp, Unit};
use tower::Service;

use crate::api::{self, Credentials, Run};
use crate::connect::{
    AuthorizeRequest, InvalidAuthorizeRequest, InvalidRedirectUri, Registration, SIMULATED_OUTCOME,
    is_loopback,
};
use crate::connections::{Connections, InvalidFile};
use crate::flow_end::FlowEnd;
use crate::form::Form;
use crate::owner::{self, Owner};
use crate::pages;

/// Simulates Smartcar Connect, and the connections of the API behind it, for development and tests.
///
/// **It is not Smartcar. Never use it in production**: it authenticates nobody, and everyone who
/// opens it chooses how a flow ends.
///
/// It is a tower service. Without a server, [`authorize`](Self::authorize) reads an authorize
/// request, and [`AuthorizeRequest::redirect`] ends its flow. The [crate's page](crate) has an
/// example of each.
///
/// Cloning is cheap, and clones have the same connections.
#[derive(Clone)]
pub struct Simulator {
    registration: Arc<Registration>,
    credentials: Arc<Credentials>,
    run: Arc<Run>,
    connections: Arc<Mutex<Connections>>,
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
    /// [`InvalidRedirectUri`] if a URI leads to another machine, has a user name, is not written as
    /// browsers write it, or cannot be the redirect URI of a server, and if there is no URI.
    ///
    /// ```
    /// use smartcar_connect_simulator::Simulator;
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
        Ok(Self::of(registration))
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
        Ok(Self::of(registration))
    }

    fn of(registration: Registration) -> Self {
        Self {
            registration: Arc::new(registration),
            credentials: Arc::default(),
            run: Arc::new(Run::new()),
            connections: Arc::default(),
        }
    }

    /// Replaces the credentials with which an app gets a token of the API, `client_01SIMULATOR` and
    /// `simulated-secret`. They are no secrets: a page of the simulator shows them.
    #[must_use]
    pub fn api_credentials(
        mut self,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Self {
        self.credentials = Arc::new(Credentials {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
        });
        self
    }

    /// Keeps the connections in a JSON file, which is created if it does not exist. Each flow that
    /// changes them replaces the file as a whole, so it survives a program that is killed.
    ///
    /// Without a file, they are in memory.
    ///
    /// # Errors
    ///
    /// [`InvalidFile`] if the file cannot be read or written, or holds something else. It is left
    /// as it is.
    pub fn connections_in(mut self, file: impl Into<PathBuf>) -> Result<Self, InvalidFile> {
        let connections = Connections::in_file(file.into())?;
        self.connections = Arc::new(Mutex::new(connections));
        Ok(self)
    }

    /// Reads an authorize request: the address to which an app sends the browser. Only the end of
    /// its path and its query count, so it can be an address of the real Connect.
    ///
    /// Parameters without a value count as absent, and parameters that are not documented for the
    /// path are ignored ([RFC 6749, section 3.1]). The [crate's page](crate#requests) has the rules
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

    /// `body` is empty if the method is not `POST`.
    fn respond(&self, request: &Parts, body: &[u8]) -> Response<String> {
        let path = request.uri.path();
        if path.ends_with(api::TOKEN) {
            return match request.method {
                Method::POST => api::issue(
                    &self.run,
                    &self.credentials,
                    self.registration.application_id(),
                    &request.headers,
                    body,
                    now(),
                ),
                _ => api::method_not_allowed("POST"),
            };
        }
        if api::is_api(path) {
            return self.respond_as_api(request);
        }
        let form = Form::read(body);
        let is_allowed = match request.method {
            Method::GET | Method::HEAD => true,
            // An app that sends the browser here with a `POST` fills no form of these pages.
            Method::POST => form.is_filled,
            _ => false,
        };
        if !is_allowed {
            return pages::method_not_allowed();
        }
        if path == "/" {
            return self.respond_with_overview(&request.method, &form);
        }
        self.authorize(&request.uri)
            .and_then(|authorized| self.continue_flow(&authorized, &request.method, &form))
            .unwrap_or_else(|invalid| pages::rejected(&self.registration, invalid))
    }

    fn respond_as_api(&self, request: &Parts) -> Response<String> {
        let path = request.uri.path();
        if !path.contains(api::CONNECTIONS) {
            return api::not_found(path);
        }
        if request.method != Method::GET && request.method != Method::HEAD {
            return api::method_not_allowed("GET, HEAD");
        }
        if let Err(problem) = self.run.check(&request.headers, now()) {
            return api::unauthorized(problem);
        }
        self.with_connections(|connections| {
            api::respond(
                request,
                self.registration.application_id(),
                connections.all(),
            )
        })
    }

    fn respond_with_overview(&self, method: &Method, form: &Form) -> Response<String> {
        if method == Method::POST {
            let changed = self.with_connections(|connections| {
                connections.sign_out(&form.connection, form.is_signed_out)
            });
            return match changed {
                Ok(()) => redirect(StatusCode::SEE_OTHER, "/"),
                Err(error) => pages::not_connected(&error),
            };
        }
        self.with_connections(|connections| {
            pages::overview(&self.registration, &self.credentials, connections.all())
        })
    }

    /// Shows the page of a flow, or ends it as the query or the form says.
    fn continue_flow(
        &self,
        request: &AuthorizeRequest,
        method: &Method,
        form: &Form,
    ) -> Result<Response<String>, InvalidAuthorizeRequest> {
        let login = form.login.as_deref();
        let owner = Owner::of(request, login);
        let in_query = request.parameter(SIMULATED_OUTCOME);
        let end = match in_query.as_deref().or(form.outcome.as_deref()) {
            Some(name) => {
                FlowEnd::from_name(name).ok_or(InvalidAuthorizeRequest::UnknownOutcome)?
            }
            None => match login {
                None => return pages::outcomes(request, &owner),
                Some(login) => match owner::failure(request, login) {
                    Some(end) => end,
                    None => return Ok(pages::permissions(request, &owner, login)),
                },
            },
        };
        let ticked = |vin: &str| form.vehicles.iter().any(|it| it == vin);
        let is_granted = end.error_code().is_none();
        if is_granted && form.has_vehicles && form.vehicles.is_empty() {
            return Ok(pages::no_vehicle_ticked());
        }
        if is_granted && method != Method::HEAD {
            let ended = self.with_connections(|connections| {
                connections.end_flow(
                    request,
                    &owner,
                    |vehicle| !form.has_vehicles || ticked(&vehicle.vin),
                    now(),
                )
            });
            if let Err(error) = ended {
                return Ok(pages::not_connected(&error));
            }
        }
        Ok(match request.location(&end, &owner) {
            Some(location) => redirect(StatusCode::FOUND, &location),
            None => pages::no_callback(request, &end),
        })
    }

    fn with_connections<T>(&self, f: impl FnOnce(&mut Connections) -> T) -> T {
        // Each change is made or not, so connections are whole even after a panic.
        let connections = self.connections.lock();
        f(&mut connections.unwrap_or_else(PoisonError::into_inner))
    }
}

/// The largest form, in bytes.
const MAX_FORM_BYTES: usize = 16 * 1024;

/// Responds to browsers and to apps.
///
/// The body of a response is a [`String`], which is a [`Body`], so axum and hyper accept it. For
/// another body, use `tower::util::MapResponse`. If the connections are in a file, the flow that
/// changes them waits until it is written.
impl<B> Service<Request<B>> for Simulator
where
    B: Body<Data: Send> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let simulator = self.clone();
        let (parts, body) = request.into_parts();
        Box::pin(async move {
            if parts.method != Method::POST {
                return Ok(simulator.respond(&parts, &[]));
            }
            let body = Box::pin(Limited::new(body, MAX_FORM_BYTES));
            Ok(match body.collect().await {
                Ok(form) => simulator.respond(&parts, &form.to_bytes()),
                Err(_) => pages::unreadable_form(),
            })
        })
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("application_id", &self.registration.application_id())
            .field("redirect_uris", &self.registration.redirect_uris())
            .finish_non_exhaustive()
    }
}

/// The time, in milliseconds as the API writes it.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}

fn redirect(status: StatusCode, location: &str) -> Response<String> {
    let mut response = pages::response(status, String::new());
    let location = HeaderValue::try_from(location).expect("a URI is printable ASCII");
    response.headers_mut().insert(LOCATION, location);
    response
}

//! One flow: where it goes, what it brings back, and how it starts.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

#[cfg(feature = "tracing")]
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use pin_project_lite::pin_project;
use serde_json::json;

use super::client::Client;
use super::connect_url::ConnectUrl;
#[cfg(feature = "tracing")]
use super::host;
use super::response;
use crate::states::{FlowRecord, NewFlow, NotStarted, StartState};
use crate::telemetry;

/// One flow that is about to start: the address of Connect, and a payload.
///
/// The function of [`StartConnect::flow`](crate::StartConnect::flow) returns one. A [`ConnectUrl`]
/// converts into a flow without a payload.
///
/// # In a route of your own
///
/// [`start`](Self::start) does what [`StartConnect`](crate::StartConnect) does for a request, except
/// for two checks, which then are yours: accept only `POST`, and reject requests from other origins,
/// such as by the `CsrfLayer` of tower-http 0.7. Otherwise a link on any page starts a flow, and its
/// callback is verified. Started flows and errors convert into responses:
///
/// ```
/// # #[cfg(all(feature = "axum", feature = "state-cookie"))] {
/// use axum::extract::{Request, State};
/// use axum::response::Response;
/// use axum::{Router, routing::post};
/// use tower_http::csrf::CsrfLayer;
/// use tower_smartcar_connect::states::NotStarted;
/// use tower_smartcar_connect::{ConnectUrl, Flow, StateCookie};
///
/// async fn connect(
///     State((base, states)): State<(ConnectUrl, StateCookie)>,
///     request: Request,
/// ) -> Result<Response, NotStarted> {
///     let (request, _body) = request.into_parts();
///     let url = base.external_id("owner-7")?.make("TESLA")?;
///     let started = Flow::to(url).payload("/garage").start(&states, request).await?;
///     Ok(started.into())
/// }
///
/// # fn router() -> Router<(ConnectUrl, StateCookie)> {
/// Router::new().route("/connect", post(connect)).layer(CsrfLayer::new())
/// # }
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Flow {
    url: ConnectUrl,
    payload: String,
}

impl Flow {
    /// Creates a flow to this address, without a payload.
    pub fn to(url: ConnectUrl) -> Self {
        Self {
            url,
            payload: String::new(),
        }
    }

    /// Sets a text that comes back with the callback, such as the page with the button.
    ///
    /// The callback has it as a `FlowPayload` in its extensions, unless it is empty. It has at most
    /// 255 bytes, and Connect does not see it.
    pub fn payload(mut self, payload: impl Into<String>) -> Self {
        self.payload = payload.into();
        self
    }

    /// Starts the flow for the browser that sent `request`: makes a random state, and lets `states`
    /// keep it.
    ///
    /// # Errors
    ///
    /// The future returns a [`NotStarted`] if the payload is too long, or if `states` cannot keep the
    /// state.
    pub fn start<S: StartState + ?Sized>(
        self,
        states: &S,
        request: Parts,
    ) -> StartingFlow<S::Started> {
        let state = match self.with_state(request) {
            Err(reason) => State::Failed {
                reason: Some(reason),
            },
            Ok(flow) => State::Starting {
                started: states.start_state(&flow.new),
                flow: Some(flow),
            },
        };
        StartingFlow { state }
    }

    fn with_state(self, request: Parts) -> Result<StartedFlow, NotStarted> {
        let url = self.url;
        let record = FlowRecord::new(
            url.callback_path(),
            url.application_id(),
            url.expected_external_id(),
            url.expected_vehicle_id(),
            self.payload,
        )?;
        let new = NewFlow::new(request, record, url.is_localhost())?;
        Ok(StartedFlow {
            address: url.with_state(new.state())?,
            url,
            new,
            headers: HeaderMap::new(),
        })
    }
}

/// Converts into a flow without a payload.
impl From<ConnectUrl> for Flow {
    fn from(url: ConnectUrl) -> Self {
        Self::to(url)
    }
}

/// Prints the parameters of the address without their values, and no payload.
impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// A flow that has started: the address to which the browser goes, and the headers for the response.
///
/// It converts into a response, as [`StartConnect`](crate::StartConnect) responds: JSON for a script,
/// `HX-Redirect` for htmx, and `303 See Other` otherwise. If you respond in another way, add the
/// [`headers`](Self::headers), and let no cache store the response.
#[must_use = "the state is of no use without the headers of its response"]
pub struct StartedFlow {
    url: ConnectUrl,
    address: Uri,
    new: NewFlow,
    headers: HeaderMap,
}

impl StartedFlow {
    /// Returns the address of Connect, with the state.
    #[must_use]
    pub fn address(&self) -> &Uri {
        &self.address
    }

    /// Returns the state, for Smartcar's JavaScript SDK.
    #[must_use]
    pub fn state(&self) -> &str {
        self.new.state()
    }

    /// Returns the headers that the response needs, such as the `Set-Cookie` of the state.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn with_headers(mut self, headers: HeaderMap) -> Self {
        #[cfg(feature = "tracing")]
        if headers.contains_key(SET_COOKIE) {
            host::warn_if_it_differs(self.url.redirect_uri(), &self.new.request().headers);
        }
        telemetry::flow_started(self.state());
        self.headers = headers;
        self
    }
}

/// Converts into the response that sends the browser to Connect.
impl<R: From<String>> From<StartedFlow> for Response<R> {
    fn from(flow: StartedFlow) -> Self {
        let address = flow.address.to_string();
        let location = HeaderValue::try_from(&address).expect("a URI is printable ASCII");
        let client = Client::of(&flow.new.request().headers);
        let mut response = response::redirect(client, location).unwrap_or_else(|| {
            let body = json!({ "url": address, "state": flow.state() });
            response::with_content(StatusCode::OK, "application/json", body.to_string())
        });
        response.headers_mut().extend(flow.headers);
        response
    }
}

/// Prints the parameters of the address without their values, and no header.
impl fmt::Debug for StartedFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartedFlow")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// Future of [`Flow::start`]. `Fut` is the future of the states.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct StartingFlow<Fut> {
        #[pin]
        state: State<Fut>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<Fut> {
        Failed { reason: Option<NotStarted> },
        Starting {
            #[pin]
            started: Fut,
            flow: Option<StartedFlow>,
        },
    }
}

impl<Fut> Future for StartingFlow<Fut>
where
    Fut: Future<Output = Result<HeaderMap, NotStarted>>,
{
    type Output = Result<StartedFlow, NotStarted>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project().state.project() {
            StateProjection::Failed { reason } => {
                Err(reason.take().expect("polled after completion"))
            }
            StateProjection::Starting { started, flow } => {
                let headers = ready!(started.poll(cx));
                let flow = flow.take().expect("polled after completion");
                headers.map(|headers| flow.with_headers(headers))
            }
        })
    }
}

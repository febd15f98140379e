//! The response future, and the response that starts a flow.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use pin_project_lite::pin_project;
use serde_json::json;

use super::settings::Settings;
use crate::accept::prefers_json;

/// Is `true` in requests of htmx: <https://htmx.org/reference/#request_headers>.
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");

/// Tells htmx where to send the browser: <https://htmx.org/headers/hx-redirect/>.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// A flow that is about to start.
pub(super) struct Flow {
    settings: Arc<Settings>,
    headers: HeaderMap,
}

impl Flow {
    pub(super) fn new(settings: Arc<Settings>, headers: HeaderMap) -> Self {
        Self { settings, headers }
    }

    /// Sends the browser to Connect. `text` is the payload or the state that the function returned.
    fn start<R: From<String>>(self, text: &str) -> Response<R> {
        let url = &self.settings.url;
        let Some(state_cookie) = &self.settings.state_cookie else {
            return match url.try_with_state(text) {
                Ok(address) => self.redirect(&address, text),
                Err(reason) => failed(&reason),
            };
        };
        match state_cookie.issue(&self.headers, url.callback_path(), text) {
            Ok(issued) => {
                let mut response = self.redirect(&url.with_state(issued.state()), issued.state());
                issued.add_to(response.headers_mut());
                response
            }
            Err(error) => failed(&error),
        }
    }

    fn redirect<R: From<String>>(&self, address: &Uri, state: &str) -> Response<R> {
        let location =
            || HeaderValue::try_from(address.to_string()).expect("a URI is printable ASCII");
        let is_htmx = self
            .headers
            .get(HX_REQUEST)
            .is_some_and(|value| value == "true");
        // A script cannot follow a redirect to another site, so it gets the address.
        let mut response = if is_htmx {
            let mut response = empty(StatusCode::OK);
            response.headers_mut().insert(HX_REDIRECT, location());
            response
        } else if prefers_json(&self.headers) {
            let body = json!({ "url": address.to_string(), "state": state });
            let mut response = Response::new(R::from(body.to_string()));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        } else {
            let mut response = empty(StatusCode::SEE_OTHER);
            response.headers_mut().insert(LOCATION, location());
            response
        };
        response
            .headers_mut()
            .insert(VARY, HeaderValue::from_static("Accept, HX-Request"));
        response
    }
}

/// The response if no flow can start. This is a mistake in the app or a failure of the system, so
/// the reason goes to the log.
#[cfg_attr(not(feature = "tracing"), expect(unused_variables))]
fn failed<R: From<String>>(reason: &dyn fmt::Display) -> Response<R> {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "tower_smartcar_connect", "no flow can start: {reason}");
    empty(StatusCode::INTERNAL_SERVER_ERROR)
}

pub(super) fn empty<R: From<String>>(status: StatusCode) -> Response<R> {
    let mut response = Response::new(R::from(String::new()));
    *response.status_mut() = status;
    response
}

pin_project! {
    /// Response future of [`BeginConnect`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct BeginFuture<Fut, R> {
        #[pin]
        state: State<Fut, R>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<Fut, R> {
        Respond { response: Option<Response<R>> },
        Start { #[pin] function: Fut, flow: Option<Flow> },
    }
}

impl<Fut, R> BeginFuture<Fut, R> {
    pub(super) fn respond(response: Response<R>) -> Self {
        Self {
            state: State::Respond {
                response: Some(response),
            },
        }
    }

    /// Starts `flow` with the text that `function` returns, unless it returns a response.
    pub(super) fn start(function: Fut, flow: Flow) -> Self {
        Self {
            state: State::Start {
                function,
                flow: Some(flow),
            },
        }
    }
}

impl<Fut, R> Future for BeginFuture<Fut, R>
where
    Fut: Future<Output = Result<String, Response<R>>>,
    R: From<String>,
{
    type Output = Result<Response<R>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = match self.project().state.project() {
            StateProjection::Respond { response } => {
                response.take().expect("polled after completion")
            }
            StateProjection::Start { function, flow } => {
                let returned = ready!(function.poll(cx));
                let flow = flow.take().expect("polled after completion");
                returned.map_or_else(|response| response, |text| flow.start(&text))
            }
        };
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Poll::Ready(Ok(response))
    }
}

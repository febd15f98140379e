//! The fixtures of these tests: states that a test can look into, and requests without a server.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use tower::{Service, ServiceExt};
use tower_smartcar_connect::states::{
    NewFlow, NotStarted, PendingCallback, StartState, VerifyState,
};
use tower_smartcar_connect::{ConnectUrl, RejectionReason, StartConnect, Verified};
use url::Url;

pub(crate) const REDIRECT_URI: &str = "http://localhost:8000/callback";

pub(crate) fn connect_url() -> ConnectUrl {
    ConnectUrl::new("application-1", REDIRECT_URI).unwrap()
}

/// Starts flows to [`connect_url`], whose states have a cookie.
pub(crate) fn start_connect() -> StartConnect<States> {
    StartConnect::new(connect_url(), States::default())
}

/// States that set a cookie, or cannot start.
#[derive(Clone, Debug, Default)]
pub(crate) struct States {
    pub(crate) not_started: Option<NotStarted>,
    pub(crate) started: Arc<Mutex<Vec<NewFlow>>>,
}

impl States {
    pub(crate) fn that_cannot_start(not_started: NotStarted) -> Self {
        Self {
            not_started: Some(not_started),
            ..Self::default()
        }
    }

    /// Returns the only flow that has started.
    pub(crate) fn flow(&self) -> NewFlow {
        let started = self.started.lock().unwrap();
        assert_eq!(started.len(), 1);
        started[0].clone()
    }
}

impl StartState for States {
    type Started = Ready<Result<HeaderMap, NotStarted>>;

    fn start_state(&self, flow: &NewFlow) -> Self::Started {
        if let Some(not_started) = &self.not_started {
            return ready(Err(not_started.clone()));
        }
        self.started.lock().unwrap().push(flow.clone());
        let cookie = HeaderValue::from_static("flow=1");
        ready(Ok(HeaderMap::from_iter([(SET_COOKIE, cookie)])))
    }
}

impl VerifyState for States {
    type Future = Ready<Result<Verified, RejectionReason>>;

    fn verify_state(&self, _: &PendingCallback) -> Self::Future {
        ready(Err(RejectionReason::StateUnknown))
    }
}

/// Returns a request with these headers and a body that panics if it is read.
pub(crate) fn request(method: &str, headers: &[(&'static str, &str)]) -> Request<Unread> {
    let mut request = Request::builder().method(method).uri("/connect");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Unread).unwrap()
}

/// A body that must not be read.
pub(crate) struct Unread;

impl hyper::body::Body for Unread {
    type Data = hyper::body::Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Self::Data>, Infallible>>> {
        panic!("the body of the request is read");
    }
}

/// Calls the service once.
pub(crate) async fn send<S>(service: &S, request: Request<Unread>) -> Response<String>
where
    S: Service<Request<Unread>, Response = Response<String>, Error = Infallible> + Clone,
{
    let Ok(response) = service.clone().oneshot(request).await;
    assert_eq!(
        response.headers()["cache-control"],
        "no-store",
        "every response"
    );
    response
}

/// Returns whether a response starts a flow: it sets the cookie of [`States`].
pub(crate) fn starts<T>(response: &Response<T>) -> bool {
    response.headers().contains_key(SET_COOKIE)
}

/// Returns the value of a header, or the empty text.
pub(crate) fn header<'r, T>(response: &'r Response<T>, name: &str) -> &'r str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// Returns the parameters of an address, as the URL standard parses them.
pub(crate) fn parameters(address: &Uri) -> Vec<(String, String)> {
    let url = Url::parse(&address.to_string()).unwrap();
    assert_eq!(
        url.as_str(),
        address.to_string(),
        "a browser changes nothing in it"
    );
    url.query_pairs().into_owned().collect()
}

pub(crate) fn to_owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

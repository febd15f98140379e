//! The fixtures of these tests: an app without a server.

use std::convert::Infallible;

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::simulator::{Outcome, Simulator};
use tower_smartcar_connect::state_cookie::{Key, StateCookie, StatePayload};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, ConnectUrl, InvalidCallback,
};

pub(crate) const REDIRECT_URI: &str = "http://localhost:8000/callback";

pub(crate) fn connect_url() -> ConnectUrl {
    ConnectUrl::new("client-1", REDIRECT_URI).unwrap()
}

pub(crate) fn simulator() -> Simulator {
    Simulator::new("client-1", [REDIRECT_URI]).unwrap()
}

pub(crate) fn state_cookie() -> StateCookie {
    StateCookie::new(Key::from(&[7; 64]))
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
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Infallible>>> {
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

/// Returns the `Set-Cookie` lines of a response.
pub(crate) fn set_cookies<T>(response: &Response<T>) -> Vec<&str> {
    let lines = response.headers().get_all(SET_COOKIE).iter();
    lines.map(|line| line.to_str().unwrap()).collect()
}

pub(crate) fn location<T>(response: &Response<T>) -> Uri {
    response.headers()[LOCATION]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

/// The callback as the app sees it.
#[derive(Debug, PartialEq)]
pub(crate) struct ReceivedCallback {
    pub(crate) is_verified: bool,
    pub(crate) payload: Option<String>,
}

/// Ends the flow of `address` with every outcome that has its state, each in a browser that has the
/// cookie of the flow. Returns the callback as an app sees it behind a layer that is made from the
/// same `ConnectUrl`. All of them have to be equal.
pub(crate) async fn end_flow(address: &Uri, set_cookie: &str) -> ReceivedCallback {
    let layer = ConnectCallbackLayer::new(&connect_url()).verify_state_with(state_cookie());
    let app = layer.layer(service_fn(async |request: Request<()>| {
        let extensions = request.extensions();
        let received = ReceivedCallback {
            is_verified: match (
                extensions.get::<ConnectSuccess>(),
                extensions.get::<ConnectError>(),
            ) {
                (Some(success), None) => success.is_verified(),
                (None, Some(error)) => error.is_verified(),
                _ => false,
            },
            payload: extensions
                .get::<StatePayload>()
                .map(|payload| payload.as_str().to_owned()),
        };
        Ok::<_, Infallible>(Response::new(Some(received)))
    }));
    let (cookie, _attributes) = set_cookie.split_once(';').unwrap();
    let connect = simulator().authorize(address).unwrap();
    let mut received: Vec<ReceivedCallback> = Vec::new();
    for outcome in Outcome::all() {
        let callback = connect.redirect(&outcome);
        if !callback.query().unwrap().contains("state=") {
            continue;
        }
        let request =
            Request::get(callback.path_and_query().unwrap().as_str()).header(COOKIE, cookie);
        let Ok(response) = app.clone().oneshot(request.body(()).unwrap()).await;
        let rejection = response.extensions().get::<InvalidCallback>();
        assert!(rejection.is_none(), "{outcome:?}: {rejection:?}");
        let next = response.into_body().unwrap();
        assert!(
            received.last().is_none_or(|last| *last == next),
            "{outcome:?}"
        );
        received.push(next);
    }
    received.pop().unwrap()
}

/// Asserts that the response has this status, exactly the `expected` headers, and no body.
#[track_caller]
pub(crate) fn assert_empty(
    response: &Response<String>,
    status: StatusCode,
    expected: &[(&'static str, &'static str)],
) {
    assert_eq!(response.status(), status);
    assert_eq!(response.body(), "");
    let mut headers: HeaderMap = HeaderMap::new();
    for (name, value) in [("cache-control", "no-store")].iter().chain(expected) {
        headers.insert(*name, value.parse().unwrap());
    }
    assert_eq!(*response.headers(), headers);
}

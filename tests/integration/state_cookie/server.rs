//! A server of an app, with a clock that a test sets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::request::Parts;
use http::{Extensions, HeaderMap, StatusCode};
use tower_smartcar_connect::state_cookie::{Key, StatePayload};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess, StateCookie};

use crate::support::browser::serve;
use crate::support::rejections::add_rejected_header;

/// The origin in the browser. A proxy terminates TLS there.
pub(crate) const ORIGIN: &str = "https://app.example";

/// The tests do not visit this address. They take the state from it, and navigate to the callback
/// as Connect would.
const CONNECT: &str = "https://connect.example";

pub(crate) fn key(number: u8) -> Key {
    Key::from(&[number; 64])
}

/// Returns a state cookie with the first key.
pub(crate) fn state_cookie() -> StateCookie {
    StateCookie::new(key(1))
}

/// A server of an app. A handler responds to errors on `/callback`, and the route responds to
/// errors on `/plain`.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// How often the route or the handler of errors was called.
    pub(crate) calls: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start(state_cookie: StateCookie) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = {
            let calls = calls.clone();
            move || {
                calls.fetch_add(1, Ordering::SeqCst);
            }
        };
        let layer = |path| ConnectCallbackLayer::new(path).verify_state_with(state_cookie.clone());
        let handler = {
            let count = count.clone();
            move |error: ConnectError, request: Parts| {
                count();
                let text = format!(
                    "handler: {}",
                    report(
                        &error.code().to_string(),
                        error.is_verified(),
                        &request.extensions
                    )
                );
                async move { text.into_response() }
            }
        };
        let route = move |request: Request| {
            count();
            let extensions = request.extensions();
            let text = match (
                extensions.get::<ConnectSuccess>(),
                extensions.get::<ConnectError>(),
            ) {
                (Some(success), None) => {
                    report(&success.code().unwrap(), success.is_verified(), extensions)
                }
                (None, Some(error)) => {
                    report(&error.code().to_string(), error.is_verified(), extensions)
                }
                outcome => panic!("{outcome:?}"),
            };
            async move { format!("route: {text}") }
        };
        let handled = Router::new()
            .route("/callback", get(route.clone()))
            .layer(layer("/callback").on_error(handler));
        let plain = Router::new()
            .route("/plain", get(route))
            .layer(layer("/plain"));
        let app = Router::new()
            .route("/connect", post(connect))
            .route("/connect/plain", post(connect_plain))
            .with_state(state_cookie.clone())
            .merge(handled)
            .merge(plain)
            .layer(map_response(add_rejected_header));
        Self {
            address: serve(app).await,
            calls,
        }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Starts a flow to `/callback` with the request's body as its payload.
pub(crate) async fn connect(
    State(state_cookie): State<StateCookie>,
    headers: HeaderMap,
    payload: String,
) -> Response {
    start_flow(&state_cookie, &headers, "/callback", &payload)
}

async fn connect_plain(
    State(state_cookie): State<StateCookie>,
    headers: HeaderMap,
    payload: String,
) -> Response {
    start_flow(&state_cookie, &headers, "/plain", &payload)
}

fn start_flow(
    state_cookie: &StateCookie,
    headers: &HeaderMap,
    callback_path: &str,
    payload: &str,
) -> Response {
    match state_cookie.issue(headers, callback_path, payload) {
        Ok(issued) => {
            let mut response =
                Redirect::to(&format!("{CONNECT}?state={}", issued.state())).into_response();
            issued.add_to(response.headers_mut());
            response
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    }
}

fn report(outcome: &str, is_verified: bool, extensions: &Extensions) -> String {
    let payload = extensions.get::<StatePayload>().map(StatePayload::as_str);
    format!("{outcome}, verified: {is_verified}, payload: {payload:?}")
}

/// The seconds since 1970, as a test sets them.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn starting_at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds)))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn on(&self, state_cookie: StateCookie) -> StateCookie {
        let clock = self.0.clone();
        state_cookie.clock(move || {
            SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst))
        })
    }
}

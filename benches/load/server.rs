//! The servers: an app that responds with the content of the request, with the layer and with an
//! idle layer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::serve::ListenerExt;
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, yield_now};
use tower::layer::util::Identity;
use tower_http::validate_request::ValidateRequestHeaderLayer;
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess, InvalidCallback};

use super::fixtures::alternatives::keep_from_callback_path;

/// The header with the number of a request, for responses that do not depend on the query.
pub(crate) const NUMBER: &str = "x-number";

/// Serves an app on a free port until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(app: Router) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        // Otherwise, HTTP/2 waits for acknowledgements, which would dominate the measurement.
        let listener = listener.tap_io(|stream| {
            stream
                .set_nodelay(true)
                .expect("a connection can be set up")
        });
        let task =
            tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Ok(Self { address, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn app() -> Router {
    Router::new()
        .route(
            "/garage/{number}",
            get(async |Path(number): Path<String>| format!("garage {number}")),
        )
        .route("/callback", any(callback))
}

/// Returns the app with a layer that does nothing.
pub(crate) fn with_idle_layer() -> Router {
    app().layer(Identity::new())
}

/// Returns the app with a check of tower-http's `validate_request`.
pub(crate) fn with_validate_request() -> Router {
    app().layer(ValidateRequestHeaderLayer::custom(keep_from_callback_path()))
}

/// Returns the app with the setup of the README.
pub(crate) fn with_readme_layer() -> Router {
    app().layer(
        ConnectCallbackLayer::new("/callback")
            .verify_state_with(StateCookie::new(Key::generate()))
            .on_failure(ErrorPage::new("/garage/7")),
    )
}

/// Returns the app with an asynchronous verifier. User exits go to the handler, other errors to the
/// route. Every state that begins with `state-` is accepted.
pub(crate) fn with_async_verifier() -> Router {
    let layer = ConnectCallbackLayer::new("/callback")
        .on_error_matching(
            |error| error.code().is_user_exit(),
            async |error, _request| describe_error("handler", &error).into_response(),
        )
        .on_invalid(reject)
        .errors_without_state(true)
        .verify_state_async(async |_request, state: String| {
            yield_now().await;
            state.starts_with("state-")
        });
    app().layer(layer)
}

async fn callback(
    error: Option<Extension<ConnectError>>,
    success: Option<Extension<ConnectSuccess>>,
) -> Result<String, StatusCode> {
    match (error, success) {
        (Some(Extension(error)), None) => Ok(describe_error("route", &error)),
        (None, Some(Extension(success))) => Ok(format!(
            "route: {:?} {:?} {:?} {:?}",
            success.code(),
            success.user_id(),
            success.vehicle_id(),
            success.state(),
        )),
        _ => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn describe_error(who: &str, error: &ConnectError) -> String {
    format!(
        "{who}: {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        error.error(),
        error.description(),
        error.state(),
        error.status_code(),
        error.error_message(),
        error.vin(),
        error.make(),
    )
}

async fn reject(invalid: InvalidCallback, request: Parts) -> Response {
    let number = request
        .headers
        .get(NUMBER)
        .and_then(|number| number.to_str().ok());
    let text = format!(
        "rejected: {:?} {}",
        invalid.kind(),
        number.unwrap_or_default()
    );
    (StatusCode::BAD_REQUEST, text).into_response()
}

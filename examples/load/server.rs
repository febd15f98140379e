//! The servers: an app that answers with what it was asked for, with the layer, with an idle one and without any.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio::task::yield_now;
use tower::layer::util::Identity;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess, InvalidCallback};

/// The header in which a request has its number, for who must not read its query.
pub(crate) const NUMBER: &str = "x-number";

/// Serves the app on a free port, as long as the process lives.
pub(crate) async fn start(app: Router) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

pub(crate) fn app() -> Router {
    Router::new()
        .route(
            "/garage/{number}",
            get(async |Path(number): Path<String>| format!("garage {number}")),
        )
        .route("/callback", any(callback))
}

/// With a layer that does nothing.
pub(crate) fn with_idle_layer() -> Router {
    app().layer(Identity::new())
}

/// Errors that the owner ended go to the handler, others to the route. Every state that begins with `state-` is right.
pub(crate) fn with_layer() -> Router {
    let layer = ConnectCallbackLayer::new("/callback")
        .on_error_matching(
            |error| error.code().is_user_exit(),
            async |error: ConnectError, _request: Request| describe_error("handler", &error).into_response(),
        )
        .on_invalid(refuse)
        .errors_without_state(true)
        .verify_state_async(|_request: &Request, state: &str| {
            let is_right = state.starts_with("state-");
            async move {
                yield_now().await;
                is_right
            }
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

async fn refuse(invalid: InvalidCallback, request: Request) -> Response {
    let number = request.headers().get(NUMBER).and_then(|number| number.to_str().ok());
    let text = format!("refused: {:?} {}", invalid.kind(), number.unwrap_or_default());
    (StatusCode::BAD_REQUEST, text).into_response()
}

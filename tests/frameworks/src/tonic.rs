//! tonic takes the layer around its whole server, so that browsers and gRPC clients come to one port.

use axum::Router;
use axum::extract::Request as PageRequest;
use axum::response::{IntoResponse, Response as PageResponse};
use axum::routing::any;
use http::{Request, Response};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::health_server::{Health, HealthServer};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

use crate::outcome::{self, HANDLED};
use crate::verifiers::{in_store, state_cookie};

/// A page beside the gRPC services: says what the layer gave it, or sends the body back.
async fn connected(request: PageRequest) -> PageResponse {
    match outcome::in_extensions(request.extensions()) {
        Some(text) => text.into_response(),
        None => request.into_body().into_response(),
    }
}

/// Answers the errors that are kept from the page.
async fn not_connected(error: ConnectError, request: Request<Body>) -> Response<Body> {
    let mut response = Response::new(Body::new(outcome::of_handler(&error, request.method())));
    *response.status_mut() = HANDLED;
    response
}

fn pages() -> Router {
    Router::new()
        .route("/callback", any(connected))
        .route("/reauth", any(connected))
        .route("/other", any(connected))
}

/// The layer is around pages and gRPC services, of which the health service is one.
pub async fn server(listener: TcpListener, health: HealthServer<impl Health>) {
    Server::builder()
        // gRPC needs HTTP/2 only, but browsers speak it over TLS alone.
        .accept_http1(true)
        .layer(ConnectCallbackLayer::new("/callback"))
        .layer(ConnectCallbackLayer::new("/reauth").on_error(not_connected))
        .add_routes(Routes::from(pages()).add_service(health))
        .serve_with_incoming(TcpIncoming::from(listener))
        .await
        .unwrap();
}

/// The same with states verified: by a cookie at once, and by a store that takes a while.
pub mod verified {
    use super::*;

    pub async fn server(listener: TcpListener, health: HealthServer<impl Health>) {
        Server::builder()
            .accept_http1(true)
            .layer(ConnectCallbackLayer::new("/callback").verify_state(state_cookie()))
            .layer(
                ConnectCallbackLayer::new("/reauth")
                    .on_error(not_connected)
                    .verify_state_async(in_store),
            )
            .add_routes(Routes::from(pages()).add_service(health))
            .serve_with_incoming(TcpIncoming::from(listener))
            .await
            .unwrap();
    }
}

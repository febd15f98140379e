//! tonic takes the layer around its whole server, so that browsers and gRPC clients use one port.

use axum::Router;
use axum::extract::Request as PageRequest;
use axum::response::{IntoResponse, Response as PageResponse};
use axum::routing::any;
use http::Response;
use http::request::Parts;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::health_server::{Health, HealthServer};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectFailure, ConnectSuccess, verify_fn,
};

use crate::outcome;
use crate::verifiers::{in_store, state_cookie};

/// A page next to the gRPC services: describes what the layer inserted, or echoes the body.
async fn connected(request: PageRequest) -> PageResponse {
    match outcome::in_extensions(request.extensions()) {
        Some(text) => text.into_response(),
        None => request.into_body().into_response(),
    }
}

/// Responds to errors in place of the page.
async fn not_connected(failure: ConnectFailure, request: Parts) -> Response<Body> {
    let (status, body) = outcome::describe_failure(&failure, &request.method);
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = status;
    response
}

fn pages() -> Router {
    Router::new()
        .route("/callback", any(connected))
        .route("/reauth", any(connected))
        .route("/other", any(connected))
}

/// The layer wraps pages and gRPC services, such as the health service.
pub async fn server(listener: TcpListener, health: HealthServer<impl Health>) {
    Server::builder()
        // gRPC only needs HTTP/2, but browsers only use HTTP/2 over TLS.
        .accept_http1(true)
        .layer(ConnectCallbackLayer::new("/callback", AppVerifiesState))
        .layer(ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected))
        .add_routes(Routes::from(pages()).add_service(health))
        .serve_with_incoming(TcpIncoming::from(listener))
        .await
        .unwrap();
}

/// Responds to successes on a server without pages.
async fn succeeded(success: ConnectSuccess, _request: Parts) -> Response<Body> {
    Response::new(Body::new(format!("success {:?}", success.code())))
}

/// Responds to errors and rejected callbacks on a server without pages.
async fn failed(failure: ConnectFailure, _request: Parts) -> Response<Body> {
    let mut response = Response::new(Body::new(format!("failure {}", failure.as_str())));
    *response.status_mut() = failure.status();
    response
}

/// Without pages, handlers respond to all callbacks.
pub async fn without_pages(listener: TcpListener, health: HealthServer<impl Health>) {
    let callbacks = ConnectCallbackLayer::new("/callback", AppVerifiesState)
        .on_success(succeeded)
        .on_failure(failed);
    Server::builder()
        .accept_http1(true)
        .layer(callbacks)
        .add_service(health)
        .serve_with_incoming(TcpIncoming::from(listener))
        .await
        .unwrap();
}

/// The same with verifiers: a cookie, which is synchronous, and a store, which is not.
pub mod verified {
    use super::*;

    pub async fn server(listener: TcpListener, health: HealthServer<impl Health>) {
        Server::builder()
            .accept_http1(true)
            .layer(ConnectCallbackLayer::new("/callback", state_cookie()))
            .layer(
                ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected),
            )
            .add_routes(Routes::from(pages()).add_service(health))
            .serve_with_incoming(TcpIncoming::from(listener))
            .await
            .unwrap();
    }
}

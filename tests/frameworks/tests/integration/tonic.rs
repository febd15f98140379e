//! The layer on a gRPC server that also serves browsers on the same port.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Request as PageRequest;
use axum::routing::post;
use http::header::{CACHE_CONTROL, REFERRER_POLICY};
use http::request::Parts;
use http::{Response, StatusCode};
use tonic::Code;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Status;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::{HealthReporter, health_reporter};
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure};

use super::support::client::{
    Client, OEM_CANCELLED_LOGIN, assert_rejected, assert_streams_both_ways, listen,
};

async fn respond_forbidden(failure: ConnectFailure, _request: Parts) -> Response<Body> {
    let (status, text) = match failure {
        ConnectFailure::Error(error) => (StatusCode::FORBIDDEN, format!("handler: {error}")),
        ConnectFailure::Rejected(_) => (failure.status(), String::new()),
    };
    let mut response = Response::new(Body::new(text));
    *response.status_mut() = status;
    response
}

/// Serves the health service, which the reporter sets, and a page at `/echo`, behind the layer.
async fn serve() -> (SocketAddr, HealthReporter) {
    let (reporter, health) = health_reporter();
    let pages = Router::new().route(
        "/echo",
        post(async |request: PageRequest| request.into_body()),
    );
    let (listener, address) = listen().await;
    let server = Server::builder()
        .accept_http1(true)
        .layer(
            ConnectCallbackLayer::new("/callback", AppVerifiesState).on_failure(respond_forbidden),
        )
        .add_routes(Routes::from(pages).add_service(health))
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(server);
    (address, reporter)
}

async fn health_client(address: SocketAddr) -> HealthClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(endpoint.connect().await.unwrap())
}

fn health_request(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

fn assert_unchanged(metadata: &MetadataMap) {
    for header in [CACHE_CONTROL, REFERRER_POLICY] {
        assert!(!metadata.contains_key(header.as_str()), "{header}");
    }
}

#[tokio::test]
async fn a_unary_call_passes_unchanged() {
    let (address, reporter) = serve().await;
    let mut client = health_client(address).await;
    for (set, expected) in [
        (ServingStatus::Serving, Status::Serving),
        (ServingStatus::NotServing, Status::NotServing),
    ] {
        reporter.set_service_status("cars", set).await;
        let response = client.check(health_request("cars")).await.unwrap();
        assert_unchanged(response.metadata());
        assert_eq!(response.into_inner().status(), expected);
    }
}

#[tokio::test]
async fn a_streaming_call_delivers_each_update_and_its_end_immediately() {
    let (address, mut reporter) = serve().await;
    let mut client = health_client(address).await;
    reporter
        .set_service_status("cars", ServingStatus::Serving)
        .await;

    let response = client.watch(health_request("cars")).await.unwrap();
    assert_unchanged(response.metadata());
    let mut updates = response.into_inner();
    assert_eq!(
        updates.message().await.unwrap().unwrap().status(),
        Status::Serving
    );
    for (set, expected) in [
        (ServingStatus::NotServing, Status::NotServing),
        (ServingStatus::Serving, Status::Serving),
    ] {
        reporter.set_service_status("cars", set).await;
        assert_eq!(updates.message().await.unwrap().unwrap().status(), expected);
    }
    reporter.clear_service_status("cars").await;
    assert_eq!(updates.message().await.unwrap(), None);
}

#[tokio::test]
async fn an_error_status_arrives_with_its_message() {
    let (address, _reporter) = serve().await;
    let mut client = health_client(address).await;
    let check = client.check(health_request("boats")).await.unwrap_err();
    let watch = client.watch(health_request("boats")).await.unwrap_err();
    for status in [check, watch] {
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(status.message(), "service not registered");
        assert_unchanged(status.metadata());
    }
}

#[tokio::test]
async fn a_browser_gets_the_handlers_response_on_the_same_port() {
    let (address, _reporter) = serve().await;
    for client in Client::of_each_version(address) {
        for (target, expected) in [
            (
                OEM_CANCELLED_LOGIN,
                "handler: oem_cancelled_login: the user did not complete authorization with the OEM",
            ),
            ("/callback?error=oem_on_holiday", "handler: oem_on_holiday"),
        ] {
            let response = client.get(target).await;
            assert_eq!(
                response.status(),
                StatusCode::FORBIDDEN,
                "{client} {target}"
            );
            assert_eq!(response.body(), expected, "{client} {target}");
            assert_eq!(
                response.headers()[CACHE_CONTROL],
                "no-store",
                "{client} {target}"
            );
        }
    }
    let response = health_client(address)
        .await
        .check(health_request(""))
        .await
        .unwrap();
    assert_eq!(response.into_inner().status(), Status::Serving);
}

#[tokio::test]
async fn ambiguous_callbacks_are_rejected() {
    let (address, _reporter) = serve().await;
    for client in Client::of_each_version(address) {
        for (method, target) in [
            ("GET", "/callback?error=access_denied&code=hostile"),
            ("GET", "/callback?code=hostile&code=hostile"),
            ("GET", "/callback?error=%3Chostile%3E%22"),
            ("GET", "/callback/?code=hostile"),
            ("POST", "/callback?code=hostile"),
        ] {
            let response = client.send(method, target).await;
            assert_rejected(&response, &format!("{client} {method} {target}"));
        }
    }
}

#[tokio::test]
async fn bodies_of_pages_on_the_same_port_stream_both_ways() {
    let (address, _reporter) = serve().await;
    for client in Client::of_each_version(address) {
        for target in ["/echo", "/echo?error=access_denied"] {
            assert_streams_both_ways(&client, target).await;
        }
    }
}

//! `StartConnect` beside a gRPC service.

use axum::Router;
use axum::routing::get;
use http::{Response, StatusCode};
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::health_reporter;
use tower::util::MapResponse;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect, StateCookie,
};

use super::support::browser::{Browser, Initiator};
use super::support::client::listen;

#[tokio::test]
async fn beside_grpc_on_one_port() {
    let connect_url = ConnectUrl::new("application-1", "http://localhost:8000/callback").unwrap();
    let state_cookie = StateCookie::new(Key::generate());
    let layer = ConnectCallbackLayer::new(&connect_url, state_cookie.clone());
    let start_connect = MapResponse::new(
        StartConnect::new(connect_url, state_cookie),
        |response: Response<String>| response.map(axum::body::Body::from),
    );
    let pages = Router::new()
        .route("/callback", get(async |_: ConnectSuccess| "connected"))
        .route_service("/connect", start_connect);
    let (reporter, health) = health_reporter();
    reporter
        .set_service_status("cars", tonic_health::ServingStatus::Serving)
        .await;
    let (listener, server) = listen().await;
    let grpc = Server::builder()
        .accept_http1(true)
        .layer(layer)
        .add_routes(Routes::from(pages).add_service(health));
    tokio::spawn(grpc.serve_with_incoming(TcpIncoming::from(listener)));

    let mut browser = Browser::on("http://localhost:8000");
    let started = browser
        .navigate(Initiator::App, "POST", (server, "/connect"), "")
        .await;
    assert_eq!(started.status(), StatusCode::SEE_OTHER);
    let address = started.headers()["location"].to_str().unwrap();
    let (_, state) = address.split_once("&state=").unwrap();
    let target = format!("/callback?code=90abecb6&state={state}");
    let connected = browser
        .navigate(Initiator::OtherSite, "GET", (server, &target), "")
        .await;
    assert_eq!(connected.body(), "connected");

    let endpoint = Endpoint::from_shared(format!("http://{server}")).unwrap();
    let mut client = HealthClient::new(endpoint.connect().await.unwrap());
    let health = HealthCheckRequest {
        service: "cars".to_owned(),
    };
    assert!(client.check(health).await.is_ok());
}

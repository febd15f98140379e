//! `BeginConnect` beside a gRPC service.

#[path = "../../integration/begin/fixtures.rs"]
#[allow(dead_code, reason = "not all fixtures are used")]
mod fixtures;
#[path = "../../integration/begin/flow.rs"]
mod flow;
#[path = "../../integration/support/mod.rs"]
mod support;

use axum::Router;
use axum::routing::get;
use http::Response;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::health_reporter;
use tower::util::MapResponse;
use tower_smartcar_connect::state_cookie::StatePayload;
use tower_smartcar_connect::{BeginConnect, ConnectCallbackLayer, ConnectSuccess};

use self::fixtures::{connect_url, state_cookie};
use self::flow::{assert_flows, connected, user};
use self::support::client::listen;

#[tokio::test]
async fn beside_grpc_on_one_port() {
    let begin_connect = BeginConnect::new(connect_url(), state_cookie())
        .payload(user::<String>)
        .trust_origin("https://front.example")
        .unwrap();
    let route = async |success: ConnectSuccess, payload: StatePayload| {
        connected(Some(&success), Some(&payload))
    };
    let pages = Router::new().route("/callback", get(route)).route_service(
        "/connect",
        MapResponse::new(begin_connect, |response: Response<String>| {
            response.map(axum::body::Body::from)
        }),
    );
    let (reporter, health) = health_reporter();
    reporter
        .set_service_status("cars", tonic_health::ServingStatus::Serving)
        .await;
    let (listener, server) = listen().await;
    let layer = ConnectCallbackLayer::new(&connect_url()).verify_state_with(state_cookie());
    let grpc = Server::builder()
        .accept_http1(true)
        .layer(layer)
        .add_routes(Routes::from(pages).add_service(health));
    tokio::spawn(grpc.serve_with_incoming(TcpIncoming::from(listener)));
    assert_flows(server).await;

    let endpoint = Endpoint::from_shared(format!("http://{server}")).unwrap();
    let mut client = HealthClient::new(endpoint.connect().await.unwrap());
    let health = HealthCheckRequest {
        service: "cars".to_owned(),
    };
    assert!(client.check(health).await.is_ok());
}

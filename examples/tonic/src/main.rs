//! Smartcar Connect on a gRPC server. Browsers and gRPC clients use one port.
//!
//! `cargo run --package example-tonic`, then open <http://localhost:8002>. A simulator takes the place
//! of Connect, so you need nothing else.

use std::error::Error;

use axum::response::Html;
use axum::{Router, routing::get};
use http::Response;
use http::request::Parts;
use smartcar_connect_simulator::Simulator;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::server::health_reporter;
use tower_smartcar_connect::responses::ErrorPage;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect, StateCookie,
};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const REDIRECT_URI: &str = "http://localhost:8002/callback";
const BUTTON: &str = "<form method=post action=/connect><button>Connect your car</button></form>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `at_origin` and the simulator out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI)?
        .without_code()
        .at_origin("http://127.0.0.1:8002".parse()?);
    // In production: `Key::from_hex` with a secret that every server has.
    let state_cookie = StateCookie::new(Key::generate());

    // Handlers respond to every callback, so the server needs no route for them.
    let callbacks = ConnectCallbackLayer::new(&connect_url, state_cookie.clone())
        .on_failure(ErrorPage::new("/").map_body(Body::new))
        .on_success(connected);
    let simulator = Simulator::new(APPLICATION_ID, [REDIRECT_URI])?;
    let pages = Router::new()
        .route("/", get(Html(BUTTON)))
        .route_service("/connect", StartConnect::new(connect_url, state_cookie))
        .route_service("/oauth/authorize", simulator);
    // Takes the place of your gRPC services.
    let (_reporter, health) = health_reporter();

    print_what_to_try();
    Server::builder()
        // gRPC needs HTTP/2, which browsers only use over TLS.
        .accept_http1(true)
        .layer(callbacks)
        .add_routes(Routes::from(pages).add_service(health))
        .serve(([127, 0, 0, 1], 8002).into())
        .await?;
    Ok(())
}

/// Responds to a success of a flow that this browser started.
async fn connected(success: ConnectSuccess, _request: Parts) -> Response<Body> {
    if let Some(_user_id) = success.user_id() {
        // Ask Smartcar's API for the vehicles of this user.
    }
    Response::new(Body::new("Your car is connected.".to_owned()))
}

fn print_what_to_try() {
    println!("Open http://localhost:8002 in a browser. A gRPC call to the same port:\n");
    // Five zero bytes are an empty message, which asks for the health of the whole server.
    println!(
        "  printf '\\0\\0\\0\\0\\0' | curl -i --http2-prior-knowledge -H \"content-type: application/grpc\" --data-binary @- \
         --output - http://localhost:8002/grpc.health.v1.Health/Check"
    );
}

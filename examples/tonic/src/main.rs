//! Smartcar Connect callbacks on a gRPC server. Browsers and gRPC clients use one port.
//!
//! `cargo run --package example-tonic`, then open the address that it prints. `PORT` chooses another
//! port. A simulator takes the place of Connect.

use std::env;
use std::error::Error;

use axum::response::Html;
use axum::{Router, routing::get};
use http::Response;
use http::request::Parts;
use tokio::{net::TcpListener, signal};
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Server, server::TcpIncoming};
use tonic_health::server::{HealthReporter, health_reporter};
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::simulator::Simulator;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{
    BeginConnect, ConnectCallbackLayer, ConnectFailure, ConnectSuccess, ConnectUrl, HandleCallback,
};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Takes the place of your gRPC services.
    let (reporter, health) = health_reporter();
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server
    // has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let port = env::var("PORT").unwrap_or_else(|_| "8002".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let port = listener.local_addr()?.port();
    let origin = format!("http://localhost:{port}");
    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `origin` out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, format!("{origin}/callback"))?
        .origin(format!("http://127.0.0.1:{port}"))?;

    // Handlers respond to every callback, so the server needs no route for them.
    let layer = ConnectCallbackLayer::new(&connect_url)
        .verify_state_with(state_cookie.clone())
        .require_result(true)
        .on_failure(not_connected)
        .on_success(connected);
    let simulator = Simulator::new(APPLICATION_ID, [connect_url.redirect_uri()])?;
    let pages = Router::new()
        .route("/", get(home))
        .route_service("/connect", BeginConnect::new(connect_url, state_cookie))
        .route_service("/oauth/authorize", simulator);

    print_what_to_try(&origin);
    Server::builder()
        // gRPC needs HTTP/2, which browsers only use over TLS.
        .accept_http1(true)
        .layer(layer)
        .add_routes(Routes::from(pages).add_service(health))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), ctrl_c(reporter))
        .await?;
    Ok(())
}

async fn home() -> Html<&'static str> {
    Html("<form method=post action=/connect><button>Connect your car</button></form>\n")
}

/// Responds to errors and to rejected callbacks.
async fn not_connected(failure: ConnectFailure, request: Parts) -> Response<Body> {
    let page: Response<String> = ErrorPage::new("/").handle(failure, request).await;
    page.map(Body::new)
}

/// Responds to a success of a flow that this browser started.
async fn connected(success: ConnectSuccess, _request: Parts) -> Response<Body> {
    if let Some(_code) = success.code() {
        // Exchange the code for tokens.
    }
    Response::new(Body::new("Your car is connected.\n".to_owned()))
}

fn print_what_to_try(origin: &str) {
    println!("Open {origin} in a browser and connect a car. Ctrl-C stops.\n");
    println!(
        "The layer rejects callbacks of flows that nobody started, with a page for the owner:\n"
    );
    println!(
        "  curl -i \"{origin}/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319\""
    );
    println!("  curl -i \"{origin}/callback?error=access_denied\"\n");
    // Five zero bytes are an empty message, which asks for the health of the whole server.
    println!("A gRPC call to the same port:\n");
    println!(
        "  printf '\\0\\0\\0\\0\\0' | curl -i --http2-prior-knowledge -H \"content-type: application/grpc\" --data-binary @- \
         --output - {origin}/grpc.health.v1.Health/Check\n"
    );
}

async fn ctrl_c(mut reporter: HealthReporter) {
    signal::ctrl_c().await.expect("Ctrl-C has a handler");
    println!("Stopping.");
    // Ends the calls that watch the health, because the server would wait for them.
    reporter.clear_service_status("").await;
}

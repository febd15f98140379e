//! Smartcar Connect callbacks on a gRPC server: browsers and gRPC clients come to one port.
//!
//! `cargo run --features answers,axum,state-cookie --example tonic`, then open the address that it prints. `PORT`
//! chooses another port.

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use http::Response;
use http::request::Parts;
use tokio::{net::TcpListener, signal};
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Server, server::TcpIncoming};
use tonic_health::server::{HealthReporter, health_reporter};
use tower_http::csrf::CsrfLayer;
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::state_cookie::{IssueError, IssuedState, Key, StateCookie};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectFailure, ConnectSuccess, HandleCallback};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Stands for the app's own gRPC services.
    let (reporter, health) = health_reporter();
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let pages = Router::new()
        .route("/", get(home))
        .route("/connect", post(connect))
        .with_state(state_cookie.clone())
        // No page of another origin can start a flow in this browser.
        .layer(CsrfLayer::new());
    // Handlers respond to every callback, so the server needs no route for them.
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_with(state_cookie)
        .on_failure(not_connected)
        .on_success(connected);

    let port = env::var("PORT").unwrap_or_else(|_| "8002".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_what_to_try(&format!("http://localhost:{}", listener.local_addr()?.port()));
    Server::builder()
        // gRPC only needs HTTP/2, but browsers use it over TLS alone.
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

/// Starts a flow.
async fn connect(
    State(state_cookie): State<StateCookie>,
    headers: HeaderMap,
) -> Result<(IssuedState, Redirect), IssueError> {
    let issued = state_cookie.issue(&headers, "/callback", "")?;
    // In production: https://connect.smartcar.com/oauth/authorize with `client_id` and so on. Here, the owner grants
    // access at once.
    let address = format!(
        "/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state={}",
        issued.state()
    );
    Ok((issued, Redirect::to(&address)))
}

/// Responds to errors and to rejected callbacks.
async fn not_connected(failure: ConnectFailure, request: Parts) -> Response<Body> {
    let page: Response<String> = ErrorPage::new("/").handle(failure, request).await;
    page.map(Body::new)
}

/// Responds to a success of a flow that this browser started.
async fn connected(success: ConnectSuccess, _request: Parts) -> Response<Body> {
    // Exchange it for tokens.
    let _code = success.code();
    Response::new(Body::new("Your car is connected.\n".to_owned()))
}

fn print_what_to_try(origin: &str) {
    println!("Open {origin} in a browser and connect a car. Ctrl-C stops.\n");
    println!("Callbacks of flows that nobody started are rejected, with a page for the owner:\n");
    println!("  curl -i \"{origin}/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319\"\n");
    // The five bytes frame an empty message, which asks for the health of the whole server.
    println!("A gRPC call to the same port:\n");
    println!(
        "  printf '\\0\\0\\0\\0\\0' | curl -i --http2-prior-knowledge -H \"content-type: application/grpc\" --data-binary @- \
         --output - {origin}/grpc.health.v1.Health/Check\n"
    );
}

async fn ctrl_c(mut reporter: HealthReporter) {
    signal::ctrl_c().await.expect("Ctrl-C can be waited for");
    println!("Stopping.");
    // Ends the calls that watch the health, which the server would wait for.
    reporter.clear_service_status("").await;
}

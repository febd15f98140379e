//! Smartcar Connect in an axum app, from the button to the callback.
//!
//! `cargo run --features answers,axum,begin,simulator --example axum`, then open the address that
//! it prints. `PORT` selects another port.
//!
//! A simulator takes the place of Connect, so you need nothing else.

use std::env;
use std::error::Error;

use axum::response::Html;
use axum::{Router, routing::get};
use tokio::{net::TcpListener, signal};
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::simulator::Simulator;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let port = listener.local_addr()?.port();
    let origin = format!("http://localhost:{port}");

    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `origin` out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, format!("{origin}/callback"))?
        .scope(["read_vehicle_info", "read_odometer"])?
        .origin(format!("http://127.0.0.1:{port}"))?;
    let simulator = Simulator::new(APPLICATION_ID, [connect_url.redirect_uri()])?;
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server
    // has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();

    print_what_to_try(&origin);
    let app = app(connect_url, state_cookie).route_service("/oauth/authorize", simulator);
    Ok(axum::serve(listener, app)
        .with_graceful_shutdown(ctrl_c())
        .await?)
}

fn app(connect_url: ConnectUrl, state_cookie: StateCookie) -> Router {
    let layer = ConnectCallbackLayer::new(&connect_url)
        .verify_state_with(state_cookie.clone())
        .require_result(true)
        .on_failure(ErrorPage::new("/"));
    Router::new()
        .route("/callback", get(connected))
        .layer(layer)
        .route_service("/connect", BeginConnect::new(connect_url, state_cookie))
        .route("/", get(home))
}

async fn home() -> Html<&'static str> {
    Html("<form method=post action=/connect><button>Connect your car</button></form>\n")
}

/// Only runs for a success of a flow that this browser started.
async fn connected(success: ConnectSuccess) -> &'static str {
    if let Some(_code) = success.code() {
        // Exchange the code for tokens.
    }
    "Your car is connected.\n"
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
}

async fn ctrl_c() {
    signal::ctrl_c().await.expect("Ctrl-C has a handler");
    println!("Stopping.");
}

//! Smartcar Connect callbacks in an axum app.
//!
//! `cargo run --features answers,axum,state-cookie --example axum`, then open the address that it prints. `PORT`
//! chooses another port.

use std::{env, io};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use tokio::{net::TcpListener, signal};
use tower_http::csrf::CsrfLayer;
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::state_cookie::{IssueError, IssuedState, Key, StateCookie};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};

#[tokio::main]
async fn main() -> io::Result<()> {
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_with(state_cookie.clone())
        .on_failure(ErrorPage::new("/"));
    let app = Router::new()
        .route("/callback", get(connected))
        .layer(layer)
        .route("/", get(home))
        .route("/connect", post(connect))
        .with_state(state_cookie)
        // No page of another origin can start a flow in this browser.
        .layer(CsrfLayer::new());

    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_what_to_try(&format!("http://localhost:{}", listener.local_addr()?.port()));
    axum::serve(listener, app).with_graceful_shutdown(ctrl_c()).await
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

/// Only runs for a success of a flow that this browser started.
async fn connected(success: ConnectSuccess) -> &'static str {
    // Exchange it for tokens.
    let _code = success.code();
    "Your car is connected.\n"
}

fn print_what_to_try(origin: &str) {
    println!("Open {origin} in a browser and connect a car. Ctrl-C stops.\n");
    println!("Callbacks of flows that nobody started are rejected, with a page for the owner:\n");
    println!("  curl -i \"{origin}/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319\"");
    println!("  curl -i \"{origin}/callback?error=access_denied&code=both-at-once\"\n");
}

async fn ctrl_c() {
    signal::ctrl_c().await.expect("Ctrl-C can be waited for");
    println!("Stopping.");
}

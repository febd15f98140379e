//! Smartcar Connect in an axum app, from the button to the callback.
//!
//! `cargo run --package example-axum`, then open <http://localhost:8000>. A simulator takes the place
//! of Connect, so you need nothing else.

#[cfg(test)]
mod tests;

use std::error::Error;

use axum::response::Html;
use axum::{Router, routing::get};
use smartcar_connect_simulator::Simulator;
use tokio::net::TcpListener;
use tower_smartcar_connect::responses::ErrorPage;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect, StateCookie,
};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const REDIRECT_URI: &str = "http://localhost:8000/callback";
const BUTTON: &str = "<form method=post action=/connect><button>Connect your car</button></form>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `at_origin` and the simulator out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI)?
        .without_code()
        .at_origin("http://127.0.0.1:8000".parse()?);
    let simulator = Simulator::new(APPLICATION_ID, [REDIRECT_URI])?;
    // In production: `Key::from_hex` with a secret that every server has.
    let state_cookie = StateCookie::new(Key::generate());

    let app = app(connect_url, state_cookie).route_service("/oauth/authorize", simulator);
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("Open http://localhost:8000 in a browser.");
    Ok(axum::serve(listener, app).await?)
}

fn app(connect_url: ConnectUrl, state_cookie: StateCookie) -> Router {
    let callbacks = ConnectCallbackLayer::new(&connect_url, state_cookie.clone())
        .on_failure(ErrorPage::new("/"));
    Router::new()
        .route("/callback", get(connected))
        .layer(callbacks)
        .route_service("/connect", StartConnect::new(connect_url, state_cookie))
        .route("/", get(Html(BUTTON)))
}

/// Only runs for a success of a flow that this browser started.
async fn connected(success: ConnectSuccess) -> &'static str {
    if let Some(_user_id) = success.user_id() {
        // Ask Smartcar's API for the vehicles of this user.
    }
    "Your car is connected."
}

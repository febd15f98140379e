//! Smartcar Connect callbacks in an axum app.
//!
//! `cargo run --features axum --example axum`, then try the lines that it prints. `PORT` chooses another port.

use std::{env, io};

use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, extract::Request, routing::get};
use tokio::{net::TcpListener, signal};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectResponse, ConnectSuccess};

#[tokio::main]
async fn main() -> io::Result<()> {
    // Successes and errors both reach the route.
    let callback = Router::new()
        .route("/callback", get(connected))
        .layer(ConnectCallbackLayer::new("/callback"));

    // Errors are answered by a handler, so that the route meets successes only.
    let reauth = Router::new()
        .route("/reauth", get(connected_again))
        .layer(ConnectCallbackLayer::new("/reauth").on_error(start_again));

    let app = Router::new()
        .route("/", get(async || "Connect your car here.\n"))
        .merge(callback)
        .merge(reauth);

    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_what_to_try(&format!("http://{}", listener.local_addr()?));
    axum::serve(listener, app).with_graceful_shutdown(ctrl_c()).await
}

async fn connected(response: Option<ConnectResponse>) -> Response {
    let text = match response {
        // Anybody can write a link with a description of their own. It cannot become markup here: a `String` is sent as
        // `text/plain`, and `nosniff` keeps browsers from taking it for anything else. To a real owner, show
        // `error.suggested_user_message()` or words of your own, chosen by `error.code()`.
        Some(ConnectResponse::Error(error)) => format!("{error}\n"),
        // Anybody can write a link with a code of their own, too: before exchanging it, compare `success.state()` with
        // the state that was issued to this browser.
        Some(ConnectResponse::Success(_success)) => "Your car is connected.\n".to_owned(),
        None => "Smartcar Connect brings you here, with a result.\n".to_owned(),
    };
    ([(X_CONTENT_TYPE_OPTIONS, "nosniff")], text).into_response()
}

async fn connected_again(_success: ConnectSuccess) -> &'static str {
    "Your car is connected again.\n"
}

async fn start_again(error: ConnectError, _request: Request) -> Response {
    println!("Connect ended with {error}");
    Redirect::to("/").into_response()
}

fn print_what_to_try(origin: &str) {
    println!("Listening on {origin}, until Ctrl-C. Try:\n");
    println!(
        "  curl \"{origin}/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20\
         the%20OEM\""
    );
    println!("  curl \"{origin}/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319\"");
    println!("  curl -i \"{origin}/callback?error=access_denied&code=both-at-once\"");
    println!("  curl \"{origin}/reauth?vehicle_id=sc4a1b01e5-0497-417c-a30e-6df6ba33ba46\"");
    println!("  curl -i \"{origin}/reauth?error=access_denied\"\n");
}

async fn ctrl_c() {
    signal::ctrl_c().await.expect("Ctrl-C can be waited for");
    println!("Stopping.");
}

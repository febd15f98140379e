//! Smartcar Connect callbacks on a gRPC server: browsers and gRPC clients come to one port.
//!
//! `cargo run --example tonic`, then try the lines that it prints. `PORT` chooses another port.

use std::env;
use std::error::Error;

use axum::{Extension, Router, routing::get};
use http::{HeaderValue, Request, Response, StatusCode, header};
use tokio::{net::TcpListener, signal};
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Server, server::TcpIncoming};
use tonic_health::server::{HealthReporter, health_reporter};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Stands for the app's own gRPC services.
    let (reporter, health) = health_reporter();
    // Errors are answered by a handler, but successes need a page to go to.
    let pages = Router::new().route("/callback", get(connected));

    let port = env::var("PORT").unwrap_or_else(|_| "8002".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_what_to_try(&format!("http://{}", listener.local_addr()?));
    Server::builder()
        // gRPC needs HTTP/2 only, but browsers speak it over TLS alone.
        .accept_http1(true)
        .layer(ConnectCallbackLayer::new("/callback").on_error(not_connected))
        .add_routes(Routes::from(pages).add_service(health))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), ctrl_c(reporter))
        .await?;
    Ok(())
}

async fn not_connected(error: ConnectError, _request: Request<Body>) -> Response<Body> {
    // `Display` escapes the description, which anybody can write, so it is safe in a log. The owner gets the code only,
    // which is one of a fixed set.
    println!("Connect ended with {error}");
    let mut response = Response::new(Body::new(format!("Your car is not connected: {}.\n", error.code())));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

async fn connected(success: Option<Extension<ConnectSuccess>>) -> &'static str {
    match success {
        // Anybody can write a link with a code of their own: before exchanging it, compare `success.state()` with the
        // state that was issued to this browser.
        Some(Extension(_success)) => "Your car is connected.\n",
        None => "Smartcar Connect brings you here, with a result.\n",
    }
}

fn print_what_to_try(origin: &str) {
    println!("Listening on {origin}, until Ctrl-C. Try:\n");
    println!(
        "  curl \"{origin}/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20\
         the%20OEM\""
    );
    println!("  curl \"{origin}/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319\"");
    println!("  curl -i \"{origin}/callback?error=access_denied&code=both-at-once\"\n");
    // The five bytes frame an empty message, which asks for the health of the whole server.
    println!("and a gRPC call:\n");
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

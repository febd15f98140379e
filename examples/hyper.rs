//! Smartcar Connect callbacks on a hyper server, without a framework.
//!
//! `cargo run --example hyper`, then try the lines that it prints. `PORT` chooses another port.

use std::convert::Infallible;
use std::pin::pin;
use std::{env, io};

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::{conn::auto, graceful::GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tokio::{net::TcpListener, signal};
use tower::ServiceBuilder;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess, ErrorCode};

#[tokio::main]
async fn main() -> io::Result<()> {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback").on_error(not_connected))
        .service_fn(app);

    let port = env::var("PORT").unwrap_or_else(|_| "8001".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_what_to_try(&format!("http://{}", listener.local_addr()?));

    let server = auto::Builder::new(TokioExecutor::new());
    let connections = GracefulShutdown::new();
    let mut ctrl_c = pin!(signal::ctrl_c());
    loop {
        let (stream, _) = tokio::select! {
            connection = listener.accept() => connection?,
            result = &mut ctrl_c => {
                result?;
                break;
            }
        };
        let service = TowerToHyperService::new(service.clone());
        let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
        // It fails where a client goes away, which is nothing to act on.
        tokio::spawn(connections.watch(connection));
    }
    println!("Stopping.");
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

/// Answers errors in place of `app`.
async fn not_connected(error: ConnectError, _request: Request<Incoming>) -> Response<Full<Bytes>> {
    // `Display` escapes the description, which anybody can write, so it is safe in a log. The owner gets words that are
    // the app's own.
    println!("Connect ended with {error}");
    let text = match error.code() {
        ErrorCode::OemCancelledLogin => "You left the login page of your car's maker. Try again when you like.\n",
        code if code.is_user_exit() => "You did not connect your car. Try again when you like.\n",
        _ => "Your car could not be connected.\n",
    };
    plain_text(StatusCode::FORBIDDEN, text)
}

async fn app(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let response = match request.extensions().get::<ConnectSuccess>() {
        // Anybody can write a link with a code of their own: before exchanging it, compare `success.state()` with the
        // state that was issued to this browser.
        Some(_success) => plain_text(StatusCode::OK, "Your car is connected.\n"),
        None => plain_text(StatusCode::NOT_FOUND, "There is nothing here.\n"),
    };
    Ok(response)
}

fn plain_text(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn print_what_to_try(origin: &str) {
    println!("Listening on {origin}, until Ctrl-C. Try:\n");
    println!(
        "  curl \"{origin}/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20\
         the%20OEM\""
    );
    println!("  curl \"{origin}/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319\"");
    println!("  curl -i \"{origin}/callback?error=access_denied&code=both-at-once\"\n");
}

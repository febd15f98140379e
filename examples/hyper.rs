//! Smartcar Connect callbacks on a hyper server, without a framework.
//!
//! `cargo run --features answers,state-cookie --example hyper`, then open the address that it prints. `PORT` chooses
//! another port.

use std::convert::Infallible;
use std::pin::pin;
use std::{env, io};

use http::header::{CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::{conn::auto, graceful::GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tokio::{net::TcpListener, signal};
use tower::ServiceBuilder;
use tower_http::csrf::CsrfLayer;
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};

type Body = Full<Bytes>;

#[tokio::main]
async fn main() -> io::Result<()> {
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    // Handlers respond to every callback, so none reaches `app`.
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_with(state_cookie.clone())
        .on_failure(ErrorPage::new("/"))
        .on_success(connected);
    let service = ServiceBuilder::new()
        // No page of another origin can start a flow in this browser.
        .layer(CsrfLayer::new())
        .layer(layer)
        .service_fn(move |request| {
            let response = app(&state_cookie, &request);
            async { Ok::<_, Infallible>(response) }
        });

    let port = env::var("PORT").unwrap_or_else(|_| "8001".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_what_to_try(&format!("http://localhost:{}", listener.local_addr()?.port()));

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
        // It fails if a client goes away, which is nothing to act on.
        tokio::spawn(connections.watch(connection));
    }
    println!("Stopping.");
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

fn app(state_cookie: &StateCookie, request: &Request<Incoming>) -> Response<Body> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => html("<form method=post action=/connect><button>Connect your car</button></form>\n"),
        (&Method::POST, "/connect") => connect(state_cookie, request.headers()),
        _ => status(StatusCode::NOT_FOUND),
    }
}

/// Starts a flow.
fn connect(state_cookie: &StateCookie, headers: &HeaderMap) -> Response<Body> {
    let issued = match state_cookie.issue(headers, "/callback", "") {
        Ok(issued) => issued,
        Err(error) => {
            eprintln!("No flow can start: {error}");
            return status(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    // In production: https://connect.smartcar.com/oauth/authorize with `client_id` and so on. Here, the owner grants
    // access at once.
    let address = format!(
        "/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state={}",
        issued.state()
    );
    let mut response = status(StatusCode::SEE_OTHER);
    let location = HeaderValue::try_from(address).expect("a state has no character that a header cannot have");
    response.headers_mut().insert(LOCATION, location);
    issued.add_to(response.headers_mut());
    response
}

/// Responds to a success of a flow that this browser started.
async fn connected(success: ConnectSuccess, _request: Parts) -> Response<Body> {
    // Exchange it for tokens.
    let _code = success.code();
    html("Your car is connected.\n")
}

fn html(text: &'static str) -> Response<Body> {
    let mut response = Response::new(Full::from(text));
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = status;
    response
}

fn print_what_to_try(origin: &str) {
    println!("Open {origin} in a browser and connect a car. Ctrl-C stops.\n");
    println!("Callbacks of flows that nobody started are rejected, with a page for the owner:\n");
    println!("  curl -i \"{origin}/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319\"");
    println!("  curl -i \"{origin}/callback?error=access_denied&code=both-at-once\"\n");
}

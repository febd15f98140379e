//! Smartcar Connect callbacks on a hyper server, without a framework.
//!
//! `cargo run --features answers,begin,simulator --example hyper`, then open the address that it
//! prints. `PORT` selects another port. A simulator takes the place of Connect.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::pin::pin;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::{conn::auto, graceful::GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tokio::{net::TcpListener, signal};
use tower::{Service, ServiceBuilder};
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::simulator::Simulator;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl};

type Body = Full<Bytes>;

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const HOME: &str = "<form method=post action=/connect><button>Connect your car</button></form>\n";

/// The services for other requests.
#[derive(Clone)]
struct Pages {
    connect: BeginConnect,
    simulator: Simulator,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server
    // has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let port = env::var("PORT").unwrap_or_else(|_| "8001".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let port = listener.local_addr()?.port();
    let origin = format!("http://localhost:{port}");
    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `origin` out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, format!("{origin}/callback"))?
        .origin(format!("http://127.0.0.1:{port}"))?;

    // Handlers respond to every callback, so `app` never sees one.
    let layer = ConnectCallbackLayer::new(&connect_url)
        .verify_state_with(state_cookie.clone())
        .require_result(true)
        .on_failure(ErrorPage::new("/"))
        .on_success(connected);
    let pages = Pages {
        simulator: Simulator::new(APPLICATION_ID, [connect_url.redirect_uri()])?,
        connect: BeginConnect::new(connect_url, state_cookie),
    };
    let service = ServiceBuilder::new()
        .layer(layer)
        .service_fn(move |request| app(pages.clone(), request));

    print_what_to_try(&origin);
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
        let connection = server
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        // An error means that the client has disconnected. There is nothing to do.
        tokio::spawn(connections.watch(connection));
    }
    println!("Stopping.");
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

/// Routes a request by its path.
async fn app(mut pages: Pages, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    match request.uri().path() {
        "/" => Ok(html(StatusCode::OK, HOME)),
        "/connect" => Ok(pages.connect.call(request).await?.map(Body::from)),
        "/oauth/authorize" => Ok(pages.simulator.call(request).await?.map(Body::from)),
        _ => Ok(html(StatusCode::NOT_FOUND, "Not found.\n")),
    }
}

/// Responds to a success of a flow that this browser started.
async fn connected(success: ConnectSuccess, _request: Parts) -> Response<Body> {
    if let Some(_code) = success.code() {
        // Exchange the code for tokens.
    }
    html(StatusCode::OK, "Your car is connected.\n")
}

fn html(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
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

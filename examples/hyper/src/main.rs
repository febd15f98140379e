//! Smartcar Connect on a hyper server, without a framework.
//!
//! `cargo run --package example-hyper`, then open <http://localhost:8001>. A simulator takes the place
//! of Connect, so you need nothing else.

use std::convert::Infallible;
use std::error::Error;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use smartcar_connect_simulator::Simulator;
use tokio::net::TcpListener;
use tower::{Service, ServiceBuilder};
use tower_smartcar_connect::responses::ErrorPage;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect, StateCookie,
};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const REDIRECT_URI: &str = "http://localhost:8001/callback";
const BUTTON: &str = "<form method=post action=/connect><button>Connect your car</button></form>";

/// The services for other requests.
#[derive(Clone)]
struct Pages {
    connect: StartConnect<StateCookie>,
    simulator: Simulator,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `at_origin` and the simulator out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI)?
        .without_code()
        .at_origin("http://127.0.0.1:8001".parse()?);
    // In production: `Key::from_hex` with a secret that every server has.
    let state_cookie = StateCookie::new(Key::generate());

    // Handlers respond to every callback, so `respond` never sees one.
    let callbacks = ConnectCallbackLayer::new(&connect_url, state_cookie.clone())
        .on_failure(ErrorPage::new("/"))
        .on_success(connected);
    let pages = Pages {
        connect: StartConnect::new(connect_url, state_cookie),
        simulator: Simulator::new(APPLICATION_ID, [REDIRECT_URI])?,
    };
    let service = ServiceBuilder::new()
        .layer(callbacks)
        .service_fn(move |request| respond(pages.clone(), request));

    let listener = TcpListener::bind("127.0.0.1:8001").await?;
    println!("Open http://localhost:8001 in a browser.");
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            // An error means that the client has disconnected. There is nothing to do.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Routes a request by its path.
async fn respond(
    mut pages: Pages,
    request: Request<Incoming>,
) -> Result<Response<String>, Infallible> {
    match request.uri().path() {
        "/" => Ok(html(StatusCode::OK, BUTTON)),
        "/connect" => pages.connect.call(request).await,
        "/oauth/authorize" => pages.simulator.call(request).await,
        _ => Ok(html(StatusCode::NOT_FOUND, "Not found.")),
    }
}

/// Responds to a success of a flow that this browser started.
async fn connected(success: ConnectSuccess, _request: Parts) -> Response<String> {
    if let Some(_user_id) = success.user_id() {
        // Ask Smartcar's API for the vehicles of this user.
    }
    html(StatusCode::OK, "Your car is connected.")
}

fn html(status: StatusCode, text: &str) -> Response<String> {
    let mut response = Response::new(text.to_owned());
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

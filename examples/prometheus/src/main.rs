//! Metrics of Smartcar Connect for Prometheus: how many flows start, how many succeed, and why the
//! others fail.
//!
//! `cargo run --package example-prometheus`, then try what it prints. `PORT` chooses another port.
//! A simulator takes the place of Connect.

#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;

use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, routing::get};
use metrics::{Unit, counter, describe_counter};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, signal};
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::simulator::Simulator;
use tower_smartcar_connect::state_cookie::Key;
use tower_smartcar_connect::{
    BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StateCookie, telemetry,
};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";

/// Counts flows that start. The layer only counts callbacks, so the difference is the owners who
/// never returned.
const STARTED: &str = "garage_connect_flows_started_total";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Each callback is one event. The events of successes have the level `DEBUG`.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .init();
    let prometheus = install_recorder()?;

    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let port = listener.local_addr()?.port();
    let origin = format!("http://localhost:{port}");
    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `origin` out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, format!("{origin}/callback"))?
        .origin(format!("http://127.0.0.1:{port}"))?;
    let simulator = Simulator::new(APPLICATION_ID, [connect_url.redirect_uri()])?;

    print_what_to_try(&origin);
    let app = app(prometheus, connect_url).route_service("/oauth/authorize", simulator);
    Ok(axum::serve(listener, app)
        .with_graceful_shutdown(ctrl_c())
        .await?)
}

/// Installs the recorder of this process, and describes the metrics.
fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    let prometheus = PrometheusBuilder::new().install_recorder()?;
    telemetry::describe_metrics();
    describe_counter!(
        STARTED,
        Unit::Count,
        "Smartcar Connect flows that were started"
    );
    // Counters need no upkeep. If your app also records histograms, call
    // `PrometheusHandle::run_upkeep` regularly.
    Ok(prometheus)
}

fn app(prometheus: PrometheusHandle, connect_url: ConnectUrl) -> Router {
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server
    // has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let layer = ConnectCallbackLayer::new(&connect_url)
        .verify_state_with(state_cookie.clone())
        .require_result(true)
        .on_failure(ErrorPage::new("/"));
    let connect = BeginConnect::new(connect_url, state_cookie).payload(count);
    Router::new()
        .route("/callback", get(connected))
        .layer(layer)
        .route("/", get(home))
        .route_service("/connect", connect)
        // In production: on a port that only Prometheus can reach.
        .route("/metrics", get(async move || expose(&prometheus)))
}

async fn home() -> Html<&'static str> {
    Html("<form method=post action=/connect><button>Connect your car</button></form>\n")
}

/// Counts a flow that starts. A real app returns the user who is logged in, as in
/// `examples/state.rs`.
async fn count(_request: Parts) -> Result<String, Response<String>> {
    counter!(STARTED).increment(1);
    Ok(String::new())
}

async fn connected(_success: ConnectSuccess) -> Html<&'static str> {
    Html("<p>Your car is connected. <a href=/>Connect another one</a></p>\n")
}

/// Returns the metrics.
fn expose(prometheus: &PrometheusHandle) -> Response {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4")],
        prometheus.render(),
    )
        .into_response()
}

fn print_what_to_try(origin: &str) {
    println!("Open {origin} in a browser and end flows in several ways. Ctrl-C stops.\n");
    println!("Each callback is a line here. Reload a page, and try a forged callback:\n");
    println!("  curl -i \"{origin}/callback?code=stolen&state=forged\"\n");
    println!("The metrics for Prometheus:\n");
    println!("  curl {origin}/metrics\n");
}

async fn ctrl_c() {
    signal::ctrl_c().await.expect("Ctrl-C has a handler");
    println!("Stopping.");
}

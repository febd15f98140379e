//! Metrics of Smartcar Connect for Prometheus: how many flows start, how many succeed, and why the
//! others fail.
//!
//! `cargo run --package example-prometheus`, then open <http://localhost:8003>. A simulator takes the
//! place of Connect, so you need nothing else.

#[cfg(test)]
mod tests;

use std::error::Error;

use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::{Router, routing::get};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use smartcar_connect_simulator::Simulator;
use tokio::net::TcpListener;
use tower_smartcar_connect::responses::ErrorPage;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect, StateCookie, telemetry,
};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const REDIRECT_URI: &str = "http://localhost:8003/callback";
const BUTTON: &str = "<form method=post action=/connect><button>Connect your car</button></form>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Starts and successes have the level `DEBUG`.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .init();
    let prometheus = install_recorder()?;

    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `at_origin` and the simulator out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI)?
        .without_code()
        .at_origin("http://127.0.0.1:8003".parse()?);
    let simulator = Simulator::new(APPLICATION_ID, [REDIRECT_URI])?;

    let app = app(prometheus, connect_url).route_service("/oauth/authorize", simulator);
    let listener = TcpListener::bind("127.0.0.1:8003").await?;
    println!("Open http://localhost:8003 in a browser, and end flows in several ways. Then:\n");
    println!("  curl -s http://localhost:8003/metrics | grep -v \" 0$\"\n");
    Ok(axum::serve(listener, app).await?)
}

/// Installs the recorder of this process, and describes the counters.
fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    let prometheus = PrometheusBuilder::new().install_recorder()?;
    telemetry::describe_metrics();
    // Counters need no upkeep. If your app also records histograms, call
    // `PrometheusHandle::run_upkeep` regularly.
    Ok(prometheus)
}

fn app(prometheus: PrometheusHandle, connect_url: ConnectUrl) -> Router {
    // In production: `Key::from_hex` with a secret that every server has.
    let state_cookie = StateCookie::new(Key::generate());
    let callbacks = ConnectCallbackLayer::new(&connect_url, state_cookie.clone())
        .on_failure(ErrorPage::new("/"));
    let metrics = async move || {
        (
            [(CONTENT_TYPE, "text/plain; version=0.0.4")],
            prometheus.render(),
        )
    };
    Router::new()
        .route("/callback", get(connected))
        .layer(callbacks)
        .route_service("/connect", StartConnect::new(connect_url, state_cookie))
        .route("/", get(Html(BUTTON)))
        // In production: on a port that only Prometheus can reach.
        .route("/metrics", get(metrics))
}

async fn connected(_success: ConnectSuccess) -> Html<&'static str> {
    Html("Your car is connected. <a href=/>Connect another one</a>")
}

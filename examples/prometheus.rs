//! Smartcar Connect as Prometheus sees it: how many flows are started, how many end with a car, and where the others
//! go.
//!
//! `cargo run --example prometheus --all-features`, then try what it prints. `PORT` chooses
//! another port.

use std::{env, io};

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use metrics::{Unit, counter, describe_counter};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, signal};
use tower_http::csrf::CsrfLayer;
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::state_cookie::{IssueError, IssuedState, Key};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess, ErrorCode, StateCookie, telemetry};

/// What the layer cannot count: it sees a flow only when that comes back. Owners who never do are the difference.
const STARTED: &str = "garage_connect_flows_started_total";

#[tokio::main]
async fn main() -> io::Result<()> {
    // Each callback is an event; those of successes have the level `DEBUG`.
    tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).init();
    let prometheus = install_recorder().map_err(io::Error::other)?;

    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_what_to_try(&format!("http://localhost:{}", listener.local_addr()?.port()));
    axum::serve(listener, app(prometheus))
        .with_graceful_shutdown(ctrl_c())
        .await
}

/// Installs what the counters are recorded in, and describes them to it. Once a process.
pub(crate) fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    let prometheus = PrometheusBuilder::new().install_recorder()?;
    telemetry::describe_metrics();
    describe_counter!(STARTED, Unit::Count, "Smartcar Connect flows that were started");
    // Counters need no upkeep. An app that also records histograms calls `PrometheusHandle::run_upkeep` now and then.
    Ok(prometheus)
}

pub(crate) fn app(prometheus: PrometheusHandle) -> Router {
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let callback = Router::new().route("/callback", get(connected)).layer(
        ConnectCallbackLayer::new("/callback")
            .verify_state_with(state_cookie.clone())
            .on_failure(ErrorPage::new("/")),
    );
    Router::new()
        .route("/", get(home))
        .route("/connect", post(connect))
        .route("/stand-in-for-connect", get(stand_in_for_connect))
        .with_state(state_cookie)
        .merge(callback)
        // No page of another origin begins a flow.
        .layer(CsrfLayer::new())
        // In production: on a port that only Prometheus reaches.
        .route("/metrics", get(async move || expose(&prometheus)))
}

async fn home() -> Html<&'static str> {
    Html("<form method=post action=/connect><button>Connect your car</button></form>\n")
}

/// Starts a flow. A real app does this for a user who is logged in, as `examples/state.rs` shows.
async fn connect(
    State(state_cookie): State<StateCookie>,
    headers: HeaderMap,
) -> Result<(IssuedState, Redirect), IssueError> {
    let issued = state_cookie.issue(&headers, "/callback", "")?;
    counter!(STARTED).increment(1);
    // In production: https://connect.smartcar.com/oauth/authorize with `client_id` and so on.
    let address = format!("/stand-in-for-connect?state={}", issued.state());
    Ok((issued, Redirect::to(&address)))
}

/// What an owner would see of Connect: ways to come back. Not part of an app.
async fn stand_in_for_connect(uri: Uri) -> Html<String> {
    let query = uri.query().unwrap_or_default();
    let state = query.strip_prefix("state=").unwrap_or_default();
    // Encoded, it is neither markup nor another parameter, whatever it is.
    let state: String = form_urlencoded::byte_serialize(state.as_bytes()).collect();
    let errors = ErrorCode::ALL.iter().map(|code| format!("error={code}"));
    let ways = ["code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad".to_owned()].into_iter();
    let items: String = ways
        .chain(errors)
        .map(|query| format!("<li><a href=\"/callback?{query}&amp;state={state}\">{query}</a>\n"))
        .collect();
    Html(format!(
        "<p>This page stands in for Smartcar Connect.</p>\n<ul>\n{items}</ul>\n"
    ))
}

async fn connected(_success: ConnectSuccess) -> Html<&'static str> {
    Html("<p>Your car is connected. <a href=/>Connect another one</a></p>\n")
}

/// Answers a scraper.
fn expose(prometheus: &PrometheusHandle) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], prometheus.render()).into_response()
}

fn print_what_to_try(origin: &str) {
    println!("Open {origin} in a browser, connect a car and take one of the ways back. Ctrl-C stops.\n");
    println!("Each callback is a line here. Reload the page that it brings, and try a link that nobody asked for:\n");
    println!("  curl -i \"{origin}/callback?code=stolen&state=forged\"\n");
    println!("Then see what Prometheus sees:\n");
    println!("  curl {origin}/metrics\n");
}

async fn ctrl_c() {
    signal::ctrl_c().await.expect("Ctrl-C can be waited for");
    println!("Stopping.");
}

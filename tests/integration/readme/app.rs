use axum::response::Html;
use axum::{Router, routing::get};
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl};

const HOME: &str = "<form method=post action=/connect><button>Connect your car</button></form>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let application_id = std::env::var("SMARTCAR_APPLICATION_ID")?;
    let connect_url = ConnectUrl::new(application_id, "http://localhost:8000/callback")?;
    // In production: `Key::from` with 64 random bytes that every server has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    Ok(axum::serve(listener, app(connect_url, state_cookie)).await?)
}

pub(crate) fn app(connect_url: ConnectUrl, state_cookie: StateCookie) -> Router {
    let layer = ConnectCallbackLayer::new(&connect_url)
        .verify_state_with(state_cookie.clone())
        .require_result(true)
        .on_failure(ErrorPage::new("/"));
    Router::new()
        .route("/callback", get(connected))
        .layer(layer)
        .route_service("/connect", BeginConnect::new(connect_url, state_cookie))
        .route("/", get(Html(HOME)))
}

async fn connected(success: ConnectSuccess) -> &'static str {
    if let Some(_code) = success.code() {
        // Exchange the code for tokens.
    }
    "Your car is connected."
}

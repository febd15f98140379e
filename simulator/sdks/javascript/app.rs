//! An app whose page opens Connect in a popup, with Smartcar's JavaScript SDK, and whose callback
//! responds with [`PopupMessage`].
//!
//! It reads the origin of Connect from `SMARTCAR_CONNECT_ORIGIN`, so no line of it is about the
//! simulator. `end_flows.js` ends its flows in Chromium.

use std::env;
use std::error::Error;
use std::fs;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use tokio::net::TcpListener;
use tower_smartcar_connect::responses::PopupMessage;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectUrl, StartConnect, StateCookie};
use url::Url;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let redirect_uri: Url = env::var("REDIRECT_URI")?.parse()?;
    let port = redirect_uri.port().ok_or("`REDIRECT_URI` has no port")?;
    let sdk = fs::read_to_string(env::var("JAVASCRIPT_SDK")?)?;
    let connect_url = ConnectUrl::new(env::var("APPLICATION_ID")?, redirect_uri)?
        .scope(["required:read_vehicle_info", "read_odometer"])?
        .simulated()
        .origin_from_env()?;
    let state_cookie = StateCookie::new(Key::generate());
    let popup = PopupMessage::to_same_origin();
    let callbacks = ConnectCallbackLayer::new(&connect_url, state_cookie.clone())
        .on_failure(popup.clone())
        .on_success(popup);
    let app = Router::new()
        .route("/", get(Html(include_str!("page.html"))))
        .route("/sdk.js", get(([(CONTENT_TYPE, "text/javascript")], sdk)))
        .route_service("/connect", StartConnect::new(connect_url, state_cookie))
        .layer(callbacks);
    let listener = TcpListener::bind(("localhost", port)).await?;
    println!("It listens.");
    Ok(axum::serve(listener, app).await?)
}

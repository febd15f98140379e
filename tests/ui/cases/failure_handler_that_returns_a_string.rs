use axum::Router;
use http::request::Parts;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectFailure};

async fn not_connected(_failure: ConnectFailure, _request: Parts) -> &'static str {
    "Maybe later!"
}

fn main() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let _app: Router = Router::new().layer(layer.on_failure(not_connected));
}

use axum::Router;
use http::Response;
use http::request::Parts;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

async fn not_connected(_error: ConnectError, _request: Parts) -> Response<String> {
    Response::new("Maybe later!".to_owned())
}

fn main() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let _app: Router = Router::new().layer(layer.on_error(not_connected));
}

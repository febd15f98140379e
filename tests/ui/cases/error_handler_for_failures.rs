use axum::Router;
use axum::body::Body;
use http::Response;
use http::request::Parts;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

async fn not_connected(_error: ConnectError, _request: Parts) -> Response<Body> {
    Response::new(Body::from("Maybe later!"))
}

fn main() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let _app: Router = Router::new().layer(layer.on_failure(not_connected));
}

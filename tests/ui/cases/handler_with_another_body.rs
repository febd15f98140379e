use axum::Router;
use http::Response;
use http::request::Parts;
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure};

async fn not_connected(_failure: ConnectFailure, _request: Parts) -> Response<String> {
    Response::new("Maybe later!".to_owned())
}

fn main() {
    let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    let _app: Router = Router::new().layer(layer.on_failure(not_connected));
}

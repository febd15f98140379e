use http::Response;
use http::request::Parts;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

async fn not_connected(_error: ConnectError, _request: Parts) -> Response<()> {
    Response::new(())
}

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").on_invalid(not_connected);
}

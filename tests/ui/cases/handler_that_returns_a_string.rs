use http::request::Parts;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

async fn not_connected(_error: ConnectError, _request: Parts) -> &'static str {
    "Maybe later!"
}

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").on_error(not_connected);
}

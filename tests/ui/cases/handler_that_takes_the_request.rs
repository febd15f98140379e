use http::{Request, Response};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

async fn not_connected(_error: ConnectError, _request: Request<()>) -> Response<()> {
    Response::new(())
}

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").on_error(not_connected);
}

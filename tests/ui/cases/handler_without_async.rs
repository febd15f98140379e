use http::Response;
use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").on_error(|_error, _request| Response::new(()));
}

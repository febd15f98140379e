use std::rc::Rc;

use http::Response;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ErrorCode};

fn main() {
    let codes = Rc::new([ErrorCode::AccessDenied]);
    let predicate = move |error: &ConnectError| codes.contains(&error.code());
    let _layer = ConnectCallbackLayer::new("/callback")
        .on_error_matching(predicate, async |_error, _request| Response::new(()));
}

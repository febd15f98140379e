use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};

fn is_callback(uri: &http::Uri) -> bool {
    uri.path().starts_with("/callback")
}

fn main() {
    let _layer = ConnectCallbackLayer::new(is_callback, AppVerifiesState);
}

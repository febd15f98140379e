use http::request::Parts;
use tower_smartcar_connect::ConnectCallbackLayer;

async fn verify(_request: &Parts, state: &str) -> bool {
    state == "0facda3319"
}

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").verify_state_async(verify);
}

use http::request::Parts;
use tower_smartcar_connect::{ConnectCallbackLayer, Verified};

async fn verify(_request: Parts, state: String) -> Option<Verified> {
    (state == "0facda3319").then(Verified::new)
}

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").verify_state_async(verify);
}

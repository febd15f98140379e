use tower_smartcar_connect::{ConnectCallbackLayer, Verified};

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback")
        .verify_state(|_request, state| (state == "0facda3319").then(Verified::new));
}

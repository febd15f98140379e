use tower_smartcar_connect::state_cookie::Key;
use tower_smartcar_connect::{ConnectCallbackLayer, StateCookie};

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback")
        .verify_state_with(StateCookie::new(Key::generate()))
        .verify_state(|_request, state| state == "0facda3319");
}

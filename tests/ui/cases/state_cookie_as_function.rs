use tower_smartcar_connect::state_cookie::Key;
use tower_smartcar_connect::{ConnectCallbackLayer, StateCookie};

fn main() {
    let state_cookie = StateCookie::new(Key::generate());
    let _layer = ConnectCallbackLayer::new("/callback").verify_state(state_cookie);
}

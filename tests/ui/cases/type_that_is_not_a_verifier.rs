use tower_smartcar_connect::ConnectCallbackLayer;

struct Sessions;

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").verify_state_with(Sessions);
}

use tower_smartcar_connect::ConnectCallbackLayer;

struct States;

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback", States);
}

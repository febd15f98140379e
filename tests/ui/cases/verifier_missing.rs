use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback");
}

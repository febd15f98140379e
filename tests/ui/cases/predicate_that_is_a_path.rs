use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let _layer = ConnectCallbackLayer::matching("/callback");
}

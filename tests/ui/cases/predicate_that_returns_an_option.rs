use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let _layer = ConnectCallbackLayer::matching(|uri| uri.path().strip_prefix("/callback"));
}

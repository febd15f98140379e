use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let _layer = ConnectCallbackLayer::for_redirect_uris("https://example.com/callback");
}

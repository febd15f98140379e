use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").verify_state_async(|_request, state| state == "0facda3319");
}

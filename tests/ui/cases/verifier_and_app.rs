use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback")
        .app_verifies_state()
        .verify_state(|_request, state| state == "0facda3319");
}

use axum::Router;
use tower_smartcar_connect::ConnectCallbackLayer;

struct StartAgain;

fn main() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let _app: Router = Router::new().layer(layer.on_failure(StartAgain));
}

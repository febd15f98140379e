use axum::Router;
use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let _app: Router = Router::new().layer(ConnectCallbackLayer::new("/callback"));
}

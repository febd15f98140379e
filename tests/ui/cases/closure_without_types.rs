use axum::Router;
use axum::body::Body;
use http::Response;
use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let _app: Router = Router::new().layer(layer.on_failure(async |failure, _request| {
        let mut response = Response::new(Body::from("Maybe later!"));
        *response.status_mut() = failure.page_status();
        response
    }));
}

use http::Request;
use mistakes::{Body, app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectCallbackLayer;

async fn verify(_request: &Request<Body>, state: &str) -> bool {
    state == "0facda3319"
}

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").verify_state(verify))
            .service_fn(app),
    );
}

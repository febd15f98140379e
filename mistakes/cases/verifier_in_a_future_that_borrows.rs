// The compiler finds no fault with the trait but with lifetimes, and no attribute of a trait changes that. The
// documentation of `VerifyStateAsync` says what to write.
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
            .layer(ConnectCallbackLayer::new("/callback").verify_state_async(verify))
            .service_fn(app),
    );
}

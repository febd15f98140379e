// The compiler sees too late what the closure is for, and no attribute of a trait changes that. The documentation of
// `VerifyState` says that a closure needs both types.
use mistakes::{app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").verify_state(|_request, state| state == "0facda3319"))
            .service_fn(app),
    );
}

use mistakes::{app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectCallbackLayer;

#[derive(Clone)]
struct Sessions;

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").verify_state(Sessions))
            .service_fn(app),
    );
}

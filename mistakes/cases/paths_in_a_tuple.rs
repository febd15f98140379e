use mistakes::{app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new(("/callback", "/reauth")))
            .service_fn(app),
    );
}

use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectCallbackLayer;
use ui::{app, serve};

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback"))
            .service_fn(app),
    );
}

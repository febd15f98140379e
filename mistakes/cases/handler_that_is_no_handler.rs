use mistakes::{app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectCallbackLayer;

#[derive(Clone)]
struct StartAgain;

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").on_error(StartAgain))
            .service_fn(app),
    );
}

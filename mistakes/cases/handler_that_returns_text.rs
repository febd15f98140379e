use http::Request;
use mistakes::{Body, app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

async fn answer(_error: ConnectError, _request: Request<Body>) -> &'static str {
    "Maybe later!"
}

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").on_error(answer))
            .service_fn(app),
    );
}

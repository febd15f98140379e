use http::{Request, Response};
use mistakes::{Body, app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

async fn answer(_error: ConnectError, _request: Request<Body>) -> Response<Body> {
    Response::new(Body)
}

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").on_invalid(answer))
            .service_fn(app),
    );
}

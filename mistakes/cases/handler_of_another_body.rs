use http::{Request, Response};
use mistakes::{Body, app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

async fn answer(_error: ConnectError, _request: Request<String>) -> Response<Body> {
    Response::new(Body)
}

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").on_error(answer))
            .service_fn(app),
    );
}

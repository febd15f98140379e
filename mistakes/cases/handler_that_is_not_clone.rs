use http::{Request, Response};
use mistakes::{Body, app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

struct Pages;

fn main() {
    let pages = Pages;
    let answer = move |_error: ConnectError, _request: Request<Body>| {
        let _pages = &pages;
        async { Response::new(Body) }
    };
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").on_error(answer))
            .service_fn(app),
    );
}

use http::{Request, Response};
use mistakes::{Body, app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

// A long name: where a sentence about the closure fits beside the code, the compiler puts it there, and whether it fits
// must not depend on the length of the project's own path.
struct PagesInEveryLanguageThatOwnersOfVehiclesSpeak;

fn main() {
    let pages = PagesInEveryLanguageThatOwnersOfVehiclesSpeak;
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

use http::Response;
use mistakes::{Body, app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectCallbackLayer;

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(
                ConnectCallbackLayer::new("/callback").on_error(async |error, _request| {
                    println!("{}", error.code());
                    Response::new(Body)
                }),
            )
            .service_fn(app),
    );
}

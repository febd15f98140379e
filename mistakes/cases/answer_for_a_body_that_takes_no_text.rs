use mistakes::{app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::ConnectCallbackLayer;
use tower_smartcar_connect::answers::ErrorPage;

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").on_error(ErrorPage::new("/garage")))
            .service_fn(app),
    );
}

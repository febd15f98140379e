use mistakes::{app, serve};
use tower::ServiceBuilder;
use tower_smartcar_connect::{ConnectCallbackLayer, StateCookie, state_cookie::Key};

fn main() {
    serve(
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").verify_state_async(StateCookie::new(Key::generate())))
            .service_fn(app),
    );
}

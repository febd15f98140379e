use tower::{Layer, service_fn};
use tower_smartcar_connect::ConnectCallbackLayer;
use ui::{app, serve};

fn main() {
    serve(ConnectCallbackLayer::new("/callback").layer(service_fn(app)));
}

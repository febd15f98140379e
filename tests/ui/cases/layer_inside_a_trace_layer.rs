use axum::Router;
use tower::ServiceBuilder;
use tower_http::trace::TraceLayer;
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};

fn main() {
    // In a `ServiceBuilder`, the first layer is the outermost.
    let layers = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback", AppVerifiesState))
        .layer(TraceLayer::new_for_http());
    let _app: Router = Router::new().layer(layers);
}

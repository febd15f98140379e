use axum::Router;
use axum::body::Body;
use http::Response;
use http::request::Parts;
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure};

fn main() {
    let support = String::from("support@example.com");
    let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState).on_failure(
        async move |_failure: ConnectFailure, _request: Parts| {
            Response::new(Body::from(support.clone()))
        },
    );
    let _app: Router = Router::new().layer(layer);
}

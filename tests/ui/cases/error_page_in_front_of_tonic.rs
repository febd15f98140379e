use tonic::service::Routes;
use tonic::transport::Server;
use tower_smartcar_connect::responses::ErrorPage;
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};

fn main() {
    let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    let _serving = Server::builder()
        .layer(layer.on_failure(ErrorPage::new("/")))
        .add_routes(Routes::default())
        .serve(([127, 0, 0, 1], 50051).into());
}

use tonic::service::Routes;
use tonic::transport::Server;
use tower_smartcar_connect::ConnectCallbackLayer;
use tower_smartcar_connect::answers::ErrorPage;

fn main() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let _serving = Server::builder()
        .layer(layer.on_failure(ErrorPage::new("/")))
        .add_routes(Routes::default())
        .serve(([127, 0, 0, 1], 50051).into());
}

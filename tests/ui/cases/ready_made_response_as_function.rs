use tower_smartcar_connect::ConnectCallbackLayer;
use tower_smartcar_connect::answers::ErrorPage;

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback").on_error(ErrorPage::new("/"));
}

use tower_smartcar_connect::states::PendingCallback;
use tower_smartcar_connect::{ConnectCallbackLayer, Verified, verify_fn};

async fn verify(_callback: PendingCallback) -> Result<Verified, &'static str> {
    Err("the database is down")
}

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback", verify_fn(verify));
}

use tower_smartcar_connect::states::PendingCallback;
use tower_smartcar_connect::{ConnectCallbackLayer, RejectionReason, Verified};

async fn verify(_callback: PendingCallback) -> Result<Verified, RejectionReason> {
    Ok(Verified::new())
}

fn main() {
    let _layer = ConnectCallbackLayer::new("/callback", verify);
}

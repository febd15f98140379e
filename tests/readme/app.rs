use axum::{Router, routing::get};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess, StateCookie, answers::ErrorPage};

pub(crate) fn app(state_cookie: StateCookie) -> Router {
    Router::new().route("/callback", get(connected)).layer(
        ConnectCallbackLayer::new("/callback")
            .verify_state_with(state_cookie)
            .on_failure(ErrorPage::new("/garage")),
    )
}

async fn connected(_success: ConnectSuccess) -> &'static str {
    "Your car is connected."
}

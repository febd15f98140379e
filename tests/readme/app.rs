use axum::{Router, routing::get};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess, StateCookie, answers::ErrorPage};

pub(crate) fn app(state_cookie: StateCookie) -> Router {
    let page = ErrorPage::new("/garage");
    Router::new().route("/callback", get(connected)).layer(
        ConnectCallbackLayer::new("/callback")
            .verify_state(state_cookie)
            .on_error(page.clone())
            .on_invalid(page),
    )
}

async fn connected(_success: ConnectSuccess) -> &'static str {
    "Your car is connected."
}

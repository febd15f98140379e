//! The words of the app, the same in every framework.

use http::{Extensions, Method, StatusCode};
use tower_smartcar_connect::{ConnectError, ConnectSuccess};

/// The status with which the handler answers errors. No framework sends it by itself.
pub const HANDLED: StatusCode = StatusCode::IM_A_TEAPOT;

/// What the layer put into the extensions of a request; `None` if it is no callback.
pub fn in_extensions(extensions: &Extensions) -> Option<String> {
    in_words(extensions.get(), extensions.get())
}

/// What the layer gave the app; `None` if the request is no callback.
pub fn in_words(error: Option<&ConnectError>, success: Option<&ConnectSuccess>) -> Option<String> {
    match (error, success) {
        (None, None) => None,
        (Some(error), None) => Some(format!(
            "error {:?} {:?} {:?}",
            error.error(),
            error.description(),
            error.state()
        )),
        (None, Some(success)) => Some(format!(
            "success {:?} {:?} {:?} {:?}",
            success.code(),
            success.user_id(),
            success.vehicle_id(),
            success.state()
        )),
        (Some(_), Some(_)) => Some("both outcomes at once".to_owned()),
    }
}

/// What the handler answers to an error that a request with this method brought.
pub fn of_handler(error: &ConnectError, method: &Method) -> String {
    format!("handler {method} {:?} {:?}", error.code(), error.description())
}

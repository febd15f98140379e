//! The words of the app, the same in every framework.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Extensions, Method, StatusCode};
use tower_smartcar_connect::{ConnectError, ConnectSuccess};

/// The status with which the handler answers errors. No framework sends it by itself.
pub const HANDLED: StatusCode = StatusCode::IM_A_TEAPOT;

/// The calls so far.
static CALLS: AtomicUsize = AtomicUsize::new(0);

/// How often the apps of this process and their handlers have been called.
pub fn calls() -> usize {
    CALLS.load(Ordering::Relaxed)
}

/// What the layer put into the extensions of a request; `None` if it is no callback.
pub fn in_extensions(extensions: &Extensions) -> Option<String> {
    in_words(extensions.get(), extensions.get())
}

/// What the layer gave the app; `None` if the request is no callback.
pub fn in_words(error: Option<&ConnectError>, success: Option<&ConnectSuccess>) -> Option<String> {
    CALLS.fetch_add(1, Ordering::Relaxed);
    match (error, success) {
        (None, None) => None,
        (Some(error), None) => Some(format!(
            "error {:?} {:?} {:?} {}",
            error.error(),
            error.description(),
            error.state(),
            verified(error.is_verified()),
        )),
        (None, Some(success)) => Some(format!(
            "success {:?} {:?} {:?} {:?} {}",
            success.code(),
            success.user_id(),
            success.vehicle_id(),
            success.state(),
            verified(success.is_verified()),
        )),
        (Some(_), Some(_)) => Some("both outcomes at once".to_owned()),
    }
}

/// What the handler answers to an error that a request with this method brought.
pub fn of_handler(error: &ConnectError, method: &Method) -> String {
    CALLS.fetch_add(1, Ordering::Relaxed);
    let verified = verified(error.is_verified());
    format!(
        "handler {method} {:?} {:?} {verified}",
        error.code(),
        error.description()
    )
}

fn verified(is_verified: bool) -> &'static str {
    match is_verified {
        true => "verified",
        false => "unverified",
    }
}

//! The bodies of the app's responses, the same in every framework.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Extensions, Method, StatusCode};
use tower_smartcar_connect::{ConnectError, ConnectFailure, ConnectSuccess};

/// The status with which the handler responds to errors. No framework sends it by itself.
pub const HANDLED: StatusCode = StatusCode::IM_A_TEAPOT;

/// The number of calls so far.
static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Returns how often the apps of this process and their handlers have been called.
pub fn calls() -> usize {
    CALLS.load(Ordering::Relaxed)
}

/// Describes the outcome in the extensions of a request; `None` if the request is not a callback.
pub fn in_extensions(extensions: &Extensions) -> Option<String> {
    describe(extensions.get(), extensions.get())
}

/// Describes the outcome that the layer passed to the app; `None` if the request is not a callback.
pub fn describe(error: Option<&ConnectError>, success: Option<&ConnectSuccess>) -> Option<String> {
    CALLS.fetch_add(1, Ordering::Relaxed);
    match (error, success) {
        (None, None) => None,
        (Some(error), None) => Some(format!(
            "error {:?} {:?} {:?} {}",
            error.raw_code(),
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

/// The status and the body of a handler's response: a description of an error, with the method of
/// its request, or nothing about a rejected callback.
pub fn describe_failure(failure: &ConnectFailure, method: &Method) -> (StatusCode, String) {
    let ConnectFailure::Error(error) = failure else {
        return (failure.status(), String::new());
    };
    CALLS.fetch_add(1, Ordering::Relaxed);
    let verified = verified(error.is_verified());
    let (code, description) = (error.code(), error.description());
    (
        HANDLED,
        format!("handler {method} {code:?} {description:?} {verified}"),
    )
}

fn verified(is_verified: bool) -> &'static str {
    if is_verified {
        "verified"
    } else {
        "unverified"
    }
}

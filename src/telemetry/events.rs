//! The event of a callback.

use http::Request;
use tracing::{Level, event};

use crate::error::ConnectError;
use crate::escaped::Escaped;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::resolution::Resolution;
use crate::response::ConnectResponse;

/// An event of a level that is known only when it happens. `event!` needs one that is known before.
macro_rules! event_at {
    ($level:expr, $($fields:tt)+) => {
        match $level {
            Level::ERROR => event_at!(@ Level::ERROR, $($fields)+),
            Level::WARN => event_at!(@ Level::WARN, $($fields)+),
            Level::INFO => event_at!(@ Level::INFO, $($fields)+),
            _ => event_at!(@ Level::DEBUG, $($fields)+),
        }
    };
    (@ $level:expr, $($fields:tt)+) => {
        event!(target: "tower_smartcar_connect", $level, $($fields)+, "Smartcar Connect callback")
    };
}

// Texts are recorded as such and not by `Display`, so that loggers put them between quotes: an unknown code can contain
// spaces and `=`, and would pass for fields of its own. They are made only where somebody listens.

pub(super) fn log_outcome<B>(request: &Request<B>, response: &ConnectResponse) {
    match response {
        ConnectResponse::Success(_) => event_at!(Level::DEBUG, outcome = "success", path = path(request)),
        ConnectResponse::Error(error) => event_at!(
            level_of_error(error),
            outcome = "error",
            code = escaped(&error.error()),
            user_exit = error.code().is_user_exit(),
            resolution = error.resolution().as_str(),
            path = path(request)
        ),
    }
}

pub(super) fn log_invalid<B>(request: &Request<B>, invalid: &InvalidCallback) {
    event_at!(
        level_of_invalid(invalid),
        outcome = "invalid",
        kind = invalid.kind().as_str(),
        path = path(request)
    );
}

fn level_of_error(error: &ConnectError) -> Level {
    match error.resolution() {
        Resolution::AskAgain => Level::INFO,
        Resolution::FixConfiguration
        | Resolution::FixSubscription
        | Resolution::AddVehicle
        | Resolution::OfferAnotherVehicle => Level::WARN,
        Resolution::RetryLater | Resolution::ContactSupport => Level::ERROR,
    }
}

fn level_of_invalid(invalid: &InvalidCallback) -> Level {
    match invalid.kind() {
        // A reload, the back button, a slow owner.
        InvalidCallbackKind::StateUnknown | InvalidCallbackKind::StateExpired => Level::INFO,
        InvalidCallbackKind::StateStoreUnavailable => Level::ERROR,
        _ => Level::WARN,
    }
}

/// The path that the browser asked for, as far as it is known here.
fn path<B>(request: &Request<B>) -> String {
    #[cfg(feature = "axum")]
    if let Some(original) = request.extensions().get::<axum::extract::OriginalUri>() {
        return escaped(original.path());
    }
    escaped(request.uri().path())
}

fn escaped(text: &str) -> String {
    Escaped(text).to_string()
}

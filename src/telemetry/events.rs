//! The event of a callback.

use http::{HeaderMap, Uri};
use tracing::{Level, event};

use super::cookies;
use crate::error::ConnectError;
use crate::escaped::Escaped;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::outcome::ConnectOutcome;
use crate::resolution::Resolution;

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

// Texts are recorded as such and not by `Display`, so that loggers put them between quotes: an
// unknown code can contain spaces and `=`, and would pass for fields of its own. They are made only
// where somebody listens.

pub(super) fn log_outcome(uri: &Uri, outcome: &ConnectOutcome) {
    match outcome {
        ConnectOutcome::Success(success) => event_at!(
            Level::DEBUG,
            outcome = "success",
            verified = success.is_verified(),
            path = escaped(uri.path())
        ),
        ConnectOutcome::Error(error) => event_at!(
            level_of_error(error),
            outcome = "error",
            code = escaped(&error.error()),
            status_code = error.status_code(),
            user_exit = error.code().is_user_exit(),
            resolution = error.resolution().as_str(),
            verified = error.is_verified(),
            path = escaped(uri.path())
        ),
    }
}

pub(super) fn log_invalid(uri: &Uri, headers: &HeaderMap, invalid: &InvalidCallback) {
    event_at!(
        level_of_invalid(invalid),
        outcome = "invalid",
        kind = invalid.kind().as_str(),
        cookies = cookies::label(headers),
        path = escaped(uri.path())
    );
}

fn level_of_error(error: &ConnectError) -> Level {
    // Anybody can make a link to an error, so one that is not verified must not wake the operator.
    if !error.is_verified() {
        return Level::INFO;
    }
    match error.resolution() {
        Resolution::RetryLater | Resolution::ContactSupport => Level::ERROR,
        Resolution::FixConfiguration => Level::WARN,
        Resolution::AskAgain
        | Resolution::ContinueWithout
        | Resolution::FixSubscription
        | Resolution::AddVehicle
        | Resolution::OfferAnotherVehicle => Level::INFO,
    }
}

fn level_of_invalid(invalid: &InvalidCallback) -> Level {
    match invalid.kind() {
        // This is a failure of the server, whoever made the request.
        InvalidCallbackKind::StateStoreUnavailable => Level::ERROR,
        // The browser has a cookie that this app made, so the owner did nothing wrong: servers have
        // different keys, or the path of the redirect URI is not the one of the layer.
        InvalidCallbackKind::StateUnreadable | InvalidCallbackKind::StateForOtherPath => {
            Level::WARN
        }
        _ => Level::INFO,
    }
}

fn escaped(text: &str) -> String {
    Escaped(text).to_string()
}

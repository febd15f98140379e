//! The event of a callback.

use http::{HeaderMap, Uri};
use tracing::{Level, event};

use super::cookies;
use crate::error::ConnectError;
use crate::escaped::Escaped;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::outcome::ConnectOutcome;
use crate::resolution::Resolution;

/// An event whose level is known at run time. `event!` needs a constant.
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

// Strings are recorded as strings, not by `Display`, so that loggers quote them. An unknown code can
// contain spaces and `=`, and would otherwise look like other fields. They are only built if a
// subscriber is interested.

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
    // Anybody can make a link to an error, so an unverified one must not raise an alarm.
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
        // A failure of the server.
        InvalidCallbackKind::StateStoreUnavailable => Level::ERROR,
        // The browser has a cookie of this app, so the configuration is wrong: servers have different
        // keys, or the layer has another path than the redirect URI.
        InvalidCallbackKind::StateUnreadable | InvalidCallbackKind::StateForOtherPath => {
            Level::WARN
        }
        _ => Level::INFO,
    }
}

fn escaped(text: &str) -> String {
    Escaped(text).to_string()
}

//! The event of a callback.

use tracing::{Level, event};

use super::callback::Callback;
use crate::outcome::ConnectOutcome;
use crate::outcome::error::ConnectError;
use crate::outcome::escaped::Escaped;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};
use crate::outcome::resolution::Resolution;

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

pub(super) fn log(callback: &Callback, verdict: Result<&ConnectOutcome, &RejectedCallback>) {
    let path = || Escaped(&callback.path).to_string();
    #[cfg(feature = "start")]
    let flow = callback.flow.as_deref();
    #[cfg(not(feature = "start"))]
    let flow = None::<&str>;
    match verdict {
        Ok(ConnectOutcome::Success(success)) => event_at!(
            Level::DEBUG,
            outcome = "success",
            verified = success.is_verified(),
            flow,
            path = path()
        ),
        Ok(ConnectOutcome::Error(error)) => event_at!(
            level_of_error(error),
            outcome = "error",
            code = Escaped(error.raw_code()).to_string(),
            status_code = error.status_code(),
            owner_exit = error.code().is_owner_exit(),
            resolution = error.resolution().as_str(),
            verified = error.is_verified(),
            flow,
            path = path()
        ),
        Err(rejected) => event_at!(
            level_of_rejected(rejected),
            outcome = "rejected",
            reason = rejected.reason().as_str(),
            cookies = callback.cookies,
            flow,
            path = path()
        ),
    }
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

fn level_of_rejected(rejected: &RejectedCallback) -> Level {
    match rejected.reason() {
        // A failure of the server.
        RejectionReason::StateStoreUnavailable | RejectionReason::ConfirmationUnavailable => {
            Level::ERROR
        }
        // The browser has a cookie of this app, so the configuration is wrong: servers have different
        // keys, or the layer has another path than the redirect URI.
        RejectionReason::StateUnreadable | RejectionReason::StateForOtherPath => Level::WARN,
        _ => Level::INFO,
    }
}

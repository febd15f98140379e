//! The counters of started flows and of callbacks.

use metrics::{Counter, Unit, counter, describe_counter};

use super::callback::{COOKIES, Callback};
use crate::outcome::ConnectOutcome;
use crate::outcome::error_code::ErrorCode;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};

#[cfg(feature = "start")]
pub(super) const FLOWS_STARTED: &str = "smartcar_connect_flows_started_total";
const CALLBACKS: &str = "smartcar_connect_callbacks_total";
const REJECTED_CALLBACKS: &str = "smartcar_connect_rejected_callbacks_total";

/// Describes the counters to the recorder of your app, and starts each series at zero, so that the
/// first callback of its kind is an increase.
///
/// Call it once, after you have installed the recorder. Without a recorder, it does nothing. Flows
/// and callbacks are counted even if you do not call it. The unit is [`Unit::Count`].
///
/// ```
/// use metrics_util::debugging::DebuggingRecorder;
/// use tower_smartcar_connect::telemetry;
///
/// // Or another recorder: `examples/prometheus` has one that Prometheus scrapes.
/// DebuggingRecorder::new().install()?;
/// telemetry::describe_metrics();
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn describe_metrics() {
    #[cfg(feature = "start")]
    {
        describe_counter!(
            FLOWS_STARTED,
            Unit::Count,
            "Smartcar Connect flows that were started"
        );
        counter!(FLOWS_STARTED).increment(0);
    }
    describe_counter!(
        CALLBACKS,
        Unit::Count,
        "Smartcar Connect callbacks, by outcome and by error code"
    );
    describe_counter!(
        REJECTED_CALLBACKS,
        Unit::Count,
        "Smartcar Connect callbacks that were rejected, by reason and by the cookies that came with them"
    );
    for verified in [true, false] {
        successes(verified).increment(0);
        for code in ErrorCode::ALL.iter().chain([&ErrorCode::Unknown]) {
            errors(*code, verified).increment(0);
        }
    }
    for reason in RejectionReason::ALL {
        for cookies in COOKIES {
            rejected_callbacks(*reason, cookies).increment(0);
        }
    }
}

// Labels are strings of this crate. If a request could choose them, it could fill the recorder's
// memory.

// Queries are hard if some series of a counter lack a label, so successes have a code too.
fn successes(verified: bool) -> Counter {
    callbacks("success", "none", verified)
}

fn errors(code: ErrorCode, verified: bool) -> Counter {
    callbacks("error", code.as_str(), verified)
}

fn callbacks(outcome: &'static str, code: &'static str, verified: bool) -> Counter {
    let verified = if verified { "true" } else { "false" };
    counter!(CALLBACKS, "outcome" => outcome, "code" => code, "verified" => verified)
}

fn rejected_callbacks(reason: RejectionReason, cookies: &'static str) -> Counter {
    counter!(REJECTED_CALLBACKS, "reason" => reason.as_str(), "cookies" => cookies)
}

pub(super) fn count(callback: &Callback, verdict: Result<&ConnectOutcome, &RejectedCallback>) {
    let counter = match verdict {
        Ok(ConnectOutcome::Success(success)) => successes(success.is_verified()),
        Ok(ConnectOutcome::Error(error)) => errors(error.code(), error.is_verified()),
        Err(rejected) => rejected_callbacks(rejected.reason(), callback.cookies),
    };
    counter.increment(1);
}

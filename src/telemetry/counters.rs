//! The counters of callbacks.

use http::HeaderMap;
use metrics::{Unit, counter, describe_counter};

use super::cookies;
use crate::invalid::InvalidCallback;
use crate::outcome::ConnectOutcome;

const CALLBACKS: &str = "smartcar_connect_callbacks_total";
const INVALID_CALLBACKS: &str = "smartcar_connect_invalid_callbacks_total";

/// Describes the counters to the recorder of your app, which can show the descriptions.
///
/// Call it once, after you have installed the recorder. Without a recorder, it does nothing.
/// Callbacks are counted even if you do not call it. The unit is [`Unit::Count`].
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
    describe_counter!(
        CALLBACKS,
        Unit::Count,
        "Smartcar Connect callbacks, by outcome and by error code"
    );
    describe_counter!(
        INVALID_CALLBACKS,
        Unit::Count,
        "Smartcar Connect callbacks that were rejected, by kind and by the cookies that came with them"
    );
}

// Labels are strings of this crate. If a request could choose them, it could fill the recorder's
// memory.

pub(super) fn count_outcome(outcome: &ConnectOutcome) {
    let verified = if outcome.is_verified() {
        "true"
    } else {
        "false"
    };
    let (outcome, code) = match outcome {
        // Queries are hard if some series of a counter lack a label, so successes have it too.
        ConnectOutcome::Success(_) => ("success", "none"),
        ConnectOutcome::Error(error) => ("error", error.code().as_str()),
    };
    counter!(CALLBACKS, "outcome" => outcome, "code" => code, "verified" => verified).increment(1);
}

pub(super) fn count_invalid(headers: &HeaderMap, invalid: &InvalidCallback) {
    let (kind, cookies) = (invalid.kind().as_str(), cookies::label(headers));
    counter!(INVALID_CALLBACKS, "kind" => kind, "cookies" => cookies).increment(1);
}

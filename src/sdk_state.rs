//! The state that Smartcar's JavaScript SDK wraps around the app's own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The app's own state inside a state that the SDK has wrapped, as `StateCookie::unwrap_sdk_state`
/// documents.
#[cfg(feature = "state-cookie")]
pub(crate) fn unwrap(state: &str) -> Option<String> {
    match wrapper(&as_sent(state))?.remove("originalState")? {
        Value::String(original) => Some(original),
        _ => None,
    }
}

/// The state as the SDK sent it; `None` if it is none of the SDK's.
#[cfg(feature = "answers")]
pub(crate) fn restored(state: &str) -> Option<String> {
    let sent = as_sent(state);
    wrapper(&sent)?.contains_key("instanceId").then_some(sent)
}

/// Takes the spaces back that the SDK's `+` has become.
fn as_sent(state: &str) -> String {
    state.replace(' ', "+")
}

/// The fields of the object that the SDK encodes.
fn wrapper(state: &str) -> Option<Map<String, Value>> {
    let json = STANDARD.decode(state).ok()?;
    serde_json::from_slice(&json).ok()
}

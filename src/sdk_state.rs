//! The state that Smartcar's JavaScript SDK wraps around your app's state.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Returns your app's state inside a state that the SDK has wrapped. See
/// `StateCookie::unwrap_sdk_state`.
#[cfg(feature = "state-cookie")]
pub(crate) fn unwrap(state: &str) -> Option<String> {
    match wrapper(&with_plus_signs(state))?.remove("originalState")? {
        Value::String(original) => Some(original),
        _ => None,
    }
}

/// Returns the state as the SDK sent it, or `None` if it is not a state of the SDK.
#[cfg(feature = "answers")]
pub(crate) fn as_sent_by_sdk(state: &str) -> Option<String> {
    let sent = with_plus_signs(state);
    wrapper(&sent)?.contains_key("instanceId").then_some(sent)
}

/// Replaces the spaces with the `+` that the SDK sent without percent-encoding.
fn with_plus_signs(state: &str) -> String {
    state.replace(' ', "+")
}

/// Returns the fields of the object that the SDK encodes.
fn wrapper(state: &str) -> Option<Map<String, Value>> {
    let json = STANDARD.decode(state).ok()?;
    serde_json::from_slice(&json).ok()
}

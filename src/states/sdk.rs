//! The state that Smartcar's JavaScript SDK wraps around your app's state.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Returns your own state inside a state that Smartcar's JavaScript SDK (npm `@smartcar/auth`) has
/// wrapped, or `None` if it is not such a state.
///
/// [`StateCookie`](crate::StateCookie) and [`StoredState`](super::StoredState) unwrap states
/// themselves. Call this if you keep states yourself and pass them to the SDK.
///
/// The SDK replaces the state with base64 of a JSON object, which has your state as
/// `originalState`. `state` is decoded, as verifiers receive it. The SDK does not percent-encode its
/// base64, so a `+` arrives as a space, which this function undoes.
///
/// Anybody can wrap any string, so compare what is returned with the state that you issued.
///
/// ```
/// use tower_smartcar_connect::states::unwrap_sdk_state;
///
/// // {"instanceId":"7f1c","originalState":"0facda3319"}
/// let wrapped = "eyJpbnN0YW5jZUlkIjoiN2YxYyIsIm9yaWdpbmFsU3RhdGUiOiIwZmFjZGEzMzE5In0=";
/// assert_eq!(unwrap_sdk_state(wrapped).as_deref(), Some("0facda3319"));
/// assert_eq!(unwrap_sdk_state("0facda3319"), None);
/// ```
#[cfg(feature = "start")]
#[must_use]
pub fn unwrap_sdk_state(state: &str) -> Option<String> {
    match wrapper(&with_plus_signs(state))?.remove("originalState")? {
        Value::String(original) => Some(original),
        _ => None,
    }
}

/// Returns the state as the SDK sent it, or `None` if it is not a state of the SDK.
#[cfg(feature = "responses")]
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

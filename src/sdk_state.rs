//! The state that Smartcar's JavaScript SDK wraps around the app's own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The app's own state inside a state that Smartcar's JavaScript SDK (npm `@smartcar/auth`) has wrapped; `None` if it
/// is no such state, or has none of the app's inside.
///
/// The SDK replaces the state that the app gives it with base64 of a JSON object, which has the app's as
/// `originalState`. A server that issued a state to a page with the SDK meets it again in there. `state` is decoded, as
/// [`ConnectError::state`](crate::ConnectError::state) returns it: the SDK does not percent-encode its base64, so a `+`
/// in it arrives as a space, which is taken back here. One level is unwrapped. There is no limit to the length but that
/// of the query, which [`ConnectResponse`](crate::ConnectResponse) and the layer have.
///
/// The wrapper is no secret and proves nothing: anybody can put a text into one. Compare what is inside with what was
/// issued to the browser, exactly as if it had come without the wrapper. `StateCookie` (feature `state-cookie`)
/// does so by itself.
///
/// Needs the feature `javascript-sdk`.
///
/// ```
/// use tower_smartcar_connect::unwrap_sdk_state;
///
/// // {"instanceId":"7f1c","originalState":"0facda3319"}
/// let wrapped = "eyJpbnN0YW5jZUlkIjoiN2YxYyIsIm9yaWdpbmFsU3RhdGUiOiIwZmFjZGEzMzE5In0=";
/// assert_eq!(unwrap_sdk_state(wrapped).as_deref(), Some("0facda3319"));
/// assert_eq!(unwrap_sdk_state("0facda3319"), None);
/// ```
#[must_use]
pub fn unwrap_sdk_state(state: &str) -> Option<String> {
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

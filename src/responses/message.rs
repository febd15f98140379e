//! The messages from a popup to the page that opened it.

use serde_json::{Map, Value, json};

use crate::outcome::parameter::Parameter;
use crate::states::sdk;

/// The fields of the SDK's message that are the value of a parameter or `null`.
const FIELDS: [(&str, Parameter); 9] = [
    ("code", Parameter::Code),
    ("error", Parameter::Error),
    ("errorDescription", Parameter::ErrorDescription),
    ("vin", Parameter::Vin),
    ("make", Parameter::Make),
    ("model", Parameter::Model),
    ("year", Parameter::Year),
    ("virtualKeyUrl", Parameter::VirtualKeyUrl),
    ("userId", Parameter::UserId),
];

/// Returns the message that Smartcar's SDK waits for.
pub(super) fn for_sdk<'a>(text: impl Fn(Parameter) -> Option<&'a str>) -> Value {
    let mut message = Map::new();
    message.insert("name".to_owned(), "SmartcarAuthMessage".into());
    message.insert("isSmartcarHosted".to_owned(), false.into());
    for (field, parameter) in FIELDS {
        message.insert(field.to_owned(), text(parameter).into());
    }
    let state = text(Parameter::State)
        .map(|state| sdk::as_sent_by_sdk(state).unwrap_or_else(|| state.to_owned()));
    message.insert("state".to_owned(), state.into());
    if let Some(external_id) = text(Parameter::ExternalId) {
        message.insert("externalId".to_owned(), external_id.into());
    }
    message.into()
}

/// Returns the message for the app's own script, which says how the flow ended and has no text from
/// the request. The SDK ignores it because of its name.
pub(super) fn ended(connect_error: Option<&str>) -> Value {
    json!({ "name": "ConnectEnded", "connectError": connect_error })
}

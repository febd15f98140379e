//! The parameters of the address.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::invalid::InvalidConnectUrl;

/// The characters that are encoded in a value: all but the unreserved characters of RFC 3986,
/// section 2.3.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parameters of a re-authentication. A first connection has no `vehicle_id`, and all others.
const OF_REAUTHENTICATION: [&str; 5] = [
    "response_type",
    "application_id",
    "vehicle_id",
    "redirect_uri",
    "external_id",
];

/// The parameters, in the order in which they were first set.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Parameters {
    is_reauthentication: bool,
    values: Vec<(&'static str, String)>,
}

impl Parameters {
    pub(super) fn new(
        is_reauthentication: bool,
        application_id: String,
    ) -> Result<Self, InvalidConnectUrl> {
        if application_id.trim_start().starts_with("client_") {
            return Err(InvalidConnectUrl::CredentialId);
        }
        let response_type = if is_reauthentication {
            "vehicle_id"
        } else {
            "code"
        };
        let mut parameters = Self {
            is_reauthentication,
            values: vec![("response_type", response_type.to_owned())],
        };
        parameters.set("application_id", application_id)?;
        Ok(parameters)
    }

    /// Sets a parameter, and replaces its value.
    pub(super) fn set(
        &mut self,
        name: &'static str,
        value: String,
    ) -> Result<(), InvalidConnectUrl> {
        self.check_name(name)?;
        check_text(name, &value)?;
        match self.values.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = value,
            None => self.values.push((name, value)),
        }
        if self.get("make").is_some() && self.get("single_select_vin").is_some() {
            return Err(InvalidConnectUrl::Contradiction {
                parameters: ("make", "single_select_vin"),
            });
        }
        Ok(())
    }

    /// Adds an entry to a list that is separated by spaces. No two entries may have the same `key`.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        entry: &str,
        key: fn(&str) -> &str,
    ) -> Result<(), InvalidConnectUrl> {
        let list = match self.get(name) {
            Some(list) if list.split(' ').any(|other| key(other) == key(entry)) => {
                return Err(InvalidConnectUrl::Duplicate { parameter: name });
            }
            Some(list) => format!("{list} {entry}"),
            None => entry.to_owned(),
        };
        self.set(name, list)
    }

    /// Rejects a parameter that does not exist for this kind of flow.
    pub(super) fn check_name(&self, name: &'static str) -> Result<(), InvalidConnectUrl> {
        if self.is_reauthentication && !OF_REAUTHENTICATION.contains(&name) {
            return Err(InvalidConnectUrl::NotForReauthentication { parameter: name });
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.values.iter();
        values.find_map(|(other, value)| (*other == name).then_some(&**value))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().map(|(name, _)| *name)
    }

    /// The path and the query of the address.
    pub(super) fn path_and_query(&self) -> String {
        let path = if self.is_reauthentication {
            "/oauth/reauthenticate"
        } else {
            "/oauth/authorize"
        };
        let pairs: Vec<_> = self
            .values
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        format!("{path}?{}", pairs.join("&"))
    }
}

/// Percent-encodes a value.
pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, VALUE).to_string()
}

/// Rejects a value that is empty, or has control characters or white space around it.
fn check_text(parameter: &'static str, text: &str) -> Result<(), InvalidConnectUrl> {
    if text.trim().is_empty() {
        return Err(InvalidConnectUrl::Empty { parameter });
    }
    if text.trim() != text || text.contains(char::is_control) {
        return Err(InvalidConnectUrl::InvalidValue {
            parameter,
            expected: "a value without control characters, and without white space around it",
        });
    }
    Ok(())
}

/// Rejects a permission, or a part of a flag, that is empty or would be several entries of its
/// list.
pub(super) fn check_entry(
    parameter: &'static str,
    entry: &str,
    separators: &[char],
    expected: &'static str,
) -> Result<(), InvalidConnectUrl> {
    if entry.trim().is_empty() {
        return Err(InvalidConnectUrl::Empty { parameter });
    }
    if entry.contains(|character: char| {
        character.is_whitespace() || character.is_control() || separators.contains(&character)
    }) {
        return Err(InvalidConnectUrl::InvalidValue {
            parameter,
            expected,
        });
    }
    Ok(())
}

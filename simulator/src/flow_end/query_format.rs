//! How Connect writes the parameters of a redirect, which is not always the same.

use form_urlencoded::byte_serialize;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};

/// The parameters that Connect defines for a callback.
pub(crate) const PARAMETERS: [&str; 17] = [
    "error",
    "error_description",
    "error_message",
    "status_code",
    "vin",
    "make",
    "model",
    "year",
    "code",
    "user_id",
    "vehicle_id",
    "selected_capacity",
    // An older spelling of the same.
    "selected_capcity",
    "reason",
    "virtual_key_url",
    "external_id",
    "state",
];

/// What JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The variations that Smartcar publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct QueryFormat {
    pub(super) is_plus_for_space: bool,
    pub(super) is_description_bare: bool,
    pub(super) is_virtual_key_url_unencoded: bool,
}

impl QueryFormat {
    /// Appends a parameter to a query, and `&` before it if there are others.
    pub(super) fn append(&self, query: &mut String, name: &str, value: &[u8]) {
        if !query.is_empty() {
            query.push('&');
        }
        let is_bare = self.is_description_bare && name == "error_description" && can_be_bare(value);
        if !is_bare {
            query.push_str(name);
            query.push('=');
        }
        if name == "virtual_key_url" && self.is_virtual_key_url_unencoded {
            query.extend(percent_encode(value, CONTROLS));
        } else if self.is_plus_for_space {
            query.extend(byte_serialize(value));
        } else {
            query.extend(percent_encode(value, COMPONENT));
        }
    }
}

/// Whether a description without its name is still a description. The name of a parameter would be
/// that parameter.
fn can_be_bare(description: &[u8]) -> bool {
    !description.is_empty() && PARAMETERS.iter().all(|name| name.as_bytes() != description)
}

//! The values of parameters: what Connect accepts, and how they are written.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::invalid::InvalidConnectUrl;

/// The characters that are encoded in a value: all but the unreserved characters of RFC 3986,
/// section 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest id or name, in bytes.
const MAX_BYTES: usize = 255;

/// Clears a stored id. A missing value in JSON or in a database has the same text.
pub(super) const NULL: &str = "null";

/// Percent-encodes a value.
pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// Rejects an id or a name that cannot be meant.
pub(super) fn check(parameter: &'static str, text: &str) -> Result<(), InvalidConnectUrl> {
    let reason = if text.trim().is_empty() {
        "is empty; pass a value, or leave the call out"
    } else if text.trim() != text || text.contains(char::is_control) {
        "has control characters, or white space around it; pass it without them"
    } else if text == NULL {
        "is the text `null`, perhaps of a missing value; pass a value, or call `clear_external_id` to clear that id"
    } else if text.len() > MAX_BYTES {
        "is longer than 255 bytes; pass a shorter one"
    } else {
        return Ok(());
    };
    Err(InvalidConnectUrl::new(parameter, reason))
}

/// Rejects a permission, or a part of a flag, that is empty or would be several entries of its
/// list.
pub(super) fn check_entry(
    parameter: &'static str,
    entry: &str,
    separators: &[char],
    advice: &'static str,
) -> Result<(), InvalidConnectUrl> {
    let is_separator = |character: char| {
        character.is_whitespace() || character.is_control() || separators.contains(&character)
    };
    if entry.is_empty() || entry.contains(is_separator) {
        return Err(InvalidConnectUrl::new(parameter, advice));
    }
    Ok(())
}

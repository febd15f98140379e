//! Origins that the settings of a flow name.

use super::invalid::InvalidConnectUrl;
use crate::origin::Origin;

/// Rejects what is no origin of `http` or `https` in the spelling of browsers, which compare
/// origins letter for letter.
pub(super) fn check(text: &str) -> Result<(), InvalidConnectUrl> {
    match Origin::parse(text) {
        Some(origin) if origin.to_string() == text => Ok(()),
        _ => Err(InvalidConnectUrl::Origin),
    }
}

//! Checking origins in the settings.

use super::invalid::InvalidConnectUrl;
use crate::origin::Origin;

/// Rejects everything but an origin of `http` or `https` as browsers write it. They compare origins
/// letter for letter.
pub(super) fn check(text: &str) -> Result<(), InvalidConnectUrl> {
    match Origin::parse(text) {
        Some(origin) if origin.to_string() == text => Ok(()),
        _ => Err(InvalidConnectUrl::Origin),
    }
}

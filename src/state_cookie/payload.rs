//! What the app wants to know again when the callback comes.

use std::fmt;

/// The payload that you passed to [`StateCookie::issue`](super::StateCookie::issue), in the
/// extensions of the request of a verified callback.
///
/// Only a server with the key can have written it. With the feature `axum` it is an extractor.
#[derive(Clone, PartialEq, Eq)]
pub struct StatePayload(pub(super) String);

impl StatePayload {
    /// Returns the payload.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never prints the payload.
impl fmt::Debug for StatePayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatePayload(..)")
    }
}

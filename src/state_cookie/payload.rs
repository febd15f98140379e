//! The payload of a state.

use std::fmt;

/// The payload of a verified state, such as the user who started the flow.
///
/// It is what you passed to [`StateCookie::issue`](super::StateCookie::issue), or what the function
/// of [`BeginConnect::payload`](crate::BeginConnect::payload) returned. The layer inserts it into
/// the request's extensions, unless it is empty. In axum (feature `axum`), it is an extractor.
///
/// Only a server with the key can have written it.
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

//! The payload of a flow.

use std::fmt;

/// What your app has given a flow to bring back, such as the page with the button.
///
/// It is the [`payload`](crate::Flow::payload) of the flow. The layer inserts it into the extensions
/// of the callback's request, unless it is empty. In axum (feature `axum`), it is an extractor.
///
/// Your app has written it: it comes from an encrypted cookie, or from your store.
#[derive(Clone, PartialEq, Eq)]
pub struct FlowPayload(String);

impl FlowPayload {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the payload.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never prints the payload.
impl fmt::Debug for FlowPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlowPayload(..)")
    }
}

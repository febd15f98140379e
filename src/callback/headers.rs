//! What is added to the headers of a response to a callback.

use http::header::{CACHE_CONTROL, REFERRER_POLICY};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers that a response to a callback gets.
pub(super) struct CallbackHeaders {
    /// Whether the address of the callback is kept out of caches and `Referer` headers.
    pub(super) private: bool,
    /// What the verifier of the state asks for.
    pub(super) verified: Vec<(HeaderName, HeaderValue)>,
}

impl CallbackHeaders {
    pub(super) fn add_to(self, headers: &mut HeaderMap) {
        for (name, value) in self.verified {
            headers.append(name, value);
        }
        if self.private {
            headers
                .entry(CACHE_CONTROL)
                .or_insert(HeaderValue::from_static("no-store"));
            headers
                .entry(REFERRER_POLICY)
                .or_insert(HeaderValue::from_static("no-referrer"));
        }
    }
}

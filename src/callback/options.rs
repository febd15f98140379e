//! The settings of a layer that are the same for every matcher, handler and verifier.

use super::layer::ConnectCallbackLayer;
use crate::query::DEFAULT_MAX_BYTES;

#[derive(Clone, Copy)]
pub(super) struct Options {
    pub(super) errors_without_state: bool,
    pub(super) max_query_bytes: usize,
    pub(super) response_headers: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            errors_without_state: false,
            max_query_bytes: DEFAULT_MAX_BYTES,
            response_headers: true,
        }
    }
}

impl<M, E, I, V> ConnectCallbackLayer<M, E, I, V> {
    /// Sets whether an error without a `state` is let through although there is a verifier. It is refused unless this
    /// is called with `true`; without a verifier it changes nothing.
    ///
    /// Connect can fail before it has read the app's request, and then has no state to send back. Whoever sees that
    /// failure meets a refusal. On the other hand, anybody can send a browser to such an error, with a description of
    /// their own; it proves nothing and carries nothing worth stealing.
    ///
    /// Say `true` if your answer to an error would do no harm to somebody who never began a flow: it shows no
    /// description, and neither ends a flow nor changes anything. An error that is let through skips the verifier,
    /// which therefore neither clears a cookie nor adds a payload, and
    /// [`ConnectError::is_verified`](crate::ConnectError::is_verified) says `false`.
    ///
    /// ```
    /// # use http::Request;
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// # let verifier = |_request: &Request<String>, _state: &str| true;
    /// let layer = ConnectCallbackLayer::new("/callback").verify_state(verifier).errors_without_state(true);
    /// ```
    pub fn errors_without_state(mut self, allowed: bool) -> Self {
        self.options.errors_without_state = allowed;
        self
    }

    /// Sets how long the query on a callback path may be, in bytes, instead of 8192. A longer one is an invalid
    /// callback, whatever it says, and is not read.
    ///
    /// More than 65,534 changes nothing, as [`http::Uri`] has no room for more. On a callback path that has other
    /// visitors too, such as `/`, the limit holds for their queries as well.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// let layer = ConnectCallbackLayer::new("/callback").max_query_bytes(2048);
    /// ```
    pub fn max_query_bytes(mut self, bytes: usize) -> Self {
        self.options.max_query_bytes = bytes;
        self
    }

    /// Sets whether responses to callbacks get `Cache-Control: no-store` and `Referrer-Policy: no-referrer` where they
    /// have no such header of their own. They do unless this is called with `false`.
    ///
    /// The address of a callback holds credentials. Without these headers, a cache may keep it, and the links and
    /// images of the app's page may hand it on.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectCallbackLayer;
    ///
    /// // Where another layer sets both for the whole app.
    /// let layer = ConnectCallbackLayer::new("/callback").response_headers(false);
    /// ```
    pub fn response_headers(mut self, enabled: bool) -> Self {
        self.options.response_headers = enabled;
        self
    }
}

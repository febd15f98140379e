//! The state of a new flow, and why none could be issued.

use std::error::Error;
use std::fmt;

use cookie::Cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};

use super::state::State;

/// The longest payload, in bytes.
pub(super) const MAX_PAYLOAD_BYTES: usize = 128;

/// The state of a new flow, and its cookies.
///
/// [`StateCookie::issue`](super::StateCookie::issue) returns it, and has an example. In axum
/// (feature `axum`), it is a part of a response.
#[derive(Clone)]
#[must_use = "the state is of no use without its cookie; call `add_to`"]
pub struct IssuedState {
    state: State,
    set_cookies: Vec<HeaderValue>,
}

impl IssuedState {
    pub(super) fn new(state: State, cookies: Vec<Cookie<'static>>) -> Self {
        let set_cookies = cookies.iter().map(set_cookie).collect();
        Self { state, set_cookies }
    }

    /// Returns the state: 32 characters that need no percent-encoding.
    ///
    /// Pass it to [`ConnectUrl::with_state`](crate::ConnectUrl::with_state).
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.as_str()
    }

    /// Adds the cookie of this flow to the headers of a response, and removes the cookies of
    /// dropped flows.
    ///
    /// Call it on the response that sends the browser to Connect. Make sure that no cache stores
    /// that response.
    ///
    /// ```
    /// use http::{HeaderMap, Response, header::SET_COOKIE};
    /// use tower_smartcar_connect::state_cookie::{Key, StateCookie};
    ///
    /// # let secret = [7; 64];
    /// let state_cookie = StateCookie::new(Key::from(&secret));
    /// let issued = state_cookie.issue(&HeaderMap::new(), "/callback", "")?;
    /// let mut response = Response::new(());
    /// issued.add_to(response.headers_mut());
    /// assert!(response.headers().contains_key(SET_COOKIE));
    /// # Ok::<_, tower_smartcar_connect::state_cookie::IssueError>(())
    /// ```
    pub fn add_to(&self, headers: &mut HeaderMap) {
        for value in &self.set_cookies {
            headers.append(SET_COOKIE, value.clone());
        }
    }
}

/// The cookie as the value of a `Set-Cookie` header.
pub(super) fn set_cookie(cookie: &Cookie<'_>) -> HeaderValue {
    HeaderValue::try_from(cookie.to_string())
        .expect("names, values and attributes of these cookies are printable ASCII")
}

/// Prints how many cookies there are, but no secret.
impl fmt::Debug for IssuedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedState")
            .field("set_cookies", &self.set_cookies.len())
            .finish_non_exhaustive()
    }
}

/// Why no state could be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueError {
    /// The payload is longer than
    /// [`StateCookie::MAX_PAYLOAD_BYTES`](super::StateCookie::MAX_PAYLOAD_BYTES).
    PayloadTooLong {
        /// The length of the payload.
        bytes: usize,
    },
    /// The callback path does not begin with `/`, has a query or a fragment, or is longer than 1024
    /// bytes.
    NotAPath {
        /// The callback path.
        callback_path: String,
    },
    /// The system has no random bytes.
    NoRandomness {
        /// What the system said.
        reason: String,
    },
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PayloadTooLong { bytes } => write!(
                f,
                "the payload of the state has {bytes} bytes, but at most {} fit; keep the data on the server and put its \
                 key into the payload",
                MAX_PAYLOAD_BYTES,
            ),
            Self::NotAPath { callback_path } => write!(
                f,
                "the callback path {callback_path:?} is not a path of at most 1024 bytes; pass the path of the \
                 redirect URI, such as \"/callback\"",
            ),
            Self::NoRandomness { reason } => write!(
                f,
                "the system has no random bytes for a state ({reason}); start the flow again later",
            ),
        }
    }
}

impl Error for IssueError {}

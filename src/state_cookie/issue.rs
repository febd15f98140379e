//! Issuing the state of a new flow.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use cookie::{Cookie, time};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};

use super::flow::{Content, State};
use super::jar::cookies;
use super::settings::StateCookie;

/// How long a cookie outlives its content, so that an owner who comes too late can be told.
const AFTERLIFE: Duration = Duration::from_secs(60 * 60);

/// How long the line of all cookies may become, in bytes. Common servers refuse header lines of more than 8 KB.
const MAX_LINE_BYTES: usize = 8000;

impl StateCookie {
    /// The longest payload, in bytes.
    pub const MAX_PAYLOAD_BYTES: usize = 128;

    /// Issues the state of a new flow, for the browser whose request has these headers.
    ///
    /// `payload` is what the app wants to know again when the callback comes, such as the user and where to go
    /// afterwards; empty for nothing. It is a text of at most 128 bytes. The browser keeps it encrypted.
    ///
    /// The headers are read for the flows that this browser has under way. Where the line of all its cookies would grow
    /// beyond 8 KB, those that end first are dropped, and of the same second those that stand first in the line. At
    /// least twenty fit unless the app's own cookies need the room.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if the payload is too long, or the system has no random bytes.
    pub fn issue(&self, headers: &HeaderMap, payload: &str) -> Result<IssuedState, IssueError> {
        if payload.len() > Self::MAX_PAYLOAD_BYTES {
            return Err(IssueError::PayloadTooLong { bytes: payload.len() });
        }
        let state = State::random().map_err(|_| IssueError::NoRandomness)?;
        let content = Content {
            ends: self.now().saturating_add(self.lifetime.as_secs()),
            state: state.as_str().to_owned(),
            payload: payload.to_owned(),
        };
        let mut cookie = self.encrypt(self.cookie_name(&state), &content);
        let max_age = self.lifetime.saturating_add(AFTERLIFE);
        cookie.set_max_age(time::Duration::try_from(max_age).unwrap_or(time::Duration::MAX));

        let mut set_cookies: Vec<_> = self
            .evicted(headers, &cookie)
            .into_iter()
            .map(|name| self.removal(name))
            .collect();
        set_cookies.push(cookie);
        Ok(IssuedState { state, set_cookies })
    }

    /// The names of the cookies of older flows that have to go to make room for `new`.
    fn evicted(&self, headers: &HeaderMap, new: &Cookie<'_>) -> Vec<String> {
        let cookies: Vec<_> = cookies(headers).collect();
        let mut line_bytes = bytes_in_line(new) + cookies.iter().map(bytes_in_line).sum::<usize>();
        if line_bytes <= MAX_LINE_BYTES {
            return Vec::new();
        }
        let mut flows: Vec<_> = cookies
            .into_iter()
            .filter(|cookie| self.is_cookie_name(cookie.name()))
            .map(|cookie| {
                // What cannot be read is of no use to anybody and goes first.
                let ends = self.decrypt(&cookie).map_or(0, |content| content.ends);
                (ends, bytes_in_line(&cookie), cookie.name().to_owned())
            })
            .collect();
        // Stable: browsers list older cookies first (RFC 6265, section 5.4, step 2), so of the same second those go
        // first.
        flows.sort_by_key(|(ends, _, _)| *ends);
        let too_many = flows.into_iter().map_while(|(_, bytes, name)| {
            let is_too_long = line_bytes > MAX_LINE_BYTES;
            line_bytes -= bytes;
            is_too_long.then_some(name)
        });
        too_many.collect()
    }
}

/// How many bytes a cookie takes in a `Cookie` header: `name=value; `.
fn bytes_in_line(cookie: &Cookie<'_>) -> usize {
    cookie.name().len() + cookie.value().len() + "=; ".len()
}

/// The state of a new flow, and the cookies that belong to it.
#[derive(Clone)]
#[must_use = "the state is of no use without its cookie; call `add_to`"]
pub struct IssuedState {
    state: State,
    set_cookies: Vec<Cookie<'static>>,
}

impl IssuedState {
    /// The state, for the `state` parameter of the address of Connect: 32 characters that need no encoding.
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.as_str()
    }

    /// Adds the cookies to a response: that of this flow, and the removals of those that have to make room.
    ///
    /// Use the response that sends the browser to Connect. No cache may keep it.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        for cookie in &self.set_cookies {
            // Names and values are of base64 characters and `-`, `_`, so all of them can stand in a header.
            if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
                headers.append(SET_COOKIE, value);
            }
        }
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueError {
    /// The payload is longer than [`StateCookie::MAX_PAYLOAD_BYTES`].
    PayloadTooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The system's source of random bytes failed.
    NoRandomness,
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PayloadTooLong { bytes } => write!(
                f,
                "the payload of the state has {bytes} bytes, but at most {} fit; keep the data on the server and put its \
                 key into the payload",
                StateCookie::MAX_PAYLOAD_BYTES,
            ),
            Self::NoRandomness => f.write_str("the system has no random bytes for a state"),
        }
    }
}

impl Error for IssueError {}

//! Verifying the state of a callback.

use std::fmt;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, Request};

use super::flow::State;
use super::jar::cookies;
use super::settings::StateCookie;
use crate::callback::{Verdict, Verified, VerifyState};
use crate::invalid::InvalidCallbackKind;
use crate::sdk_state::unwrap_sdk_state;

impl<B> VerifyState<B> for StateCookie {
    fn verify_state(&self, request: &Request<B>, state: &str) -> Verdict {
        let state = State::from_text(state)
            .or_else(|| State::from_text(&unwrap_sdk_state(state)?))
            .ok_or(InvalidCallbackKind::StateMismatch)?;
        self.verify(request.headers(), &state)
    }
}

impl StateCookie {
    fn verify(&self, headers: &HeaderMap, state: &State) -> Verdict {
        let name = self.cookie_name(state);
        let mut named = cookies(headers).filter(|cookie| cookie.name() == name).peekable();
        named.peek().ok_or(InvalidCallbackKind::StateUnknown)?;
        // Without the `__Host-` prefix there can be several of a name; one that is unreadable hides no other.
        let content = named
            .find_map(|cookie| self.decrypt(&cookie))
            .ok_or(InvalidCallbackKind::StateUnreadable)?;
        let mut verified = Verified::by_comparing(&content.state, state.as_str())?;
        if content.ends < self.now() {
            return Err(InvalidCallbackKind::StateExpired);
        }
        if let Ok(removal) = HeaderValue::try_from(self.removal(name).to_string()) {
            verified = verified.with_header(SET_COOKIE, removal);
        }
        if !content.payload.is_empty() {
            verified = verified.with_extension(StatePayload(content.payload));
        }
        Ok(verified)
    }
}

/// The payload that the app gave to [`StateCookie::issue`], in the extensions of the request of a verified callback.
///
/// Nobody but a server with the key can have written it.
#[derive(Clone, PartialEq, Eq)]
pub struct StatePayload(String);

impl StatePayload {
    /// The text of the payload.
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

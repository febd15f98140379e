//! The random string that comes back with a callback.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::not_started::NotStarted;
use super::sdk;

/// How many characters of a state are in the name of its cookie. The others, 144 bits, are secret
/// until the state is in an address.
const NAME_CHARACTERS: usize = 8;

/// How many characters a state has, each of 6 random bits.
const STATE_CHARACTERS: usize = 32;

/// Makes a state: 192 random bits, as 32 characters that need no percent-encoding.
///
/// [`StartConnect`](crate::StartConnect) does this for you. Use it if you keep states yourself, and
/// make a new one for each flow.
///
/// # Errors
///
/// Returns [`NotStarted::NoRandomness`] if the system has no random bytes.
///
/// ```
/// let state = tower_smartcar_connect::states::random_state()?;
/// assert_eq!(state.len(), 32);
/// # Ok::<_, tower_smartcar_connect::states::NotStarted>(())
/// ```
pub fn random_state() -> Result<String, NotStarted> {
    State::random().map(|State(text)| text)
}

/// A state that this crate has made.
#[derive(Clone)]
pub(super) struct State(String);

impl State {
    pub(super) fn random() -> Result<Self, NotStarted> {
        let mut bytes = [0; STATE_CHARACTERS * 6 / 8];
        getrandom::fill(&mut bytes).map_err(|error| NotStarted::NoRandomness {
            reason: error.to_string(),
        })?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The state that came back, unwrapped if Smartcar's JavaScript SDK has wrapped it. `None` if
    /// this crate cannot have made it.
    pub(super) fn returned(text: &str) -> Option<Self> {
        Self::from_text(text).or_else(|| Self::from_text(&sdk::unwrap_sdk_state(text)?))
    }

    fn from_text(text: &str) -> Option<Self> {
        (text.len() == STATE_CHARACTERS && is_base64url(text.as_bytes()))
            .then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that is in the name of the cookie. It is not secret.
    pub(super) fn name(&self) -> &str {
        &self.0[..NAME_CHARACTERS]
    }

    /// Whether [`name`](Self::name) can return this.
    pub(super) fn is_name(bytes: &[u8]) -> bool {
        bytes.len() == NAME_CHARACTERS && is_base64url(bytes)
    }
}

fn is_base64url(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Never prints the state.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State(..)")
    }
}

/// A short name for the flow of a state that came back, for logs. It does not tell the state.
#[cfg(feature = "tracing")]
pub(crate) fn flow_id(state: &str) -> Option<String> {
    Some(State::returned(state)?.flow_id())
}

#[cfg(feature = "tracing")]
impl State {
    pub(super) fn flow_id(&self) -> String {
        let mut id = super::digest::Digest::of("flow", &self.0)
            .as_str()
            .to_owned();
        id.truncate(8);
        id
    }
}

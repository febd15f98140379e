//! The state of a flow, and the content of its cookie.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How many characters of a state are in the name of its cookie. The others, 144 bits, are in its
/// encrypted content only.
const NAME_CHARACTERS: usize = 8;

/// How many characters a state has, each of 6 random bits.
const STATE_CHARACTERS: usize = 32;

/// A state that this crate issues.
#[derive(Clone)]
pub(super) struct State(String);

impl State {
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; STATE_CHARACTERS * 6 / 8];
        getrandom::fill(&mut bytes)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// `None` if this crate cannot have issued the text.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        (text.len() == STATE_CHARACTERS && is_base64url(text)).then(|| Self(text.to_owned()))
    }

    /// Whether [`name`](Self::name) can return this text.
    pub(super) fn is_name(text: &str) -> bool {
        text.len() == NAME_CHARACTERS && is_base64url(text)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that is in the name of the cookie. It is not secret.
    pub(super) fn name(&self) -> &str {
        &self.0[..NAME_CHARACTERS]
    }
}

fn is_base64url(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Never prints the state.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

/// The version of the format, so that a later release can tell formats apart.
const VERSION: &str = "1";

/// The decrypted content of a cookie.
pub(super) struct Content {
    /// When the state expires, in seconds since 1970.
    pub(super) ends: u64,
    pub(super) state: String,
    /// The callback path that the state was issued for, in its canonical form. It has no spaces,
    /// which separate the fields.
    pub(super) callback_path: String,
    pub(super) payload: String,
}

impl Content {
    pub(super) fn to_text(&self) -> String {
        let Self {
            ends,
            state,
            callback_path,
            payload,
        } = self;
        format!("{VERSION} {ends} {state} {callback_path} {payload}")
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, ' ');
        if parts.next()? != VERSION {
            return None;
        }
        Some(Self {
            ends: parts.next()?.parse().ok()?,
            state: parts.next()?.to_owned(),
            callback_path: parts.next()?.to_owned(),
            payload: parts.next()?.to_owned(),
        })
    }
}

//! Digests, which stand for ids and states where only their equality matters.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// How many bytes of the SHA-256 are kept. 128 bits exclude collisions.
const BYTES: usize = 16;

/// The digest of a text, as 22 characters of base64url.
#[derive(Clone)]
pub(super) struct Digest(String);

impl Digest {
    /// `subject` keeps the digests of a user and of a vehicle with the same id apart.
    pub(super) fn of(subject: &str, text: &str) -> Self {
        let hash = Sha256::new()
            .chain_update(subject)
            .chain_update([0])
            .chain_update(text)
            .finalize();
        Self(URL_SAFE_NO_PAD.encode(&hash[..BYTES]))
    }

    pub(super) fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Compares in constant time.
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

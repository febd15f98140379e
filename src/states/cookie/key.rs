//! The key that encrypts cookies.

use std::error::Error;
use std::fmt;

/// How many bytes a key has.
const BYTES: usize = 64;

/// The secret key of a [`StateCookie`](crate::StateCookie): 64 random bytes, the same on every
/// server.
///
/// Make one with `openssl rand -hex 64`, keep it with your secrets, and read it when your app
/// starts. [The guide](crate::guide::several_servers) says how to replace it without losing a flow.
#[derive(Clone)]
pub struct Key(pub(super) ::cookie::Key);

impl Key {
    /// Reads a key of 128 hexadecimal digits. White space around them is ignored.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidKey`] for anything else, and for a key that repeats one byte, such as
    /// zeros.
    ///
    /// ```
    /// use tower_smartcar_connect::states::Key;
    ///
    /// # let from_env = "3f".repeat(32) + &"a0".repeat(32);
    /// let key = Key::from_hex(&from_env)?;
    /// # Ok::<_, tower_smartcar_connect::states::InvalidKey>(())
    /// ```
    pub fn from_hex(hex: &str) -> Result<Self, InvalidKey> {
        let hex = hex.trim();
        if let Some(at) = hex.bytes().position(|digit| !digit.is_ascii_hexdigit()) {
            return Err(InvalidKey::NotHexadecimal { at });
        }
        if hex.len() != 2 * BYTES {
            return Err(InvalidKey::Length { digits: hex.len() });
        }
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap_or_default();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(InvalidKey::NotRandom);
        }
        let key = ::cookie::Key::try_from(&*bytes);
        key.map(Self).map_err(|_| InvalidKey::NotRandom)
    }

    /// Makes a random key, for development and tests. Flows do not survive a restart with it.
    ///
    /// # Panics
    ///
    /// If the system has no random bytes.
    ///
    /// ```
    /// use tower_smartcar_connect::StateCookie;
    /// use tower_smartcar_connect::states::Key;
    ///
    /// let state_cookie = StateCookie::new(Key::generate());
    /// ```
    #[must_use]
    pub fn generate() -> Self {
        Self(::cookie::Key::generate())
    }
}

/// Never prints the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Why a [`Key`] was rejected. The message never contains a part of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidKey {
    /// There are more or fewer than 128 digits.
    Length {
        /// The number of digits.
        digits: usize,
    },
    /// A character is not a hexadecimal digit.
    NotHexadecimal {
        /// The position of the first such character, from 0.
        at: usize,
    },
    /// All bytes are the same.
    NotRandom,
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { digits } => {
                write!(f, "the key has {digits} hexadecimal digits instead of 128")?
            }
            Self::NotHexadecimal { at } => write!(
                f,
                "the key has a character at {at} that is not a hexadecimal digit"
            )?,
            Self::NotRandom => f.write_str("the key repeats one byte, so it is not random")?,
        }
        f.write_str("; make one with `openssl rand -hex 64`")
    }
}

impl Error for InvalidKey {}

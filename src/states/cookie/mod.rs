//! States in an encrypted cookie.

mod key;
mod state_cookie;

pub use self::key::{InvalidKey, Key};
pub use self::state_cookie::StateCookie;

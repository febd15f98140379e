//! Extractors and responses for axum.

mod outcome;
mod rejection;
#[cfg(feature = "state-cookie")]
mod state_cookie;
mod verified;

pub use self::rejection::ConnectRejection;

//! Extractors and responses for axum.

mod outcome;
mod rejection;
#[cfg(feature = "state-cookie")]
mod state_cookie;

pub use self::rejection::ConnectRejection;

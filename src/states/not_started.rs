//! Why a flow could not start.

use std::error::Error;
use std::fmt;

/// Why a flow could not start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotStarted {
    /// The flow is [bound](super::StartState::bind_to) to a user, and nobody is logged in.
    NotLoggedIn,
    /// The payload is longer than 255 bytes.
    PayloadTooLong {
        /// The length of the payload.
        bytes: usize,
    },
    /// The callback path is longer than 1024 bytes.
    PathTooLong {
        /// The length of the path in its canonical form.
        bytes: usize,
    },
    /// The address of Connect cannot take this state.
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// The store of states did not answer.
    Unavailable,
    /// The system has no random bytes.
    NoRandomness {
        /// What the system said.
        reason: String,
    },
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoggedIn => f.write_str("nobody is logged in; log in before the flow starts"),
            Self::PayloadTooLong { bytes } => write!(
                f,
                "the payload of the flow has {bytes} bytes, and at most 255 fit; keep the data on the server, and put its \
                 key into the payload",
            ),
            Self::PathTooLong { bytes } => write!(
                f,
                "the callback path has {bytes} bytes, and at most 1024 fit; register a shorter redirect URI",
            ),
            Self::Address { reason } => f.write_str(reason),
            Self::Unavailable => {
                f.write_str("the store of states did not answer; start the flow again later")
            }
            Self::NoRandomness { reason } => write!(
                f,
                "the system has no random bytes for a state ({reason}); start the flow again later",
            ),
        }
    }
}

impl Error for NotStarted {}

//! How long a state is accepted.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::outcome::rejected::RejectionReason;

/// How much longer a cookie lives than its state, so that an expired state is not an unknown one.
const AFTERLIFE: Duration = Duration::from_secs(60 * 60);

/// A lifetime, and the clock that it is measured with.
#[derive(Clone)]
pub(super) struct Expiry {
    pub(super) lifetime: Duration,
    pub(super) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Default for Expiry {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(30 * 60),
            clock: Arc::new(SystemTime::now),
        }
    }
}

impl Expiry {
    /// When a state that is issued now expires, in seconds since 1970.
    pub(super) fn ends(&self) -> u64 {
        self.now().saturating_add(self.lifetime.as_secs())
    }

    /// Whether a state that expires at `ends` is still accepted.
    pub(super) fn verify(&self, ends: u64) -> Result<(), RejectionReason> {
        match ends < self.now() {
            true => Err(RejectionReason::StateExpired),
            false => Ok(()),
        }
    }

    /// How long the cookie of a state lives.
    pub(super) fn cookie_lifetime(&self) -> Duration {
        self.lifetime.saturating_add(AFTERLIFE)
    }

    /// Seconds since 1970. A clock before that counts as 0.
    fn now(&self) -> u64 {
        let since_1970 = (self.clock)().duration_since(SystemTime::UNIX_EPOCH);
        since_1970.map_or(0, |duration| duration.as_secs())
    }
}

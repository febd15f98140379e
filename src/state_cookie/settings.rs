//! How states are issued and verified.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cookie::Key;

/// Issues the state of a flow and verifies it when the callback comes, with nothing but a cookie of the browser.
///
/// It is a verifier for [`ConnectCallbackLayer::verify_state`]. Cloning is cheap, and clones issue and verify for each
/// other, as do all with the same key, on whatever server. The [module page](super) has the rules and an example.
///
/// [`ConnectCallbackLayer::verify_state`]: crate::ConnectCallbackLayer::verify_state
#[derive(Clone)]
#[must_use]
pub struct StateCookie {
    /// The newest first.
    pub(super) keys: Arc<[Key]>,
    pub(super) lifetime: Duration,
    pub(super) is_plain_http: bool,
    pub(super) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl StateCookie {
    /// A state cookie that is encrypted with this key.
    ///
    /// A [`Key`] is 64 secret bytes. Keep them in the app's configuration and give every server the same:
    /// [`Key::generate`] makes a new one at each start, after which no older state is readable. `Key::from` panics with
    /// fewer bytes; `Key::try_from` is for bytes that may be too few.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tower_smartcar_connect::state_cookie::{Key, StateCookie};
    ///
    /// # let (secret, last_years_secret) = ([7; 64], [6; 64]);
    /// let state_cookie = StateCookie::new(Key::from(&secret))
    ///     .older_key(Key::from(&last_years_secret))
    ///     .lifetime(Duration::from_secs(15 * 60));
    /// ```
    pub fn new(key: Key) -> Self {
        Self {
            keys: Arc::new([key]),
            lifetime: Duration::from_secs(30 * 60),
            is_plain_http: false,
            clock: Arc::new(SystemTime::now),
        }
    }

    /// Accepts states that were issued with an older key too.
    ///
    /// To rotate keys, first deploy the new one as an older key, then as the one of [`new`](Self::new) with the old one
    /// as the older, and drop that when the [`lifetime`](Self::lifetime) has passed.
    pub fn older_key(mut self, key: Key) -> Self {
        self.keys = self.keys.iter().cloned().chain([key]).collect();
        self
    }

    /// Sets how long an owner has from the start of a flow to its callback, instead of 30 minutes. Whole seconds count.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Makes cookies that work without TLS, for development on `http://localhost`: without `Secure` and without the
    /// `__Host-` prefix.
    ///
    /// Never in production: anybody on the network and any other app on the host can set such a cookie.
    pub fn plain_http_for_development(mut self) -> Self {
        self.is_plain_http = true;
        self
    }

    /// Sets the clock, instead of [`SystemTime::now`], for tests.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Seconds since 1970, and 0 before.
    pub(super) fn now(&self) -> u64 {
        let since_1970 = (self.clock)().duration_since(SystemTime::UNIX_EPOCH);
        since_1970.map_or(0, |duration| duration.as_secs())
    }
}

/// Prints the settings without the keys.
impl fmt::Debug for StateCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateCookie")
            .field("keys", &self.keys.len())
            .field("lifetime", &self.lifetime)
            .field("is_plain_http", &self.is_plain_http)
            .finish_non_exhaustive()
    }
}

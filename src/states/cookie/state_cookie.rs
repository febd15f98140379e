//! Issuing and verifying states with an encrypted cookie.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ::cookie::{Cookie, CookieJar};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderMap;
use http::header::SET_COOKIE;

use super::key::Key;
use crate::outcome::rejected::RejectionReason;
use crate::states::expiry::Expiry;
use crate::states::flow_cookie::FlowCookie;
use crate::states::not_started::NotStarted;
use crate::states::pending::PendingCallback;
use crate::states::record::FlowRecord;
use crate::states::start_state::{NewFlow, StartState};
use crate::states::state::State;
use crate::states::verified::Verified;
use crate::states::verifier::VerifyState;

/// Keeps the `state` of each flow in an encrypted cookie, without a session or a store.
///
/// Pass it to the layer, which verifies states, and to [`StartConnect`](crate::StartConnect), which
/// issues them. All servers with the same key accept each other's states. A clone is cheap.
///
/// ```
/// use tower_smartcar_connect::states::Key;
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectUrl, StartConnect, StateCookie};
///
/// # fn app(connect_url: ConnectUrl, key: Key) {
/// let state_cookie = StateCookie::new(key);
/// let callbacks = ConnectCallbackLayer::new(&connect_url, state_cookie.clone());
/// let start = StartConnect::new(connect_url, state_cookie);
/// # }
/// ```
///
/// # Rules
///
/// 1. A flow has a state of 192 random bits, which is in the address of Connect and in a cookie.
///    The cookie also has the expiry and what the flow was started for. It is encrypted and
///    authenticated by the private jar of the crate `cookie` (AES-256-GCM).
/// 2. A callback is verified if the browser sends the cookie of its state, before the state
///    expires, on the callback path and for the application of the flow. The response that [uses
///    the state up](crate::callback#when-a-state-is-used-up) removes the cookie.
/// 3. Any other callback is rejected, and no cookie is removed. A forged callback cannot end a flow
///    that is in progress. A success with another vehicle or `external_id` than its flow is
///    rejected too, but its state is right, so the flow is over.
/// 4. The cookies are `HttpOnly`, `Secure` and `SameSite=Lax`, with the path `/` and the `__Host-`
///    prefix, so other hosts cannot set them. They are not `SameSite=Strict`, because browsers do
///    not send such cookies when another site redirects to yours, as Connect does. If the redirect
///    URI is on `http://localhost`, and the browser asks for that host too, they are neither `Secure`
///    nor prefixed.
/// 5. Each flow has its own cookie, so flows in several tabs do not affect each other. If the
///    cookies would exceed 8 KB, the cookies of the oldest flows are removed. About fifteen flows
///    fit if each has a payload of 255 bytes, and thirty without one.
///
/// If each state must be accepted once on all servers, use a
/// [`StoredState`](crate::states::StoredState): [the guide](crate::guide::states#in-a-store) says why.
#[derive(Clone)]
#[must_use]
pub struct StateCookie {
    /// The newest first.
    keys: Arc<[::cookie::Key]>,
    expiry: Expiry,
}

impl StateCookie {
    /// Creates states in cookies that are encrypted with `key`.
    pub fn new(key: Key) -> Self {
        Self {
            keys: Arc::new([key.0]),
            expiry: Expiry::default(),
        }
    }

    /// Also accepts states that were issued with `key`.
    ///
    /// [The guide](crate::guide::several_servers#replace-a-key) says how to replace a key without
    /// rejecting a callback.
    ///
    /// ```
    /// use tower_smartcar_connect::StateCookie;
    /// use tower_smartcar_connect::states::{InvalidKey, Key};
    ///
    /// /// The keys, the newest first, separated by commas: `CONNECT_STATE_KEYS=9f86…,d081…`.
    /// fn states(keys: &str) -> Result<StateCookie, InvalidKey> {
    ///     let (newest, older) = keys.split_once(',').unwrap_or((keys, ""));
    ///     let states = StateCookie::new(Key::from_hex(newest)?);
    ///     older.split(',').filter(|key| !key.is_empty()).try_fold(states, |states, key| {
    ///         Ok(states.older_key(Key::from_hex(key)?))
    ///     })
    /// }
    /// # assert!(states(&("3f".repeat(32) + &"a0".repeat(32) + "," + &"5c".repeat(63) + "00")).is_ok());
    /// ```
    pub fn older_key(mut self, key: Key) -> Self {
        self.keys = self.keys.iter().cloned().chain([key.0]).collect();
        self
    }

    /// Sets how long a state is accepted after it was issued. The default is 30 minutes. Fractions
    /// of a second are ignored.
    ///
    /// Its cookie lives one hour longer, so that the layer can tell an expired state from an unknown
    /// one.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.expiry.lifetime = lifetime;
        self
    }

    /// Sets the clock, for tests and for `wasm32-unknown-unknown`. The default is
    /// [`SystemTime::now`], which panics on that target.
    ///
    /// In a JavaScript host, `Date.now()` returns the milliseconds since 1970. For random bytes,
    /// add two dependencies there: `getrandom` 0.4 with the feature `wasm_js`, and `getrandom` 0.2,
    /// which the crate `cookie` uses, with the feature `js`.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use tower_smartcar_connect::StateCookie;
    /// # use tower_smartcar_connect::states::Key;
    /// # mod js_sys { pub struct Date; impl Date { pub fn now() -> f64 { 0.0 } } }
    /// # use js_sys::Date;
    /// # let key = Key::generate();
    /// // `use js_sys::Date;`
    /// let state_cookie = StateCookie::new(key)
    ///     .clock(|| SystemTime::UNIX_EPOCH + Duration::from_millis(Date::now() as u64));
    /// ```
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.expiry.clock = Arc::new(clock);
        self
    }

    /// The value of a cookie, encrypted with the newest key.
    fn encrypt(&self, name: &str, content: &Content) -> String {
        let mut jar = CookieJar::new();
        let cookie = Cookie::new(name.to_owned(), content.to_text());
        jar.private_mut(&self.keys[0]).add(cookie);
        let cookie = jar
            .get(name)
            .expect("the jar has the cookie that was just added");
        // Some programs on the way encode the characters of standard base64.
        let bytes = STANDARD.decode(cookie.value());
        URL_SAFE_NO_PAD.encode(bytes.expect("a private jar writes standard base64"))
    }

    /// The content of a cookie that was encrypted with any of the keys.
    fn decrypt(&self, name: &str, value: &str) -> Option<Content> {
        let value = STANDARD.encode(URL_SAFE_NO_PAD.decode(value).ok()?);
        let cookie = Cookie::new(name.to_owned(), value);
        let jar = CookieJar::new();
        let decrypted = self
            .keys
            .iter()
            .find_map(|key| jar.private(key).decrypt(cookie.clone()))?;
        Content::from_text(decrypted.value())
    }

    fn verify(&self, callback: &PendingCallback) -> Result<Verified, RejectionReason> {
        let state = State::returned(callback.state()).ok_or(RejectionReason::StateMismatch)?;
        let cookie = FlowCookie::new(&state, callback.is_plain_http());
        let mut values = cookie.values(&callback.request().headers).peekable();
        values.peek().ok_or(RejectionReason::StateUnknown)?;
        let content = values
            .find_map(|value| self.decrypt(cookie.name(), value))
            .ok_or(RejectionReason::StateUnreadable)?;
        let _same_state = Verified::by_comparing(&content.state, state.as_str())?;
        self.expiry.verify(content.ends)?;
        let verified = callback.verify(&content.record)?;
        Ok(verified.with_header(SET_COOKIE, cookie.removal()))
    }
}

impl VerifyState for StateCookie {
    type Future = Ready<Result<Verified, RejectionReason>>;

    fn verify_state(&self, callback: &PendingCallback) -> Self::Future {
        ready(self.verify(callback))
    }
}

impl StartState for StateCookie {
    type Started = Ready<Result<HeaderMap, NotStarted>>;

    fn start_state(&self, flow: &NewFlow) -> Self::Started {
        let cookie = flow.cookie();
        let content = Content {
            ends: self.expiry.ends(),
            state: flow.state().to_owned(),
            record: flow.record().clone(),
        };
        let value = self.encrypt(cookie.name(), &content);
        let lifetime = self.expiry.cookie_lifetime();
        ready(Ok(cookie.set(&value, lifetime, &flow.request().headers)))
    }
}

/// The decrypted content of a cookie.
struct Content {
    /// When the state expires, in seconds since 1970.
    ends: u64,
    state: String,
    record: FlowRecord,
}

impl Content {
    fn to_text(&self) -> String {
        format!("{} {} {}", self.ends, self.state, self.record.to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ' ');
        Some(Self {
            ends: parts.next()?.parse().ok()?,
            state: parts.next()?.to_owned(),
            record: FlowRecord::from_text(parts.next()?)?,
        })
    }
}

/// Prints the settings without the keys.
impl fmt::Debug for StateCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateCookie")
            .field("keys", &self.keys.len())
            .field("lifetime", &self.expiry.lifetime)
            .finish_non_exhaustive()
    }
}

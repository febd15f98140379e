//! States in a store of the app.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::SET_COOKIE;
use subtle::ConstantTimeEq;

use super::digest::Digest;
use super::expiry::Expiry;
use super::flow_cookie::FlowCookie;
use super::not_started::NotStarted;
use super::pending::PendingCallback;
use super::record::FlowRecord;
use super::start_state::{NewFlow, StartState};
use super::state::State;
use super::verified::Verified;
use super::verifier::VerifyState;
use crate::outcome::rejected::RejectionReason;

/// A store of your app for the flows that are in progress, such as a table or Redis.
///
/// It knows no rule: `key` and `flow` are text of this crate. A key has 22 characters of base64url.
/// The text of a flow has about 150 bytes, and its payload. Remove what is an hour older than the
/// lifetime.
///
/// [`StoredState`] has an example.
pub trait FlowStore: Send + Sync + 'static {
    /// Inserts a flow, or replaces the one of this key.
    fn insert(&self, key: &str, flow: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes a flow and returns it, **in one atomic step**: of two servers that take the same
    /// flow, one gets `None`.
    fn take(&self, key: &str) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;
}

/// Any error of a store. With the feature `tracing`, it is logged.
pub type StoreError = Box<dyn Error + Send + Sync>;

/// Keeps the states of flows in a [`FlowStore`] of your app, so that each is accepted once.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use tower_smartcar_connect::states::{FlowStore, StoreError, StoredState};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectUrl, StartConnect};
///
/// #[derive(Default)]
/// struct Memory(Mutex<HashMap<String, String>>);
///
/// impl FlowStore for Memory {
///     async fn insert(&self, key: &str, flow: &str) -> Result<(), StoreError> {
///         self.0.lock().unwrap().insert(key.to_owned(), flow.to_owned());
///         Ok(())
///     }
///
///     async fn take(&self, key: &str) -> Result<Option<String>, StoreError> {
///         Ok(self.0.lock().unwrap().remove(key))
///     }
/// }
///
/// # fn app(connect_url: ConnectUrl) {
/// let states = StoredState::new(Memory::default());
/// let callbacks = ConnectCallbackLayer::new(&connect_url, states.clone());
/// let start = StartConnect::new(connect_url, states);
/// # }
/// ```
///
/// # Rules
///
/// 1. Verifying takes the state out of the store in one step. If the state
///    [stays](crate::callback#when-a-state-is-used-up), it is put back before the response.
/// 2. If the request is dropped in between, as when the browser disconnects or the server stops, the
///    state is lost, and the owner starts again.
/// 3. A state in a store does not prove which browser has started the flow: an attacker could send
///    their own callback to an owner. So each flow also has a cookie, with the attributes of the
///    cookies of a [`StateCookie`](crate::StateCookie). A browser without it is
///    [`StateUnknown`](crate::RejectionReason::StateUnknown).
/// 4. If the store fails, a callback is
///    [`StateStoreUnavailable`](crate::RejectionReason::StateStoreUnavailable), and no flow starts.
///    A state that is taken, but not returned or put back, is lost.
pub struct StoredState<S> {
    store: Arc<S>,
    expiry: Expiry,
}

impl<S: FlowStore> StoredState<S> {
    /// Creates states that are kept in `store`.
    pub fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
            expiry: Expiry::default(),
        }
    }

    /// Sets how long a state is accepted after it was issued. The default is 30 minutes. Fractions
    /// of a second are ignored.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.expiry.lifetime = lifetime;
        self
    }

    /// Sets the clock, for tests. The default is [`SystemTime::now`].
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.expiry.clock = Arc::new(clock);
        self
    }
}

impl<S: FlowStore> VerifyState for StoredState<S> {
    type Future = Pin<Box<dyn Future<Output = Result<Verified, RejectionReason>> + Send>>;

    fn verify_state(&self, callback: &PendingCallback) -> Self::Future {
        let (states, callback) = (self.clone(), callback.clone());
        Box::pin(async move { states.verify(&callback).await })
    }
}

impl<S: FlowStore> StartState for StoredState<S> {
    type Started = Pin<Box<dyn Future<Output = Result<HeaderMap, NotStarted>> + Send>>;

    fn start_state(&self, flow: &NewFlow) -> Self::Started {
        let (states, flow) = (self.clone(), flow.clone());
        Box::pin(async move {
            let text = format!("{} {}", states.expiry.ends(), flow.record().to_text());
            let inserted = states.store.insert(&key(flow.state()), &text).await;
            inserted.map_err(|error| {
                log(&*error);
                NotStarted::Unavailable
            })?;
            let value = cookie_value(flow.state());
            let lifetime = states.expiry.cookie_lifetime();
            Ok(flow.cookie().set(&value, lifetime, &flow.request().headers))
        })
    }
}

impl<S: FlowStore> StoredState<S> {
    async fn verify(self, callback: &PendingCallback) -> Result<Verified, RejectionReason> {
        let state = State::returned(callback.state()).ok_or(RejectionReason::StateMismatch)?;
        let cookie = FlowCookie::new(&state, callback.is_plain_http());
        let expected = cookie_value(state.as_str());
        let mut values = cookie.values(&callback.request().headers);
        if !values.any(|value| expected.as_bytes().ct_eq(value.as_bytes()).into()) {
            return Err(RejectionReason::StateUnknown);
        }
        drop(values);
        let key = key(state.as_str());
        let taken = self.store.take(&key).await.map_err(|error| {
            log(&*error);
            RejectionReason::StateStoreUnavailable
        })?;
        let text = taken.ok_or(RejectionReason::StateUnknown)?;
        match self.read(&text, callback) {
            Ok(verified) => {
                let verified = verified.with_header(SET_COOKIE, cookie.removal());
                Ok(verified.when_settled(async move |used_up| {
                    if !used_up {
                        self.put_back(&key, &text).await;
                    }
                }))
            }
            Err(reason) => {
                self.put_back(&key, &text).await;
                Err(reason)
            }
        }
    }

    /// Whether this callback ends the flow that the store had. If not, the flow stays: it may be
    /// another server's, or come again on the right path.
    fn read(&self, text: &str, callback: &PendingCallback) -> Result<Verified, RejectionReason> {
        let (ends, record) = parse(text).ok_or(RejectionReason::StateUnreadable)?;
        self.expiry.verify(ends)?;
        callback.verify(&record)
    }

    async fn put_back(&self, key: &str, text: &str) {
        if let Err(error) = self.store.insert(key, text).await {
            log(&*error);
        }
    }
}

fn parse(text: &str) -> Option<(u64, FlowRecord)> {
    let (ends, record) = text.split_once(' ')?;
    Some((ends.parse().ok()?, FlowRecord::from_text(record)?))
}

/// The key of a flow. A store that leaks does not contain states.
fn key(state: &str) -> String {
    Digest::of("key", state).as_str().to_owned()
}

/// The value of the cookie of a flow. The address of a callback, which leaks more easily, does not
/// contain it.
fn cookie_value(state: &str) -> String {
    Digest::of("cookie", state).as_str().to_owned()
}

#[cfg_attr(not(feature = "tracing"), expect(unused_variables))]
fn log(error: &(dyn Error + Send + Sync + 'static)) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "tower_smartcar_connect", error, "the store of states failed");
}

impl<S> Clone for StoredState<S> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            expiry: self.expiry.clone(),
        }
    }
}

impl<S> fmt::Debug for StoredState<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredState")
            .field("lifetime", &self.expiry.lifetime)
            .finish_non_exhaustive()
    }
}

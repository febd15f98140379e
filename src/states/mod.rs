//! States: whether the browser of a callback has started the flow, and for whom.
//!
//! The `state` is what protects a callback from forgery (RFC 6749, section 10.12). The layer asks a
//! verifier about it, and [`StartConnect`](crate::StartConnect) issues it:
//!
//! | states | kept in | accepted | feature |
//! | --- | --- | --- | --- |
//! | [`StateCookie`](crate::StateCookie) | an encrypted cookie | until its callback is served in this browser | `state-cookie` |
//! | [`StoredState`] | a store of yours | once, on all servers | `start` |
//! | [`StartState`] for your own type | wherever you like | | `start` |
//! | [`verify_fn`](crate::verify_fn) | where your own route has put it | | |
//! | [`AppVerifiesState`](crate::AppVerifiesState) | your app compares it | | |
//!
//! [`StartState::bind_to`] also binds flows to the user who is logged in. [The
//! guide](crate::guide::states) helps to choose.

#[cfg(feature = "start")]
mod bound_to;
#[cfg(feature = "state-cookie")]
pub(crate) mod cookie;
#[cfg(any(feature = "metrics", feature = "start", feature = "tracing"))]
pub(crate) mod cookie_name;
#[cfg(feature = "start")]
mod digest;
#[cfg(feature = "start")]
mod expiry;
#[cfg(feature = "start")]
pub(crate) mod flow_cookie;
#[cfg(feature = "start")]
mod ids;
#[cfg(feature = "start")]
pub(crate) mod not_started;
#[cfg(feature = "start")]
mod payload;
pub(crate) mod pending;
#[cfg(feature = "start")]
pub(crate) mod record;
#[cfg(any(feature = "responses", feature = "start"))]
pub(crate) mod sdk;
#[cfg(feature = "start")]
pub(crate) mod start_state;
#[cfg(feature = "start")]
mod state;
#[cfg(feature = "start")]
mod stored_state;
pub(crate) mod verified;
pub(crate) mod verifier;

#[cfg(feature = "state-cookie")]
pub use self::cookie::{InvalidKey, Key};
pub use self::pending::PendingCallback;
#[cfg(all(feature = "start", feature = "tracing"))]
pub(crate) use self::state::flow_id;
pub use self::verifier::{VerifyFn, VerifyState};
#[cfg(feature = "start")]
pub use self::{
    bound_to::BoundTo,
    not_started::NotStarted,
    payload::FlowPayload,
    record::FlowRecord,
    sdk::unwrap_sdk_state,
    start_state::{NewFlow, StartState},
    state::random_state,
    stored_state::{FlowStore, StoreError, StoredState},
};

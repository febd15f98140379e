//! A callback whose `state` is being verified.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

#[cfg(feature = "start")]
use super::{record::FlowRecord, verified::Verified};
use crate::outcome::ConnectOutcome;
#[cfg(feature = "start")]
use crate::outcome::rejected::RejectionReason;
use crate::paths::MatchedCallback;

/// A callback whose `state` is being verified: what a verifier gets.
///
/// The layer makes it. A clone costs a reference count.
///
/// Make one yourself if the outcome of a flow reaches you in another way, as in an API to which a
/// single-page app posts the path and the query of its callback:
///
/// ```
/// use http::request::Parts;
/// use http::{HeaderMap, Method, Uri};
/// use tower_smartcar_connect::paths::CallbackPaths;
/// use tower_smartcar_connect::states::{PendingCallback, VerifyState};
/// use tower_smartcar_connect::{ConnectOutcome, RejectedCallback, RejectionReason};
///
/// /// Returns the outcome, and the headers for the response, which use the state up.
/// async fn verify(
///     paths: &CallbackPaths,
///     states: &impl VerifyState,
///     request: Parts,
///     posted: &Uri,
/// ) -> Result<(ConnectOutcome, HeaderMap), RejectedCallback> {
///     let callback = paths.read(&Method::GET, posted)?.ok_or(RejectionReason::NoOutcome)?;
///     let callback = PendingCallback::new(request, callback);
///     let (outcome, verified) = callback.verify_with(states).await?;
///     Ok((outcome, verified.settle(true).await))
/// }
/// ```
#[derive(Clone)]
pub struct PendingCallback(Arc<Pending>);

struct Pending {
    request: Parts,
    callback: MatchedCallback,
}

impl PendingCallback {
    /// Creates a callback whose `state` is to be verified.
    ///
    /// `request` is the head of the request that brought the outcome, and has the browser's
    /// cookies.
    #[must_use]
    pub fn new(request: Parts, callback: MatchedCallback) -> Self {
        Self(Arc::new(Pending { request, callback }))
    }

    /// Returns the decoded `state`, which anybody can have written. It is never empty when the layer
    /// calls a verifier.
    #[must_use]
    pub fn state(&self) -> &str {
        self.outcome().state().unwrap_or_default()
    }

    /// Returns the callback path that the browser asked for, in its canonical form: with the prefix,
    /// if a proxy or a router has [stripped](crate::ConnectCallbackLayer::stripped_prefix) one.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.callback.path()
    }

    /// Returns the head of the request.
    #[must_use]
    pub fn request(&self) -> &Parts {
        &self.0.request
    }

    /// Verifies that this callback has the path and the application of `flow`.
    ///
    /// Call it in a verifier of your own that has [kept](super::StartState) a record for each state.
    /// The [`Verified`] has the payload of the flow, and knows its vehicle and its `external_id`: if
    /// a success has others, the layer rejects it, and the flow is over.
    ///
    /// # Errors
    ///
    /// Returns [`StateForOtherPath`](RejectionReason::StateForOtherPath).
    #[cfg(feature = "start")]
    pub fn verify(&self, flow: &FlowRecord) -> Result<Verified, RejectionReason> {
        flow.verify(&self.0.callback)
    }

    pub(crate) fn outcome(&self) -> &ConnectOutcome {
        self.0.callback.outcome()
    }

    /// Whether the cookie of the flow lacks `Secure`: in development, if the redirect URI is on
    /// `http://localhost`, and the browser asked for that host.
    #[cfg(feature = "start")]
    pub(super) fn is_plain_http(&self) -> bool {
        self.0.callback.is_on_localhost() && super::flow_cookie::asks_localhost(&self.0.request)
    }

    pub(crate) fn into_parts(self) -> (Parts, MatchedCallback) {
        // A verifier may have kept a clone.
        match Arc::try_unwrap(self.0) {
            Ok(pending) => (pending.request, pending.callback),
            Err(shared) => (shared.request.clone(), shared.callback.clone()),
        }
    }
}

/// Prints the path and which parameters are present, without their values.
impl fmt::Debug for PendingCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingCallback")
            .field("callback", &self.0.callback)
            .finish_non_exhaustive()
    }
}

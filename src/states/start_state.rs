//! States that are issued as well as verified.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::HeaderMap;
use http::request::Parts;

use super::bound_to::BoundTo;
use super::digest::Digest;
use super::flow_cookie::{FlowCookie, asks_localhost};
use super::not_started::NotStarted;
use super::record::FlowRecord;
use super::state::State;
use super::verifier::VerifyState;

/// Issues and verifies the states of flows: what [`StartConnect`](crate::StartConnect) and the layer
/// share.
///
/// [`StateCookie`](crate::StateCookie) and [`StoredState`](super::StoredState) are both. Implement
/// it for states that neither can keep: store the [text](FlowRecord::to_text) of the record with the
/// state, and let [`VerifyState`] read it again and call
/// [`PendingCallback::verify`](super::PendingCallback::verify). A state in a store does not prove
/// which browser has started the flow, so bind it to a cookie or a session too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot start flows",
    label = "does not issue states",
    note = "pass a `StateCookie`, a `StoredState`, or a type that implements `StartState`"
)]
pub trait StartState: VerifyState {
    /// The future of the headers for the response that sends the browser to Connect, such as
    /// `Set-Cookie`.
    type Started: Future<Output = Result<HeaderMap, NotStarted>>;

    /// Keeps the state of a new flow, until its callback comes.
    ///
    /// The future cannot borrow the flow, whose clone is cheap.
    fn start_state(&self, flow: &NewFlow) -> Self::Started;

    /// Binds each flow to the user who is logged in.
    ///
    /// `user` returns an identifier of that user, or `None` if nobody is logged in. It is asked at
    /// both ends: without a user, no flow starts, and a callback is rejected as
    /// [`NotLoggedIn`](crate::RejectionReason::NotLoggedIn). If another user has started the flow, it
    /// is rejected as [`OtherUser`](crate::RejectionReason::OtherUser). Both let the state stay: users
    /// are compared before the vehicle and the `external_id`, whose mismatch would end the flow.
    ///
    /// Pass the same value to the layer and to `StartConnect`:
    ///
    /// ```
    /// use http::request::Parts;
    /// use tower_smartcar_connect::states::StartState;
    /// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectUrl, StartConnect, StateCookie};
    ///
    /// /// The user who is logged in, as your login puts it into each request.
    /// #[derive(Clone)]
    /// struct User(i64);
    ///
    /// async fn user_id(request: Parts) -> Option<String> {
    ///     request.extensions.get::<User>().map(|user| user.0.to_string())
    /// }
    ///
    /// # fn app(connect_url: ConnectUrl, state_cookie: StateCookie) {
    /// let states = state_cookie.bind_to(user_id);
    /// let callbacks = ConnectCallbackLayer::new(&connect_url, states.clone());
    /// let start = StartConnect::new(connect_url, states);
    /// # }
    /// ```
    ///
    /// The browser has to send the login with the callback, which another site redirects to: its
    /// cookie has to be `SameSite=Lax`. With `Strict`, the default of some session crates, every
    /// callback is rejected.
    fn bind_to<U, Fut>(self, user: U) -> BoundTo<Self, U>
    where
        Self: Sized,
        U: Fn(Parts) -> Fut,
        Fut: Future<Output = Option<String>>,
    {
        BoundTo::new(self, user)
    }
}

#[diagnostic::do_not_recommend]
impl<S: StartState + ?Sized> StartState for Arc<S> {
    type Started = S::Started;

    fn start_state(&self, flow: &NewFlow) -> Self::Started {
        (**self).start_state(flow)
    }
}

/// A flow that is about to start. A clone is cheap.
#[derive(Clone)]
pub struct NewFlow {
    request: Arc<Parts>,
    state: State,
    record: FlowRecord,
    is_plain_http: bool,
}

impl NewFlow {
    /// Makes the random state. If the flow ends on `http://localhost`, and the browser asks for that
    /// host too, its cookie is not `Secure`.
    pub(crate) fn new(
        request: Parts,
        record: FlowRecord,
        ends_on_localhost: bool,
    ) -> Result<Self, NotStarted> {
        Ok(Self {
            is_plain_http: ends_on_localhost && asks_localhost(&request),
            request: Arc::new(request),
            state: State::random()?,
            record,
        })
    }

    /// Returns the head of the request that starts the flow.
    #[must_use]
    pub fn request(&self) -> &Parts {
        &self.request
    }

    /// Returns the state: 32 characters that need no percent-encoding. It is a secret until the flow
    /// has ended.
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.as_str()
    }

    /// Returns what the flow is started for.
    #[must_use]
    pub fn record(&self) -> &FlowRecord {
        &self.record
    }

    /// The cookie of the flow.
    pub(super) fn cookie(&self) -> FlowCookie {
        FlowCookie::new(&self.state, self.is_plain_http)
    }

    pub(super) fn with_user(mut self, user: Digest) -> Self {
        self.record = self.record.with_user(user);
        self
    }
}

/// Never prints the state, the payload or an id.
impl fmt::Debug for NewFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewFlow")
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

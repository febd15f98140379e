//! Who says that a callback belongs to a flow which the app began.

use std::fmt;
use std::future::Future;

use http::{Extensions, HeaderName, HeaderValue, Request};
use subtle::ConstantTimeEq;

use crate::invalid::InvalidCallbackKind;

/// What a verifier says of a callback: it is verified, or it is invalid for this reason.
pub type Verdict = Result<Verified, InvalidCallbackKind>;

/// Verifies the `state` of callbacks, at once.
///
/// Set one with [`ConnectCallbackLayer::verify_state`](super::ConnectCallbackLayer::verify_state). It is asked about
/// every success and every error that has a state which is not empty. Any
/// `Fn(&Request<B>, &str) -> bool` is a verifier, and so is one that returns a [`Verdict`]; implement the trait for a
/// type of your own to give it a name. A closure needs the types of both arguments, used or not.
///
/// ```
/// use http::Request;
/// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};
///
/// /// The state that this browser was given, from wherever the app keeps it.
/// fn issued_to<B>(request: &Request<B>) -> Option<&str> {
///     # request.headers().get("x-issued-state")?.to_str().ok()
/// }
///
/// let layer = ConnectCallbackLayer::new("/callback").verify_state(|request: &Request<String>, state: &str| {
///     let issued = issued_to(request).ok_or(InvalidCallbackKind::StateUnknown)?;
///     Verified::by_comparing(issued, state)
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not verify states at once",
    label = "not a verifier of requests with `{B}` as body",
    note = "a verifier is a `Fn(&http::Request<{B}>, &str) -> bool`, one that returns a `Verdict`, or a type that implements \
            `VerifyState<{B}>`",
    note = "a verifier that returns a future is for `verify_state_async`"
)]
pub trait VerifyState<B> {
    /// Whether the decoded `state` is one that was issued to the browser which sent `request`.
    ///
    /// # Errors
    ///
    /// Why it is not. The callback is invalid then.
    fn verify_state(&self, request: &Request<B>, state: &str) -> Verdict;
}

// So that the compiler says what the attributes above say. Otherwise it asks for an `Fn` wherever a type is no
// verifier.
#[diagnostic::do_not_recommend]
impl<F, B, V> VerifyState<B> for F
where
    F: Fn(&Request<B>, &str) -> V,
    V: IntoVerdict,
{
    fn verify_state(&self, request: &Request<B>, state: &str) -> Verdict {
        self(request, state).into_verdict()
    }
}

/// Verifies the `state` of callbacks with the help of something that takes time, such as a session store.
///
/// Set one with [`ConnectCallbackLayer::verify_state_async`](super::ConnectCallbackLayer::verify_state_async). The
/// request and the state are borrowed to make the future, which owns what it needs of them. Any
/// `Fn(&Request<B>, &str) -> impl Future` with a `bool` or a [`Verdict`] as output is a verifier. An `async fn` or
/// `async` closure is not, as its future keeps the borrow: write a closure that returns an `async move` block. Give the
/// types of both its arguments, used or not.
///
/// Where the store does not answer, say [`InvalidCallbackKind::StateStoreUnavailable`], which is answered with a 503.
///
/// ```
/// use http::Request;
/// use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};
/// # #[derive(Clone)]
/// # struct Session;
/// # impl Session {
/// #     async fn get(&self, _key: &str) -> Result<Option<String>, ()> { Ok(None) }
/// # }
///
/// let layer = ConnectCallbackLayer::new("/callback").verify_state_async(|request: &Request<String>, state: &str| {
///     let session = request.extensions().get::<Session>().cloned();
///     let state = state.to_owned();
///     async move {
///         let session = session.ok_or(InvalidCallbackKind::StateUnknown)?;
///         let issued = session.get("connect-state").await;
///         let issued = issued.map_err(|_| InvalidCallbackKind::StateStoreUnavailable)?;
///         Verified::by_comparing(&issued.ok_or(InvalidCallbackKind::StateUnknown)?, &state)
///     }
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not verify states in a future",
    label = "not a verifier of requests with `{B}` as body",
    note = "a verifier is a `Fn(&http::Request<{B}>, &str) -> impl Future<Output = bool>`, one whose future has a `Verdict` as \
            output, or a type that implements `VerifyStateAsync<{B}>`",
    note = "a verifier that answers at once, such as `StateCookie`, is for `verify_state`"
)]
pub trait VerifyStateAsync<B> {
    /// The future of the verdict, which does not borrow from the request.
    type Future: Future<Output: IntoVerdict>;

    /// Whether the decoded `state` is one that was issued to the browser which sent `request`.
    fn verify_state(&self, request: &Request<B>, state: &str) -> Self::Future;
}

#[diagnostic::do_not_recommend]
impl<F, B, Fut> VerifyStateAsync<B> for F
where
    F: Fn(&Request<B>, &str) -> Fut,
    Fut: Future<Output: IntoVerdict>,
{
    type Future = Fut;

    fn verify_state(&self, request: &Request<B>, state: &str) -> Self::Future {
        self(request, state)
    }
}

/// What a closure may answer as a verifier: a `bool`, of which `false` is [`InvalidCallbackKind::StateMismatch`], or a
/// [`Verdict`].
pub trait IntoVerdict {
    /// The verdict.
    ///
    /// # Errors
    ///
    /// Why the callback is invalid, if it is.
    fn into_verdict(self) -> Verdict;
}

impl IntoVerdict for bool {
    fn into_verdict(self) -> Verdict {
        match self {
            true => Ok(Verified::new()),
            false => Err(InvalidCallbackKind::StateMismatch),
        }
    }
}

impl IntoVerdict for Verdict {
    fn into_verdict(self) -> Verdict {
        self
    }
}

/// A callback is verified, and this comes with it: extensions for the request and headers for the response.
///
/// ```
/// use http::header::{HeaderValue, SET_COOKIE};
/// use tower_smartcar_connect::Verified;
///
/// #[derive(Clone)]
/// struct UserId(u64);
///
/// let verified = Verified::new()
///     .with_extension(UserId(7))
///     .with_header(SET_COOKIE, HeaderValue::from_static("flow=; Max-Age=0"));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Verified {
    pub(super) extensions: Extensions,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Verified {
    /// Verified, and nothing comes with it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Verified if the two are the same, which is found out in a time that depends only on their lengths.
    ///
    /// # Errors
    ///
    /// [`InvalidCallbackKind::StateMismatch`] if they differ, and [`InvalidCallbackKind::StateMissing`] if both are
    /// empty: nothing is not a secret that the two sides share.
    ///
    /// ```
    /// use tower_smartcar_connect::{InvalidCallbackKind, Verified};
    ///
    /// assert!(Verified::by_comparing("0facda3319", "0facda3319").is_ok());
    /// let mismatch = Verified::by_comparing("0facda3319", "0facda3318");
    /// assert_eq!(mismatch.unwrap_err(), InvalidCallbackKind::StateMismatch);
    /// ```
    pub fn by_comparing(issued: &str, state: &str) -> Verdict {
        if issued.is_empty() && state.is_empty() {
            return Err(InvalidCallbackKind::StateMissing);
        }
        bool::from(issued.as_bytes().ct_eq(state.as_bytes())).into_verdict()
    }

    /// Puts a value into the extensions of the request, where the app's handlers find it.
    pub fn with_extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// Adds a header to the response, beside others of this name.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Says how much comes with it, but not what: it may be private.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("extensions", &self.extensions.len())
            .field("headers", &self.headers.len())
            .finish()
    }
}

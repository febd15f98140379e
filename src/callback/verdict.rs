//! What a verifier says of a callback.

use std::fmt;

use http::{Extensions, HeaderName, HeaderValue};
use subtle::ConstantTimeEq;

use crate::invalid::InvalidCallbackKind;

/// What a verifier says of a callback: it is verified, or it is invalid for this reason.
pub type Verdict = Result<Verified, InvalidCallbackKind>;

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

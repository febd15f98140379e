//! The result of verifying a `state`.

use std::fmt;

use http::{Extensions, HeaderName, HeaderValue, StatusCode};
use subtle::ConstantTimeEq;

use crate::invalid::InvalidCallbackKind;
use crate::visit;

/// An accepted `state`, with extensions for the request and headers for the response.
///
/// A verifier returns a `Result<Verified, InvalidCallbackKind>`. It can also return a `bool`:
/// `true` is [`Verified::new`], and `false` is [`InvalidCallbackKind::StateMismatch`].
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
    extensions: Extensions,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Verified {
    /// Creates the result of a successful verification, without extensions or headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compares the `state` that you issued with the one that came back, in constant time.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidCallbackKind::StateMismatch`] if they differ, and
    /// [`InvalidCallbackKind::StateMissing`] if both are empty.
    ///
    /// ```
    /// use tower_smartcar_connect::{InvalidCallbackKind, Verified};
    ///
    /// assert!(Verified::by_comparing("0facda3319", "0facda3319").is_ok());
    /// let mismatch = Verified::by_comparing("0facda3319", "0facda3318");
    /// assert_eq!(mismatch.unwrap_err(), InvalidCallbackKind::StateMismatch);
    /// ```
    pub fn by_comparing(issued: &str, state: &str) -> Result<Self, InvalidCallbackKind> {
        if issued.is_empty() && state.is_empty() {
            return Err(InvalidCallbackKind::StateMissing);
        }
        bool::from(issued.as_bytes().ct_eq(state.as_bytes())).try_into()
    }

    /// Adds a value to the extensions of the request, where your handlers find it.
    pub fn with_extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// Adds a header to the response that uses the state up, such as a `Set-Cookie` that removes a
    /// cookie. Headers of the same name stay.
    ///
    /// A response that does not [use the state up](Self::is_used_up_by) does not get the header,
    /// unless [`resume_flows`](crate::ConnectCallbackLayer::resume_flows) is off.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Returns the extensions for the request.
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Returns the headers for a response that [uses the state up](Self::is_used_up_by).
    #[must_use]
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// Returns whether a response with this status uses the state up.
    ///
    /// The layer calls this for you. It is `false` for every `5xx`, and for `307`, `308`, `401`,
    /// `407`, `408`, `425` and `429`: the [rules](crate::callback#when-a-state-is-used-up) say why.
    ///
    /// ```
    /// use http::StatusCode;
    /// use tower_smartcar_connect::Verified;
    ///
    /// assert!(Verified::is_used_up_by(StatusCode::OK));
    /// assert!(Verified::is_used_up_by(StatusCode::SEE_OTHER));
    /// assert!(!Verified::is_used_up_by(StatusCode::SERVICE_UNAVAILABLE));
    /// ```
    #[must_use]
    pub fn is_used_up_by(status: StatusCode) -> bool {
        visit::serves(status)
    }

    pub(crate) fn into_parts(self) -> (Extensions, Vec<(HeaderName, HeaderValue)>) {
        (self.extensions, self.headers)
    }
}

/// Accepts `true`, and rejects `false` as [`InvalidCallbackKind::StateMismatch`].
impl TryFrom<bool> for Verified {
    type Error = InvalidCallbackKind;

    fn try_from(is_verified: bool) -> Result<Self, InvalidCallbackKind> {
        if is_verified {
            Ok(Self::new())
        } else {
            Err(InvalidCallbackKind::StateMismatch)
        }
    }
}

/// Returns the result unchanged. With this conversion, a verifier can return a result or a `bool`.
impl TryFrom<Result<Verified, InvalidCallbackKind>> for Verified {
    type Error = InvalidCallbackKind;

    fn try_from(
        result: Result<Verified, InvalidCallbackKind>,
    ) -> Result<Self, InvalidCallbackKind> {
        result
    }
}

/// Prints the numbers of extensions and headers, without their values.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("extensions", &self.extensions.len())
            .field("headers", &self.headers.len())
            .finish()
    }
}

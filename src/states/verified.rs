//! The result of verifying a `state`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use subtle::ConstantTimeEq;

use crate::outcome::ConnectOutcome;
use crate::outcome::rejected::RejectionReason;

/// An accepted `state`, with what it brings for the request and for the response.
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
#[derive(Default)]
#[must_use]
pub struct Verified {
    extensions: Extensions,
    headers: HeaderMap,
    settle: Option<Settle>,
    /// What the flow was started for.
    #[cfg(feature = "start")]
    pub(super) ids: super::ids::Ids,
}

type Settle = Box<dyn FnOnce(bool) -> Settling + Send>;
pub(crate) type Settling = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Verified {
    /// Accepts a state.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compares the `state` that you issued with the one that came back, in constant time.
    ///
    /// # Errors
    ///
    /// Returns [`RejectionReason::StateMismatch`] if they differ, and
    /// [`RejectionReason::StateMissing`] if both are empty.
    ///
    /// ```
    /// use tower_smartcar_connect::{RejectionReason, Verified};
    ///
    /// assert!(Verified::by_comparing("0facda3319", "0facda3319").is_ok());
    /// let mismatch = Verified::by_comparing("0facda3319", "0facda3318");
    /// assert_eq!(mismatch.unwrap_err(), RejectionReason::StateMismatch);
    /// ```
    pub fn by_comparing(issued: &str, state: &str) -> Result<Self, RejectionReason> {
        if issued.is_empty() && state.is_empty() {
            return Err(RejectionReason::StateMissing);
        }
        if issued.as_bytes().ct_eq(state.as_bytes()).into() {
            Ok(Self::new())
        } else {
            Err(RejectionReason::StateMismatch)
        }
    }

    /// Adds a value to the extensions of the request, where your handlers find it.
    pub fn with_extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// Adds a header to the response that uses the state up, such as a `Set-Cookie` that removes a
    /// cookie. Headers of the same name stay.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Calls `function` when it is clear what becomes of the state: `true` if it is used up, `false`
    /// if it stays, so that the same callback can be served again.
    ///
    /// A verifier that takes the state out of its store in one step puts it back here. The layer
    /// awaits the future before it responds. If the request is dropped before, as when the browser
    /// disconnects, `function` is not called.
    pub fn when_settled<F, Fut>(mut self, function: F) -> Self
    where
        F: FnOnce(bool) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.settle = Some(Box::new(|used_up| Box::pin(function(used_up))));
        self
    }

    /// Returns the extensions for the request.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Uses the state up, or lets it stay, and returns the headers for the response.
    ///
    /// The layer does this for you, [by its rules](crate::callback#when-a-state-is-used-up).
    pub async fn settle(mut self, used_up: bool) -> HeaderMap {
        if let Some(settling) = self.start_to_settle(used_up) {
            settling.await;
        }
        if used_up {
            self.headers
        } else {
            HeaderMap::new()
        }
    }

    /// Whether an outcome has the vehicle and the `external_id` that its flow was started for. An
    /// error is no claim.
    #[cfg_attr(
        not(feature = "start"),
        expect(unused_variables, clippy::unused_self, clippy::unnecessary_wraps)
    )]
    pub(crate) fn verify_ids(&self, outcome: &ConnectOutcome) -> Result<(), RejectionReason> {
        #[cfg(feature = "start")]
        if let ConnectOutcome::Success(success) = outcome {
            return self.ids.verify(success);
        }
        Ok(())
    }

    pub(crate) fn take_extensions(&mut self) -> Extensions {
        std::mem::take(&mut self.extensions)
    }

    pub(crate) fn take_headers(&mut self) -> HeaderMap {
        std::mem::take(&mut self.headers)
    }

    /// Calls the function of [`when_settled`](Self::when_settled), if there is one.
    pub(crate) fn start_to_settle(&mut self, used_up: bool) -> Option<Settling> {
        self.settle.take().map(|settle| settle(used_up))
    }
}

/// Prints the numbers of extensions and headers, without their values.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("extensions", &self.extensions.len())
            .field("headers", &self.headers.len())
            .finish_non_exhaustive()
    }
}

//! An outcome whose `state` is not verified yet.

use crate::outcome::ConnectOutcome;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};

/// An outcome whose `state` is not verified yet.
///
/// Anybody can write a query, so the outcome cannot be reached before you [`verify`](Self::verify)
/// the `state`, or say that you [skip the verification](Self::skip_verification).
/// [`ConnectCallbackLayer`](crate::ConnectCallbackLayer) does this for you. Without the layer, such
/// as in the API of a single-page app, [`ConnectOutcome::from_query`] returns this type.
#[derive(Clone, Debug)]
#[must_use = "the outcome is in it"]
pub struct Unverified(pub(crate) ConnectOutcome);

impl Unverified {
    /// Returns the decoded `state`.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.0.state()
    }

    /// Verifies the `state` with `verify`, and returns the outcome and what `verify` returned. The
    /// outcome [is verified](ConnectOutcome::is_verified).
    ///
    /// If your verification is asynchronous, await it first, and return its result from the
    /// closure.
    ///
    /// # Errors
    ///
    /// Returns a [`RejectedCallback`] for the reason that `verify` returned. If the `state` is
    /// missing or empty, the reason is [`StateMissing`](RejectionReason::StateMissing), and
    /// `verify` is not called.
    ///
    /// ```
    /// use tower_smartcar_connect::{ConnectOutcome, RejectionReason, Verified};
    ///
    /// let unverified = ConnectOutcome::from_query("code=1234&state=0facda3319")?;
    /// let unverified = unverified.expect("the query has a code");
    /// // The state that was issued to this browser.
    /// let issued = "0facda3319";
    /// let (outcome, _) = unverified.verify(|state| Verified::by_comparing(issued, state))?;
    /// assert!(outcome.is_verified());
    ///
    /// let unverified = ConnectOutcome::from_query("code=1234")?;
    /// let unverified = unverified.expect("the query has a code");
    /// let rejected = unverified.verify(|_state| Ok(())).unwrap_err();
    /// assert_eq!(rejected.reason(), RejectionReason::StateMissing);
    /// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
    /// ```
    pub fn verify<T>(
        self,
        verify: impl FnOnce(&str) -> Result<T, RejectionReason>,
    ) -> Result<(ConnectOutcome, T), RejectedCallback> {
        let Self(mut outcome) = self;
        let verified = verify(outcome.state_to_verify()?)?;
        outcome.set_verified();
        Ok((outcome, verified))
    }

    /// Returns the outcome without a look at its `state`. The outcome
    /// [is not verified](ConnectOutcome::is_verified).
    ///
    /// Do not store or act on such an outcome: everybody can make a link to it. It is enough for a
    /// message to the owner, and for tests.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectOutcome;
    ///
    /// let unverified = ConnectOutcome::from_query("error=access_denied")?;
    /// let outcome = unverified.expect("the query has an error").skip_verification();
    /// assert!(!outcome.is_verified());
    /// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
    /// ```
    #[must_use]
    pub fn skip_verification(self) -> ConnectOutcome {
        self.0
    }
}

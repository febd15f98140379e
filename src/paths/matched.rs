//! A callback that was found.

use std::sync::Arc;

use super::place::Place;
use crate::outcome::{ConnectOutcome, Unverified};

/// A callback, as [`CallbackPaths::read`](super::CallbackPaths::read) finds it: its path, and its
/// outcome.
#[derive(Clone, Debug)]
pub struct MatchedCallback {
    place: Arc<Place>,
    outcome: ConnectOutcome,
}

impl MatchedCallback {
    pub(super) fn new(place: Arc<Place>, outcome: ConnectOutcome) -> Self {
        Self { place, outcome }
    }

    /// Returns the callback path that the browser asked for, also if a [prefix was
    /// stripped](super::CallbackPaths::stripped_prefix) on the way.
    ///
    /// It is in its canonical form: percent-decoded and encoded again segment by segment, with its
    /// slashes merged. A state belongs to this path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.place.path
    }

    /// Returns the outcome, whose `state` is not verified yet.
    pub fn into_unverified(self) -> Unverified {
        Unverified(self.outcome)
    }

    pub(crate) fn outcome(&self) -> &ConnectOutcome {
        &self.outcome
    }

    pub(crate) fn into_outcome(self) -> ConnectOutcome {
        self.outcome
    }

    /// The applications whose flows end on this path. Empty if they are not known.
    #[cfg(feature = "start")]
    pub(crate) fn application_ids(&self) -> &[String] {
        &self.place.application_ids
    }

    /// Whether the redirect URI is on `http://localhost`.
    #[cfg(feature = "start")]
    pub(crate) fn is_on_localhost(&self) -> bool {
        self.place.is_on_localhost
    }
}

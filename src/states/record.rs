//! What a flow was started for.

use std::fmt;

use super::digest::Digest;
use super::ids::Ids;
use super::not_started::NotStarted;
use super::payload::FlowPayload;
use super::verified::Verified;
use crate::outcome::rejected::RejectionReason;
use crate::paths::{MatchedCallback, forms};

/// The longest payload, in bytes: what OpenID Connect allows for the id of a user.
const MAX_PAYLOAD_BYTES: usize = 255;

/// The longest callback path in its canonical form, in bytes. Browsers drop a cookie of more than
/// 4096 bytes (RFC 6265bis, section 5.6), and encryption makes it longer than its content.
const MAX_PATH_BYTES: usize = 1024;

/// The version of the text form. Other versions are not read.
const VERSION: &str = "2";

/// Stands for an id that a flow does not have.
const NONE: &str = "-";

/// What a flow was started for: its callback path and application, its user, vehicle and
/// `external_id`, and its payload.
///
/// A verifier of your own keeps it with the state of each flow, as opaque text, and passes it to
/// [`PendingCallback::verify`](super::PendingCallback::verify). Ids are kept as digests. The payload
/// is kept as it is.
#[derive(Clone)]
pub struct FlowRecord {
    /// In its canonical form, which has no spaces.
    path: String,
    application: Digest,
    ids: Ids,
    payload: String,
}

impl FlowRecord {
    pub(crate) fn new(
        callback_path: &str,
        application_id: &str,
        external_id: Option<&str>,
        vehicle_id: Option<&str>,
        payload: String,
    ) -> Result<Self, NotStarted> {
        let path = forms::canonical_by_segment(callback_path);
        if path.len() > MAX_PATH_BYTES {
            return Err(NotStarted::PathTooLong { bytes: path.len() });
        }
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(NotStarted::PayloadTooLong {
                bytes: payload.len(),
            });
        }
        Ok(Self {
            path,
            application: Digest::of("application", application_id),
            ids: Ids::of(vehicle_id, external_id),
            payload,
        })
    }

    /// Returns the text form, which has no control characters unless the payload has some.
    #[must_use]
    pub fn to_text(&self) -> String {
        let ids = [&self.ids.user, &self.ids.vehicle, &self.ids.external_id];
        let [user, vehicle, external_id] =
            ids.map(|id| id.as_ref().map_or(NONE, |digest| digest.as_str()));
        format!(
            "{VERSION} {} {} {user} {vehicle} {external_id} {}",
            self.path,
            self.application.as_str(),
            self.payload,
        )
    }

    /// Reads the text form. Returns `None` if it is none, or one of a version that this one does not
    /// know.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(7, ' ');
        let mut next = || parts.next();
        if next()? != VERSION {
            return None;
        }
        let id = |text: &str| (text != NONE).then(|| Digest::from_text(text));
        Some(Self {
            path: next()?.to_owned(),
            application: Digest::from_text(next()?),
            ids: Ids {
                user: id(next()?),
                vehicle: id(next()?),
                external_id: id(next()?),
            },
            payload: next()?.to_owned(),
        })
    }

    /// The same flow, started by this user.
    pub(super) fn with_user(mut self, user: Digest) -> Self {
        self.ids.user = Some(user);
        self
    }

    /// Whether `callback` is on the path and for the application of this flow. The ids are compared
    /// later, because other ids end the flow.
    pub(super) fn verify(&self, callback: &MatchedCallback) -> Result<Verified, RejectionReason> {
        let is_application = |id: &String| self.application == Digest::of("application", id);
        let ids = callback.application_ids();
        if self.path != callback.path() || !(ids.is_empty() || ids.iter().any(is_application)) {
            return Err(RejectionReason::StateForOtherPath);
        }
        let mut verified = Verified::new();
        if !self.payload.is_empty() {
            verified = verified.with_extension(FlowPayload::new(self.payload.clone()));
        }
        verified.ids = self.ids.clone();
        Ok(verified)
    }
}

/// Never prints the payload or an id.
impl fmt::Debug for FlowRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowRecord")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

//! The ids that a flow was started for.

use super::digest::Digest;
use crate::outcome::rejected::RejectionReason;
use crate::outcome::success::ConnectSuccess;

/// The subjects of the digests.
const VEHICLE: &str = "vehicle";
const EXTERNAL_ID: &str = "external id";

/// The ids that a flow was started for, as digests.
#[derive(Clone, Default)]
pub(super) struct Ids {
    pub(super) user: Option<Digest>,
    pub(super) vehicle: Option<Digest>,
    pub(super) external_id: Option<Digest>,
}

impl Ids {
    /// The ids of a flow that is not bound to a user.
    pub(super) fn of(vehicle_id: Option<&str>, external_id: Option<&str>) -> Self {
        Self {
            user: None,
            vehicle: vehicle_id.map(|id| Digest::of(VEHICLE, id)),
            external_id: external_id.map(|id| Digest::of(EXTERNAL_ID, id)),
        }
    }

    /// Whether a success is about the vehicle and the `external_id` of the flow.
    pub(super) fn verify(&self, success: &ConnectSuccess) -> Result<(), RejectionReason> {
        let is_same = |issued: &Option<Digest>, subject, id: Option<&str>| match issued {
            None => true,
            Some(issued) => id.is_some_and(|id| *issued == Digest::of(subject, id)),
        };
        if !is_same(&self.vehicle, VEHICLE, success.vehicle_id()) {
            return Err(RejectionReason::OtherVehicle);
        }
        // Smartcar drops an external id that it finds invalid, so its absence proves nothing.
        let external_id = success.external_id();
        if external_id.is_some() && !is_same(&self.external_id, EXTERNAL_ID, external_id) {
            return Err(RejectionReason::OtherExternalId);
        }
        Ok(())
    }
}

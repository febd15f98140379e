//! Where in Connect an owner brings an outcome about.

use super::outcome::Outcome;
use super::request::AuthorizeRequest;
pub(super) use crate::catalogue::Step;
use crate::parameter::Parameter;

impl Step {
    pub(super) const ALL: [Self; 4] = [Self::Brand, Self::Login, Self::Permissions, Self::Anywhere];

    /// The step on which a flow ends with this outcome.
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome.error_code() {
            None => Self::Permissions,
            Some(code) => code.step(),
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Brand => "Choose the brand",
            Self::Login => "Log in with the car maker",
            Self::Permissions => "Grant the permissions",
            Self::Anywhere => "On any page",
        }
    }

    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::Brand => "The owner picks the maker of their car.",
            Self::Login => "The owner logs in on the car maker’s own page, where Smartcar has no say.",
            Self::Permissions => "The owner reads what the app asks for, and decides.",
            Self::Anywhere => "Not everything goes as planned.",
        }
    }
}

/// Whether Connect can end a flow of this response type so.
pub(super) fn is_expected(outcome: &Outcome, request: &AuthorizeRequest) -> bool {
    let is_vehicle = outcome.text(Parameter::VehicleId).is_some();
    outcome.error_code().is_some() || is_vehicle == request.is_reauthentication()
}

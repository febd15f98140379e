//! Where in Connect an owner brings an outcome about, and how.

use super::outcome::Outcome;
use super::request::AuthorizeRequest;
use crate::catalogue::ErrorCode;
use crate::parameter::Parameter;

/// A step of Connect, in the order in which an owner meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Brand,
    Login,
    Permissions,
    /// No step: what can happen on each of them.
    Anywhere,
}

impl Step {
    pub(super) const ALL: [Self; 4] = [Self::Brand, Self::Login, Self::Permissions, Self::Anywhere];

    /// The step on which a flow ends with this outcome.
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome.error_code() {
            None | Some(ErrorCode::AccessDenied) => Self::Permissions,
            Some(ErrorCode::UserManuallyReturnedToApplication | ErrorCode::VehicleIncompatible) => Self::Brand,
            Some(
                ErrorCode::InvalidSubscription
                | ErrorCode::NoVehicles
                | ErrorCode::OemCancelledLogin
                | ErrorCode::UserCancelled,
            ) => Self::Login,
            Some(ErrorCode::ConfigurationError | ErrorCode::ServerError | ErrorCode::Unknown) => Self::Anywhere,
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

/// What the owner does, or what happens to them, in a few words.
pub(super) fn action(outcome: &Outcome) -> &'static str {
    match outcome.name() {
        "authorization_code" => return "Allow access",
        "authorization_code.with_virtual_key" => return "Allow access to a Tesla",
        "user_id" => return "Allow access, without a code exchange",
        "vehicle_id" => return "Allow access again",
        "vehicle_incompatible.with_vin_and_make" => return "Have an incompatible car, known by its VIN",
        "vehicle_incompatible.with_model_and_year" => return "Have an incompatible car, known by model and year",
        "server_error.without_state" => return "Smartcar fails, and forgets the state",
        _ => {}
    }
    match outcome.error_code() {
        None => "Allow access",
        Some(ErrorCode::AccessDenied) => "Decline",
        Some(ErrorCode::ConfigurationError) => "Leave Connect’s own error page",
        Some(ErrorCode::InvalidSubscription) => "Log in without an active subscription",
        Some(ErrorCode::NoVehicles) => "Log in to an account without a car",
        Some(ErrorCode::OemCancelledLogin) => "Leave the login page",
        Some(ErrorCode::ServerError) => "Smartcar fails",
        Some(ErrorCode::UserCancelled) => "Cancel the login, in a mobile app",
        Some(ErrorCode::UserManuallyReturnedToApplication) => "Go back to the application",
        Some(ErrorCode::VehicleIncompatible) => "Have an incompatible car",
        Some(ErrorCode::Unknown) => "Something new happens",
    }
}

/// Whether Connect can end a flow of this response type so.
pub(super) fn is_expected(outcome: &Outcome, request: &AuthorizeRequest) -> bool {
    let is_vehicle = outcome.text(Parameter::VehicleId).is_some();
    outcome.error_code().is_some() || is_vehicle == request.is_reauthentication()
}

//! The outcomes that Smartcar publishes.

use super::outcome::Outcome;
use crate::error_code::{ErrorCode, Step};
use crate::parameter::Parameter;

/// The text of an error that is not documented.
const UNDOCUMENTED: &str = "not_documented_yet";

/// The user and the vehicles are those of Smartcar's documentation.
const USER: &str = "725146a3-69f4-46c8-965d-54b3b6f81eb7";
const VEHICLE: &str = "sc4a1b01e5-0497-417c-a30e-6df6ba33ba46";
const VEHICLE_WITH_BATTERY: &str = "36ab27d0-fd9d-4455-823a-ce30af709ffc";

impl Outcome {
    /// Returns every known outcome of a flow, as Smartcar publishes it: the successes, each error of
    /// [`ErrorCode::ALL`], the parameters that only some flows have, an error that is not
    /// documented, and one without the `state`.
    ///
    /// The list grows with the error codes of this crate, so a test that iterates over it covers
    /// new errors without a change. With [`spellings`](Self::spellings), it covers every form of
    /// each:
    ///
    /// ```
    /// use tower_smartcar_connect::simulator::Outcome;
    ///
    /// for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
    ///     println!("{outcome}");
    /// }
    /// ```
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::authorization_code(),
            Self::authorization_code_with_virtual_key(),
            Self::user_id(),
            Self::vehicle_id(),
            Self::selected_capacity(),
        ];
        for &code in ErrorCode::ALL {
            all.push(Self::error(code));
            if code == ErrorCode::VehicleIncompatible {
                let vin_and_make = Self::error(code).vin("5YJSA1CN5DFP00101").make("TESLA");
                let model_and_year = vin_and_make.clone().model("Model S").year(2013);
                let action = "The vehicle is incompatible, with VIN and make";
                all.push(vin_and_make.variant("with_vin_and_make", action));
                let action = "The vehicle is incompatible, with model and year";
                all.push(model_and_year.variant("with_model_and_year", action));
            }
        }
        all.push(Self::error(ErrorCode::Unknown));
        all.push(
            Self::error(ErrorCode::ServerError)
                .drop_state(true)
                .variant("without_state", "Smartcar fails and loses the state"),
        );
        all
    }

    /// Creates the success of the authorization code flow: a `code`.
    ///
    /// The code and the other identifiers are constants from Smartcar's documentation.
    pub fn authorization_code() -> Self {
        Self::new("authorization_code", "Allow access", Step::Permissions)
            .with(Parameter::Code, "90abecb6-e7ab-4b85-864a-e1c8bf67f2ad")
    }

    /// Creates the success of the authorization code flow for a Tesla that has no virtual key yet:
    /// a `code`, a `user_id` and a `virtual_key_url`.
    pub fn authorization_code_with_virtual_key() -> Self {
        Self::authorization_code()
            .with(Parameter::UserId, USER)
            .with(
                Parameter::VirtualKeyUrl,
                "https://www.tesla.com/_ak/example.com",
            )
            .variant("with_virtual_key", "Allow access to a Tesla")
    }

    /// Creates the success of `response_type=none`: a `user_id`.
    pub fn user_id() -> Self {
        let action = "Allow access, without a code exchange";
        Self::new("user_id", action, Step::Permissions).with(Parameter::UserId, USER)
    }

    /// Creates the success of a re-authentication: a `vehicle_id`, which is that of the request if
    /// it has one.
    pub fn vehicle_id() -> Self {
        Self::new("vehicle_id", "Allow access again", Step::Permissions)
            .with(Parameter::VehicleId, VEHICLE)
    }

    /// Creates the success of a flow that asks for the size of a battery: a `vehicle_id`, a
    /// `selected_capacity` and a `reason`. The vehicle is that of the request if it has one.
    pub fn selected_capacity() -> Self {
        Self::new("selected_capacity", "Choose a battery size", Step::Battery)
            .with(Parameter::VehicleId, VEHICLE_WITH_BATTERY)
            .with(Parameter::SelectedCapacity, "80.9")
            .with(Parameter::Reason, "battery_capacity")
    }

    /// Creates an error as Smartcar publishes it, with the parameters that it always has.
    ///
    /// If Smartcar publishes a redirect with this error, the outcome reproduces it to the byte.
    /// Otherwise it has the documented description, with spaces as `%20`. [`ErrorCode::Unknown`] is
    /// an error that is not documented.
    pub fn error(code: ErrorCode) -> Self {
        match code {
            ErrorCode::AccessDenied => Self::documented_error(code).plus_for_space(true),
            ErrorCode::BatteryCapacityNoSelection => {
                Self::documented_error(code).with(Parameter::VehicleId, VEHICLE_WITH_BATTERY)
            }
            ErrorCode::ConfigurationError => Self::documented_error(code)
                .with(Parameter::StatusCode, "400")
                .with(
                    Parameter::ErrorMessage,
                    "You have entered a test mode VIN. Please enter a VIN that belongs to a real vehicle.",
                ),
            ErrorCode::NoVehicles => Self::documented_error(code).description(
                "No vehicles found. Please add vehicles to your account and try again.",
            ),
            ErrorCode::OemCancelledLogin => Self::documented_error(code)
                .description("the user did not complete authorization with the OEM")
                .bare_description(true),
            ErrorCode::Unknown => Self::undocumented_error(UNDOCUMENTED),
            _ => Self::documented_error(code),
        }
    }

    fn documented_error(code: ErrorCode) -> Self {
        let outcome = Self::with_error(code.as_str().into());
        match code.documented_description() {
            Some(description) => outcome.description(description),
            None => outcome,
        }
    }
}

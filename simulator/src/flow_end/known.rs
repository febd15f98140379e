//! The ends that Smartcar publishes.

use tower_smartcar_connect::ErrorCode;

use super::error_table::{self, Step};
use super::{FlowEnd, Kind};

/// The user and the vehicles are those of Smartcar's documentation.
pub(crate) const USER: &str = "725146a3-69f4-46c8-965d-54b3b6f81eb7";
const VEHICLE: &str = "sc4a1b01e5-0497-417c-a30e-6df6ba33ba46";
const VEHICLE_WITH_BATTERY: &str = "36ab27d0-fd9d-4455-823a-ce30af709ffc";

impl FlowEnd {
    /// Returns every known end of a flow, as Smartcar publishes it: the successes, each error of
    /// [`ErrorCode::ALL`], the parameters that only some flows have, an error that is not
    /// documented, and one without the `state`.
    ///
    /// The list grows with the error codes of `tower-smartcar-connect`, so a test that iterates
    /// over it covers new errors without a change. With [`spellings`](Self::spellings), it covers
    /// every form of each:
    ///
    /// ```
    /// use smartcar_connect_simulator::FlowEnd;
    ///
    /// for end in FlowEnd::all().iter().flat_map(FlowEnd::spellings) {
    ///     println!("{end}");
    /// }
    /// ```
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::authorization_code(),
            Self::authorization_code_without_user_id(),
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

    /// Creates the success of the authorization code flow: a `code` and a `user_id`.
    ///
    /// The code and the other identifiers are constants from Smartcar's documentation. A request
    /// with an `external_id` gets the `user_id` of that owner.
    pub fn authorization_code() -> Self {
        Self::code().with("user_id", USER)
    }

    /// Creates the success of an older authorization code flow: a `code` alone.
    pub fn authorization_code_without_user_id() -> Self {
        Self::code().variant("without_user_id", "Allow access, as older flows end")
    }

    /// Creates the success of the authorization code flow for a Tesla: a `code`, a `user_id` and a
    /// `virtual_key_url`.
    pub fn authorization_code_with_virtual_key() -> Self {
        Self::authorization_code()
            .with("virtual_key_url", "https://www.tesla.com/_ak/smartcar.com")
            .variant("with_virtual_key", "Allow access to a Tesla")
    }

    fn code() -> Self {
        Self::success(
            "authorization_code",
            "Allow access",
            Kind::AuthorizationCode,
            Step::Permissions,
        )
        .with("code", "90abecb6-e7ab-4b85-864a-e1c8bf67f2ad")
    }

    /// Creates the success of `response_type=none`: a `user_id`.
    pub fn user_id() -> Self {
        let action = "Allow access, without a code exchange";
        Self::success("user_id", action, Kind::UserId, Step::Permissions).with("user_id", USER)
    }

    /// Creates the success of a re-authentication: a `vehicle_id`, which is that of the request if
    /// it has one.
    pub fn vehicle_id() -> Self {
        let action = "Allow access again";
        Self::success("vehicle_id", action, Kind::VehicleId, Step::Permissions)
            .with("vehicle_id", VEHICLE)
    }

    /// Creates the success of a flow that asks for the size of a battery: a `vehicle_id`, a
    /// `selected_capacity` and a `reason`. The vehicle is that of the request if it has one.
    pub fn selected_capacity() -> Self {
        let (name, action) = ("selected_capacity", "Choose a battery size");
        Self::success(name, action, Kind::SelectedCapacity, Step::Battery)
            .with("vehicle_id", VEHICLE_WITH_BATTERY)
            .with("selected_capacity", "80.9")
            .with("reason", "battery_capacity")
    }

    /// Creates an error as Smartcar publishes it, with the parameters that it always has.
    ///
    /// If Smartcar publishes a redirect with this error, the end reproduces it to the byte.
    /// Otherwise it has the documented description, with spaces as `%20`. [`ErrorCode::Unknown`] is
    /// an error that is not documented.
    pub fn error(code: ErrorCode) -> Self {
        match code {
            ErrorCode::AccessDenied => Self::failure(code.as_str().into()).plus_for_space(true),
            ErrorCode::BatteryCapacityNoSelection => {
                Self::failure(code.as_str().into()).with("vehicle_id", VEHICLE_WITH_BATTERY)
            }
            ErrorCode::ConfigurationError => Self::failure(code.as_str().into())
                .with("status_code", "400")
                .with(
                    "error_message",
                    "You have entered a test mode VIN. Please enter a VIN that belongs to a real vehicle.",
                ),
            ErrorCode::NoVehicles => Self::failure(code.as_str().into()).description(
                "No vehicles found. Please add vehicles to your account and try again.",
            ),
            ErrorCode::OemCancelledLogin => Self::failure(code.as_str().into())
                .description("the user did not complete authorization with the OEM")
                .bare_description(true),
            ErrorCode::Unknown => Self::failure("not_documented_yet".into()),
            _ => Self::failure(code.as_str().into()),
        }
    }

    /// The documented description of the error, if it is documented.
    pub(super) fn documented_description(&self) -> Option<&'static str> {
        let code = self.error_code().filter(|&code| code != ErrorCode::Unknown);
        code.map(|code| error_table::row(code).description)
    }
}

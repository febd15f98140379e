//! What a form of a page says.

/// The names of the controls of the forms.
pub(crate) const LOGIN: &str = "simulated_login";
pub(crate) const VEHICLE: &str = "simulated_vehicle";
pub(crate) const HAS_VEHICLES: &str = "simulated_vehicles";
pub(crate) const CONNECTION: &str = "connection";
pub(crate) const SIGNED_OUT: &str = "signed_out";

/// The longest login that is read, in bytes.
const MAX_LOGIN_BYTES: usize = 256;

#[derive(Default)]
pub(crate) struct Form {
    /// Whether it has a control of these pages.
    pub(crate) is_filled: bool,
    pub(crate) outcome: Option<String>,
    pub(crate) login: Option<String>,
    /// Whether the form has vehicles to tick.
    pub(crate) has_vehicles: bool,
    /// The VINs of those that were ticked.
    pub(crate) vehicles: Vec<String>,
    pub(crate) connection: String,
    pub(crate) is_signed_out: bool,
}

impl Form {
    /// Reads the body of a form. What is not there is absent.
    pub(crate) fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.into_owned();
            match &*name {
                crate::connect::SIMULATED_OUTCOME => form.outcome = Some(value),
                LOGIN if (1..=MAX_LOGIN_BYTES).contains(&value.len()) => form.login = Some(value),
                HAS_VEHICLES => form.has_vehicles = true,
                VEHICLE => form.vehicles.push(value),
                CONNECTION => form.connection = value,
                SIGNED_OUT => form.is_signed_out = value == "true",
                _ => continue,
            }
            form.is_filled = true;
        }
        form
    }
}

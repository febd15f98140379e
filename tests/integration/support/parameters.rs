//! The parameters that Connect defines, by their names.

pub(crate) const NAMES: [&str; 16] = [
    "error",
    "error_description",
    "error_message",
    "status_code",
    "vin",
    "make",
    "model",
    "year",
    "code",
    "user_id",
    "vehicle_id",
    "selected_capacity",
    "reason",
    "virtual_key_url",
    "external_id",
    "state",
];

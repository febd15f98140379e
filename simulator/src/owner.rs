//! Who connects vehicles, and which vehicles they have.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_smartcar_connect::ErrorCode;

use crate::connect::AuthorizeRequest;
use crate::flow_end::{FlowEnd, USER};

/// Makes, models, years and powertrains of the vehicles, repeated if an owner has more.
const MODELS: [(&str, &str, u16, &str); 4] = [
    ("TESLA", "Model 3", 2023, "BEV"),
    ("AUDI", "Q4 e-tron", 2024, "BEV"),
    ("VOLVO", "XC60", 2022, "PHEV"),
    ("BMW", "330i", 2020, "ICE"),
];

/// How many vehicles an owner has who is not asked for a number.
const USUAL_VEHICLES: usize = 3;

/// The largest number of vehicles of an owner.
const MAX_VEHICLES: usize = 100;

/// A person with an account at a manufacturer.
pub(crate) struct Owner {
    pub(crate) user_id: String,
    pub(crate) vehicles: Vec<Vehicle>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vehicle {
    pub(crate) id: String,
    pub(crate) vin: String,
    pub(crate) make: String,
    pub(crate) model: String,
    pub(crate) year: u16,
    pub(crate) powertrain_type: String,
}

/// What Smartcar documents for the login in simulated mode, before the `@` of which may be a VIN or
/// a number.
enum TestLogin<'a> {
    Fails(FlowEnd),
    HasVehicle {
        vin: &'a str,
        powertrain_type: &'static str,
    },
    HasVehicles(usize),
}

impl Owner {
    /// The owner who logs in, or that of the request: each `external_id` has an owner, and without
    /// one it is the user of Smartcar's documentation.
    pub(crate) fn of(request: &AuthorizeRequest, login: Option<&str>) -> Self {
        let external_id = request.parameter("external_id").filter(|id| id != "null");
        let user_id = match (login, external_id) {
            (Some(login), _) => id(&["user", "login", login]),
            (None, Some(external_id)) => id(&["user", "external_id", &external_id]),
            (None, None) => USER.to_owned(),
        };
        let mut vehicles = match login.and_then(|login| TestLogin::of(request, login)) {
            Some(TestLogin::HasVehicle {
                vin,
                powertrain_type,
            }) => vec![Vehicle {
                powertrain_type: powertrain_type.to_owned(),
                ..Vehicle::with_vin(&user_id, vin)
            }],
            Some(TestLogin::HasVehicles(number)) => vehicles(&user_id, number),
            _ => vehicles(&user_id, USUAL_VEHICLES),
        };
        if let Some(vin) = request.single_select_vin().filter(|vin| is_word(vin)) {
            vehicles = vec![Vehicle::with_vin(&user_id, &vin)];
        } else if let Some(make) = request.parameter("make").filter(|make| is_word(make)) {
            vehicles.retain(|vehicle| vehicle.make == make);
            if vehicles.is_empty() {
                vehicles = vec![Vehicle {
                    make: make.into_owned(),
                    ..Vehicle::of_model(&user_id, 0)
                }];
            }
        }
        Self { user_id, vehicles }
    }
}

/// Returns the error with which Smartcar's simulated mode ends a flow after this login, if it does.
pub(crate) fn failure(request: &AuthorizeRequest, login: &str) -> Option<FlowEnd> {
    match TestLogin::of(request, login)? {
        TestLogin::Fails(end) => Some(end),
        TestLogin::HasVehicle { .. } | TestLogin::HasVehicles(_) => None,
    }
}

impl<'a> TestLogin<'a> {
    fn of(request: &AuthorizeRequest, login: &'a str) -> Option<Self> {
        if request.is_live() {
            return None;
        }
        let incompatible = |vin: &str| {
            let end = FlowEnd::error(ErrorCode::VehicleIncompatible);
            Self::Fails(end.vin(vin.to_owned()).make("AUDI"))
        };
        let (name, domain) = login.split_once('@')?;
        match (name, domain) {
            ("smartcar", "vehicle-incompatible.com") => Some(incompatible("0SCAUDI012FE3B132")),
            ("smartcar", "invalid-subscription.com") => {
                Some(Self::Fails(FlowEnd::error(ErrorCode::InvalidSubscription)))
            }
            (vin, "incompatible.smartcar.com") if is_word(vin) => Some(incompatible(vin)),
            (number, "smartcar.com") => {
                let number: usize = number.strip_suffix("-vehicles")?.parse().ok()?;
                Some(match number {
                    0 => Self::Fails(FlowEnd::error(ErrorCode::NoVehicles)),
                    _ => Self::HasVehicles(number.min(MAX_VEHICLES)),
                })
            }
            (vin, domain) if is_word(vin) => {
                let powertrain_type = match domain.strip_suffix(".smartcar.com")? {
                    "bev" | "compatible" => "BEV",
                    "phev" => "PHEV",
                    "fuel" => "ICE",
                    _ => return None,
                };
                Some(Self::HasVehicle {
                    vin,
                    powertrain_type,
                })
            }
            _ => None,
        }
    }
}

fn vehicles(user_id: &str, number: usize) -> Vec<Vehicle> {
    (0..number)
        .map(|index| Vehicle::of_model(user_id, index))
        .collect()
}

impl Vehicle {
    fn of_model(user_id: &str, index: usize) -> Self {
        let (make, model, year, powertrain_type) = MODELS[index % MODELS.len()];
        let digits = id(&["vin", user_id, &index.to_string()]).to_uppercase();
        // Like the VINs of Smartcar's simulated vehicles: `0SC`, the make, ten digits.
        let vin = format!("0SC{:0<4.4}{}{}", make, &digits[..8], &digits[9..11]);
        Self {
            id: id(&["vehicle", user_id, &vin]),
            vin,
            make: make.to_owned(),
            model: model.to_owned(),
            year,
            powertrain_type: powertrain_type.to_owned(),
        }
    }

    fn with_vin(user_id: &str, vin: &str) -> Self {
        let index = MODELS
            .iter()
            .position(|(make, ..)| vin.get(3..7) == Some(&format!("{make:0<4.4}")));
        Self {
            id: id(&["vehicle", user_id, vin]),
            vin: vin.to_owned(),
            ..Self::of_model(user_id, index.unwrap_or_default())
        }
    }
}

/// Whether the text can be a VIN or a make, and is not something long and hostile.
fn is_word(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=32).contains(&text.len()) && text.bytes().all(is_letter)
}

/// The UUID of a name, always the same.
pub(crate) fn id(name: &[&str]) -> String {
    let digest = Sha256::digest(name.join("\0"));
    let mut hex: String = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // RFC 9562, section 5.8: a version 8 UUID, with the variant of that document.
    hex.replace_range(12..13, "8");
    hex.replace_range(16..17, "8");
    for at in [20, 16, 12, 8] {
        hex.insert(at, '-');
    }
    hex
}

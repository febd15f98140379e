//! The addresses of Connect: one row for each, with what it accepts and how its flows end.

use crate::flow_end::Kind;
use crate::flow_end::error_table::Step;

/// The parameter that ends a simulated flow at once.
pub(crate) const SIMULATED_OUTCOME: &str = "simulated_outcome";

/// The two names of one parameter, the current one first.
pub(crate) const APPLICATION_ID: [&str; 2] = ["application_id", "client_id"];

/// An address to which an app sends browsers.
pub(crate) struct Endpoint {
    /// The end of its path.
    pub(crate) path: &'static str,
    /// What the app asks the owner for, in a few words.
    pub(crate) purpose: &'static str,
    /// Other parameters are ignored.
    pub(crate) parameters: &'static [Known],
    /// One for each value of `response_type`. A request that needs none gets the first one.
    pub(crate) response_types: &'static [ResponseType],
    /// What a flow that ends well does to the connections.
    pub(crate) effect: Effect,
    /// Where its flows can end.
    pub(crate) steps: &'static [Step],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It adds those of the vehicles that the owner ticks.
    Connects,
    /// It signs the owner of the `vehicle_id` in again.
    Reauthenticates,
    Nothing,
}

/// A parameter of an authorize request.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) is_required: bool,
    /// The documented values, or none if every text is a value.
    pub(crate) values: &'static [&'static str],
}

/// A value of `response_type`.
pub(crate) struct ResponseType {
    pub(crate) name: &'static str,
    pub(crate) success: Kind,
    pub(crate) without_redirect_uri: WithoutRedirectUri,
}

/// What happens to a request without a `redirect_uri`.
#[derive(Clone, Copy)]
pub(crate) enum WithoutRedirectUri {
    /// It gets the default of the dashboard.
    Default,
    /// The flow ends on a page of Connect.
    NoCallback,
    Rejected,
}

/// Where a flow that connects a vehicle can end. An owner who skips the question about the battery
/// in such a flow goes on: Smartcar documents `battery_capacity_no_selection` for
/// `/battery-capacity` only.
const CONNECT: &[Step] = &[Step::Brand, Step::Login, Step::Permissions, Step::Anywhere];

const REAUTHENTICATE: &str = "/oauth/reauthenticate";

/// The sources are Smartcar's pages `connect/redirect-to-connect`,
/// `connect/re-auth/redirect-to-connect` and `connect/user-selected-batcap`.
pub(crate) static ENDPOINTS: [Endpoint; 4] = [
    Endpoint {
        path: "/oauth/authorize",
        purpose: "Connect a vehicle",
        parameters: &[
            optional(APPLICATION_ID[0]),
            optional(APPLICATION_ID[1]),
            required("response_type", &["code", "none"]),
            optional("redirect_uri"),
            optional("scope"),
            optional("state"),
            one_of("approval_prompt", &["auto", "force"]),
            // Smartcar no longer documents `test`, but its SDKs still send it.
            one_of("mode", &["live", "simulated", "test"]),
            optional("make"),
            one_of("single_select", &["true", "false"]),
            optional("single_select_vin"),
            optional("flags"),
            optional("user"),
            optional("external_id"),
            optional(SIMULATED_OUTCOME),
        ],
        response_types: &[
            ResponseType {
                name: "code",
                success: Kind::AuthorizationCode,
                without_redirect_uri: WithoutRedirectUri::Default,
            },
            ResponseType {
                name: "none",
                success: Kind::UserId,
                without_redirect_uri: WithoutRedirectUri::NoCallback,
            },
        ],
        effect: Effect::Connects,
        steps: CONNECT,
    },
    Endpoint {
        path: REAUTHENTICATE,
        purpose: "Connect a known vehicle again",
        parameters: &[
            optional(APPLICATION_ID[0]),
            optional(APPLICATION_ID[1]),
            required("response_type", &["vehicle_id", "none"]),
            required("vehicle_id", &[]),
            optional("redirect_uri"),
            optional("state"),
            optional("external_id"),
            optional(SIMULATED_OUTCOME),
        ],
        response_types: &[
            ResponseType {
                name: "vehicle_id",
                success: Kind::VehicleId,
                without_redirect_uri: WithoutRedirectUri::Rejected,
            },
            ResponseType {
                name: "none",
                success: Kind::VehicleId,
                without_redirect_uri: WithoutRedirectUri::NoCallback,
            },
        ],
        effect: Effect::Reauthenticates,
        steps: CONNECT,
    },
    Endpoint {
        path: REAUTHENTICATE,
        purpose: "Grant the permissions of a Tesla again",
        parameters: &[
            optional(APPLICATION_ID[0]),
            optional(APPLICATION_ID[1]),
            one_of("response_type", &["vehicle_id", "none"]),
            required("make", &["TESLA"]),
            required("scope", &[]),
            optional("state"),
            optional("external_id"),
            optional(SIMULATED_OUTCOME),
        ],
        response_types: &[
            ResponseType {
                name: "vehicle_id",
                success: Kind::VehicleId,
                without_redirect_uri: WithoutRedirectUri::NoCallback,
            },
            ResponseType {
                name: "none",
                success: Kind::VehicleId,
                without_redirect_uri: WithoutRedirectUri::NoCallback,
            },
        ],
        effect: Effect::Nothing,
        steps: CONNECT,
    },
    Endpoint {
        path: "/battery-capacity",
        purpose: "Ask for the battery size of a known vehicle",
        // No `state`: Smartcar documents none, and returns none.
        parameters: &[
            optional(APPLICATION_ID[0]),
            optional(APPLICATION_ID[1]),
            required("response_type", &["vehicle_id"]),
            required("vehicle_id", &[]),
            optional("redirect_uri"),
            optional("token"),
            optional(SIMULATED_OUTCOME),
        ],
        response_types: &[ResponseType {
            name: "vehicle_id",
            success: Kind::SelectedCapacity,
            without_redirect_uri: WithoutRedirectUri::Rejected,
        }],
        // Without its token, which lives 30 days, the owner logs in and grants access first.
        effect: Effect::Nothing,
        steps: &[
            Step::Login,
            Step::Permissions,
            Step::Battery,
            Step::Anywhere,
        ],
    },
];

const fn optional(name: &'static str) -> Known {
    one_of(name, &[])
}

const fn one_of(name: &'static str, values: &'static [&'static str]) -> Known {
    Known {
        name,
        is_required: false,
        values,
    }
}

const fn required(name: &'static str, values: &'static [&'static str]) -> Known {
    Known {
        name,
        is_required: true,
        values,
    }
}

impl Endpoint {
    /// The endpoint of a request. Only the end of the path counts, because an app may serve the
    /// simulator below a path of its own. Two endpoints share a path: a re-authentication of a make
    /// names no vehicle.
    pub(crate) fn of(path: &str, query: &str) -> Option<&'static Self> {
        let has = |name| {
            form_urlencoded::parse(query.as_bytes())
                .any(|(other, value)| other == name && !value.is_empty())
        };
        let is_of_a_make = has("make") && !has("vehicle_id");
        let mut endpoints = ENDPOINTS
            .iter()
            .filter(|endpoint| path.ends_with(endpoint.path));
        let first = endpoints.next();
        endpoints.next().filter(|_| is_of_a_make).or(first)
    }

    /// The parameter of a decoded name.
    pub(crate) fn parameter(&self, name: &[u8]) -> Option<&'static Known> {
        self.parameters
            .iter()
            .find(|known| known.name.as_bytes() == name)
    }

    pub(crate) fn response_type(&self, name: &[u8]) -> Option<&'static ResponseType> {
        self.response_types
            .iter()
            .find(|response_type| response_type.name.as_bytes() == name)
    }
}

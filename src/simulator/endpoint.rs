//! The addresses of Connect: one row for each, with what it accepts and how its flows end.

use crate::error_code::Step;
use crate::parameter::Parameter;

/// The parameter that ends a simulated flow at once.
pub(super) const SIMULATED_OUTCOME: &str = "simulated_outcome";

/// The two names of one parameter, the current one first.
pub(super) const APPLICATION_ID: [&str; 2] = ["application_id", "client_id"];

/// An address to which an app sends browsers.
pub(super) struct Endpoint {
    /// The end of its path.
    pub(super) path: &'static str,
    /// What the app asks the owner for, in a few words.
    pub(super) purpose: &'static str,
    /// Other parameters are ignored.
    pub(super) parameters: &'static [Known],
    /// One for each value of `response_type`.
    pub(super) response_types: &'static [ResponseType],
    /// Where its flows can end.
    pub(super) steps: &'static [Step],
}

/// A parameter of an authorize request.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) is_required: bool,
    /// The documented values, or none if every text is a value.
    pub(super) values: &'static [&'static str],
}

/// A value of `response_type`.
pub(super) struct ResponseType {
    pub(super) name: &'static str,
    /// The parameter that its success begins with.
    pub(super) success: Parameter,
    pub(super) without_redirect_uri: WithoutRedirectUri,
}

/// What happens to a request without a `redirect_uri`.
#[derive(Clone, Copy)]
pub(super) enum WithoutRedirectUri {
    /// It gets the default of the dashboard.
    Default,
    /// The flow ends on a page of Connect.
    NoCallback,
    Rejected,
}

/// Where a flow that connects a vehicle can end. An owner who skips the question about the battery
/// in such a flow goes on: Smartcar documents `battery_capacity_no_selection` for `/battery-capacity`
/// only.
const CONNECT: &[Step] = &[Step::Brand, Step::Login, Step::Permissions, Step::Anywhere];

/// The sources are Smartcar's pages `connect/redirect-to-connect`,
/// `connect/re-auth/redirect-to-connect` and `connect/user-selected-batcap`.
pub(super) static ENDPOINTS: [Endpoint; 3] = [
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
                success: Parameter::Code,
                without_redirect_uri: WithoutRedirectUri::Default,
            },
            ResponseType {
                name: "none",
                success: Parameter::UserId,
                without_redirect_uri: WithoutRedirectUri::NoCallback,
            },
        ],
        steps: CONNECT,
    },
    Endpoint {
        path: "/oauth/reauthenticate",
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
                success: Parameter::VehicleId,
                without_redirect_uri: WithoutRedirectUri::Rejected,
            },
            ResponseType {
                name: "none",
                success: Parameter::VehicleId,
                without_redirect_uri: WithoutRedirectUri::NoCallback,
            },
        ],
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
            success: Parameter::VehicleId,
            without_redirect_uri: WithoutRedirectUri::Rejected,
        }],
        steps: &[Step::Battery],
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
    /// The endpoint of a path. Only the end of the path counts, because an app may serve the
    /// simulator below a path of its own.
    pub(super) fn of_path(path: &str) -> Option<&'static Self> {
        ENDPOINTS
            .iter()
            .find(|endpoint| path.ends_with(endpoint.path))
    }

    /// The parameter of a decoded name.
    pub(super) fn parameter(&self, name: &[u8]) -> Option<&'static Known> {
        self.parameters
            .iter()
            .find(|known| known.name.as_bytes() == name)
    }

    pub(super) fn response_type(&self, name: &[u8]) -> Option<&'static ResponseType> {
        self.response_types
            .iter()
            .find(|response_type| response_type.name.as_bytes() == name)
    }
}

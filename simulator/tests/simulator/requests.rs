//! Authorize requests: what is read, what is rejected, and which ends are documented for each.

use std::collections::BTreeSet;

use http::Uri;
use smartcar_connect_simulator::{AuthorizeRequest, FlowEnd};

use crate::{rows, simulator};

/// A request, and parameters that it has, or lacks if they have no value.
const READ: &str = "
    /oauth/authorize?response_type=code&client_id=app-1&scope=a%20b | application_id=app-1 scope=a,b
    /oauth/authorize?response_type=code&application_id=app-1&mode=test | client_id=app-1 mode=test
    /oauth/authorize?response_type=none&client_id=app-1&external_id=e+1 | external_id=e,1
    /oauth/authorize?response_type=code&client_id=app-1&application_id=&state=&mode= | state= mode=
    /oauth/authorize?response_type=code&client_id=app-1&ref=a&ref=b&vehicle_id=v-1 | ref= vehicle_id=
    /oauth/authorize?&&response_type=code&&client%5Fid=app%2D1&state=%2B== | client_id=app-1 state=+==
    /simulator/oauth/authorize?response_type=code&client_id=app-1 | client_id=app-1
    /oauth/reauthenticate?response_type=none&client_id=app-1&vehicle_id=v-1&scope=a&make=A | vehicle_id=v-1 make= scope=
    /oauth/reauthenticate?client_id=app-1&make=TESLA&scope=a&redirect_uri=ignored | make=TESLA redirect_uri=
    /battery-capacity?{VEHICLE}&token=t-1&state=s-1 | token=t-1 state=
";

/// A request, and how the message about it begins.
const REJECTED: &str = "
    /oauth/token?response_type=code&client_id=app-1 | the path is not one of Connect
    /oauth/authorize/?response_type=code&client_id=app-1 | the path is not one of Connect
    /oauth/authorize | the parameter `application_id` is missing
    /oauth/authorize?Client_Id=app-1 | the parameter `application_id` is missing
    /oauth/authorize?client_id= | the parameter `application_id` is missing
    /oauth/authorize?client_id=APP-1 | the `application_id` is not the one
    /oauth/authorize?client_id=client_01JQ | the `application_id` is not the one
    /oauth/authorize?client_id=app-1&client_id=app-1 | the parameter `client_id` appears more than once
    /oauth/authorize?client_id=app-1&application_id=app-1 | the parameter `application_id` appears more
    /oauth/authorize?client_id=app-1&state=1&st%61te=2 | the parameter `state` appears more than once
    /oauth/authorize?client_id=app-1 | the parameter `response_type` is missing
    /oauth/authorize?client_id=app-1&response_type=Code | the parameter `response_type` has a value
    /oauth/authorize?client_id=app-1&response_type=vehicle_id | the parameter `response_type` has a value
    /oauth/authorize?client_id=app-1&response_type=code&mode=production | the parameter `mode` has a value
    /oauth/authorize?client_id=app-1&response_type=code&single_select=True | the parameter `single_select` has
    /oauth/authorize?client_id=app-1&response_type=code&redirect_uri=http://evil.example | the `redirect_uri` is
    /oauth/authorize?client_id=app-1&response_type=code&redirect_uri=http://localhost:8000/callback/ | the `redirect_uri` is
    /oauth/authorize?client_id=app-1&response_type=code&redirect_uri=http://LOCALHOST:8000/callback | the `redirect_uri` is
    /oauth/authorize?client_id=app-1&response_type=code&redirect_uri=http%253A//localhost:8000/callback | the `redirect_uri` is
    /oauth/reauthenticate?client_id=app-1&response_type=none | the parameter `vehicle_id` is missing
    /oauth/reauthenticate?client_id=app-1&response_type=vehicle_id&vehicle_id=v-1 | the parameter `redirect_uri` is missing
    /oauth/reauthenticate?client_id=app-1&make=TESLA | the parameter `scope` is missing
    /oauth/reauthenticate?client_id=app-1&make=BMW&scope=read_vin | the parameter `make` has a value
    /battery-capacity?client_id=app-1&response_type=vehicle_id | the parameter `vehicle_id` is missing
    /battery-capacity?client_id=app-1&response_type=vehicle_id&vehicle_id=v-1 | the parameter `redirect_uri` is missing
";

/// A request, whether a callback comes, and the ends that are documented for it besides the errors
/// of every flow.
const OUTCOMES: &str = "
    /oauth/authorize?response_type=code&client_id=app-1 | callback | INCOMPATIBLE authorization_code authorization_code.with_virtual_key authorization_code.without_user_id
    /oauth/authorize?response_type=none&client_id=app-1 | no callback | INCOMPATIBLE user_id
    /oauth/authorize?{VEHICLE}&response_type=none | callback | INCOMPATIBLE user_id
    /oauth/reauthenticate?{VEHICLE}&response_type=vehicle_id | callback | INCOMPATIBLE vehicle_id
    /oauth/reauthenticate?client_id=app-1&response_type=none&vehicle_id=v-1 | no callback | INCOMPATIBLE vehicle_id
    /oauth/reauthenticate?client_id=app-1&make=TESLA&scope=read_vin | no callback | INCOMPATIBLE vehicle_id
    /battery-capacity?{VEHICLE}&response_type=vehicle_id | callback | selected_capacity battery_capacity_no_selection
";

const EVERY_FLOW: &str = "access_denied configuration_error invalid_subscription no_vehicles \
    not_documented_yet oem_cancelled_login server_error server_error.without_state user_cancelled \
    user_manually_returned_to_application";
const INCOMPATIBLE: &str = "vehicle_incompatible vehicle_incompatible.with_model_and_year \
    vehicle_incompatible.with_vin_and_make";

const VEHICLE: &str = "client_id=app-1&vehicle_id=v-1&redirect_uri=http://localhost:8000/callback";

fn authorize(target: &str) -> AuthorizeRequest {
    let target = target.replace("{VEHICLE}", VEHICLE);
    let request = simulator().authorize(&target.parse().unwrap());
    request.unwrap_or_else(|invalid| panic!("{target}: {invalid}"))
}

#[test]
fn requests_are_read_as_documented() {
    for [target, parameters] in rows(&READ.replace(
        "{VEHICLE}&",
        &format!("{VEHICLE}&response_type=vehicle_id&"),
    )) {
        let request = authorize(target);
        for parameter in parameters.split(' ') {
            let (name, value) = parameter.split_once('=').unwrap();
            let found = request
                .parameter(name)
                .unwrap_or_default()
                .replace(' ', ",");
            assert_eq!(found, value, "{name} of {target}");
        }
    }
}

#[test]
fn untrusted_requests_are_rejected() {
    for [target, message] in rows(REJECTED) {
        let invalid = simulator().authorize(&target.parse().unwrap());
        let invalid = invalid.unwrap_err().to_string();
        assert!(invalid.starts_with(message), "{target}: {invalid}");
        assert!(!invalid.contains("evil"), "{target}: {invalid}");
    }
    let long = format!("/oauth/authorize?state={}", "a".repeat(8192));
    let long: Uri = long.parse().unwrap();
    let invalid = simulator().authorize(&long).unwrap_err().to_string();
    assert!(invalid.starts_with("the query has more than"), "{invalid}");
}

#[test]
fn each_request_has_its_documented_outcomes_and_a_callback_or_none() {
    for [target, callback, ends] in rows(OUTCOMES) {
        let request = authorize(target);
        assert_eq!(request.has_callback(), callback == "callback", "{target}");
        let outcomes = request.outcomes();
        let names: BTreeSet<_> = outcomes.iter().map(FlowEnd::name).collect();
        let expected = format!(
            "{EVERY_FLOW} {}",
            ends.replace("INCOMPATIBLE", INCOMPATIBLE)
        );
        let expected: BTreeSet<_> = expected.split_whitespace().collect();
        assert_eq!(names, expected, "{target}");
    }
}

#[test]
fn debug_output_has_no_values_from_the_request() {
    let request = crate::request("state=secret-1&user=secret-2");
    let names = r#"{"client_id", "response_type", "state", "user"}"#;
    assert_eq!(format!("{request:?}"), names);
}

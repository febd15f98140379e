//! Outcomes as JSON.

use serde::Serialize;
use serde_json::{Value, json};
use tower_smartcar_connect::{
    ConnectFailure, ConnectOutcome, ErrorCode, RejectionReason, Resolution,
};

use crate::parsing;

/// Queries of callbacks, with their JSON without and with the private fields.
const CALLBACKS: [(&str, &str, &str); 13] = [
    (
        // As published, without the name of the description.
        "error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
        r#"{"error":"oem_cancelled_login","error_description":"the user did not complete authorization with the OEM"}"#,
        r#"{"error":"oem_cancelled_login","error_description":"the user did not complete authorization with the OEM"}"#,
    ),
    (
        "error=access_denied&error_description=User+denied+access+to+application.&state=0facda3319",
        r#"{"error":"access_denied","error_description":"User denied access to application."}"#,
        r#"{"error":"access_denied","error_description":"User denied access to application.","state":"0facda3319"}"#,
    ),
    (
        "error=configuration_error&status_code=400&error_message=A+test+mode+VIN.",
        r#"{"error":"configuration_error","status_code":400}"#,
        r#"{"error":"configuration_error","error_message":"A test mode VIN.","status_code":400}"#,
    ),
    (
        "make=TESLA&vin=0SCGZ101PAUAAAAA0&error=vehicle_incompatible",
        r#"{"error":"vehicle_incompatible"}"#,
        r#"{"error":"vehicle_incompatible","vin":"0SCGZ101PAUAAAAA0","make":"TESLA"}"#,
    ),
    (
        "state=s-1&external_id=e-1&year=2015&model=Model+S&error=vehicle_incompatible",
        r#"{"error":"vehicle_incompatible"}"#,
        r#"{"error":"vehicle_incompatible","model":"Model S","year":2015,"external_id":"e-1","state":"s-1"}"#,
    ),
    // A code that is not documented.
    (
        "error=oem_on_holiday",
        r#"{"error":"oem_on_holiday"}"#,
        r#"{"error":"oem_on_holiday"}"#,
    ),
    // Invalid numbers, and parameters without a value.
    (
        "error=server_error&status_code=+400&year=soon&error_description=&make",
        r#"{"error":"server_error","error_description":""}"#,
        r#"{"error":"server_error","error_description":"","make":""}"#,
    ),
    (
        "error=server_error&status_code=65536&year=-1",
        r#"{"error":"server_error"}"#,
        r#"{"error":"server_error"}"#,
    ),
    // Parameters that an error does not have.
    (
        "error=server_error&virtual_key_url=https://example.com&page=2",
        r#"{"error":"server_error"}"#,
        r#"{"error":"server_error"}"#,
    ),
    (
        "code=c-1&state=s-1&user_id=u-1&external_id=e-1&virtual_key_url=https%3A%2F%2Fkey.example",
        "{}",
        r#"{"code":"c-1","user_id":"u-1","virtual_key_url":"https://key.example","external_id":"e-1","state":"s-1"}"#,
    ),
    (
        "user_id=u-1&state=a%2Bb",
        "{}",
        r#"{"user_id":"u-1","state":"a+b"}"#,
    ),
    (
        "vehicle_id=v-1&state",
        "{}",
        r#"{"vehicle_id":"v-1","state":""}"#,
    ),
    // Parameters that a success does not have.
    (
        "code=c-1&error_description=Sorry&status_code=400&make=TESLA&year=2015&bare",
        "{}",
        r#"{"code":"c-1"}"#,
    ),
];

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn read(query: &str) -> ConnectOutcome {
    parsing::read(query).expect(query).expect(query)
}

#[test]
fn outcomes_serialize_like_the_query_with_private_fields_on_request() {
    for (query, expected, with_private_fields) in CALLBACKS {
        let outcome = read(query);
        let written = match &outcome {
            ConnectOutcome::Success(success) => {
                [json(success), json(&success.with_private_fields())]
            }
            ConnectOutcome::Error(error) => [json(error), json(&error.with_private_fields())],
        };
        assert_eq!(written, [expected, with_private_fields], "{query}");
    }
}

#[test]
fn an_outcome_is_serialized_like_its_content() {
    for (query, expected, with_private_fields) in CALLBACKS {
        let outcome = read(query);
        let written = [json(&outcome), json(&outcome.with_private_fields())];
        assert_eq!(written, [expected, with_private_fields], "{query}");
    }
}

#[test]
fn hostile_values_survive_a_round_trip_through_json() {
    let cases = [
        ("%22%2C%22error%22%3A%22forged", "\",\"error\":\"forged"),
        ("a%0D%0Ab%00%1B%5B2J", "a\r\nb\0\u{1b}[2J"),
        ("%5C%22%5C", "\\\"\\"),
        ("%3C/script%3E", "</script>"),
        ("%E2%80%A8%E2%80%AE", "\u{2028}\u{202e}"),
        ("%FF%C3", "\u{fffd}\u{fffd}"),
        ("%ED%A0%80", "\u{fffd}\u{fffd}\u{fffd}"),
        ("%F0%9F%9A%97", "🚗"),
    ];
    for (text, expected) in cases {
        let query = format!("error=server_error&error_description={text}&vin={text}&state={text}");
        let written = json(&read(&query).with_private_fields());
        assert!(!written.contains(char::is_control), "{text}: {written}");
        let parsed: Value = serde_json::from_str(&written).expect(&written);
        let fields = json!({
            "error": "server_error",
            "error_description": expected,
            "vin": expected,
            "state": expected,
        });
        assert_eq!(parsed, fields, "{text}");
    }
}

#[test]
fn a_failure_is_its_error_or_the_reason_and_the_parameter_of_its_rejection() {
    let cases = [
        (
            "code=c-1&code=c-2",
            r#"{"reason":"duplicate_parameter","parameter":"code"}"#,
        ),
        (
            "error=access_denied&user_id=u-1",
            r#"{"reason":"conflicting_outcome","parameter":"user_id"}"#,
        ),
        (
            "vehicle_id=",
            r#"{"reason":"empty_parameter","parameter":"vehicle_id"}"#,
        ),
        ("error=%22", r#"{"reason":"malformed_error"}"#),
    ];
    for (query, expected) in cases {
        let rejected = parsing::read(query).expect_err(query);
        assert_eq!(json(&rejected), expected, "{query}");
        assert_eq!(json(&ConnectFailure::from(rejected)), expected, "{query}");
    }
    for (query, expected, _) in CALLBACKS {
        if let ConnectOutcome::Error(error) = read(query) {
            assert_eq!(json(&ConnectFailure::from(error)), expected, "{query}");
        }
    }
}

#[test]
fn reasons_and_resolutions_are_serialized_as_their_names() {
    assert_eq!(json(&RejectionReason::StateExpired), r#""state_expired""#);
    assert_eq!(
        json(&Resolution::OfferAnotherVehicle),
        r#""offer_another_vehicle""#
    );
}

#[test]
fn a_code_is_serialized_as_a_string_and_deserialized_from_any_string() {
    for code in ErrorCode::ALL.iter().chain([&ErrorCode::Unknown]) {
        let written = json(code);
        assert_eq!(written, format!("{:?}", code.as_str()), "{code}");
        assert_eq!(
            serde_json::from_str::<ErrorCode>(&written).unwrap(),
            *code,
            "{code}"
        );
    }
    for text in ["oem_on_holiday", "Access_Denied", "", "access_denied\n"] {
        let read: ErrorCode = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(read, ErrorCode::Unknown, "{text:?}");
    }
    // With an escape, so that the JSON cannot be borrowed from.
    let read: ErrorCode = serde_json::from_str(r#""access\u005fdenied""#).unwrap();
    assert_eq!(read, ErrorCode::AccessDenied);
}

#[test]
fn a_code_is_deserialized_only_from_a_string() {
    for json in ["7", "null", "[]", "{}", "true"] {
        assert!(serde_json::from_str::<ErrorCode>(json).is_err(), "{json}");
    }
}

//! The resolution, the documentation page and the owner's message of each error code.

use tower_smartcar_connect::{ConnectOutcome, ErrorCode, Resolution};

use crate::parsing::read;

/// Every documented code with its resolution and Smartcar's page about it. The name of the page is
/// not always the name of the code.
const ADVICE: [(&str, Resolution, &str); 10] = [
    (
        "access_denied",
        Resolution::AskAgain,
        "errors/connect-errors/access-denied",
    ),
    (
        "battery_capacity_no_selection",
        Resolution::ContinueWithout,
        "connect/user-selected-batcap",
    ),
    (
        "configuration_error",
        Resolution::FixConfiguration,
        "errors/connect-errors/configuration-error",
    ),
    (
        "invalid_subscription",
        Resolution::FixSubscription,
        "errors/connect-errors/invalid-subscription",
    ),
    (
        "no_vehicles",
        Resolution::AddVehicle,
        "errors/connect-errors/no-vehicles",
    ),
    (
        "oem_cancelled_login",
        Resolution::AskAgain,
        "errors/connect-errors/oem-login-cancelled",
    ),
    (
        "server_error",
        Resolution::RetryLater,
        "errors/connect-errors/server-error",
    ),
    (
        "user_cancelled",
        Resolution::AskAgain,
        "api-reference/api-errors",
    ),
    (
        "user_manually_returned_to_application",
        Resolution::AskAgain,
        "errors/connect-errors/returned-to-application",
    ),
    (
        "vehicle_incompatible",
        Resolution::OfferAnotherVehicle,
        "errors/connect-errors/vehicle-incompatible",
    ),
];

#[test]
fn every_documented_code_has_its_resolution_and_its_page() {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, ADVICE.map(|(text, ..)| text));
    for (text, resolution, page) in ADVICE {
        let Ok(Some(ConnectOutcome::Error(error))) = read(&format!("error={text}")) else {
            panic!("{text} is an error");
        };
        let code = error.code();
        assert_eq!(code, ErrorCode::from(text), "{text}");
        assert_eq!(error.raw_code(), text);
        assert_eq!(code.to_string(), text);
        assert_eq!(code.resolution(), resolution, "{text}");
        let url = format!("https://smartcar.com/docs/{page}");
        assert_eq!(code.documentation_url(), url, "{text}");
    }
}

#[test]
fn only_owner_exits_resolve_to_ask_again_or_continue_without() {
    for code in ErrorCode::ALL {
        let expected = match code {
            ErrorCode::BatteryCapacityNoSelection => Resolution::ContinueWithout,
            _ => Resolution::AskAgain,
        };
        assert_eq!(
            code.resolution() == expected,
            code.is_owner_exit(),
            "{code}"
        );
    }
}

#[test]
fn every_message_is_one_plain_sentence_for_the_owner() {
    for code in ErrorCode::ALL.iter().chain([&ErrorCode::Unknown]) {
        let message = code.suggested_user_message();
        assert!(message.ends_with('.'), "{code}: {message}");
        assert_eq!(message.matches('.').count(), 1, "{code}: {message}");
        assert!(message.starts_with(char::is_uppercase), "{code}: {message}");
        assert!(!message.contains(['_', '<', '"']), "{code}: {message}");
        assert!(message.chars().count() <= 90, "{code}: {message}");
    }
}

#[test]
fn an_unknown_code_has_a_resolution_that_reflects_nothing() {
    let query = "error=brand_new_code&error_description=Call+0900+now";
    let Ok(Some(ConnectOutcome::Error(error))) = read(query) else {
        panic!("the query has an error");
    };
    assert_eq!(error.resolution(), Resolution::ContactSupport);
    assert_eq!(
        error.suggested_user_message(),
        "We couldn’t connect your car."
    );
    assert_eq!(
        error.documentation_url(),
        "https://smartcar.com/docs/api-reference/api-errors"
    );
}

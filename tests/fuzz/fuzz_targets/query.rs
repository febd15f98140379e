//! The parser of callbacks against the URL standard's form parser, on arbitrary queries of a
//! request line.

#![no_main]

use std::borrow::Cow;

use http::uri::PathAndQuery;
use http::{Method, Uri};
use libfuzzer_sys::fuzz_target;
use tower_smartcar_connect::outcome::Unverified;
use tower_smartcar_connect::paths::{CallbackPaths, MatchedCallback};
use tower_smartcar_connect::{
    ConnectError, ConnectOutcome, ConnectSuccess, ErrorCode, RejectedCallback, RejectionReason,
};

const OUTCOME_PARAMETERS: [&str; 4] = ["error", "code", "user_id", "vehicle_id"];

const OTHER_PARAMETERS: [&str; 12] = [
    "error_description",
    "error_message",
    "status_code",
    "vin",
    "make",
    "model",
    "year",
    "selected_capacity",
    "reason",
    "virtual_key_url",
    "external_id",
    "state",
];

fuzz_target!(|bytes: &[u8]| {
    // `from_query` ignores a leading `?`.
    if bytes.first() == Some(&b'?') {
        return;
    }
    if let Ok(query) = std::str::from_utf8(bytes) {
        check(query, ConnectOutcome::from_query(query));
    }
    // If the bytes are valid in a request line, the URI is parsed like its query.
    let line = [b"/callback?", bytes].concat();
    if let Ok(path_and_query) = PathAndQuery::try_from(&line[..]) {
        let uri = Uri::from(path_and_query);
        let callback = CallbackPaths::new("/callback")
            .allow_visits()
            .read(&Method::GET, &uri);
        let outcome = callback.map(|callback| callback.map(MatchedCallback::into_unverified));
        check(uri.query().unwrap_or_default(), outcome);
    }
});

fn check(query: &str, read: Result<Option<Unverified>, RejectedCallback>) {
    let read = read.map(|outcome| outcome.map(Unverified::skip_verification));
    let found = |name: &str| -> Vec<Cow<'_, str>> {
        form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| {
                key == name || (key == "selected_capcity" && name == "selected_capacity")
            })
            .map(|(_, value)| value)
            .collect()
    };
    let results = OUTCOME_PARAMETERS.into_iter().flat_map(found).count();
    match read {
        Ok(None) => assert_eq!(results, 0, "an outcome was not found"),
        Ok(Some(outcome)) => {
            assert_eq!(found("state").pop().as_deref(), outcome.state());
            for name in OUTCOME_PARAMETERS.into_iter().chain(OTHER_PARAMETERS) {
                assert!(found(name).len() <= 1, "{name} is there twice");
            }
            match outcome {
                ConnectOutcome::Error(error) => {
                    let is_battery = error.code() == ErrorCode::BatteryCapacityNoSelection;
                    let vehicles = if is_battery {
                        found("vehicle_id").len()
                    } else {
                        0
                    };
                    assert_eq!((found("error").len(), results), (1, 1 + vehicles));
                    assert_eq!(error.vehicle_id().is_some(), vehicles == 1);
                    check_error(&error, &found);
                }
                ConnectOutcome::Success(success) => {
                    assert_eq!(found("error").len(), 0);
                    check_success(&success, &found);
                }
            }
        }
        Err(rejected) => {
            // Its message contains nothing of the query.
            assert!(rejected.to_string().is_ascii());
            match rejected.reason() {
                RejectionReason::DuplicateParameter => {
                    assert!(
                        OUTCOME_PARAMETERS
                            .into_iter()
                            .chain(OTHER_PARAMETERS)
                            .any(|name| found(name).len() > 1)
                    );
                }
                RejectionReason::ConflictingOutcome => {
                    assert!(results > 1 && !found("error").is_empty())
                }
                RejectionReason::EmptyParameter => {
                    assert!(
                        OUTCOME_PARAMETERS
                            .into_iter()
                            .flat_map(found)
                            .any(|value| value.is_empty())
                    );
                }
                RejectionReason::MalformedError => assert_eq!(found("error").len(), 1),
                RejectionReason::TooManyParameters => {
                    assert!(results > 0 && query.matches('&').count() >= 256)
                }
                // The limit of the query, for any content.
                _ => assert!(query.len() > 8192),
            }
        }
    }
}

fn check_error<'q>(error: &ConnectError, found: &impl Fn(&str) -> Vec<Cow<'q, str>>) {
    for (name, text) in [
        ("error", Some(error.raw_code())),
        ("error_message", error.error_message()),
        ("vin", error.vin()),
        ("make", error.make()),
        ("model", error.model()),
        ("external_id", error.external_id()),
        ("state", error.state()),
    ] {
        assert_eq!(found(name).pop().as_deref(), text, "{name}");
    }
    for (name, number) in [("year", error.year()), ("status_code", error.status_code())] {
        let text = found(name).pop();
        let parsed = text.and_then(|text| text.parse().ok().filter(|_| !text.starts_with('+')));
        assert_eq!(parsed, number, "{name}");
    }
    if let Some(description) = found("error_description").pop() {
        assert_eq!(error.description(), Some(&*description));
    }
    assert!(!error.is_verified());
    let printed = error.to_string();
    assert!(!printed.contains(char::is_control), "{printed:?}");
    assert!(format!("{error:?} {error:#?}").is_ascii());
}

fn check_success<'q>(success: &ConnectSuccess, found: &impl Fn(&str) -> Vec<Cow<'q, str>>) {
    for (name, text) in [
        ("code", success.code()),
        ("user_id", success.user_id()),
        ("vehicle_id", success.vehicle_id()),
        ("external_id", success.external_id()),
        ("reason", success.reason()),
        ("virtual_key_url", success.virtual_key_url()),
        ("state", success.state()),
    ] {
        assert_eq!(found(name).pop().as_deref(), text, "{name}");
    }
    assert!(!success.is_verified());
    assert!(format!("{success:?} {success:#?}").is_ascii());
}

//! Properties of the parser and of callback paths on arbitrary input. The references are the URL
//! standard's form parser and encoders.

use std::borrow::Cow;

use http::{Method, Uri};
use proptest::prelude::*;
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::{ConnectError, ConnectOutcome, RejectionReason};

use crate::parsing::read;
use crate::support::parameters::NAMES;

/// Returns queries made of known names in all encodings, separators and arbitrary strings.
fn queries() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned),
        1 => prop::sample::select(NAMES.to_vec()).prop_map(|name| format!("%{:02x}{}", name.as_bytes()[0], &name[1..])),
        1 => prop::sample::select(NAMES.to_vec()).prop_map(|name| format!("+{name}")),
        1 => prop::sample::select(NAMES.to_vec()).prop_map(str::to_uppercase),
        1 => "[a-z%+;0-9]{0,8}",
    ];
    let value = prop_oneof![
        Just("access_denied".to_owned()),
        "[a-zA-Z0-9%+=._~!-]{0,12}",
        ".{0,6}".prop_map(|text| text.replace('&', "")),
    ];
    let pair = (name, prop::option::of(value)).prop_map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name,
    });
    prop::collection::vec(
        prop_oneof![8 => pair, 1 => Just(String::new()), 1 => any::<String>()],
        0..6,
    )
    .prop_map(|pairs| pairs.join("&"))
}

/// Returns the values of a name, as `form_urlencoded` parses the query.
fn parse_with_reference<'q>(query: &'q str, name: &str) -> Vec<Cow<'q, str>> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value)
        .collect()
}

fn values(error: &ConnectError) -> [(&'static str, Option<&str>); 7] {
    [
        ("error", Some(error.raw_code())),
        ("error_message", error.error_message()),
        ("vin", error.vin()),
        ("make", error.make()),
        ("model", error.model()),
        ("external_id", error.external_id()),
        ("state", error.state()),
    ]
}

/// Callback paths that have common prefixes. None has another canonical form.
const CALLBACK_PATHS: [&str; 4] = ["/", "/a", "/a/b", "/ab/"];

/// Returns callback paths with some characters encoded or replaced, and a suffix.
fn paths() -> impl Strategy<Value = String> {
    let spellings = prop::collection::vec(0..16_u8, 6);
    let end = prop::sample::select(vec![
        "", "", "", "/", "//", "%2f", "%2F", "%", "%2", "%25", "b", "é", "^",
    ]);
    (
        prop::sample::select(CALLBACK_PATHS.to_vec()),
        spellings,
        end,
    )
        .prop_map(|(path, spellings, end)| {
            let respelled =
                path.chars()
                    .zip(spellings)
                    .map(|(character, spelling)| match spelling {
                        0 => format!("%{:02x}", u32::from(character)),
                        1 => format!("%{:02X}", u32::from(character)),
                        2 => format!("{character}/"),
                        3 => "b".to_owned(),
                        _ => character.to_string(),
                    });
            // Every request has a slash there.
            let path: String = respelled.skip(1).collect();
            format!("/{path}{end}")
        })
}

/// Returns whether a request to this path is a callback, or why it is rejected.
fn verdict(paths: &CallbackPaths, path: &str) -> Result<bool, RejectionReason> {
    let uri: Uri = format!("{path}?error=access_denied").parse().expect(path);
    let read = paths.read(&Method::GET, &uri);
    read.map(|callback| callback.is_some())
        .map_err(|rejected| rejected.reason())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn queries_are_parsed_like_the_url_standards_form_parser(query in queries()) {
        // `from_query` also accepts a query with its `?`.
        prop_assume!(!query.starts_with('?'));
        let found = |name| parse_with_reference(&query, name);
        let results: Vec<_> = ["error", "code", "user_id", "vehicle_id"].into_iter().flat_map(found).collect();
        match read(&query) {
            Ok(None) => prop_assert!(results.is_empty()),
            Ok(Some(ConnectOutcome::Error(error))) => {
                prop_assert_eq!(found("error").len(), 1);
                prop_assert_eq!(results.len(), 1);
                for (name, text) in values(&error) {
                    prop_assert_eq!(found(name).pop(), text.map(Cow::from), "parameter {}", name);
                    prop_assert!(found(name).len() <= 1);
                }
                if let Some(description) = found("error_description").pop() {
                    prop_assert_eq!(error.description(), Some(&*description));
                }
            }
            Ok(Some(ConnectOutcome::Success(success))) => {
                prop_assert!(found("error").is_empty());
                for (name, text) in [
                    ("code", success.code()),
                    ("user_id", success.user_id()),
                    ("vehicle_id", success.vehicle_id()),
                    ("external_id", success.external_id()),
                    ("virtual_key_url", success.virtual_key_url()),
                    ("state", success.state()),
                ] {
                    prop_assert_eq!(found(name).pop(), text.map(Cow::from), "parameter {}", name);
                    prop_assert!(found(name).len() <= 1);
                }
            }
            Err(rejected) => {
                prop_assert!(!results.is_empty());
                if rejected.reason() == RejectionReason::DuplicateParameter {
                    prop_assert!(NAMES.into_iter().any(|name| found(name).len() > 1));
                }
            }
        }
    }

    #[test]
    fn arbitrary_queries_never_panic_and_can_be_printed(query in any::<String>()) {
        if let Ok(Some(outcome)) = read(&format!("error=x&{query}")) {
            let printed = format!("{outcome:?}");
            prop_assert!(printed.is_ascii(), "{}", printed);
            if let ConnectOutcome::Error(error) = outcome {
                prop_assert!(!error.to_string().contains(char::is_control));
            }
        }
    }

    #[test]
    fn parsing_reverses_encoding(
        description in any::<String>(),
        state in any::<String>(),
        vin in any::<String>(),
        year: u16,
    ) {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("error", "vehicle_incompatible")
            .append_pair("error_description", &description)
            .append_pair("state", &state)
            .append_pair("vin", &vin)
            .append_pair("year", &year.to_string())
            .finish();
        let Ok(Some(ConnectOutcome::Error(error))) = read(&query) else {
            return Err(TestCaseError::fail(query));
        };
        prop_assert_eq!(error.description(), Some(&*description));
        prop_assert_eq!(error.state(), Some(&*state));
        prop_assert_eq!(error.vin(), Some(&*vin));
        prop_assert_eq!(error.year(), Some(year));
    }

    #[test]
    fn listed_paths_match_like_a_matcher_of_the_same_paths(path in paths()) {
        let listed = CallbackPaths::new(CALLBACK_PATHS);
        let matching = CallbackPaths::matching(|uri| CALLBACK_PATHS.contains(&uri.path()));
        prop_assert_eq!(verdict(&listed, &path), verdict(&matching, &path));
    }

    #[test]
    fn a_duplicate_known_parameter_is_rejected_in_any_position(
        name in prop::sample::select(NAMES.to_vec()),
        between in prop::collection::vec("[a-z]{1,5}0=[a-z0-9]{0,5}", 0..4),
        first in "[a-z0-9]{1,8}",
        second in prop::option::of("[a-z0-9]{0,8}"),
    ) {
        let mut pairs = vec![format!("{name}={first}")];
        pairs.extend(between);
        pairs.push(second.map_or(name.to_owned(), |second| format!("{name}={second}")));
        pairs.push("user_id=1".to_owned());
        let rejected = read(&pairs.join("&")).expect_err("it is ambiguous");
        prop_assert_eq!(rejected.reason(), RejectionReason::DuplicateParameter);
    }
}

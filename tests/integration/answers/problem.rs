//! `ProblemDetails` conform to RFC 9457.

use http::Response;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use tower_smartcar_connect::answers::ProblemDetails;

use super::{ERRORS, error, invalid, respond};

/// The errors without a page at Smartcar: the first is in the mobile SDKs only, the second is not
/// documented.
const WITHOUT_PAGE: [&str; 2] = ["user_cancelled", "brand_new_code"];

/// Returns the members, after checking the types that section 3.1 requires.
fn members(response: &Response<String>, case: &str) -> Map<String, Value> {
    assert_eq!(
        response.headers()[CONTENT_TYPE],
        "application/problem+json",
        "{case}"
    );
    let Ok(Value::Object(members)) = serde_json::from_str(response.body()) else {
        panic!("{case}: {}", response.body());
    };
    for name in ["type", "title", "detail", "code", "resolution"] {
        let text = members[name].as_str().expect(name);
        assert!(!text.is_empty(), "{case}: {name}");
    }
    let problem_type = members["type"].as_str().unwrap();
    assert!(
        problem_type == "about:blank" || url::Url::parse(problem_type).is_ok(),
        "{case}: {problem_type}"
    );
    // "The status member, if present, is only advisory" but has to be the one that was generated.
    assert_eq!(members["status"], response.status().as_u16(), "{case}");
    assert!(
        response.status().is_client_error() || response.status().is_server_error(),
        "{case}"
    );
    // Section 3.2: names of extension members are letters, digits and underscores, three or more.
    for name in members.keys() {
        let is_name = name.len() >= 3
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        assert!(is_name, "{case}: {name}");
    }
    members
}

#[test]
fn each_error_with_a_page_is_a_problem_type_with_its_code_and_resolution() {
    let mut types = Vec::new();
    for (text, _) in ERRORS {
        let error = error(&format!("error={text}"));
        let response = respond(&ProblemDetails::new(), error.clone());
        let members = members(&response, text);
        assert_eq!(members["code"], error.code().as_str(), "{text}");
        assert_eq!(members["resolution"], error.resolution().as_str(), "{text}");
        assert_eq!(members["detail"], error.suggested_user_message(), "{text}");
        if WITHOUT_PAGE.contains(&text) {
            assert_eq!(members["type"], "about:blank", "{text}");
            assert_eq!(
                members["title"],
                response.status().canonical_reason().unwrap(),
                "{text}"
            );
        } else {
            assert_eq!(members["type"], error.documentation_url(), "{text}");
            types.push(members["type"].clone());
        }
    }
    let are_different = types
        .iter()
        .enumerate()
        .all(|(index, one)| !types[..index].contains(one));
    assert!(are_different, "{types:?}");
    assert_eq!(types.len(), ERRORS.len() - WITHOUT_PAGE.len());
}

#[test]
fn an_invalid_callback_has_the_phrase_of_its_status_and_its_kind() {
    let members = members(
        &respond(&ProblemDetails::new(), invalid("code=1&code=2")),
        "twice",
    );
    assert_eq!(members["type"], "about:blank");
    assert_eq!(members["title"], "Bad Request");
    assert_eq!(members["code"], "duplicate_parameter");
    assert_eq!(members["resolution"], "ask_again");
}

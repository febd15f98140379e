//! Every failure, and what each response says about it.

use http::Response;
use http::header::{CONTENT_TYPE, LOCATION};
use serde_json::{Map, Value};
use tower_smartcar_connect::responses::{ErrorPage, PopupMessage, ProblemDetails, RedirectTo};
use tower_smartcar_connect::{ConnectFailure, ErrorCode, RejectionReason as Reason};

use super::{error, parse, rejected, respond, text};

/// A line per failure: its name, the title, the message, the next step and the link. The message of
/// an error is that of its code.
const TEXTS: &str = include_str!("failures.txt");

/// A failure, and the texts of its page.
struct Case {
    failure: ConnectFailure,
    title: &'static str,
    message: &'static str,
    next_step: &'static str,
    link: &'static str,
}

fn cases() -> Vec<Case> {
    let errors = ErrorCode::ALL.iter().map(|code| code.as_str());
    let errors = errors
        .chain(["unknown"])
        .map(|code| error(&format!("error={code}")));
    let rejections = Reason::ALL.iter().map(|reason| rejected(*reason));
    let cases: Vec<_> = errors.chain(rejections).map(case).collect();
    assert_eq!(TEXTS.lines().count(), cases.len());
    cases
}

fn case(failure: ConnectFailure) -> Case {
    let mut lines = TEXTS
        .lines()
        .map(|line| line.split(" | ").collect::<Vec<_>>());
    let line = lines
        .find(|line| line[0] == failure.as_str())
        .unwrap_or_else(|| panic!("no text for {}", failure.as_str()));
    let (title, message, next_step, link) = match (&failure, &*line) {
        (ConnectFailure::Rejected(_), [_, title, message, next_step, link]) => {
            (*title, *message, *next_step, *link)
        }
        (ConnectFailure::Error(error), [_, title, next_step, link]) => {
            (*title, error.suggested_user_message(), *next_step, *link)
        }
        other => panic!("{other:?}"),
    };
    Case {
        failure,
        title,
        message,
        next_step,
        link,
    }
}

#[test]
fn a_page_says_what_happened_and_what_helps_and_links_to_the_app() {
    let page = ErrorPage::new("/garage?tab=cars&new");
    let popup = PopupMessage::to_same_origin().with_link("/garage?tab=cars&new");
    for case in cases() {
        let name = case.failure.as_str();
        for response in [
            respond(&page, case.failure.clone()),
            respond(&popup, case.failure.clone()),
        ] {
            assert_eq!(response.status(), case.failure.status(), "{name}");
            let page = parse(&response, name);
            for (selector, expected) in [
                ("head title", case.title),
                ("main h1", case.title),
                ("main h1 + p", case.message),
                ("main p + p", case.next_step),
                ("main a[href='/garage?tab=cars&new']", case.link),
            ] {
                assert_eq!(text(&page, selector), expected, "{name}: {selector}");
            }
        }
    }
}

#[test]
fn a_redirect_has_the_name_of_the_failure() {
    for Case { failure, .. } in cases() {
        let name = failure.as_str();
        let response = respond(&RedirectTo::new("/garage"), failure);
        assert_eq!(response.status(), 303, "{name}");
        assert_eq!(response.body(), "", "{name}");
        let expected = format!("/garage?connect_error={name}");
        assert_eq!(response.headers()[LOCATION], expected, "{name}");
    }
}

/// The errors without a page at Smartcar: the first is in the mobile SDKs only, the second is not
/// documented.
const WITHOUT_PAGE: [&str; 2] = ["user_cancelled", "unknown"];

/// Returns the members of a problem, after checking the types that RFC 9457, section 3.1 requires.
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
    assert_eq!(members["status"], response.status().as_u16(), "{case}");
    // Section 3.2: names of extension members are letters, digits and underscores, three or more.
    for name in members.keys() {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        assert!(
            name.len() >= 3 && name.bytes().all(is_name),
            "{case}: {name}"
        );
    }
    members
}

#[test]
fn problem_details_have_a_type_if_smartcar_has_a_page_about_the_error() {
    let mut types = Vec::new();
    for Case {
        failure,
        title,
        message,
        ..
    } in cases()
    {
        let name = failure.as_str();
        let response = respond(&ProblemDetails::new(), failure.clone());
        assert_eq!(response.status(), failure.status(), "{name}");
        let members = members(&response, name);
        assert_eq!(members["code"], name);
        assert_eq!(members["detail"], message, "{name}");
        assert_eq!(
            members["resolution"],
            failure.resolution().as_str(),
            "{name}"
        );
        match failure {
            ConnectFailure::Error(error) if !WITHOUT_PAGE.contains(&name) => {
                assert_eq!(members["type"], error.documentation_url(), "{name}");
                assert_eq!(members["title"], title, "{name}");
                types.push(members["type"].to_string());
            }
            _ => {
                assert_eq!(members["type"], "about:blank", "{name}");
                let phrase = response.status().canonical_reason().unwrap();
                assert_eq!(members["title"], phrase, "{name}");
            }
        }
    }
    types.sort_unstable();
    types.dedup();
    assert_eq!(
        types.len(),
        ErrorCode::ALL.len() - 1,
        "each error but `user_cancelled`"
    );
}

//! `ErrorPage`: its texts, its accessibility and its `Content-Security-Policy`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY};
use http::{HeaderMap, HeaderValue};
use scraper::Selector;
use sha2::{Digest, Sha256};
use tower_smartcar_connect::ConnectFailure;
use tower_smartcar_connect::answers::{ErrorPage, ErrorText};

use super::{ERRORS, count, error, hostile_errors, invalid, parse, respond, respond_to, text};

/// The title, the next step and the link on the page about each error. Its resolution selects them.
const TEXTS: [(&str, [&str; 3]); 11] = [
    ("access_denied", ASK_AGAIN),
    (
        "battery_capacity_no_selection",
        [
            "You can skip this step",
            "You can continue without it.",
            "Continue",
        ],
    ),
    (
        "configuration_error",
        [
            "It’s not your fault",
            "Trying again won’t help. Please contact support.",
            "Go to the app",
        ],
    ),
    (
        "invalid_subscription",
        [
            "You need an active subscription",
            "Renew it in your car maker’s app or on its website, then try again.",
            "Try again",
        ],
    ),
    (
        "no_vehicles",
        [
            "We couldn’t find your car",
            "Add your car to that account in the car maker’s app, then try again.",
            "Try again",
        ],
    ),
    ("oem_cancelled_login", ASK_AGAIN),
    (
        "server_error",
        [
            "Please try again later",
            "It usually helps to wait a few minutes.",
            "Try again",
        ],
    ),
    ("user_cancelled", ASK_AGAIN),
    ("user_manually_returned_to_application", ASK_AGAIN),
    (
        "vehicle_incompatible",
        [
            "This car can’t be connected",
            "If you have another car, you can try that one.",
            "Try another car",
        ],
    ),
    (
        "brand_new_code",
        [
            "Something went wrong",
            "Please try again. If that doesn’t help, contact support.",
            "Try again",
        ],
    ),
];

const ASK_AGAIN: [&str; 3] = [
    "Your car isn’t connected yet",
    "You can try again whenever you like.",
    "Try again",
];

#[test]
fn each_error_has_a_page_with_the_cause_the_next_step_and_a_link() {
    let page = ErrorPage::new("/garage?tab=cars&new");
    let mut next_steps = Vec::new();
    for ((code, _), (told_code, [title, next_step, link])) in ERRORS.into_iter().zip(TEXTS) {
        assert_eq!(code, told_code);
        let error = error(&format!("error={code}"));
        let html = parse(&respond(&page, error.clone()), code);
        assert_eq!(text(&html, "head title"), title, "{code}");
        assert_eq!(text(&html, "main h1"), title, "{code}");
        assert_eq!(
            text(&html, "main h1 + p"),
            error.suggested_user_message(),
            "{code}"
        );
        assert_eq!(text(&html, "main p + p"), next_step, "{code}");
        assert_eq!(
            text(&html, "main a[href='/garage?tab=cars&new']"),
            link,
            "{code}"
        );
        next_steps.push(next_step);
    }
    next_steps.sort_unstable();
    next_steps.dedup();
    assert_eq!(
        next_steps.len(),
        8,
        "one for each resolution: {next_steps:?}"
    );
}

#[test]
fn a_page_is_accessible() {
    let response = respond(&ErrorPage::new("/"), error("error=access_denied"));
    let html = parse(&response, "access_denied");
    for (selector, why) in [
        ("html[lang=en]", "the language is named"),
        ("head meta[charset=utf-8]", "the encoding is named"),
        (
            "head meta[name=viewport][content*='width=device-width']",
            "phones do not shrink it",
        ),
        (
            "head meta[name=color-scheme][content='light dark']",
            "dark mode is known before the style",
        ),
        ("body > main > h1", "one heading in the one landmark"),
        ("h1", "no other heading"),
        ("a", "one way on"),
    ] {
        assert_eq!(count(&html, selector), 1, "{why}: {selector}");
    }
    assert!(text(&html, "style").contains("prefers-color-scheme: dark"));
    assert!(text(&html, "style").contains(":focus-visible"));
}

#[test]
fn a_page_has_no_script_and_its_policy_allows_only_its_style() {
    let page = ErrorPage::new("/");
    let rejected = respond(&page, invalid("code=1&code=2"));
    let hostile = hostile_errors().map(|(query, error)| (query, respond(&page, error)));
    for (case, response) in hostile.chain([("invalid".to_owned(), rejected)]) {
        let html = parse(&response, &case);
        for selector in [
            "script", "[src]", "link", "iframe", "form", "object", "base", "[style]",
        ] {
            assert_eq!(count(&html, selector), 0, "{case}: {selector}");
        }
        for element in html.select(&Selector::parse("*").unwrap()) {
            for (name, _) in element.value().attrs() {
                assert!(!name.starts_with("on"), "{case}: {name}");
            }
        }
        let digest = STANDARD.encode(Sha256::digest(text(&html, "style")));
        assert_eq!(
            response.headers()[CONTENT_SECURITY_POLICY],
            format!(
                "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
                 frame-ancestors 'none'"
            ),
            "{case}"
        );
    }
}

#[test]
fn texts_can_be_translated_and_are_escaped() {
    let page = ErrorPage::new("/").with_text(|failure, headers| {
        let text = ErrorText::english(failure);
        match headers.get(ACCEPT_LANGUAGE) {
            Some(language) if language == "de" => text
                .language("de\" onload=\"evil()")
                .title("<b>Nicht</b> verbunden")
                .message("A & B")
                .next_step("\"<!--\"")
                .link("</a><script>evil()</script>"),
            _ => text,
        }
    });
    let error = error("error=access_denied");
    let english = parse(&respond(&page, error.clone()), "en");
    assert_eq!(text(&english, "h1"), "Your car isn’t connected yet");

    let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("de"))]);
    let german = parse(&respond_to::<ConnectFailure>(&page, error, &headers), "de");
    assert_eq!(
        german.root_element().attr("lang"),
        Some("de\" onload=\"evil()")
    );
    assert_eq!(german.root_element().attr("onload"), None);
    assert_eq!(text(&german, "h1"), "<b>Nicht</b> verbunden");
    assert_eq!(text(&german, "h1 + p"), "A & B");
    assert_eq!(text(&german, "p + p"), "\"<!--\"");
    assert_eq!(text(&german, "a"), "</a><script>evil()</script>");
    assert_eq!(count(&german, "script"), 0);
}

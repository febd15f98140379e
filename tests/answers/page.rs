//! `ErrorPage`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY};
use http::{HeaderMap, HeaderValue};
use scraper::Selector;
use sha2::{Digest, Sha256};
use tower_smartcar_connect::answers::{Answer, ErrorPage, ErrorText};

use super::{ERRORS, count, error, hostile_errors, invalid, parse, text};

#[test]
fn every_error_gets_a_page_with_what_happened_what_helps_and_a_link() {
    let page = ErrorPage::new("/garage?tab=cars&new");
    let mut titles = Vec::new();
    for (code, _) in ERRORS {
        let error = error(&format!("error={code}"));
        let html = parse(&page.answer(&error, &HeaderMap::new()), code);
        assert_eq!(text(&html, "main h1"), text(&html, "head title"), "{code}");
        assert_eq!(text(&html, "main h1 + p"), error.suggested_user_message(), "{code}");
        assert!(text(&html, "main p + p").ends_with('.'), "{code}");
        let link = html
            .select(&Selector::parse("main a[href]").unwrap())
            .next()
            .expect(code);
        assert_eq!(link.attr("href"), Some("/garage?tab=cars&new"), "{code}");
        assert!(!link.text().collect::<String>().is_empty(), "{code}");
        titles.push(text(&html, "main h1"));
    }
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 7, "one for each resolution: {titles:?}");
}

#[test]
fn a_page_can_be_read_by_everybody() {
    let response = ErrorPage::new("/").answer(&error("error=access_denied"), &HeaderMap::new());
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
fn a_page_has_no_script_loads_nothing_and_its_policy_allows_its_style_only() {
    let page = ErrorPage::new("/");
    let refused = page.answer(&invalid("code=1&code=2"), &HeaderMap::new());
    let hostile = hostile_errors().map(|(query, error)| (query, page.answer(&error, &HeaderMap::new())));
    for (case, response) in hostile.chain([("invalid".to_owned(), refused)]) {
        let html = parse(&response, &case);
        for selector in ["script", "[src]", "link", "iframe", "form", "object", "base", "[style]"] {
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
fn texts_can_be_replaced_by_language_and_are_escaped() {
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
    let english = parse(&page.answer(&error, &HeaderMap::new()), "en");
    assert_eq!(text(&english, "h1"), "Your car is not connected yet");

    let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("de"))]);
    let german = parse(&page.answer(&error, &headers), "de");
    assert_eq!(german.root_element().attr("lang"), Some("de\" onload=\"evil()"));
    assert_eq!(german.root_element().attr("onload"), None);
    assert_eq!(text(&german, "h1"), "<b>Nicht</b> verbunden");
    assert_eq!(text(&german, "h1 + p"), "A & B");
    assert_eq!(text(&german, "p + p"), "\"<!--\"");
    assert_eq!(text(&german, "a"), "</a><script>evil()</script>");
    assert_eq!(count(&german, "script"), 0);
}

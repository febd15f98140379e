//! `ErrorPage`: its accessibility, its policy and its texts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY};
use http::{HeaderMap, HeaderValue};
use scraper::Selector;
use sha2::{Digest, Sha256};
use tower_smartcar_connect::RejectionReason;
use tower_smartcar_connect::responses::{ErrorPage, ErrorText, PopupMessage};

use super::{attribute, count, error, hostile_errors, parse, rejected, respond, text};

#[test]
fn a_page_is_accessible() {
    let page = respond(&ErrorPage::new("/"), error("error=access_denied"));
    let popup = respond(
        &PopupMessage::to_same_origin(),
        error("error=access_denied"),
    );
    for response in [page, popup] {
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
}

#[test]
fn a_page_has_no_script_and_its_policy_allows_only_its_style() {
    let page = ErrorPage::new("/");
    let rejected = (
        "rejected".to_owned(),
        rejected(RejectionReason::StateExpired),
    );
    for (case, failure) in hostile_errors().chain([rejected]) {
        let response = respond(&page, failure);
        let html = parse(&response, &case);
        let active = "script, [src], link, iframe, form, object, base, [style]";
        assert_eq!(count(&html, active), 0, "{case}");
        for element in html.select(&Selector::parse("*").unwrap()) {
            let is_handler = |(name, _): (&str, &str)| name.starts_with("on");
            assert!(!element.value().attrs().any(is_handler), "{case}");
        }
        let digest = STANDARD.encode(Sha256::digest(text(&html, "style")));
        let expected = format!(
            "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'"
        );
        assert_eq!(
            response.headers()[CONTENT_SECURITY_POLICY],
            expected,
            "{case}"
        );
    }
}

#[test]
fn the_link_leads_to_the_origin_of_the_front_end() {
    let page = ErrorPage::new("/garage").at("https://app.example.com".parse().unwrap());
    let html = parse(&respond(&page, error("error=access_denied")), "front end");
    assert_eq!(
        attribute(&html, "a", "href"),
        Some("https://app.example.com/garage")
    );
}

#[test]
fn texts_can_be_translated_and_are_escaped() {
    let translate = |failure: &_, headers: &HeaderMap| {
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
    };
    let page = ErrorPage::new("/").with_text(translate);
    let popup = PopupMessage::to_same_origin().with_error_text(translate);
    let failure = error("error=access_denied");
    let german = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("de"))]);
    let pages = [&HeaderMap::new(), &german].map(|headers| page.respond(&failure, headers));
    let popups = [&HeaderMap::new(), &german].map(|headers| popup.respond(&failure, headers));
    for [english, german] in [pages, popups] {
        assert_eq!(german.headers(), english.headers());
        let [english, german] = [parse(&english, "en"), parse(&german, "de")];
        assert_eq!(text(&english, "h1"), "Your car isn’t connected yet");
        assert_eq!(
            attribute(&german, "html", "lang"),
            Some("de\" onload=\"evil()")
        );
        assert_eq!(attribute(&german, "html", "onload"), None);
        assert_eq!(text(&german, "h1"), "<b>Nicht</b> verbunden");
        assert_eq!(text(&german, "title"), "<b>Nicht</b> verbunden");
        assert_eq!(text(&german, "h1 + p"), "A & B");
        assert_eq!(text(&german, "p + p"), "\"<!--\"");
        assert_eq!(text(&german, "a"), "</a><script>evil()</script>");
        assert_eq!(count(&german, "*"), count(&english, "*"));
    }
}

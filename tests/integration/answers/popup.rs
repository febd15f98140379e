//! `PopupMessage`: the message to the opener, its target origin, and the page around it.

use std::panic::catch_unwind;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use proptest::prelude::*;
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower_smartcar_connect::answers::{ErrorText, PopupMessage, PopupText};
use tower_smartcar_connect::{ConnectFailure, ConnectOutcome, ConnectSuccess};
use url::Url;

use super::{
    HOSTILE_VALUES, count, error, invalid, outcome, parse, respond, respond_to, respond_to_success,
    success, text,
};

fn body(page: &Html) -> ElementRef<'_> {
    page.select(&Selector::parse("body").unwrap())
        .next()
        .unwrap()
}

/// Returns the message that the page sends.
fn message(response: &Response<String>, case: &str) -> Value {
    assert_eq!(response.status(), StatusCode::OK, "{case}");
    let page = parse(response, case);
    serde_json::from_str(body(&page).attr("data-message").expect(case)).expect(case)
}

/// Returns a message whose fields are `null`, except for these.
fn message_with(fields: Value) -> Value {
    let mut message = json!({
        "name": "SmartcarAuthMessage",
        "isSmartcarHosted": false,
        "code": null,
        "error": null,
        "errorDescription": null,
        "state": null,
        "vin": null,
        "make": null,
        "model": null,
        "year": null,
        "virtualKeyUrl": null,
        "userId": null,
    });
    let Value::Object(fields) = fields else {
        panic!("{fields} is not an object");
    };
    message.as_object_mut().unwrap().extend(fields);
    message
}

#[test]
fn the_message_has_the_shape_that_the_sdk_expects() {
    let cases = [
        (
            "code=90abecb6&state=0facda3319&virtual_key_url=https%3A%2F%2Fa.example%2F%3Fb&user_id=7251",
            json!({ "code": "90abecb6", "state": "0facda3319", "virtualKeyUrl": "https://a.example/?b", "userId": "7251" }),
        ),
        (
            "user_id=7251&external_id=",
            json!({ "userId": "7251", "externalId": "" }),
        ),
        (
            "error=oem_cancelled_login&the%20user%20did%20not%20complete",
            json!({ "error": "oem_cancelled_login", "errorDescription": "the user did not complete" }),
        ),
        (
            "error=vehicle_incompatible&error_description=No.&vin=V1&make=TESLA&model=Model+S&year=2015&external_id=e",
            json!({
                "error": "vehicle_incompatible", "errorDescription": "No.", "vin": "V1", "make": "TESLA",
                "model": "Model S", "year": "2015", "externalId": "e",
            }),
        ),
        (
            "error=brand_new_code&year=next+year",
            json!({ "error": "brand_new_code", "year": "next year" }),
        ),
        (
            "error=access_denied&error_description&state",
            json!({ "error": "access_denied", "errorDescription": "", "state": "" }),
        ),
    ];
    for (query, fields) in cases {
        let response = respond_to::<ConnectOutcome>(
            &PopupMessage::to_same_origin(),
            outcome(query),
            &HeaderMap::new(),
        );
        assert_eq!(message(&response, query), message_with(fields), "{query}");
    }
}

#[test]
fn the_message_has_the_state_as_the_app_or_the_sdk_sent_it() {
    // Its base64 has a `+` and a `/`, which the address contains unencoded.
    let sent = STANDARD.encode(r#"{"instanceId":"7f1c","originalState":">>>???"}"#);
    assert!(sent.contains('+') && sent.contains('/'), "{sent}");
    let without_instance = STANDARD.encode(r#"{"originalState":">>>"}"#);
    // The longest one that fits into a query.
    let padding = "a".repeat(6064);
    let longest = STANDARD.encode(format!(
        r#"{{"instanceId":"{padding}","originalState":">>>???"}}"#
    ));
    assert!(
        longest.contains('+') && "error=access_denied&state=".len() + longest.len() > 8100,
        "{}",
        longest.len()
    );
    let cases = [
        (longest.clone(), longest),
        (sent.clone(), sent.clone()),
        (sent.replace('+', "%2B"), sent),
        ("two+words".to_owned(), "two words".to_owned()),
        (without_instance.clone(), without_instance.replace('+', " ")),
    ];
    for (state, expected) in cases {
        for query in [
            format!("code=1&state={state}"),
            format!("error=access_denied&state={state}"),
        ] {
            let popup = PopupMessage::to_same_origin();
            let response = respond_to::<ConnectOutcome>(&popup, outcome(&query), &HeaderMap::new());
            assert_eq!(message(&response, &query)["state"], expected, "{query}");
        }
    }
}

#[test]
fn the_message_goes_only_to_the_configured_origin() {
    let cases = [
        (PopupMessage::to_same_origin(), None),
        (
            PopupMessage::to_origin("https://app.example.com"),
            Some("https://app.example.com"),
        ),
        (
            PopupMessage::to_origin("https://app.example.com/"),
            Some("https://app.example.com"),
        ),
        (
            PopupMessage::to_origin("HTTPS://App.Example.com:443"),
            Some("https://app.example.com"),
        ),
        (
            PopupMessage::to_origin("https://app.example.com:8443"),
            Some("https://app.example.com:8443"),
        ),
        (
            PopupMessage::to_origin("http://localhost:3000"),
            Some("http://localhost:3000"),
        ),
        (
            PopupMessage::to_origin("http://127.0.0.1:3000"),
            Some("http://127.0.0.1:3000"),
        ),
        (
            PopupMessage::to_origin("https://xn--bcher-kva.example"),
            Some("https://xn--bcher-kva.example"),
        ),
        (
            PopupMessage::to_origin("hTTp://LOCALHOST:80/"),
            Some("http://localhost"),
        ),
        (
            PopupMessage::to_origin("https://app.example.com:"),
            Some("https://app.example.com"),
        ),
        (
            PopupMessage::to_origin("http://[0:0::0001]:3000"),
            Some("http://[::1]:3000"),
        ),
        (
            PopupMessage::to_origin("https://[2001:DB8::1]"),
            Some("https://[2001:db8::1]"),
        ),
    ];
    let success = success("code=1&origin=https://evil.example&app_origin=https://evil.example");
    let headers = HeaderMap::from_iter([(
        http::header::ORIGIN,
        "https://evil.example".parse().unwrap(),
    )]);
    for (popup, origin) in cases {
        let page = parse(
            &respond_to::<ConnectSuccess>(&popup, success.clone(), &headers),
            "success",
        );
        assert_eq!(body(&page).attr("data-origin"), origin, "{popup:?}");
    }
}

#[test]
fn an_invalid_origin_is_rejected_by_the_constructor() {
    let origins = [
        "*",
        "",
        "null",
        "app.example.com",
        "//app.example.com",
        "http://app.example.com",
        "ftp://app.example.com",
        "https://",
        "https://app.example.com/path",
        "https://app.example.com?query",
        "https://app.example.com#fragment",
        "https://user@app.example.com",
        "https://*",
        "https://*.example.com",
        "data:text/html,evil",
        "javascript:evil()",
        "file:///",
        "http://localhost.evil.example",
        "blob:https://app.example.com/1",
        "https://app.example.com//",
        "https://app.example.com/?",
        "https://app.example.com/#",
        "https://app.example.com\\",
        "https://app.example.com\\@evil.example",
        "https://app.example.com\t",
        "https://app.example.com\n.evil.example",
        " https://app.example.com",
        "https://app.example.com ",
        "https://app.ex\u{0}ample.com",
        "https://app.example.com:99999",
        "https://app.example.com:+443",
        "https://app.example.com:port",
        "https://app.example.com:443:443",
        "https://user:password@app.example.com",
        "https://app.example.com@evil.example",
        "https://app.example.com%2eevil.example",
        "https://app.example.com;evil.example",
        "https://bücher.example",
        "https://evil。example",
        "https://[::1",
        "https://::1",
        "https://[app.example.com]",
        "https://1.2.3.4.5",
        "http://127.1:3000",
        "http://10.0.0.1:3000",
        "http://[::2]:3000",
        "https:app.example.com",
        "https:/app.example.com",
        "https:///app.example.com",
    ];
    for origin in origins {
        let rejected = catch_unwind(|| PopupMessage::to_origin(origin));
        assert!(rejected.is_err(), "{origin:?} was taken: {rejected:?}");
    }
}

#[test]
fn hostile_values_are_data_and_change_neither_the_page_nor_its_script() {
    let harmless = respond(
        &PopupMessage::to_same_origin(),
        error("error=access_denied"),
    );
    let harmless_page = parse(&harmless, "harmless");
    let script = text(&harmless_page, "script");
    for hostile in HOSTILE_VALUES {
        let query = format!(
            "error=access_denied&error_description={hostile}&state={hostile}&make={hostile}"
        );
        let error = error(&query);
        let response = respond(&PopupMessage::to_same_origin(), error.clone());
        assert_eq!(
            message(&response, &query)["errorDescription"],
            *error.description().unwrap(),
            "{query}"
        );
        let page = parse(&response, &query);
        assert_eq!(text(&page, "script"), script, "{query}");
        assert_eq!(
            count(&page, "*"),
            count(&harmless_page, "*"),
            "{query}: {}",
            response.body()
        );
        let names: Vec<_> = body(&page).value().attrs().map(|(name, _)| name).collect();
        assert_eq!(names, ["data-message", "dir"], "{query}");
        assert!(!text(&page, "main").contains("evil"), "{query}");
        assert_eq!(response.headers(), harmless.headers(), "{query}");
    }
}

#[test]
fn the_policy_allows_only_the_pages_script_and_style_and_keeps_the_opener() {
    let response = respond_to_success(&PopupMessage::to_same_origin(), success("code=1"));
    let page = parse(&response, "success");
    let [style, script] =
        ["style", "script"].map(|selector| STANDARD.encode(Sha256::digest(text(&page, selector))));
    assert_eq!(
        response.headers()[CONTENT_SECURITY_POLICY],
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'"
        ),
    );
    assert_eq!(
        response.headers()["cross-origin-opener-policy"],
        "unsafe-none"
    );
}

#[test]
fn the_page_has_one_heading_and_one_status_that_the_script_can_change() {
    let response = respond_to_success(&PopupMessage::to_same_origin(), success("code=1"));
    let page = parse(&response, "success");
    assert_eq!(text(&page, "h1"), "Please close this window");
    assert_eq!(text(&page, "title"), text(&page, "h1"));
    assert!(text(&page, "p[role=status]").contains("We lost the connection to the app"));
    assert_eq!(count(&page, "p"), 1);
    assert_eq!(
        count(&page, "[hidden]"),
        0,
        "what is un-hidden is not announced"
    );
}

#[test]
fn translated_texts_are_escaped_and_change_neither_the_script_nor_its_policy() {
    let popup =
        PopupMessage::to_same_origin().with_text(|headers| match headers.get(ACCEPT_LANGUAGE) {
            Some(language) if language == "de" => PopupText::english()
                .language("de\" onload=\"evil()")
                .title("<b>Schließen</b>")
                .sent("\"></p><script>evil()</script>\n<!--")
                .lost("</p><script>evil()</script>"),
            _ => PopupText::english(),
        });
    let success = success("code=1");
    let english = respond_to_success(&popup, success.clone());
    let german = respond_to::<ConnectSuccess>(
        &popup,
        success,
        &HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("de"))]),
    );
    assert_eq!(german.headers(), english.headers());
    assert_eq!(message(&german, "de"), message(&english, "en"));

    let [english, german] = [parse(&english, "en"), parse(&german, "de")];
    assert_eq!(text(&english, "h1"), "Please close this window");
    assert_eq!(text(&german, "script"), text(&english, "script"));
    assert_eq!(count(&german, "*"), count(&english, "*"));
    assert_eq!(
        german.root_element().attr("lang"),
        Some("de\" onload=\"evil()")
    );
    assert_eq!(german.root_element().attr("onload"), None);
    assert_eq!(text(&german, "h1"), "<b>Schließen</b>");
    assert_eq!(text(&german, "title"), "<b>Schließen</b>");
    assert_eq!(
        text(&german, "[role=status]"),
        "</p><script>evil()</script>"
    );
    let status = german
        .select(&Selector::parse("[role=status]").unwrap())
        .next()
        .unwrap();
    assert_eq!(
        status.attr("data-sent"),
        Some("\"></p><script>evil()</script>\n<!--")
    );
}

#[test]
fn the_texts_about_an_invalid_callback_can_be_translated() {
    let popup = PopupMessage::to_same_origin().with_error_text(|failure, headers| {
        assert!(headers.contains_key(ACCEPT_LANGUAGE));
        ErrorText::english(failure)
            .language("de")
            .title(failure.as_str())
            .message("<b>Das ging nicht.</b>")
            .next_step("Schließen Sie dieses Fenster.")
            .link("Weiter")
    });
    let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("de"))]);
    let response = respond_to::<ConnectFailure>(&popup, invalid("code=1&code=2"), &headers);
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let page = parse(&response, "invalid");
    assert_eq!(page.root_element().attr("lang"), Some("de"));
    assert_eq!(text(&page, "h1"), "duplicate_parameter");
    assert_eq!(text(&page, "h1 + p"), "<b>Das ging nicht.</b>");
    assert_eq!(text(&page, "p + p"), "Schließen Sie dieses Fenster.");
    assert_eq!(count(&page, "a"), 0);
    assert!(!response.body().contains("Weiter"));
}

#[test]
fn an_invalid_callback_sends_no_message_and_shows_the_next_step() {
    let response = respond(&PopupMessage::to_same_origin(), invalid("code=1&code=2"));
    let page = parse(&response, "invalid");
    assert_eq!(count(&page, "script"), 0);
    assert_eq!(count(&page, "[data-message]"), 0);
    assert!(text(&page, "main").contains("Close this window"));
    assert_eq!(
        response.headers()["cross-origin-opener-policy"],
        "unsafe-none"
    );
}

#[test]
fn an_invalid_origin_panics_with_advice() {
    for (origin, advice) in [
        ("https://bücher.example", "write it in punycode"),
        ("https://*.example.com", "write the one origin"),
        ("http://app.example.com", "has to begin with `https://`"),
        (
            "https://app.example.com/path",
            "a scheme, a host and perhaps a port",
        ),
    ] {
        let rejected = catch_unwind(|| PopupMessage::to_origin(origin)).expect_err(origin);
        let message = rejected.downcast_ref::<String>().expect("a text");
        assert!(message.contains(advice), "{origin}: {message}");
    }
}

proptest! {
    /// By the URL standard's parser.
    #[test]
    fn every_accepted_origin_is_written_as_browsers_write_it(
        origin in "(https?|HTTPS)://[a-zA-Z0-9.@\\[\\]:_-]{1,12}(:[0-9]{0,6})?/?",
    ) {
        let Ok(popup) = catch_unwind(|| PopupMessage::to_origin(&origin)) else {
            return Ok(());
        };
        let response = respond_to::<ConnectSuccess>(&popup, success("code=1"), &HeaderMap::new());
        let page = parse(&response, &origin);
        // Browsers read hosts like `0x7f.0x1` as numbers, so they cannot be the name of a site.
        prop_assume!(Url::parse(&origin).is_ok_and(|url| url.domain().is_none() || !origin.contains("0x")));
        let expected = Url::parse(&origin).unwrap().origin().ascii_serialization();
        prop_assert_eq!(body(&page).attr("data-origin"), Some(&*expected), "{}", origin);
    }
}

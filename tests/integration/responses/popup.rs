//! `PopupMessage`: the messages to the opener, their target, and the page around them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, ORIGIN};
use http::{HeaderMap, HeaderValue, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower_smartcar_connect::responses::{PopupMessage, PopupText};
use tower_smartcar_connect::{ConnectOutcome, RejectionReason};

use super::{
    attribute, count, error, handle, hostile_errors, outcome, parse, rejected, respond,
    respond_to_success, success, text,
};

/// Returns the messages that the page sends.
fn messages(response: &Response<String>, case: &str) -> Vec<Value> {
    let page = parse(response, case);
    let messages = attribute(&page, "body", "data-messages").expect(case);
    serde_json::from_str(messages).expect(case)
}

/// Returns the messages after the outcome in this query.
fn messages_after(query: &str) -> Vec<Value> {
    let popup = PopupMessage::to_same_origin();
    let response = match outcome(query) {
        ConnectOutcome::Success(_) => respond_to_success(&popup, query),
        ConnectOutcome::Error(error) => respond(&popup, error.into()),
    };
    messages(&response, query)
}

#[test]
fn the_message_for_the_sdk_has_its_shape() {
    const NULL: [&str; 10] = [
        "code",
        "error",
        "errorDescription",
        "state",
        "vin",
        "make",
        "model",
        "year",
        "virtualKeyUrl",
        "userId",
    ];
    for (query, fields) in [
        (
            "code=9&state=0f&virtual_key_url=https%3A%2F%2Fa.example%2F%3Fb&user_id=7",
            json!({ "code": "9", "state": "0f", "virtualKeyUrl": "https://a.example/?b", "userId": "7" }),
        ),
        (
            "user_id=7&external_id=",
            json!({ "userId": "7", "externalId": "" }),
        ),
        (
            "error=oem_cancelled_login&the%20user%20did",
            json!({ "error": "oem_cancelled_login", "errorDescription": "the user did" }),
        ),
        (
            "error=vehicle_incompatible&vin=V1&make=TESLA&model=Model+S&year=2015&external_id=e",
            json!({
                "error": "vehicle_incompatible", "vin": "V1", "make": "TESLA", "model": "Model S", "year": "2015",
                "externalId": "e",
            }),
        ),
        (
            "error=brand_new_code&error_description&state",
            json!({ "error": "brand_new_code", "errorDescription": "", "state": "" }),
        ),
    ] {
        let mut expected = json!({ "name": "SmartcarAuthMessage", "isSmartcarHosted": false });
        let expected_fields = expected.as_object_mut().unwrap();
        expected_fields.extend(NULL.map(|field| (field.to_owned(), Value::Null)));
        expected_fields.extend(fields.as_object().unwrap().clone());
        assert_eq!(messages_after(query)[0], expected, "{query}");
    }
}

#[test]
fn the_message_for_the_sdk_has_the_state_as_it_was_sent() {
    // Its base64 has a `+` and a `/`, which the address contains unencoded.
    let sent = STANDARD.encode(r#"{"instanceId":"7f1c","originalState":">>>???"}"#);
    assert!(sent.contains('+') && sent.contains('/'), "{sent}");
    let without_instance = STANDARD.encode(r#"{"originalState":">>>"}"#);
    // About the longest one that fits into a query.
    let padding = "a".repeat(6064);
    let long = format!(r#"{{"instanceId":"{padding}","originalState":">>>???"}}"#);
    let long = STANDARD.encode(long);
    for (state, expected) in [
        (long.clone(), long),
        (sent.clone(), sent.clone()),
        (sent.replace('+', "%2B"), sent),
        ("two+words".to_owned(), "two words".to_owned()),
        (without_instance.clone(), without_instance.replace('+', " ")),
    ] {
        for outcome in ["code=1", "error=access_denied"] {
            let query = format!("{outcome}&state={state}");
            assert_eq!(messages_after(&query)[0]["state"], expected, "{query}");
        }
    }
}

#[test]
fn the_last_message_says_how_the_flow_ended_and_has_no_credentials() {
    let ended = |name| json!({ "name": "ConnectEnded", "connectError": name });
    for (query, name) in [
        ("code=1&state=2", Value::Null),
        ("user_id=1", Value::Null),
        ("error=access_denied&state=2", "access_denied".into()),
        ("error=brand_new_code", "unknown".into()),
    ] {
        let messages = messages_after(query);
        assert_eq!(messages.len(), 2, "{query}");
        assert_eq!(messages[1], ended(name), "{query}");
    }
    // The SDK would ignore a message whose state it did not issue.
    let popup = PopupMessage::to_same_origin();
    let response = respond(&popup, rejected(RejectionReason::StateExpired));
    let expected = [ended("state_expired".into())];
    assert_eq!(messages(&response, "rejected"), expected);
}

#[test]
fn the_messages_and_the_link_go_to_the_configured_origin() {
    let query = "code=1&origin=https://evil.example&app_origin=https://evil.example";
    let headers =
        HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static("https://evil.example"))]);
    for (origin, expected_link) in [
        (None, "/garage"),
        (
            Some("https://app.example.com"),
            "https://app.example.com/garage",
        ),
        (Some("http://[::1]:3000"), "http://[::1]:3000/garage"),
    ] {
        let popup = match origin {
            Some(origin) => PopupMessage::to_origin(origin.parse().unwrap()),
            None => PopupMessage::to_same_origin(),
        };
        let start_page = parse(&respond(&popup, error("error=access_denied")), "start page");
        let expected = format!("{}/", origin.unwrap_or_default());
        assert_eq!(attribute(&start_page, "a", "href"), Some(&*expected));

        let popup = popup.with_link("/garage");
        for response in [
            handle(&popup, success(query), "/callback", &headers),
            handle(&popup, error("error=access_denied"), "/callback", &headers),
            handle(
                &popup,
                rejected(RejectionReason::StateExpired),
                "/callback",
                &headers,
            ),
        ] {
            let page = parse(&response, expected_link);
            assert_eq!(attribute(&page, "body", "data-origin"), origin);
            assert_eq!(attribute(&page, "a", "href"), Some(expected_link));
        }
    }
}

#[test]
fn hostile_values_change_neither_the_page_nor_its_script() {
    let popup = PopupMessage::to_same_origin();
    for (query, failure) in hostile_errors() {
        let code = failure.as_str();
        let harmless = respond(&popup, error(&format!("error={code}")));
        let response = respond(&popup, failure);
        assert_eq!(response.headers(), harmless.headers(), "{query}");
        let [page, harmless] = [parse(&response, &query), parse(&harmless, code)];
        for selector in ["script", "main", "title"] {
            assert_eq!(text(&page, selector), text(&harmless, selector), "{query}");
        }
        assert_eq!(count(&page, "*"), count(&harmless, "*"), "{query}");
        assert_eq!(
            count(&page, "body[onload], body[data-origin]"),
            0,
            "{query}"
        );
    }
}

#[test]
fn the_policy_allows_the_script_and_the_opener_stays() {
    let popup = PopupMessage::to_same_origin();
    for response in [
        respond_to_success(&popup, "code=1"),
        respond(&popup, error("error=access_denied")),
        respond(&popup, rejected(RejectionReason::StateExpired)),
    ] {
        let page = parse(&response, "popup");
        let [style, script] = ["style", "script"]
            .map(|selector| STANDARD.encode(Sha256::digest(text(&page, selector))));
        let expected = format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        let headers = response.headers();
        assert_eq!(headers[CONTENT_SECURITY_POLICY], expected);
        assert_eq!(headers["cross-origin-opener-policy"], "unsafe-none");
        // A script optimizer leaves it alone, so its digest stays.
        assert_eq!(attribute(&page, "script", "data-cfasync"), Some("false"));
    }
}

#[test]
fn without_scripts_or_an_opener_the_page_leads_back_to_the_app() {
    let popup = PopupMessage::to_same_origin();
    let page = parse(&respond_to_success(&popup, "code=1"), "success");
    assert_eq!(text(&page, "h1"), "You can go back to the app");
    assert_eq!(text(&page, "title"), text(&page, "h1"));
    assert_eq!(
        text(&page, "p[role=status]"),
        "You can close this window. If your car isn’t connected in the app, try again."
    );
    assert_eq!(text(&page, "a[href='/']"), "Go to the app");
    assert_eq!(count(&page, "p"), 1);
    assert_eq!(
        count(&page, "[hidden]"),
        0,
        "what is un-hidden is not announced"
    );
}

#[test]
fn the_texts_after_a_success_are_escaped_and_change_neither_the_script_nor_its_policy() {
    let popup =
        PopupMessage::to_same_origin().with_text(|headers| match headers.get(ACCEPT_LANGUAGE) {
            Some(language) if language == "de" => PopupText::english()
                .language("de\" onload=\"evil()")
                .title("<b>Schließen</b>")
                .sent("\"></p><script>evil()</script>\n<!--")
                .lost("</p><script>evil()</script>")
                .link("</a><script>evil()</script>"),
            _ => PopupText::english(),
        });
    let english = respond_to_success(&popup, "code=1");
    let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("de"))]);
    let german = handle(&popup, success("code=1"), "/callback", &headers);
    assert_eq!(german.headers(), english.headers());
    assert_eq!(messages(&german, "de"), messages(&english, "en"));

    let [english, german] = [parse(&english, "en"), parse(&german, "de")];
    assert_eq!(count(&german, "*"), count(&english, "*"));
    assert_eq!(attribute(&german, "html", "onload"), None);
    for (selector, expected) in [
        ("script", &*text(&english, "script")),
        ("h1", "<b>Schließen</b>"),
        ("title", "<b>Schließen</b>"),
        ("[role=status]", "</p><script>evil()</script>"),
        ("a", "</a><script>evil()</script>"),
    ] {
        assert_eq!(text(&german, selector), expected, "{selector}");
    }
    let sent = attribute(&german, "[role=status]", "data-sent");
    assert_eq!(sent, Some("\"></p><script>evil()</script>\n<!--"));
}

//! The ready-made responses: called directly, and behind the layer on a bare service.

mod behind_layer;
mod failures;
mod page;
mod popup;
mod redirect;

use futures_util::FutureExt;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, Request, Response};
use scraper::{Html, Selector};
use tower_smartcar_connect::callback::HandleCallback;
use tower_smartcar_connect::responses::{
    ErrorPage, ErrorText, PopupMessage, ProblemDetails, RedirectTo,
};
use tower_smartcar_connect::{ConnectFailure, ConnectOutcome, ConnectSuccess, RejectionReason};

/// Queries with an attacker's value in each parameter of an error. `HOSTILE` stands for the value.
const HOSTILE_QUERIES: [&str; 5] = [
    "error=access_denied&error_description=HOSTILE&state=HOSTILE&external_id=HOSTILE",
    "error=configuration_error&error_message=HOSTILE&status_code=HOSTILE",
    "error=vehicle_incompatible&vin=HOSTILE&make=HOSTILE&model=HOSTILE&year=HOSTILE",
    "error=oem_cancelled_login&HOSTILE",
    "error=server_error&code_=HOSTILE&HOSTILE=HOSTILE&virtual_key_url=HOSTILE",
];

/// Percent-encoded values that break out of HTML, attributes, scripts, headers or redirects if they
/// are not escaped. Each contains `evil`.
const HOSTILE_VALUES: [&str; 9] = [
    "%3Cscript%3Eevil()%3C/script%3E",
    "%22%3E%3Cimg%20src=x%20onerror=evil()%3E",
    "'%20onload='evil()",
    "%3C/script%3E%3Cscript%3Eevil()//",
    "%3C!--%3Cscript%3Eevil",
    "%0D%0ASet-Cookie:%20evil=1",
    "https://evil.example/",
    "//evil.example",
    "%E2%80%A8evil()%00",
];

/// Returns a failure for every hostile value in every parameter.
fn hostile_errors() -> impl Iterator<Item = (String, ConnectFailure)> {
    HOSTILE_VALUES.iter().flat_map(|value| {
        HOSTILE_QUERIES.iter().map(move |query| {
            let query = query.replace("HOSTILE", value);
            let failure = error(&query);
            (query, failure)
        })
    })
}

fn outcome(query: &str) -> ConnectOutcome {
    let outcome = ConnectOutcome::from_query(query).expect(query);
    outcome.expect(query).skip_verification()
}

fn error(query: &str) -> ConnectFailure {
    match outcome(query) {
        ConnectOutcome::Error(error) => error.into(),
        ConnectOutcome::Success(success) => panic!("{query} is {success:?}"),
    }
}

fn success(query: &str) -> ConnectSuccess {
    match outcome(query) {
        ConnectOutcome::Success(success) => success,
        ConnectOutcome::Error(error) => panic!("{query} is {error:?}"),
    }
}

fn rejected(reason: RejectionReason) -> ConnectFailure {
    ConnectFailure::Rejected(reason.into())
}

/// Returns the response of a handler to a request for this target.
fn handle<T>(
    handler: &impl HandleCallback<T, String>,
    callback: T,
    target: &str,
    headers: &HeaderMap,
) -> Response<String> {
    let (mut request, ()) = Request::get(target).body(()).unwrap().into_parts();
    request.headers = headers.clone();
    let response = handler.handle(callback, request);
    response.now_or_never().expect("nothing to wait for")
}

fn respond_to_success(
    handler: &impl HandleCallback<ConnectSuccess, String>,
    query: &str,
) -> Response<String> {
    handle(handler, success(query), "/callback", &HeaderMap::new())
}

/// Returns the response to a failure on `/callback`.
fn respond(
    handler: &impl HandleCallback<ConnectFailure, String>,
    failure: ConnectFailure,
) -> Response<String> {
    handle(handler, failure, "/callback", &HeaderMap::new())
}

/// Parses the page, and panics if the parser had to correct it.
fn parse(response: &Response<String>, case: &str) -> Html {
    let content_type = &response.headers()[CONTENT_TYPE];
    assert_eq!(content_type, "text/html; charset=utf-8", "{case}");
    let page = Html::parse_document(response.body());
    assert!(page.errors.is_empty(), "{case}: {:?}", page.errors);
    page
}

/// Returns the text of the only element that `selector` selects.
fn text(page: &Html, selector: &str) -> String {
    assert_eq!(count(page, selector), 1, "{selector} in {}", page.html());
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector)
        .flat_map(|found| found.text())
        .collect()
}

/// Returns an attribute of the first element that `selector` selects.
fn attribute<'a>(page: &'a Html, selector: &str, name: &str) -> Option<&'a str> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).next()?.attr(name)
}

fn count(page: &Html, selector: &str) -> usize {
    page.select(&Selector::parse(selector).unwrap()).count()
}

/// Asserts that the headers keep the callback's address and its credentials out of caches and
/// `Referer` headers.
fn assert_is_private(response: &Response<String>, case: &str) {
    let headers = response.headers();
    assert_eq!(headers[CACHE_CONTROL], "no-store", "{case}");
    assert_eq!(headers[REFERRER_POLICY], "no-referrer", "{case}");
    assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff", "{case}");
}

/// Returns each response to a failure, by its name.
fn responses_to(failure: &ConnectFailure) -> [(&'static str, Response<String>); 4] {
    let popup = PopupMessage::to_same_origin();
    [
        ("page", respond(&ErrorPage::new("/garage"), failure.clone())),
        (
            "redirect",
            respond(&RedirectTo::new("/garage"), failure.clone()),
        ),
        ("problem", respond(&ProblemDetails::new(), failure.clone())),
        ("popup", respond(&popup, failure.clone())),
    ]
}

#[test]
fn responses_are_private() {
    let rejected = rejected(RejectionReason::StateExpired);
    for failure in [error("error=access_denied&state=1"), rejected] {
        for (name, response) in responses_to(&failure) {
            assert_is_private(&response, name);
        }
    }
    assert_is_private(
        &respond_to_success(&RedirectTo::new("/"), "code=1"),
        "redirect",
    );
    let popup = PopupMessage::to_same_origin();
    assert_is_private(&respond_to_success(&popup, "code=1"), "popup");
}

#[test]
fn responses_reflect_nothing_but_the_message_for_the_sdk() {
    for (query, failure) in hostile_errors() {
        for (name, mut response) in responses_to(&failure) {
            if name == "popup" {
                let page = parse(&response, &query);
                let messages = attribute(&page, "body", "data-messages").unwrap();
                let escaped = messages.replace('&', "&amp;").replace('"', "&quot;");
                let escaped = escaped.replace('<', "&lt;").replace('>', "&gt;");
                *response.body_mut() = response.body().replace(&escaped, "");
            }
            assert!(
                !format!("{response:?}").contains("evil"),
                "{name} {query}: {response:?}"
            );
        }
    }
}

#[test]
fn a_failure_of_the_app_has_its_own_text_name_and_status() {
    let text_of_app = ErrorText::new("Your car wasn’t saved", "<b>Our</b> database is away.");
    let status = http::StatusCode::SERVICE_UNAVAILABLE;

    let popup = PopupMessage::to_same_origin();
    for response in [
        ErrorPage::new("/garage").respond_with(&text_of_app, status),
        popup.respond_with("not_saved", &text_of_app, status),
    ] {
        assert_eq!(response.status(), status);
        assert_is_private(&response, "page");
        let page = parse(&response, "page");
        assert_eq!(text(&page, "title"), "Your car wasn’t saved");
        assert_eq!(text(&page, "h1"), "Your car wasn’t saved");
        assert_eq!(text(&page, "p"), "<b>Our</b> database is away.");
        assert_eq!(text(&page, "a"), "Go to the app");
    }
    let response = popup.respond_with("not_saved", &text_of_app, status);
    assert_eq!(
        attribute(&parse(&response, "popup"), "body", "data-messages"),
        Some(r#"[{"connectError":"not_saved","name":"ConnectEnded"}]"#)
    );

    let response = RedirectTo::new("/garage").respond_with("not_saved");
    assert_eq!(
        response.headers()["location"],
        "/garage?connect_error=not_saved"
    );

    let response = ProblemDetails::new().respond_with("not_saved", &text_of_app, status);
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(response.body()).unwrap();
    assert_eq!(problem["detail"], "<b>Our</b> database is away.");
    assert_eq!(problem["code"], "not_saved");
}

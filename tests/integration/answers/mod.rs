//! The ready-made responses: called directly, behind the layer on a bare service, and over sockets.

mod behind_layer;
mod invalid;
mod negotiate;
mod page;
mod popup;
mod problem;
mod redirect;

use futures_util::FutureExt;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use scraper::{Html, Selector};
use serde_json::Value;
use tower_smartcar_connect::answers::{
    ErrorPage, Negotiate, PopupMessage, ProblemDetails, RedirectTo,
};
use tower_smartcar_connect::{
    ConnectError, ConnectFailure, ConnectOutcome, ConnectSuccess, HandleCallback, InvalidCallback,
};

/// An error of every code, and the status of its problem details.
const ERRORS: [(&str, u16); 11] = [
    ("access_denied", 422),
    ("battery_capacity_no_selection", 422),
    ("configuration_error", 500),
    ("invalid_subscription", 422),
    ("no_vehicles", 422),
    ("oem_cancelled_login", 422),
    ("server_error", 503),
    ("user_cancelled", 422),
    ("user_manually_returned_to_application", 422),
    ("vehicle_incompatible", 422),
    ("brand_new_code", 422),
];

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

fn outcome(query: &str) -> ConnectOutcome {
    ConnectOutcome::from_query(query)
        .expect(query)
        .expect(query)
}

fn error(query: &str) -> ConnectError {
    match outcome(query) {
        ConnectOutcome::Error(error) => error,
        ConnectOutcome::Success(success) => panic!("{query} is {success:?}"),
    }
}

fn success(query: &str) -> ConnectSuccess {
    match outcome(query) {
        ConnectOutcome::Success(success) => success,
        ConnectOutcome::Error(error) => panic!("{query} is {error:?}"),
    }
}

fn invalid(query: &str) -> InvalidCallback {
    ConnectOutcome::from_query(query).expect_err(query)
}

/// Returns the response to a callback whose request has these headers.
fn respond_to<T>(
    handler: &impl HandleCallback<T, String>,
    callback: impl Into<T>,
    headers: &HeaderMap,
) -> Response<String> {
    let (mut request, ()) = Request::new(()).into_parts();
    request.headers = headers.clone();
    let response = handler.handle(callback.into(), request);
    response.now_or_never().expect("nothing to wait for")
}

/// Returns the response to an error or an invalid callback.
fn respond(
    handler: &impl HandleCallback<ConnectFailure, String>,
    failure: impl Into<ConnectFailure>,
) -> Response<String> {
    respond_to(handler, failure, &HeaderMap::new())
}

/// Returns the response to a success.
fn respond_to_success(
    handler: &impl HandleCallback<ConnectSuccess, String>,
    success: ConnectSuccess,
) -> Response<String> {
    respond_to(handler, success, &HeaderMap::new())
}

/// Returns an error for every hostile value in every parameter.
fn hostile_errors() -> impl Iterator<Item = (String, ConnectError)> {
    HOSTILE_VALUES.iter().flat_map(|text| {
        HOSTILE_QUERIES.iter().map(move |query| {
            let query = query.replace("HOSTILE", text);
            let error = error(&query);
            (query, error)
        })
    })
}

/// Parses the page, and panics if the parser had to correct it.
fn parse(response: &Response<String>, case: &str) -> Html {
    assert_eq!(
        response.headers()[CONTENT_TYPE],
        "text/html; charset=utf-8",
        "{case}"
    );
    let page = Html::parse_document(response.body());
    assert!(page.errors.is_empty(), "{case}: {:?}", page.errors);
    page
}

/// Returns the text of the only element that `selector` selects.
fn text(page: &Html, selector: &str) -> String {
    let selected: Vec<_> = page.select(&Selector::parse(selector).unwrap()).collect();
    assert_eq!(selected.len(), 1, "{selector} in {}", page.html());
    selected[0].text().collect()
}

/// Counts the elements that `selector` selects.
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

#[test]
fn responses_to_failures_are_not_cached_or_referred_to_and_reflect_nothing() {
    fn check(name: &str, handler: &impl HandleCallback<ConnectFailure, String>) {
        let hostile = hostile_errors().map(|(query, error)| (respond(handler, error), query));
        let rejected = [
            "error=evil%0A",
            "code=evil&code=evil",
            "error=access_denied&user_id=evil",
        ]
        .map(|query| (respond(handler, invalid(query)), query.to_owned()));
        for (response, query) in hostile.chain(rejected) {
            assert_is_private(&response, &format!("{name} {query}"));
            assert!(
                !format!("{response:?}").contains("evil"),
                "{name} {query}: {response:?}"
            );
        }
    }

    check("redirect", &RedirectTo::new("/garage"));
    check("problem", &ProblemDetails::new());
    check("page", &ErrorPage::new("/garage"));
    check(
        "negotiated redirect",
        &Negotiate::new(RedirectTo::new("/garage")),
    );
    check(
        "negotiated page",
        &Negotiate::new(ErrorPage::new("/garage")),
    );
}

#[test]
fn redirects_and_popups_are_never_cached_and_send_no_referrer() {
    fn check<H>(name: &str, handler: &H)
    where
        H: HandleCallback<ConnectSuccess, String>
            + HandleCallback<ConnectFailure, String>
            + HandleCallback<ConnectOutcome, String>,
    {
        for query in ["code=1&state=2", "user_id=1", "vehicle_id=1"] {
            let response = respond_to_success(handler, success(query));
            assert_is_private(&response, &format!("{name} {query}"));
        }
        for (code, _) in ERRORS {
            let query = format!("error={code}&vin=1");
            assert_is_private(&respond(handler, error(&query)), &format!("{name} {query}"));
        }
        for query in ["code=1", "error=server_error"] {
            let response = respond_to::<ConnectOutcome>(handler, outcome(query), &HeaderMap::new());
            assert_is_private(&response, &format!("{name} outcome of {query}"));
        }
        assert_is_private(
            &respond(handler, invalid("code=")),
            &format!("{name} invalid"),
        );
    }

    check("redirect", &RedirectTo::new("/garage"));
    check("popup", &PopupMessage::to_same_origin());
    check(
        "popup to an origin",
        &PopupMessage::to_origin("https://app.example.com"),
    );
}

#[test]
fn an_outcome_gets_the_response_to_its_error_or_success() {
    fn check<H>(name: &str, handler: &H)
    where
        H: HandleCallback<ConnectSuccess, String>
            + HandleCallback<ConnectFailure, String>
            + HandleCallback<ConnectOutcome, String>,
    {
        for query in ["code=1&state=2", "error=access_denied&state=2"] {
            let outcome = outcome(query);
            let response =
                respond_to::<ConnectOutcome>(handler, outcome.clone(), &HeaderMap::new());
            let expected = match outcome {
                ConnectOutcome::Success(success) => respond_to_success(handler, success),
                ConnectOutcome::Error(error) => respond(handler, error),
            };
            assert_eq!(
                head_and_body(&response),
                head_and_body(&expected),
                "{name} {query}"
            );
        }
    }

    check("redirect", &RedirectTo::new("/garage"));
    check("popup", &PopupMessage::to_same_origin());
}

#[test]
fn pages_and_problem_details_accept_errors_and_invalid_callbacks() {
    fn check<H>(name: &str, handler: &H)
    where
        H: HandleCallback<ConnectError, String>
            + HandleCallback<InvalidCallback, String>
            + HandleCallback<ConnectFailure, String>,
    {
        let (error, invalid) = (error("error=access_denied"), invalid("code="));
        let cases = [
            (
                respond_to::<ConnectError>(handler, error.clone(), &HeaderMap::new()),
                respond(handler, error),
            ),
            (
                respond_to::<InvalidCallback>(handler, invalid.clone(), &HeaderMap::new()),
                respond(handler, invalid),
            ),
        ];
        for (response, expected) in cases {
            assert_eq!(head_and_body(&response), head_and_body(&expected), "{name}");
        }
    }

    check("page", &ErrorPage::new("/garage"));
    check("problem", &ProblemDetails::new());
}

/// Returns the parts that equal responses share.
fn head_and_body(response: &Response<String>) -> (StatusCode, &HeaderMap, &String) {
    (response.status(), response.headers(), response.body())
}

#[test]
fn a_page_never_has_a_server_error_status() {
    let page = ErrorPage::new("/");
    for (code, _) in ERRORS {
        let response = respond(&page, error(&format!("error={code}")));
        assert_eq!(
            response.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{code}"
        );
    }
    for query in [
        "code=1&code=2",
        "error=access_denied&code=1",
        "code=",
        "error=%00",
    ] {
        for response in [
            respond(&page, invalid(query)),
            respond(&PopupMessage::to_same_origin(), invalid(query)),
        ] {
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        }
    }
}

#[test]
fn problem_details_have_a_status_per_code_and_no_5xx_for_user_exits() {
    for (code, status) in ERRORS {
        let error = error(&format!("error={code}"));
        let is_user_exit = error.code().is_user_exit();
        let response = respond(&ProblemDetails::new(), error);
        assert_eq!(response.status(), status, "{code}");
        assert!(
            !(is_user_exit && response.status().is_server_error()),
            "{code}"
        );
    }
    for query in [
        "code=1&code=2",
        "error=access_denied&code=1",
        "code=",
        "error=%00",
    ] {
        let response = respond(&ProblemDetails::new(), invalid(query));
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

#[test]
fn a_negotiated_response_has_the_status_of_the_selected_one() {
    let handler = Negotiate::new(ErrorPage::new("/"));
    for (code, status) in ERRORS {
        for (accept, expected) in [("text/html", 422), ("application/json", status)] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            let response =
                respond_to::<ConnectFailure>(&handler, error(&format!("error={code}")), &headers);
            assert_eq!(response.status(), expected, "{code} {accept}");
        }
    }
}

#[test]
fn an_error_has_the_same_text_on_a_page_and_in_problem_details() {
    for (code, _) in ERRORS {
        let error = error(&format!("error={code}"));
        let page = parse(&respond(&ErrorPage::new("/"), error.clone()), code);
        let problem = respond(&ProblemDetails::new(), error.clone());
        let problem: Value = serde_json::from_str(problem.body()).expect(code);
        assert_eq!(
            text(&page, "h1 + p"),
            error.suggested_user_message(),
            "{code}"
        );
        assert_eq!(problem["detail"], error.suggested_user_message(), "{code}");
        if problem["type"] != "about:blank" {
            assert_eq!(problem["title"], text(&page, "h1"), "{code}");
        }
    }
}

#[test]
fn all_codes_for_a_cancelled_login_have_the_same_text() {
    let page = |query| respond(&ErrorPage::new("/"), error(query)).into_body();
    assert_eq!(
        page("error=oem_cancelled_login"),
        page("error=user_cancelled")
    );
}

#[test]
fn a_function_can_be_negotiated_and_receives_the_request_parts() {
    let own = |failure: ConnectFailure, request: Parts| async move {
        Response::new(format!("{} at {}", failure.as_str(), request.uri))
    };
    let handler = Negotiate::new(own);
    let (request, ()) = Request::get("/callback?code=")
        .body(())
        .unwrap()
        .into_parts();
    let response = handler.handle(invalid("code=").into(), request);
    let response: Response<String> = response.now_or_never().expect("nothing to wait for");
    assert_eq!(response.body(), "empty_parameter at /callback?code=");
}

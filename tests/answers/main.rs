//! The ready-made answers, by hand, behind the layer on a bare service, and over sockets.

mod invalid;
mod layered;
mod negotiate;
mod page;
#[path = "../support/parameters.rs"]
mod parameters;
mod popup;
mod problem;
mod redirect;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, Response, StatusCode};
use scraper::{Html, Selector};
use tower_smartcar_connect::answers::{Answer, ErrorPage, PopupMessage, ProblemDetails, RedirectTo, negotiate};
use tower_smartcar_connect::{ConnectError, ConnectResponse, ConnectSuccess, InvalidCallback};

/// Errors of every code, and the status of an answer that says what happened.
const ERRORS: [(&str, u16); 10] = [
    ("access_denied", 403),
    ("configuration_error", 500),
    ("invalid_subscription", 422),
    ("no_vehicles", 422),
    ("oem_cancelled_login", 403),
    ("server_error", 503),
    ("user_cancelled", 403),
    ("user_manually_returned_to_application", 403),
    ("vehicle_incompatible", 422),
    ("brand_new_code", 502),
];

/// Queries with a text of an attacker in each parameter that an error has, `HOSTILE` standing for it.
const HOSTILE_QUERIES: [&str; 5] = [
    "error=access_denied&error_description=HOSTILE&state=HOSTILE&external_id=HOSTILE",
    "error=configuration_error&error_message=HOSTILE&status_code=HOSTILE",
    "error=vehicle_incompatible&vin=HOSTILE&make=HOSTILE&model=HOSTILE&year=HOSTILE",
    "error=oem_cancelled_login&HOSTILE",
    "error=server_error&code_=HOSTILE&HOSTILE=HOSTILE&virtual_key_url=HOSTILE",
];

/// Percent-encoded texts that break out of HTML, attributes, scripts, headers or redirects where nothing stops them.
/// Each has `evil` in it.
const HOSTILE_TEXTS: [&str; 9] = [
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

fn error(query: &str) -> ConnectError {
    match ConnectResponse::from_query(query) {
        Ok(Some(ConnectResponse::Error(error))) => error,
        other => panic!("{query} is {other:?}"),
    }
}

fn success(query: &str) -> ConnectSuccess {
    match ConnectResponse::from_query(query) {
        Ok(Some(ConnectResponse::Success(success))) => success,
        other => panic!("{query} is {other:?}"),
    }
}

fn invalid(query: &str) -> InvalidCallback {
    ConnectResponse::from_query(query).expect_err(query)
}

/// Every hostile text in every parameter.
fn hostile_errors() -> impl Iterator<Item = (String, ConnectError)> {
    HOSTILE_TEXTS.iter().flat_map(|text| {
        HOSTILE_QUERIES.iter().map(move |query| {
            let query = query.replace("HOSTILE", text);
            let error = error(&query);
            (query, error)
        })
    })
}

/// The page, which has to be free of mistakes that a parser mends.
fn parse(response: &Response<String>, case: &str) -> Html {
    assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8", "{case}");
    let page = Html::parse_document(response.body());
    assert!(page.errors.is_empty(), "{case}: {:?}", page.errors);
    page
}

/// The text of the only element that `selector` selects.
fn text(page: &Html, selector: &str) -> String {
    let selected: Vec<_> = page.select(&Selector::parse(selector).unwrap()).collect();
    assert_eq!(selected.len(), 1, "{selector} in {}", page.html());
    selected[0].text().collect()
}

/// How many elements `selector` selects.
fn count(page: &Html, selector: &str) -> usize {
    page.select(&Selector::parse(selector).unwrap()).count()
}

/// Expects the headers that keep the address of a callback, and what it brought, out of other hands.
fn assert_is_kept_to_itself(response: &Response<String>, case: &str) {
    let headers = response.headers();
    assert_eq!(headers[CACHE_CONTROL], "no-store", "{case}");
    assert_eq!(headers[REFERRER_POLICY], "no-referrer", "{case}");
    assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff", "{case}");
}

#[test]
fn every_answer_to_a_failure_stays_out_of_caches_and_referers_and_reflects_nothing() {
    fn check<A: Answer<ConnectError> + Answer<InvalidCallback>>(name: &str, answer: &A) {
        let hostile = hostile_errors().map(|(query, error)| (answer.answer(&error, &HeaderMap::new()), query));
        let refused = [
            "error=evil%0A",
            "code=evil&code=evil",
            "error=access_denied&user_id=evil",
        ]
        .map(|query| (answer.answer(&invalid(query), &HeaderMap::new()), query.to_owned()));
        for (response, query) in hostile.chain(refused) {
            assert_is_kept_to_itself(&response, &format!("{name} {query}"));
            assert!(
                !format!("{response:?}").contains("evil"),
                "{name} {query}: {response:?}"
            );
        }
    }

    check("redirect", &RedirectTo::new("/garage"));
    check("problem", &ProblemDetails::new());
    check("page", &ErrorPage::new("/garage"));
    check("negotiated redirect", &negotiate(RedirectTo::new("/garage")));
    check("negotiated page", &negotiate(ErrorPage::new("/garage")));
}

#[test]
fn redirects_and_popups_stay_out_of_caches_and_referers_whatever_they_answer() {
    fn check<A>(name: &str, answer: &A)
    where
        A: Answer<ConnectSuccess> + Answer<ConnectError> + Answer<InvalidCallback> + Answer<ConnectResponse>,
    {
        let headers = HeaderMap::new();
        for query in ["code=1&state=2", "user_id=1", "vehicle_id=1"] {
            assert_is_kept_to_itself(&answer.answer(&success(query), &headers), &format!("{name} {query}"));
        }
        for (code, _) in ERRORS {
            let query = format!("error={code}&vin=1");
            assert_is_kept_to_itself(&answer.answer(&error(&query), &headers), &format!("{name} {query}"));
        }
        for query in ["code=1", "error=server_error"] {
            let response = ConnectResponse::from_query(query).unwrap().unwrap();
            let case = format!("{name} response of {query}");
            assert_is_kept_to_itself(&answer.answer(&response, &headers), &case);
        }
        assert_is_kept_to_itself(&answer.answer(&invalid("code="), &headers), &format!("{name} invalid"));
    }

    check("redirect", &RedirectTo::new("/garage"));
    check("popup", &PopupMessage::to_same_origin());
    check(
        "popup to an origin",
        &PopupMessage::to_origin("https://app.example.com"),
    );
}

#[test]
fn pages_and_problems_have_the_status_of_what_happened_and_no_exit_of_an_owner_is_a_server_error() {
    for (code, status) in ERRORS {
        let error = error(&format!("error={code}"));
        let page = ErrorPage::new("/").answer(&error, &HeaderMap::new());
        let problem = ProblemDetails::new().answer(&error, &HeaderMap::new());
        assert_eq!(page.status(), status, "{code}");
        assert_eq!(problem.status(), status, "{code}");
        assert!(
            !(error.code().is_user_exit() && page.status().is_server_error()),
            "{code}"
        );
    }
    for query in ["code=1&code=2", "error=access_denied&code=1", "code=", "error=%00"] {
        let invalid = invalid(query);
        let page = ErrorPage::new("/").answer(&invalid, &HeaderMap::new());
        let problem = ProblemDetails::new().answer(&invalid, &HeaderMap::new());
        let popup = PopupMessage::to_same_origin().answer(&invalid, &HeaderMap::new());
        for response in [page, problem, popup] {
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        }
    }
}

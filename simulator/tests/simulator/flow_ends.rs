//! How flows end: what Smartcar publishes, and what the middleware reads.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use http::Uri;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use proptest::prelude::*;
use smartcar_connect_simulator::{FlowEnd, Simulator};
use tower_smartcar_connect::{ConnectOutcome, ErrorCode};

use crate::{request, rows, simulator, spellings};

/// A request without and with a vehicle.
const CODE: &str = "/oauth/authorize?client_id=app-1&response_type=code&state=0facda3319";
const VEHICLE: &str = "?response_type=vehicle_id&client_id=app-1&vehicle_id=v%2F7\
    &redirect_uri=http://localhost:8000/callback&state=s-1&external_id=e-1";

/// An end, the request that it ends, and the query that Connect adds.
const PUBLISHED: &str = "
    oem_cancelled_login | CODE | error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM&state=0facda3319
    access_denied | CODE | error=access_denied&error_description=User+denied+access+to+application.&state=0facda3319
    configuration_error | CODE | error=configuration_error&error_description=There%20has%20been%20an%20error%20in%20the%20configuration%20of%20your%20application.&status_code=400&error_message=You%20have%20entered%20a%20test%20mode%20VIN.%20Please%20enter%20a%20VIN%20that%20belongs%20to%20a%20real%20vehicle.&state=0facda3319
    no_vehicles | CODE | error=no_vehicles&error_description=No%20vehicles%20found.%20Please%20add%20vehicles%20to%20your%20account%20and%20try%20again.&state=0facda3319
    server_error.without_state | CODE | error=server_error&error_description=Unexpected%20server%20error.%20Please%20try%20again.
    authorization_code.without_user_id | CODE | code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319
    authorization_code | CODE | code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=0facda3319
    user_id | CODE | user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=0facda3319
    vehicle_id | CODE | vehicle_id=sc4a1b01e5-0497-417c-a30e-6df6ba33ba46&state=0facda3319
    vehicle_id | /oauth/reauthenticate | vehicle_id=v%2F7&state=s-1&external_id=e-1
    selected_capacity | /battery-capacity | vehicle_id=v%2F7&selected_capacity=80.9&reason=battery_capacity
    battery_capacity_no_selection | /battery-capacity | error=battery_capacity_no_selection&error_description=user%20did%20not%20know%20battery%20capacity&vehicle_id=v%2F7
";

#[test]
fn published_redirects_are_reproduced_to_the_byte() {
    for [name, target, query] in rows(PUBLISHED) {
        let target = match target {
            "CODE" => CODE.to_owned(),
            path => format!("{path}{VEHICLE}"),
        };
        let request = simulator().authorize(&target.parse().unwrap()).unwrap();
        let mut ends = spellings().into_iter();
        let end = ends.find(|end| end.name() == name).unwrap();
        let expected = format!("http://localhost:8000/callback?{query}");
        assert_eq!(request.redirect(&end).to_string(), expected, "{name}");
    }
}

#[test]
fn each_external_id_has_a_user_of_its_own() {
    let user = |query: &str| {
        let redirect = request(query).redirect(&FlowEnd::user_id()).to_string();
        let (user, rest) = redirect.split_once("user_id=").unwrap().1.split_at(36);
        (user.to_owned(), rest.to_owned())
    };
    let (ann, returned) = user("external_id=ann");
    assert_eq!(returned, "&external_id=ann");
    assert_eq!(user("external_id=ann&state=s-1").0, ann);
    assert_ne!(user("external_id=bob").0, ann);
    // `null` clears the id, so none comes back.
    assert_eq!(user("external_id=null"), user(""));
}

#[test]
fn ends_and_spellings_have_unique_names_and_redirects() {
    let request = request("state=s-1");
    let (mut names, mut redirects) = (BTreeSet::new(), BTreeSet::new());
    for end in spellings() {
        assert!(names.insert(end.name().to_owned()), "{end}");
        assert!(
            redirects.insert(request.redirect(&end).to_string()),
            "{end}"
        );
    }
    for end in FlowEnd::all() {
        assert_eq!(end.spellings()[0], end);
    }
}

#[test]
fn every_error_has_all_spellings_of_its_description_and_only_documented_virtual_keys() {
    let request = request("");
    for end in FlowEnd::all() {
        let spellings = end.spellings();
        let queries: Vec<_> = spellings
            .iter()
            .map(|spelling| request.redirect(spelling))
            .collect();
        let has =
            |wanted: &dyn Fn(&str) -> bool| queries.iter().any(|uri| wanted(uri.query().unwrap()));
        for (is_bare, is_plus) in [(false, false), (false, true), (true, false), (true, true)] {
            let is_form = |query: &str| {
                query.contains("error_description=") != is_bare && query.contains('+') == is_plus
            };
            let is_error = end.error_code().is_some();
            assert!(
                !is_error || has(&is_form),
                "{end} bare {is_bare} plus {is_plus}"
            );
        }
        if end.name().ends_with("with_virtual_key") {
            assert!(has(&|query| query.ends_with(
                "virtual_key_url=https://www.tesla.com/_ak/smartcar.com"
            )));
            let encoded = "virtual_key_url=https%3A%2F%2Fwww.tesla.com%2F_ak%2Fsmartcar.com";
            assert!(has(&|query| query.ends_with(encoded)), "{queries:?}");
        }
    }
}

/// Reads a redirect like an app does, without verifying its state.
fn read(redirect: &Uri) -> ConnectOutcome {
    let outcome = ConnectOutcome::from_query(redirect.query().unwrap_or_default());
    let outcome = outcome.expect("it is valid").expect("it is a callback");
    outcome.skip_verification()
}

/// The parameters that the middleware reads, by their names.
fn parameters(outcome: &ConnectOutcome) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut add = |name, text: Option<String>| found.extend(text.map(|text| (name, text)));
    match outcome {
        ConnectOutcome::Error(error) => {
            add("error_description", error.description().map(Into::into));
            add("error_message", error.error_message().map(Into::into));
            add("status_code", error.status_code().map(|it| it.to_string()));
            add("vehicle_id", error.vehicle_id().map(Into::into));
            add("vin", error.vin().map(Into::into));
            add("make", error.make().map(Into::into));
            add("model", error.model().map(Into::into));
            add("year", error.year().map(|it| it.to_string()));
        }
        ConnectOutcome::Success(success) => {
            add("code", success.code().map(Into::into));
            add("user_id", success.user_id().map(Into::into));
            add("vehicle_id", success.vehicle_id().map(Into::into));
            add(
                "selected_capacity",
                success.selected_capacity().map(|it| it.to_string()),
            );
            add("reason", success.reason().map(Into::into));
            add("virtual_key_url", success.virtual_key_url().map(Into::into));
        }
    }
    found.sort();
    found
}

/// Asserts that the middleware reads the redirect as this end and no other.
fn assert_reads_as(redirect: &Uri, end: &FlowEnd, state: Option<&str>) {
    let outcome = read(redirect);
    assert_eq!(outcome.state(), state, "{redirect}");
    let code = match &outcome {
        ConnectOutcome::Error(error) => Some(error.code()),
        ConnectOutcome::Success(_) => None,
    };
    assert_eq!(code, end.error_code(), "{redirect}");
    let expected = end.parameters().filter(|(name, _)| *name != "error");
    let mut expected: Vec<_> = expected
        .map(|(name, text)| (name, text.to_owned()))
        .collect();
    expected.sort();
    assert_eq!(parameters(&outcome), expected, "{redirect}");
}

#[test]
fn every_end_in_every_spelling_is_read_as_itself() {
    let redirect_uris = [
        "http://localhost:8000",
        "http://localhost:8000/callback?",
        "http://localhost:8000/callback?lang=en&",
        "http://localhost:8000/callback?next=/garage?page=2&lang=%20",
        "http://localhost:8000?next=/garage",
        "http://127.0.0.1:8000/a%20b/%C3%BC",
        "http://[::1]:8000/callback;v=1",
    ];
    let states = [
        "0facda3319",
        "a b+c&d=e#f%g?h/i",
        "\r\nLocation: http://evil.example",
        "\0\u{7f}\u{202e}ü€𝄞",
        "&error=access_denied&code=1",
        "%20%2B",
    ];
    for redirect_uri in redirect_uris {
        let simulator = Simulator::new("app-1", [redirect_uri]).unwrap();
        for state in states {
            let encoded = percent_encode(state.as_bytes(), NON_ALPHANUMERIC);
            let address =
                format!("/oauth/authorize?client_id=app-1&response_type=code&state={encoded}");
            let request = simulator.authorize(&address.parse().unwrap()).unwrap();
            for end in spellings() {
                let redirect = request.redirect(&end);
                assert_reads_as(&redirect, &end, end.has_state().then_some(state));
                let query = redirect.query().unwrap();
                assert!(
                    !query.starts_with('&') && !query.contains("&&"),
                    "{redirect}"
                );
                let registered: url::Url = redirect_uri.parse().unwrap();
                assert!(
                    redirect.to_string().starts_with(registered.as_str()),
                    "{redirect}"
                );
            }
        }
    }
}

#[test]
fn an_undocumented_error_has_the_given_code_and_one_that_connect_cannot_send_panics() {
    let end = FlowEnd::undocumented_error("oem_on_holiday").description("Until Monday.");
    assert_reads_as(&request("state=s-1").redirect(&end), &end, Some("s-1"));
    assert_eq!(end.error_code(), Some(ErrorCode::Unknown));
    assert_eq!(end.to_string(), "oem_on_holiday");
    for text in ["", "a\"b", "a\\b", "a\nb", "ü"] {
        assert!(
            catch_unwind(|| FlowEnd::undocumented_error(text)).is_err(),
            "{text:?}"
        );
    }
}

proptest! {
    #[test]
    fn a_state_is_returned_unchanged(
        state in prop::collection::vec(any::<u8>(), 1..200),
        index in any::<prop::sample::Index>(),
    ) {
        let encoded = percent_encode(&state, NON_ALPHANUMERIC);
        let all = spellings();
        let end = index.get(&all);
        let redirect = request(&format!("state={encoded}")).redirect(end).to_string();
        let returned = redirect.split(['?', '&']).find_map(|pair| pair.strip_prefix("state="));
        let returned = returned.map(|text| percent_decode_str(&text.replace('+', " ")).collect::<Vec<_>>());
        prop_assert_eq!(returned, end.has_state().then_some(state), "{}", redirect);
    }

    #[test]
    fn every_accepted_redirect_uri_gets_a_redirect(rest in "[:/?@]?([!-~]{0,40}|\\PC{0,10})") {
        if let Ok(simulator) = Simulator::new("app-1", [format!("http://localhost{rest}")]) {
            let end = FlowEnd::error(ErrorCode::AccessDenied);
            let address = "/oauth/authorize?client_id=app-1&response_type=code&state=s-1";
            let request = simulator.authorize(&address.parse().unwrap()).unwrap();
            assert_reads_as(&request.redirect(&end), &end, Some("s-1"));
        }
    }

    #[test]
    fn arbitrary_requests_never_panic(query in "(client_id=app-1&response_type=code&)?\\PC{0,60}") {
        let uri = format!("/oauth/authorize?{query}").parse().ok();
        if let Some(Ok(request)) = uri.map(|uri: Uri| crate::simulator().authorize(&uri)) {
            let redirect = request.redirect(&FlowEnd::authorization_code()).to_string();
            prop_assert!(redirect.starts_with("http://localhost:8000/callback?code="), "{}", redirect);
        }
    }
}

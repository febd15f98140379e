//! The simulator without a server: requests, outcomes and redirects as values.

use std::collections::BTreeSet;

use http::{HeaderValue, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use proptest::prelude::*;
use tower_smartcar_connect::simulator::{
    AuthorizeRequest, InvalidAuthorizeRequest, Outcome, Simulator,
};
use tower_smartcar_connect::{
    ConnectError, ConnectOutcome, ConnectSuccess, ErrorCode, InvalidRedirectUri,
};

use crate::support::parameters::NAMES;

const REDIRECT_URI: &str = "http://localhost:8000/callback";

const AUTHORIZE: &str = "/oauth/authorize";
const REAUTHENTICATE: &str = "/oauth/reauthenticate";
const BATTERY_CAPACITY: &str = "/battery-capacity";

/// The reasons in the messages about rejected redirect URIs.
const NOT_LOOPBACK: &str = "its host is not this machine";
const CUSTOM_SCHEME: &str = "its scheme is neither https nor http";
const FRAGMENT: &str = "it has a fragment";
const RESERVED_PARAMETER: &str = "its query has a parameter that Connect uses itself";
const NOT_A_URL: &str = "it is not an absolute URL";
const NOT_ENCODED: &str = "it has a space, a control character, or one that is not ASCII";
const USER_INFO: &str = "it has a user name or a password";
const DOT_SEGMENT: &str = "its path has a segment `.` or `..`";
const BACKSLASH: &str = "its path contains a control character or a backslash";

fn simulator() -> Simulator {
    Simulator::new("client-1", [REDIRECT_URI, "http://127.0.0.1:8000/?lang=en"]).unwrap()
}

/// Returns the address with this query at the origin of Connect, which the simulator ignores.
fn address(path: &str, query: &str) -> Uri {
    let uri = format!("https://connect.example{path}?{query}").parse();
    uri.expect(query)
}

/// Returns the request of this query, with `client_id` and `response_type` before it.
fn request(simulator: &Simulator, query: &str) -> AuthorizeRequest {
    let query = format!("client_id=client-1&response_type=code&{query}");
    simulator
        .authorize(&address(AUTHORIZE, &query))
        .expect(&query)
}

/// Returns the redirect of a request that gets a callback.
fn redirect(request: &AuthorizeRequest, outcome: &Outcome) -> Uri {
    request.redirect(outcome)
}

/// Asserts that the redirect URI is accepted, or rejected for this reason.
fn assert_accepts(
    result: Result<Simulator, InvalidRedirectUri>,
    uri: &str,
    expected: Result<(), &str>,
) {
    match (result, expected) {
        (Ok(_), Ok(())) => {}
        (Err(error), Err(reason)) => {
            let beginning = format!("redirect URI {uri:?}: {reason}");
            assert!(error.to_string().starts_with(&beginning), "{error}");
        }
        (result, _) => panic!("{uri:?} is {result:?}, not {expected:?}"),
    }
}

#[test]
fn redirect_uris_have_to_be_on_this_machine() {
    let cases = [
        ("http://localhost", Ok(())),
        ("http://localhost:8000", Ok(())),
        ("https://localhost/callback", Ok(())),
        ("http://LOCALHOST/callback", Ok(())),
        ("HTTP://localhost/callback", Ok(())),
        ("http://app.localhost:8000/callback", Ok(())),
        ("http://127.0.0.1:8000/callback", Ok(())),
        ("http://127.8.9.1/callback", Ok(())),
        ("http://[::1]:8000/callback", Ok(())),
        ("http://[0:0:0:0:0:0:0:1]/callback", Ok(())),
        ("http://localhost/callback?lang=en", Ok(())),
        ("https://example.com/callback", Err(NOT_LOOPBACK)),
        ("http://localhost.evil.example/callback", Err(NOT_LOOPBACK)),
        ("http://127.0.0.1.evil.example/callback", Err(NOT_LOOPBACK)),
        ("http://notlocalhost/callback", Err(NOT_LOOPBACK)),
        ("http://localhost./callback", Err(NOT_LOOPBACK)),
        ("http://0.0.0.0:8000/callback", Err(NOT_LOOPBACK)),
        ("http://192.168.0.7/callback", Err(NOT_LOOPBACK)),
        ("http://[::]/callback", Err(NOT_LOOPBACK)),
        ("http://[::ffff:127.0.0.1]/callback", Err(NOT_LOOPBACK)),
        // Browsers read both as 127.0.0.1, but nothing requires this form.
        ("http://2130706433/", Err(NOT_LOOPBACK)),
        ("http://0127.0.0.1/", Err(NOT_LOOPBACK)),
        (
            "https://javascript-sdk.smartcar.com/v2/redirect?app_origin=http://localhost:8000",
            Err(NOT_LOOPBACK),
        ),
        ("http://localhost@evil.example/callback", Err(USER_INFO)),
        ("http://localhost:8000@evil.example/", Err(USER_INFO)),
        ("http://evil.example@localhost/callback", Err(USER_INFO)),
        ("http://user:password@localhost/callback", Err(USER_INFO)),
        ("http://@localhost/callback", Err(USER_INFO)),
        ("http://localhost%40evil.example/", Err(NOT_A_URL)),
        ("http://localhost\\@evil.example/", Err(NOT_A_URL)),
        ("http://evil.example\\.localhost/", Err(NOT_A_URL)),
        ("http://localhost:80:80/", Err(NOT_A_URL)),
        ("http://localhost:65536/", Err(NOT_A_URL)),
        ("http:localhost", Err(NOT_A_URL)),
        ("http:///callback", Err(NOT_A_URL)),
        ("//localhost/callback", Err(NOT_A_URL)),
        ("/callback", Err(NOT_A_URL)),
        ("", Err(NOT_A_URL)),
        ("http://lo\tcalhost/", Err(NOT_ENCODED)),
        (" http://localhost/", Err(NOT_A_URL)),
        ("http://localhost/a b", Err(NOT_ENCODED)),
        ("http://localhost/caf\u{e9}", Err(NOT_ENCODED)),
        ("http://l\u{f6}calhost/", Err(NOT_ENCODED)),
        ("http://evil.example\u{ff0f}.localhost/", Err(NOT_ENCODED)),
        ("http://localhost/a/../callback", Err(DOT_SEGMENT)),
        ("http://localhost/\\evil.example", Err(BACKSLASH)),
        (
            "sc4a1b01e5-0497-417c-a30e-6df6ba33ba46://callback",
            Err(CUSTOM_SCHEME),
        ),
        ("javascript:alert(1)", Err(CUSTOM_SCHEME)),
        ("localhost:8000/callback", Err(CUSTOM_SCHEME)),
        ("http://localhost/callback#top", Err(FRAGMENT)),
        ("http://localhost/callback?state=1", Err(RESERVED_PARAMETER)),
        ("http://localhost/?st%61te", Err(RESERVED_PARAMETER)),
    ];
    for (uri, expected) in cases {
        assert_accepts(Simulator::new("client-1", [uri]), uri, expected);
    }
    let none = Simulator::new("client-1", [REDIRECT_URI; 0]).unwrap_err();
    assert!(
        none.to_string().starts_with("no redirect URI is given"),
        "{none}"
    );
    let second = Simulator::new("client-1", [REDIRECT_URI, "https://example.com/"]).unwrap_err();
    assert!(
        second.to_string().contains("https://example.com/"),
        "{second}"
    );
}

#[test]
fn redirect_uris_on_other_machines_need_the_dangerous_constructor() {
    let cases = [
        ("https://example.com/callback", Ok(())),
        ("http://app.test:8000/callback", Ok(())),
        ("sc-1://callback", Err(CUSTOM_SCHEME)),
        ("https://user@example.com/callback", Err(USER_INFO)),
        ("https://example.com/callback#top", Err(FRAGMENT)),
        (
            "https://example.com/callback?error=1",
            Err(RESERVED_PARAMETER),
        ),
    ];
    for (uri, expected) in cases {
        assert_accepts(
            Simulator::danger_allow_any_host("client-1", [uri]),
            uri,
            expected,
        );
    }
}

/// The parameters that a request has or lacks.
type Values = &'static [(&'static str, Option<&'static str>)];

#[test]
fn requests_are_parsed_as_documented() {
    let cases: [(&str, &str, Values); 15] = [
        (
            AUTHORIZE,
            "response_type=code&client_id=client-1&scope=read_odometer%20read_vin&redirect_uri=http://localhost:8000/callback\
             &state=0facda3319",
            &[
                ("application_id", Some("client-1")),
                ("state", Some("0facda3319")),
                ("scope", Some("read_odometer read_vin")),
            ],
        ),
        (
            AUTHORIZE,
            "response_type=code&application_id=client-1&user=u-1&external_id=e-1&mode=simulated&make=TESLA",
            &[
                ("application_id", Some("client-1")),
                ("client_id", Some("client-1")),
                ("user", Some("u-1")),
                ("external_id", Some("e-1")),
                ("make", Some("TESLA")),
            ],
        ),
        (
            AUTHORIZE,
            "response_type=code&client_id=client-1&single_select=true&single_select_vin=5YJSA1E14FF101307\
             &approval_prompt=force&flags=country:DE+color:00819D&mode=live",
            &[("flags", Some("country:DE color:00819D"))],
        ),
        (
            AUTHORIZE,
            "response_type=none&application_id=client-1",
            &[("response_type", Some("none"))],
        ),
        (
            AUTHORIZE,
            "response_type=code&client_id=client-1&redirect_uri=http://127.0.0.1:8000/?lang%3Den&mode=test",
            &[("redirect_uri", Some("http://127.0.0.1:8000/?lang=en"))],
        ),
        // A parameter without a value counts as absent.
        (
            AUTHORIZE,
            "response_type=code&client_id=client-1&application_id=&state=&mode=&redirect_uri",
            &[("state", None), ("mode", None), ("redirect_uri", None)],
        ),
        // Parameters that are not documented are ignored, even duplicates.
        (
            AUTHORIZE,
            "response_type=code&client_id=client-1&ref=a&ref=b&app_origin=http://localhost:8000",
            &[("ref", None), ("app_origin", None)],
        ),
        (
            AUTHORIZE,
            "&&response_type=code&&client%5Fid=client%2D1&",
            &[("client_id", Some("client-1"))],
        ),
        (
            AUTHORIZE,
            "response_type=code&client_id=client-1&state=a=b==",
            &[("state", Some("a=b=="))],
        ),
        // A parameter of another address is ignored.
        (
            AUTHORIZE,
            "response_type=none&client_id=client-1&vehicle_id=v-1&token=t-1",
            &[("vehicle_id", None), ("token", None)],
        ),
        (
            REAUTHENTICATE,
            "response_type=vehicle_id&client_id=client-1&vehicle_id=v-1&redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fcallback",
            &[("vehicle_id", Some("v-1"))],
        ),
        (
            REAUTHENTICATE,
            "response_type=none&application_id=client-1&vehicle_id=v-1&state=s-1&external_id=e-1",
            &[
                ("response_type", Some("none")),
                ("state", Some("s-1")),
                ("external_id", Some("e-1")),
            ],
        ),
        (
            REAUTHENTICATE,
            "response_type=none&application_id=client-1&vehicle_id=v-1&scope=read_vin&mode=production",
            &[("scope", None), ("mode", None)],
        ),
        (
            BATTERY_CAPACITY,
            "vehicle_id=v-1&client_id=client-1&token=t-1&response_type=vehicle_id&redirect_uri=http://localhost:8000/callback",
            &[("vehicle_id", Some("v-1")), ("token", Some("t-1"))],
        ),
        (
            BATTERY_CAPACITY,
            "vehicle_id=v-1&client_id=client-1&response_type=vehicle_id&redirect_uri=http://localhost:8000/callback\
             &state=s-1&external_id=e-1",
            &[("token", None), ("state", None), ("external_id", None)],
        ),
    ];
    for (path, query, expected) in cases {
        let request = simulator()
            .authorize(&address(path, query))
            .unwrap_or_else(|invalid| panic!("{path} {query}: {invalid}"));
        for &(name, value) in expected {
            assert_eq!(
                request.parameter(name).as_deref(),
                value,
                "{name} in {query}"
            );
        }
    }
}

#[test]
fn untrusted_requests_are_rejected() {
    use InvalidAuthorizeRequest::{
        DuplicateParameter, MissingParameter, QueryTooLong, UnknownApplication,
        UnregisteredRedirectUri, UnsupportedValue,
    };
    let unsupported = |parameter, documented| UnsupportedValue {
        parameter,
        documented,
    };
    let other_response_type = |documented| unsupported("response_type", documented);
    let known = "response_type=code&client_id=client-1";
    let vehicle = "client_id=client-1&response_type=vehicle_id";
    let none = "client_id=client-1&response_type=none";
    let long = format!("{known}&state={}", "a".repeat(8192));
    let cases = [
        (AUTHORIZE, "", MissingParameter("application_id")),
        (
            AUTHORIZE,
            "response_type=code",
            MissingParameter("application_id"),
        ),
        (
            AUTHORIZE,
            "response_type=code&client_id=",
            MissingParameter("application_id"),
        ),
        (
            AUTHORIZE,
            "response_type=code&Client_Id=client-1",
            MissingParameter("application_id"),
        ),
        (
            AUTHORIZE,
            "response_type=code&client_id=client-2",
            UnknownApplication,
        ),
        (
            AUTHORIZE,
            "response_type=code&client_id=CLIENT-1",
            UnknownApplication,
        ),
        (
            AUTHORIZE,
            "response_type=code&application_id=client-12",
            UnknownApplication,
        ),
        (
            AUTHORIZE,
            &format!("{known}&client_id=client-1"),
            DuplicateParameter("client_id"),
        ),
        (
            AUTHORIZE,
            &format!("{known}&application_id=client-1"),
            DuplicateParameter("application_id"),
        ),
        (
            AUTHORIZE,
            &format!("{known}&state=1&state=2"),
            DuplicateParameter("state"),
        ),
        (
            AUTHORIZE,
            &format!("{known}&state=1&st%61te=2"),
            DuplicateParameter("state"),
        ),
        (
            AUTHORIZE,
            &format!("{known}&scope&scope=a"),
            DuplicateParameter("scope"),
        ),
        (
            AUTHORIZE,
            &format!("{known}&redirect_uri={REDIRECT_URI}&redirect_uri={REDIRECT_URI}"),
            DuplicateParameter("redirect_uri"),
        ),
        (
            AUTHORIZE,
            "client_id=client-1",
            MissingParameter("response_type"),
        ),
        (
            AUTHORIZE,
            "client_id=client-1&response_type=token",
            other_response_type(&["code", "none"]),
        ),
        (
            AUTHORIZE,
            "client_id=client-1&response_type=Code",
            other_response_type(&["code", "none"]),
        ),
        (
            AUTHORIZE,
            "client_id=client-1&response_type=code+token",
            other_response_type(&["code", "none"]),
        ),
        (
            AUTHORIZE,
            &format!("{vehicle}&vehicle_id=v-1&redirect_uri={REDIRECT_URI}"),
            other_response_type(&["code", "none"]),
        ),
        (
            AUTHORIZE,
            &format!("{known}&mode=production"),
            unsupported("mode", &["live", "simulated", "test"]),
        ),
        (
            AUTHORIZE,
            &format!("{known}&single_select=yes"),
            unsupported("single_select", &["true", "false"]),
        ),
        (
            AUTHORIZE,
            &format!("{known}&approval_prompt=always"),
            unsupported("approval_prompt", &["auto", "force"]),
        ),
        (AUTHORIZE, &long, QueryTooLong),
        (REAUTHENTICATE, vehicle, MissingParameter("vehicle_id")),
        (
            REAUTHENTICATE,
            &format!("{vehicle}&vehicle_id=&redirect_uri={REDIRECT_URI}"),
            MissingParameter("vehicle_id"),
        ),
        (REAUTHENTICATE, none, MissingParameter("vehicle_id")),
        (
            REAUTHENTICATE,
            &format!("{vehicle}&vehicle_id=v-1"),
            MissingParameter("redirect_uri"),
        ),
        (
            REAUTHENTICATE,
            &format!("{known}&vehicle_id=v-1&redirect_uri={REDIRECT_URI}"),
            other_response_type(&["vehicle_id", "none"]),
        ),
        (
            REAUTHENTICATE,
            &format!("{none}&vehicle_id=v-1&redirect_uri=http://evil.example"),
            UnregisteredRedirectUri,
        ),
        (BATTERY_CAPACITY, vehicle, MissingParameter("vehicle_id")),
        // As the API returns it: the app has to add its redirect URI.
        (
            BATTERY_CAPACITY,
            &format!("vehicle_id=v-1&token=t-1&{vehicle}&redirect_uri="),
            MissingParameter("redirect_uri"),
        ),
        (
            BATTERY_CAPACITY,
            &format!("{none}&vehicle_id=v-1&redirect_uri={REDIRECT_URI}"),
            other_response_type(&["vehicle_id"]),
        ),
        (
            BATTERY_CAPACITY,
            &format!("{vehicle}&vehicle_id=v-1&vehicle_id=v-2&redirect_uri={REDIRECT_URI}"),
            DuplicateParameter("vehicle_id"),
        ),
    ];
    for (path, query, expected) in cases {
        let result = simulator().authorize(&address(path, query));
        assert_eq!(result.unwrap_err(), expected, "{path} {query}");
    }
    let unregistered = [
        "http://evil.example/callback",
        "http://localhost:8000/callback/",
        "http://localhost:8000/Callback",
        "HTTP://localhost:8000/callback",
        "http://localhost:80000/callback",
        "http://localhost:8000/callback?",
        "http://localhost:8000/callback?next=http://evil.example",
        "http://localhost:8000/callback%23",
        "http://localhost:8000/callback/../evil",
        "http://localhost:8000/callback%2520",
        "+http://localhost:8000/callback",
        "http://localhost:8000@evil.example/callback",
        "http://localhost:8000",
        "http://127.0.0.1:8000/",
        "//localhost:8000/callback",
        "/callback",
        "javascript:alert(1)",
        "null",
    ];
    for uri in unregistered {
        let query = format!("{known}&redirect_uri={uri}");
        let result = simulator().authorize(&address(AUTHORIZE, &query));
        assert_eq!(result.unwrap_err(), UnregisteredRedirectUri, "{query}");
    }
}

#[test]
fn an_undocumented_value_is_rejected_with_the_documented_ones() {
    let cases = [
        (
            "client_id=client-1&response_type=token",
            "the parameter `response_type` has a value that is not documented for this path; use `code` or `none`",
        ),
        (
            "client_id=client-1&response_type=code&mode=production",
            "the parameter `mode` has a value that is not documented for this path; use `live`, `simulated` or `test`",
        ),
    ];
    for (query, expected) in cases {
        let result = simulator().authorize(&address(AUTHORIZE, query));
        assert_eq!(result.unwrap_err().to_string(), expected, "{query}");
    }
}

#[test]
fn the_last_path_segment_selects_the_request_and_others_are_rejected() {
    let query = "client_id=client-1&response_type=code";
    let cases = [
        ("/oauth/authorize", true),
        ("/simulator/oauth/authorize", true),
        ("/a/b/oauth/authorize", true),
        ("/", false),
        ("/authorize", false),
        ("/oauth", false),
        ("/oauth/authorize/", false),
        ("/oauth/authorizes", false),
        ("/oauth/Authorize", false),
        ("/oauth/token", false),
        ("/noauth/authorize", false),
    ];
    for (path, is_known) in cases {
        let result = simulator().authorize(&address(path, query));
        let expected = (!is_known).then_some(InvalidAuthorizeRequest::UnknownPath);
        assert_eq!(result.err(), expected, "{path}");
    }
    assert_eq!(
        InvalidAuthorizeRequest::UnknownPath.to_string(),
        "the path is not one of Connect; use `/oauth/authorize`, `/oauth/reauthenticate` or \
         `/battery-capacity`"
    );
}

#[test]
fn a_request_without_a_redirect_uri_gets_the_default_or_no_callback() {
    let cases = [
        (AUTHORIZE, "code", true),
        (AUTHORIZE, "none", false),
        (REAUTHENTICATE, "none", false),
    ];
    for (path, response_type, has_callback) in cases {
        let query = format!("client_id=client-1&response_type={response_type}&vehicle_id=v-1");
        let request = simulator().authorize(&address(path, &query)).unwrap();
        for outcome in Outcome::all() {
            let redirect = request
                .has_callback()
                .then(|| request.redirect(&outcome).to_string());
            let is_to_default = redirect
                .as_ref()
                .is_some_and(|uri| uri.starts_with(&format!("{REDIRECT_URI}?")));
            assert_eq!(redirect.is_some(), has_callback, "{path} {query}");
            assert_eq!(is_to_default, has_callback, "{path} {query}");
        }
        let query = format!("{query}&redirect_uri=http://127.0.0.1:8000/?lang%3Den");
        let request = simulator().authorize(&address(path, &query)).unwrap();
        let redirect = redirect(&request, &Outcome::user_id()).to_string();
        assert!(
            redirect.starts_with("http://127.0.0.1:8000/?lang=en&user_id="),
            "{redirect}"
        );
    }
}

#[test]
#[should_panic(expected = "no callback comes: the request has `response_type=none`")]
fn a_request_without_a_callback_has_no_redirect() {
    let query = "client_id=client-1&response_type=none";
    let request = simulator().authorize(&address(AUTHORIZE, query)).unwrap();
    let _ = request.redirect(&Outcome::user_id());
}

#[test]
fn published_redirects_are_reproduced_exactly() {
    let (callback, home) = ("https://example.com/callback", "https://example.com/home");
    let simulator = Simulator::danger_allow_any_host("client-1", [callback, home]).unwrap();
    let cases = [
        (
            Outcome::error(ErrorCode::OemCancelledLogin),
            format!("redirect_uri={callback}"),
            "https://example.com/callback?error=oem_cancelled_login\
             &the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
        ),
        (
            Outcome::error(ErrorCode::AccessDenied),
            format!("redirect_uri={home}&state=0facda3319"),
            "https://example.com/home?error=access_denied&error_description=User+denied+access+to+application.\
             &state=0facda3319",
        ),
        (
            Outcome::error(ErrorCode::ConfigurationError),
            format!("redirect_uri={callback}"),
            "https://example.com/callback?error=configuration_error&error_description=There%20has%20been%20an%20error\
             %20in%20the%20configuration%20of%20your%20application.&status_code=400&error_message=You%20have%20entered\
             %20a%20test%20mode%20VIN.%20Please%20enter%20a%20VIN%20that%20belongs%20to%20a%20real%20vehicle.",
        ),
        (
            Outcome::error(ErrorCode::NoVehicles),
            format!("redirect_uri={callback}"),
            "https://example.com/callback?error=no_vehicles&error_description=No%20vehicles%20found.%20Please%20add\
             %20vehicles%20to%20your%20account%20and%20try%20again.",
        ),
        (
            Outcome::authorization_code(),
            format!("redirect_uri={home}&state=0facda3319"),
            "https://example.com/home?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319",
        ),
        (
            Outcome::user_id(),
            format!("redirect_uri={home}&state=0facda3319"),
            "https://example.com/home?user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=0facda3319",
        ),
        (
            Outcome::vehicle_id(),
            format!("redirect_uri={home}&state=0facda3319"),
            "https://example.com/home?vehicle_id=sc4a1b01e5-0497-417c-a30e-6df6ba33ba46&state=0facda3319",
        ),
    ];
    for (outcome, query, expected) in cases {
        let redirect = redirect(&request(&simulator, &query), &outcome);
        assert_eq!(redirect.to_string(), expected, "{outcome}");
    }
}

#[test]
fn spelling_options_change_only_the_spelling() {
    let outcome = Outcome::error(ErrorCode::UserCancelled);
    let tesla = Outcome::authorization_code_with_virtual_key();
    let ids =
        "code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7";
    let encoded = format!(
        "{ids}&virtual_key_url=https%3A%2F%2Fwww.tesla.com%2F_ak%2Fexample.com&state=a%20b"
    );
    let unencoded =
        format!("{ids}&virtual_key_url=https://www.tesla.com/_ak/example.com&state=a%20b");
    let cases = [
        (tesla.clone(), &*encoded),
        (tesla.clone().unencoded_virtual_key_url(true), &*unencoded),
        (
            tesla
                .unencoded_virtual_key_url(true)
                .unencoded_virtual_key_url(false),
            &*encoded,
        ),
        (
            outcome.clone(),
            "error=user_cancelled&error_description=User%20cancelled%20or%20denied%20login%20at%20OEM's%20login%20screen&state=a%20b",
        ),
        (
            outcome.clone().plus_for_space(true),
            "error=user_cancelled&error_description=User+cancelled+or+denied+login+at+OEM%27s+login+screen&state=a+b",
        ),
        (
            outcome.clone().bare_description(true),
            "error=user_cancelled&User%20cancelled%20or%20denied%20login%20at%20OEM's%20login%20screen&state=a%20b",
        ),
        (
            outcome.clone().bare_description(true).plus_for_space(true),
            "error=user_cancelled&User+cancelled+or+denied+login+at+OEM%27s+login+screen&state=a+b",
        ),
        (
            outcome.clone().drop_state(true).drop_state(false),
            "error=user_cancelled&error_description=User%20cancelled%20or%20denied%20login%20at%20OEM's%20login%20screen&state=a%20b",
        ),
        (
            outcome.clone().drop_state(true).description("a&b=c#d"),
            "error=user_cancelled&error_description=a%26b%3Dc%23d",
        ),
        (
            outcome
                .clone()
                .drop_state(true)
                .bare_description(true)
                .description("a&b=c#d"),
            "error=user_cancelled&a%26b%3Dc%23d",
        ),
        // Without its name, it would be another parameter of Connect, or none.
        (
            outcome.clone().bare_description(true).description("code"),
            "error=user_cancelled&error_description=code&state=a%20b",
        ),
        (
            outcome.bare_description(true).description(""),
            "error=user_cancelled&error_description=&state=a%20b",
        ),
    ];
    for (outcome, expected) in cases {
        let redirect = redirect(&request(&simulator(), "state=a%20b"), &outcome);
        assert_eq!(
            redirect.to_string(),
            format!("{REDIRECT_URI}?{expected}"),
            "{outcome:?}"
        );
    }
}

#[test]
fn the_list_of_outcomes_has_every_error_code_and_every_success() {
    let all = Outcome::all();
    let codes = || all.iter().filter_map(Outcome::error_code);
    for code in ErrorCode::ALL.iter().chain([&ErrorCode::Unknown]) {
        assert!(codes().any(|other| other == *code), "{code}");
        assert!(all.contains(&Outcome::error(*code)), "{code}");
    }
    for success in [
        Outcome::authorization_code(),
        Outcome::user_id(),
        Outcome::vehicle_id(),
    ] {
        assert!(all.contains(&success), "{success}");
    }
    let incompatible = all
        .iter()
        .filter(|outcome| outcome.error_code() == Some(ErrorCode::VehicleIncompatible))
        .map(|outcome| {
            outcome
                .parameters()
                .map(|(name, _)| name)
                .skip(2)
                .collect::<Vec<_>>()
                .join(" ")
        });
    assert_eq!(
        incompatible.collect::<Vec<_>>(),
        ["", "vin make", "vin make model year"]
    );
    let without_state: Vec<_> = all.iter().filter(|outcome| !outcome.has_state()).collect();
    let [lost] = without_state[..] else {
        panic!("{without_state:?}");
    };
    assert_eq!(lost.name(), "server_error.without_state");
    let redirect = redirect(&request(&simulator(), "state=s-1"), lost);
    assert_eq!(
        redirect.query().unwrap(),
        "error=server_error&error_description=Unexpected%20server%20error.%20Please%20try%20again."
    );
}

#[test]
fn outcomes_and_spellings_have_unique_names_and_redirects() {
    let request = request(&simulator(), "state=s-1");
    let mut names = BTreeSet::new();
    let mut redirects = BTreeSet::new();
    for outcome in Outcome::all() {
        let spellings = outcome.spellings();
        assert_eq!(spellings[0], outcome);
        for spelling in spellings {
            assert!(names.insert(spelling.name().to_owned()), "{spelling}");
            assert!(
                redirects.insert(redirect(&request, &spelling).to_string()),
                "{spelling}"
            );
        }
    }
}

#[test]
fn every_error_has_all_spellings_of_its_description() {
    let request = request(&simulator(), "");
    for outcome in Outcome::all()
        .iter()
        .filter(|outcome| outcome.error_code().is_some())
    {
        let spellings = outcome.spellings();
        for (is_bare, is_plus) in [(false, false), (false, true), (true, false), (true, true)] {
            let has_form = |spelling: &Outcome| {
                let query = redirect(&request, spelling).query().unwrap().to_owned();
                query.contains("error_description=") != is_bare && query.contains('+') == is_plus
            };
            assert!(
                spellings.iter().any(has_form),
                "{outcome} bare {is_bare} plus {is_plus}"
            );
        }
    }
    for code in ErrorCode::ALL {
        let spellings = Outcome::error(*code).spellings();
        let texts: BTreeSet<_> = spellings
            .iter()
            .flat_map(|spelling| {
                spelling
                    .parameters()
                    .filter(|(name, _)| *name == "error_description")
            })
            .collect();
        let is_published_differently =
            matches!(code, ErrorCode::NoVehicles | ErrorCode::OemCancelledLogin);
        let trimmed: BTreeSet<_> = texts
            .iter()
            .map(|(_, text)| text.trim_end_matches('.'))
            .collect();
        assert_eq!(
            trimmed.len(),
            if is_published_differently { 2 } else { 1 },
            "{code}"
        );
        for text in trimmed {
            for description in [text.to_owned(), format!("{text}.")] {
                assert!(
                    texts.contains(&("error_description", &*description)),
                    "{code}: {description}"
                );
            }
        }
    }
    let nameless = Outcome::undocumented_error("oem_on_holiday")
        .description("")
        .spellings();
    assert!(
        nameless
            .iter()
            .all(|spelling| spelling.parameters().eq(nameless[0].parameters()))
    );
}

#[test]
fn a_virtual_key_url_has_an_encoded_and_an_unencoded_spelling() {
    let request = request(&simulator(), "");
    for is_unencoded in [false, true] {
        let outcome =
            Outcome::authorization_code_with_virtual_key().unencoded_virtual_key_url(is_unencoded);
        let spellings = outcome.spellings();
        assert_eq!(spellings.len(), 2, "{spellings:?}");
        for url in [
            "virtual_key_url=https://www.tesla.com/_ak/example.com",
            "virtual_key_url=https%3A%2F%2Fwww.tesla.com%2F_ak%2Fexample.com",
        ] {
            let has_it =
                |spelling: &Outcome| redirect(&request, spelling).query().unwrap().contains(url);
            assert!(
                spellings.iter().any(has_it),
                "{url} of one that is unencoded: {is_unencoded}"
            );
        }
    }
}

/// Returns the value of a parameter, as the crate parses it, by its name.
fn read(outcome: &ConnectOutcome, name: &str) -> Option<String> {
    type Read<T> = fn(&T) -> Option<String>;
    let of_errors: [(&str, Read<ConnectError>); 10] = [
        ("error", |error| Some(error.error().into_owned())),
        ("error_description", |error| {
            error.description().map(Into::into)
        }),
        ("error_message", |error| {
            error.error_message().map(Into::into)
        }),
        ("status_code", |error| {
            error.status_code().map(|code| code.to_string())
        }),
        ("vehicle_id", |error| error.vehicle_id().map(Into::into)),
        ("vin", |error| error.vin().map(Into::into)),
        ("make", |error| error.make().map(Into::into)),
        ("model", |error| error.model().map(Into::into)),
        ("year", |error| error.year().map(|year| year.to_string())),
        ("external_id", |error| error.external_id().map(Into::into)),
    ];
    let of_successes: [(&str, Read<ConnectSuccess>); 7] = [
        ("code", |success| success.code().map(Into::into)),
        ("user_id", |success| success.user_id().map(Into::into)),
        ("vehicle_id", |success| success.vehicle_id().map(Into::into)),
        ("selected_capacity", |success| {
            success.selected_capacity().map(|size| size.to_string())
        }),
        ("reason", |success| success.reason().map(Into::into)),
        ("virtual_key_url", |success| {
            success.virtual_key_url().map(Into::into)
        }),
        ("external_id", |success| {
            success.external_id().map(Into::into)
        }),
    ];
    match outcome {
        ConnectOutcome::Error(error) => {
            of_errors.iter().find(|(other, _)| *other == name)?.1(error)
        }
        ConnectOutcome::Success(success) => {
            of_successes.iter().find(|(other, _)| *other == name)?.1(success)
        }
    }
}

/// Asserts that the redirect is parsed as this outcome and no other.
fn assert_parses_as(
    redirect: &Uri,
    outcome: &Outcome,
    state: Option<&str>,
    external_id: Option<&str>,
) {
    let case = format!("{outcome} {redirect}");
    let read_outcome = ConnectOutcome::from_uri(redirect)
        .expect(&case)
        .expect(&case);
    let code = match &read_outcome {
        ConnectOutcome::Error(error) => Some(error.code()),
        ConnectOutcome::Success(_) => None,
    };
    assert_eq!(code, outcome.error_code(), "{case}");
    assert_eq!(read_outcome.state().as_deref(), state, "{case}");
    let mut expected: Vec<_> = outcome.parameters().collect();
    expected.extend(external_id.map(|id| ("external_id", id)));
    for name in NAMES {
        let value = expected
            .iter()
            .find_map(|(other, value)| (*other == name).then(|| (*value).to_owned()));
        assert_eq!(read(&read_outcome, name), value, "{name} of {case}");
    }
}

#[test]
fn every_outcome_in_every_spelling_is_parsed_as_itself() {
    let redirect_uris = [
        "http://localhost:8000",
        "http://localhost:8000/",
        "http://localhost:8000/callback",
        "http://localhost:8000/callback?",
        "http://localhost:8000/callback?lang=en",
        "http://localhost:8000/callback?lang=en&",
        "http://localhost:8000/callback?next=/garage?page=2&lang=%20",
        "http://127.0.0.1:8000/a%20b/%C3%BC",
        "http://[::1]:8000/callback;v=1",
        "https://app.localhost/callback",
    ];
    let states = [
        "0facda3319",
        "a b+c&d=e#f%g?h/i",
        "eyJpbnN0YW5jZUlkIjoiMSJ9==",
        "\r\nLocation: http://evil.example",
        "\0\u{7f}\u{202e}",
        "ü€𝄞",
        "&error=access_denied&code=1",
        "\"><script>alert(1)</script>",
        "%20%2B",
        "+",
    ];
    for redirect_uri in redirect_uris {
        let simulator = Simulator::new("client-1", [redirect_uri]).unwrap();
        for state in states {
            let encoded = percent_encode(state.as_bytes(), NON_ALPHANUMERIC);
            let request = request(&simulator, &format!("state={encoded}&external_id=e+1"));
            for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
                let redirect = redirect(&request, &outcome);
                let state = outcome.has_state().then_some(state);
                assert_parses_as(&redirect, &outcome, state, Some("e 1"));
                let registered: url::Url = redirect_uri.parse().unwrap();
                let is_joined_once = |query: &str| !query.starts_with('&') && !query.contains("&&");
                assert!(redirect.query().is_some_and(is_joined_once), "{redirect}");
                assert!(
                    redirect.to_string().starts_with(registered.as_str()),
                    "{redirect}"
                );
                let own = registered.query_pairs().count();
                let arrived: url::Url = redirect.to_string().parse().unwrap();
                assert!(
                    registered.query_pairs().eq(arrived.query_pairs().take(own)),
                    "{redirect}"
                );
            }
        }
    }
}

#[test]
fn a_bare_parameter_of_the_redirect_uri_hides_a_bare_description() {
    let simulator =
        Simulator::new("client-1", ["http://localhost:8000/callback?embedded"]).unwrap();
    let request = request(&simulator, "state=s-1");
    let cases = [
        (true, None),
        (
            false,
            Some("the user did not complete authorization with the OEM"),
        ),
    ];
    for (is_bare, expected) in cases {
        let outcome = Outcome::error(ErrorCode::OemCancelledLogin).bare_description(is_bare);
        let read_outcome = ConnectOutcome::from_uri(&redirect(&request, &outcome))
            .unwrap()
            .unwrap();
        assert_eq!(
            read(&read_outcome, "error").as_deref(),
            Some("oem_cancelled_login"),
            "bare {is_bare}"
        );
        assert_eq!(
            read(&read_outcome, "error_description").as_deref(),
            expected,
            "bare {is_bare}"
        );
        assert_eq!(
            read_outcome.state().as_deref(),
            Some("s-1"),
            "bare {is_bare}"
        );
    }
}

#[test]
fn a_request_for_a_vehicle_is_redirected_with_its_id() {
    let query = format!(
        "response_type=vehicle_id&client_id=client-1&vehicle_id=v%2F7&redirect_uri={REDIRECT_URI}\
         &state=s-1&external_id=e-1"
    );
    let cases = [
        (
            REAUTHENTICATE,
            Outcome::vehicle_id(),
            "vehicle_id=v%2F7&state=s-1&external_id=e-1",
        ),
        (
            REAUTHENTICATE,
            Outcome::error(ErrorCode::AccessDenied),
            "error=access_denied&error_description=User+denied+access+to+application.&state=s-1\
             &external_id=e-1",
        ),
        // `state` is not documented there.
        (
            BATTERY_CAPACITY,
            Outcome::selected_capacity(),
            "vehicle_id=v%2F7&selected_capacity=80.9&reason=battery_capacity",
        ),
        (
            BATTERY_CAPACITY,
            Outcome::error(ErrorCode::BatteryCapacityNoSelection),
            "error=battery_capacity_no_selection\
             &error_description=user%20did%20not%20know%20battery%20capacity&vehicle_id=v%2F7",
        ),
    ];
    for (path, outcome, expected) in cases {
        let request = simulator().authorize(&address(path, &query)).unwrap();
        let redirect = redirect(&request, &outcome).to_string();
        assert_eq!(
            redirect,
            format!("{REDIRECT_URI}?{expected}"),
            "{path} {outcome}"
        );
    }
}

#[test]
fn an_undocumented_error_has_the_given_code() {
    let outcome = Outcome::undocumented_error("oem_on_holiday").description("Until Monday.");
    let redirect = redirect(&request(&simulator(), "state=s-1"), &outcome);
    assert_parses_as(&redirect, &outcome, Some("s-1"), None);
    assert_eq!(outcome.error_code(), Some(ErrorCode::Unknown));
    assert_eq!(outcome.to_string(), "oem_on_holiday");
}

#[test]
fn an_error_that_connect_cannot_send_panics() {
    for text in ["", "a\"b", "a\\b", "a\nb", "ü"] {
        let result = std::panic::catch_unwind(|| Outcome::undocumented_error(text));
        assert!(result.is_err(), "{text:?}");
    }
}

#[test]
fn debug_output_has_no_values_from_the_request() {
    let request = request(&simulator(), "state=secret-1&user=secret-2");
    assert_eq!(
        format!("{request:?}"),
        r#"{"client_id", "response_type", "state", "user"}"#
    );
}

proptest! {
    #[test]
    fn a_state_is_returned_unchanged(
        state in prop::collection::vec(any::<u8>(), 1..200),
        index in any::<prop::sample::Index>(),
    ) {
        let encoded = percent_encode(&state, NON_ALPHANUMERIC);
        let request = request(&simulator(), &format!("state={encoded}"));
        let outcomes: Vec<_> = Outcome::all().iter().flat_map(Outcome::spellings).collect();
        let outcome = index.get(&outcomes);
        let redirect = redirect(&request, outcome).to_string();
        let returned = redirect.split(['?', '&']).find_map(|pair| pair.strip_prefix("state="));
        let returned = returned.map(|text| percent_decode_str(&text.replace('+', " ")).collect::<Vec<_>>());
        let expected = outcome.has_state().then_some(state);
        prop_assert_eq!(returned, expected, "{}", redirect);
    }

    #[test]
    fn every_accepted_redirect_uri_gets_a_redirect(rest in "[:/?@]?([!-~]{0,40}|\\PC{0,10})") {
        if let Ok(simulator) = Simulator::new("client-1", [format!("http://localhost{rest}")]) {
            let outcome = Outcome::error(ErrorCode::AccessDenied);
            let redirect = redirect(&request(&simulator, "state=s-1"), &outcome);
            prop_assert!(HeaderValue::try_from(redirect.to_string()).is_ok(), "{}", redirect);
            assert_parses_as(&redirect, &outcome, Some("s-1"), None);
        }
    }

    #[test]
    fn arbitrary_requests_never_panic(query in "(client_id=client-1&response_type=code&)?\\PC{0,60}") {
        let request = format!("{AUTHORIZE}?{query}").parse().ok();
        let request = request.and_then(|uri| simulator().authorize(&uri).ok());
        if let Some(request) = request {
            let redirect = redirect(&request, &Outcome::authorization_code()).to_string();
            prop_assert!(redirect.starts_with("http://localhost:8000/callback?code="), "{}", redirect);
        }
    }
}

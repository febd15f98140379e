//! The parsing of queries: the published redirects, every code and parameter, encodings, and
//! queries that are rejected.

use tower_smartcar_connect::{
    ConnectError, ConnectOutcome, ConnectSuccess, ErrorCode, RejectedCallback, RejectionReason,
};

use crate::support::parameters::NAMES;

/// Reads an outcome without a look at its `state`.
pub(crate) fn read(query: &str) -> Result<Option<ConnectOutcome>, RejectedCallback> {
    let unverified = ConnectOutcome::from_query(query)?;
    Ok(unverified.map(|unverified| unverified.skip_verification()))
}

fn error(query: &str) -> ConnectError {
    match read(query) {
        Ok(Some(ConnectOutcome::Error(error))) => error,
        other => panic!("query {query:?} is {other:?}"),
    }
}

fn success(query: &str) -> ConnectSuccess {
    match read(query) {
        Ok(Some(ConnectOutcome::Success(success))) => success,
        other => panic!("query {query:?} is {other:?}"),
    }
}

#[test]
fn published_error_redirects_are_parsed() {
    let bare = error(
        "error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
    );
    assert_eq!(bare.code(), ErrorCode::OemCancelledLogin);
    assert_eq!(
        bare.description(),
        Some("the user did not complete authorization with the OEM")
    );

    let denied = error(
        "error=access_denied&error_description=User+denied+access+to+application.&state=0facda3319",
    );
    assert_eq!(denied.code(), ErrorCode::AccessDenied);
    assert_eq!(
        denied.description(),
        Some("User denied access to application.")
    );
    assert_eq!(denied.state(), Some("0facda3319"));

    let configuration = error(
        "error=configuration_error&error_description=There%20has%20been%20an%20error%20in%20the%20configuration%20of\
         %20your%20application.&status_code=400&error_message=You%20have%20entered%20a%20test%20mode%20VIN.%20Please%20\
         enter%20a%20VIN%20that%20belongs%20to%20a%20real%20vehicle.",
    );
    assert_eq!(configuration.code(), ErrorCode::ConfigurationError);
    assert_eq!(
        configuration.description(),
        Some("There has been an error in the configuration of your application."),
    );
    assert_eq!(configuration.status_code(), Some(400));
    assert_eq!(
        configuration.error_message(),
        Some(
            "You have entered a test mode VIN. Please enter a VIN that belongs to a real vehicle."
        ),
    );

    let empty = error(
        "error=no_vehicles&error_description=No%20vehicles%20found.%20Please%20add%20vehicles%20to%20your%20account%20and\
         %20try%20again.",
    );
    assert_eq!(empty.code(), ErrorCode::NoVehicles);
    assert_eq!(
        empty.description(),
        Some("No vehicles found. Please add vehicles to your account and try again."),
    );
}

#[test]
fn published_success_redirects_are_parsed() {
    let code = success("code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319");
    assert_eq!(code.code(), Some("90abecb6-e7ab-4b85-864a-e1c8bf67f2ad"));
    assert_eq!(code.state(), Some("0facda3319"));
    assert_eq!(code.user_id(), None);

    let user = success("user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=0facda3319");
    assert_eq!(user.user_id(), Some("725146a3-69f4-46c8-965d-54b3b6f81eb7"));
    assert_eq!(user.code(), None);

    let vehicle = success("vehicle_id=sc4a1b01e5-0497-417c-a30e-6df6ba33ba46&state=0facda3319");
    assert_eq!(
        vehicle.vehicle_id(),
        Some("sc4a1b01e5-0497-417c-a30e-6df6ba33ba46")
    );
    assert_eq!(vehicle.external_id(), None);
}

#[test]
fn every_parameter_of_a_success_is_parsed() {
    let success = success(
        "code=c0de&user_id=u5er&vehicle_id=veh1cle&external_id=garage%207&state=5tate\
         &virtual_key_url=https%3A%2F%2Fwww.tesla.com%2F_ak%2Fexample.com%3Fa%3D1%26b%3D2",
    );
    assert_eq!(success.code(), Some("c0de"));
    assert_eq!(success.user_id(), Some("u5er"));
    assert_eq!(success.vehicle_id(), Some("veh1cle"));
    assert_eq!(success.external_id(), Some("garage 7"));
    assert_eq!(success.state(), Some("5tate"));
    assert_eq!(
        success.virtual_key_url(),
        Some("https://www.tesla.com/_ak/example.com?a=1&b=2")
    );
}

#[test]
fn an_unencoded_virtual_key_url_is_parsed() {
    let success = success("code=c0de&virtual_key_url=https://www.tesla.com/_ak/example.com?a=1");
    assert_eq!(
        success.virtual_key_url(),
        Some("https://www.tesla.com/_ak/example.com?a=1")
    );
}

#[test]
fn every_parameter_of_an_error_is_parsed() {
    let error = error(
        "error=vehicle_incompatible&error_description=The%20user%E2%80%99s%20vehicle%20is%20not%20compatible.\
         &vin=1HGCM82633A004352&make=HONDA&model=Accord+Coupe&year=2003&external_id=garage-7&state=5tate\
         &status_code=400&error_message=No%2E",
    );
    assert_eq!(error.code(), ErrorCode::VehicleIncompatible);
    assert_eq!(error.raw_code(), "vehicle_incompatible");
    assert_eq!(
        error.description(),
        Some("The user’s vehicle is not compatible.")
    );
    assert_eq!(error.vin(), Some("1HGCM82633A004352"));
    assert_eq!(error.make(), Some("HONDA"));
    assert_eq!(error.model(), Some("Accord Coupe"));
    assert_eq!(error.year(), Some(2003));
    assert_eq!(error.external_id(), Some("garage-7"));
    assert_eq!(error.state(), Some("5tate"));
    assert_eq!(error.status_code(), Some(400));
    assert_eq!(error.error_message(), Some("No."));
}

#[test]
fn an_unknown_code_keeps_its_string() {
    for (query, text) in [
        ("error=battery_too_shy", "battery_too_shy"),
        ("error=Access_Denied", "Access_Denied"),
        ("error=access_denied.", "access_denied."),
        ("error=unknown", "unknown"),
        ("error=a+b%21%5B%7E", "a b![~"),
    ] {
        let error = error(query);
        assert_eq!(error.code(), ErrorCode::Unknown, "query {query:?}");
        assert_eq!(error.raw_code(), text, "query {query:?}");
        assert_eq!(error.code().as_str(), "unknown", "query {query:?}");
        assert_eq!(error.code().to_string(), "unknown", "query {query:?}");
        assert!(!error.code().is_owner_exit(), "query {query:?}");
    }
}

#[test]
fn the_description_is_the_one_bare_parameter_without_a_known_name() {
    let cases = [
        ("error=x&the%20owner+left", Some("the owner left")),
        ("the%20owner+left&error=x", Some("the owner left")),
        (
            "tenant=7&error=x&the%20owner%20left&state=s",
            Some("the owner left"),
        ),
        // A description with a name takes precedence, even if it is empty.
        ("error=x&error_description=named&bare", Some("named")),
        ("error=x&error_description=&bare", Some("")),
        ("error=x&error_description&bare", Some("")),
        // A known name without a value is that parameter, in every encoding.
        ("error=x&state", None),
        ("error=x&st%61te", None),
        ("error=x&state&the%20owner%20left", Some("the owner left")),
        // If there are two candidates, neither is the description.
        ("error=x&one&two", None),
        ("error=x&one&one", None),
        // A parameter with `=` is not a description.
        ("error=x&the%20owner%20left=", None),
        ("error=x&=the%20owner%20left", None),
        // Neither is an empty one.
        ("error=x&&", None),
        ("error=x", None),
        // A known name that is cut off or too long is an unknown one.
        ("error=x&stat", Some("stat")),
        ("error=x&state%20", Some("state ")),
    ];
    for (query, description) in cases {
        assert_eq!(error(query).description(), description, "query {query:?}");
    }
}

#[test]
fn a_success_ignores_bare_parameters() {
    let success = success("code=c0de&the%20owner%20left");
    assert_eq!(success.code(), Some("c0de"));
}

#[test]
fn values_are_decoded_like_the_url_standards_form_parser() {
    let cases = [
        ("a+b%20c", "a b c"),
        ("%2B+%2b", "+ +"),
        ("user%27s+user's+user%E2%80%99s", "user's user's user’s"),
        ("caf%C3%A9", "café"),
        ("café", "café"),
        ("%", "%"),
        ("%4", "%4"),
        ("%zz%41", "%zzA"),
        ("100%+sure", "100% sure"),
        ("%25%34%31", "%41"),
        ("%FF%FE", "\u{fffd}\u{fffd}"),
        ("a%C3b", "a\u{fffd}b"),
        ("%00%0D%0A", "\0\r\n"),
        ("a=b=c", "a=b=c"),
        ("", ""),
    ];
    for (encoded, decoded) in cases {
        let query = format!("error=x&error_description={encoded}");
        assert_eq!(
            error(&query).description(),
            Some(decoded),
            "query {query:?}"
        );
    }
}

#[test]
fn names_are_decoded_and_are_case_sensitive() {
    let error = error("%65rror=access_denied&%73tat%65=abc&VIN=upper&vi%6e=lower");
    assert_eq!(error.code(), ErrorCode::AccessDenied);
    assert_eq!(error.state(), Some("abc"));
    assert_eq!(error.vin(), Some("lower"));
    assert!(matches!(read("ERROR=access_denied"), Ok(None)));
}

#[test]
fn only_decimal_digits_in_range_are_a_number() {
    let cases = [
        ("2015", Some(2015)),
        ("0400", Some(400)),
        ("%32015", Some(2015)),
        ("", None),
        ("+400", None),
        ("%2B400", None),
        ("-1", None),
        ("4e2", None),
        ("0x190", None),
        ("65535", Some(65535)),
        ("65536", None),
        ("400 ", None),
        ("４００", None),
    ];
    for (text, number) in cases {
        let query = format!("error=x&year={}&status_code={0}", text.replace(' ', "%20"));
        let error = error(&query);
        assert_eq!(error.year(), number, "query {query:?}");
        assert_eq!(error.status_code(), number, "query {query:?}");
    }
}

#[test]
fn a_query_without_an_outcome_is_not_a_callback() {
    for query in [
        "",
        "&&",
        "=",
        "page=2",
        "state=0facda3319",
        "state=one&state=two",
        "vin=1&make=2&model=3&year=4&status_code=5&error_message=6&error_description=7&external_id=8&virtual_key_url=9",
        "Error=access_denied",
        "errors=access_denied",
        "error%20=access_denied",
        "error+=access_denied",
        " error=access_denied",
        "??error=access_denied",
        "x=error&y=code",
        "%2565rror=access_denied",
        "code%00=1",
        "page=1;code=2",
    ] {
        match read(query) {
            Ok(None) => {}
            other => panic!("query {query:?} is {other:?}"),
        }
    }
}

#[test]
fn an_ambiguous_query_is_rejected_with_the_reason() {
    use RejectionReason::*;
    let cases = [
        ("code=1&code=1", DuplicateParameter),
        ("code=1&c%6Fde=2", DuplicateParameter),
        ("code=1&code", DuplicateParameter),
        ("error=x&state&state=1", DuplicateParameter),
        ("error=x&error=y", DuplicateParameter),
        ("error=x&code=1", ConflictingOutcome),
        ("user_id=1&error=x", ConflictingOutcome),
        ("error=x&vehicle_id=1", ConflictingOutcome),
        ("error&code=1", ConflictingOutcome),
        ("code", EmptyParameter),
        ("code=", EmptyParameter),
        ("user_id=&code=1", EmptyParameter),
        ("code=1&vehicle_id", EmptyParameter),
        ("error=x&code=", EmptyParameter),
        ("error", MalformedError),
        ("error=", MalformedError),
        ("error=caf%C3%A9", MalformedError),
        ("error=café", MalformedError),
        ("error=a%22b", MalformedError),
        ("error=a%5Cb", MalformedError),
        ("error=a%0Ab", MalformedError),
        ("error=a%7Fb", MalformedError),
        ("error=%FF", MalformedError),
        ("error=access_denied%00", MalformedError),
    ];
    for (query, reason) in cases {
        match read(query) {
            Err(rejected) => assert_eq!(rejected.reason(), reason, "query {query:?}"),
            other => panic!("query {query:?} is {other:?}"),
        }
    }
}

#[test]
fn each_duplicate_known_parameter_is_rejected() {
    for name in NAMES {
        let query = format!("error=x&{name}=1&{name}=2");
        let rejected = read(&query).expect_err(&query);
        assert_eq!(
            rejected.reason(),
            RejectionReason::DuplicateParameter,
            "query {query:?}"
        );
        assert!(
            rejected.to_string().contains(&format!("`{name}`")),
            "message {rejected}"
        );
    }
}

#[test]
fn a_duplicate_unknown_parameter_is_accepted() {
    assert_eq!(error("tag=1&error=x&tag=2").raw_code(), "x");
}

#[test]
fn a_query_of_8192_bytes_is_parsed_and_a_longer_one_is_rejected() {
    let padded = |length: usize| {
        let mut query = "error=x&state=".to_owned();
        query.push_str(&"s".repeat(length - query.len()));
        query
    };
    assert_eq!(
        error(&padded(8192)).state().map(|state| state.len()),
        Some(8192 - 14)
    );
    for length in [8193, 60_000, 70_000, 1_000_000] {
        let rejected = read(&padded(length)).unwrap_err();
        assert_eq!(
            rejected.reason(),
            RejectionReason::QueryTooLong,
            "length {length}"
        );
    }
}

#[test]
fn a_query_of_256_parameters_is_parsed_and_a_longer_one_is_rejected() {
    let padded = |count: usize| format!("error=x{}", "&a".repeat(count - 1));
    assert_eq!(error(&padded(256)).raw_code(), "x");
    let with_result_at_the_end = "&".repeat(256) + "error=x";
    for query in [padded(257), padded(4000), with_result_at_the_end] {
        let rejected = read(&query).unwrap_err();
        assert_eq!(
            rejected.reason(),
            RejectionReason::TooManyParameters,
            "{} bytes",
            query.len()
        );
    }
}

#[test]
fn a_query_with_many_parameters_and_no_outcome_is_not_a_callback() {
    for query in [
        "&".repeat(256),
        "&".repeat(8000),
        "a=1&".repeat(2000),
        "state=s&".repeat(1000),
    ] {
        assert!(read(&query).unwrap().is_none(), "{} bytes", query.len());
    }
}

#[test]
fn debug_shows_the_names_of_parameters_without_their_values() {
    let error =
        error("error=access_denied&vin=5ecret&state=5ecret&make=5ecret&5ecret=5ecret&5ecret");
    assert_eq!(
        format!("{error:?}"),
        r#"ConnectError { code: AccessDenied, parameters: {"error", "error_description", "vin", "make", "state"}, is_verified: false }"#,
    );
    let success = success("code=5ecret&user_id=5ecret&external_id=5ecret");
    assert_eq!(
        format!("{success:?}"),
        r#"ConnectSuccess { parameters: {"code", "user_id", "external_id"}, is_verified: false }"#,
    );
    assert_eq!(
        format!("{:?}", ConnectOutcome::Success(success)),
        r#"Success(ConnectSuccess { parameters: {"code", "user_id", "external_id"}, is_verified: false })"#,
    );
}

#[test]
fn display_of_an_error_cannot_forge_or_flood_log_lines() {
    let forged =
        error("error=battery_too_shy&error_description=a%0D%0A%1B%5B31mlevel%3Dinfo&vin=5ecret");
    assert_eq!(
        forged.to_string(),
        "battery_too_shy: a\\r\\n\\u{1b}[31mlevel=info"
    );

    let long = error(&format!("error={}&error_description={0}", "e".repeat(3000)));
    let cut = format!("{}…", "e".repeat(256));
    assert_eq!(long.to_string(), format!("{cut}: {cut}"));
    assert_eq!(long.description().map(|text| text.len()), Some(3000));

    assert_eq!(error("error=access_denied").to_string(), "access_denied");
}

#[test]
fn a_leading_question_mark_is_ignored() {
    for query in ["?code=1", "?error=access_denied", "?page=2&user_id=1"] {
        let outcome = read(query);
        assert!(
            matches!(outcome, Ok(Some(_))),
            "query {query:?} is {outcome:?}"
        );
    }
    assert!(read("?code=1&code=2").is_err());
}

#[test]
fn a_published_battery_size_is_parsed() {
    let success = success(
        "vehicle_id=36ab27d0-fd9d-4455-823a-ce30af709ffc&selected_capacity=80.9&reason=battery_capacity",
    );
    assert_eq!(
        success.vehicle_id(),
        Some("36ab27d0-fd9d-4455-823a-ce30af709ffc")
    );
    assert_eq!(success.selected_capacity(), Some(80.9));
    assert_eq!(success.reason(), Some("battery_capacity"));

    let error = error(
        "error=battery_capacity_no_selection&error_description=user%20did%20not%20know%20battery%20capacity\
         &vehicle_id=36ab27d0-fd9d-4455-823a-ce30af709ffc",
    );
    assert_eq!(error.code(), ErrorCode::BatteryCapacityNoSelection);
    assert!(error.code().is_owner_exit());
    assert_eq!(
        error.description(),
        Some("user did not know battery capacity")
    );
    assert_eq!(
        error.vehicle_id(),
        Some("36ab27d0-fd9d-4455-823a-ce30af709ffc")
    );
}

#[test]
fn only_a_positive_decimal_number_is_a_battery_size() {
    for (text, expected) in [
        ("80.9", Some(80.9)),
        ("80", Some(80.0)),
        ("0080.90", Some(80.9)),
        ("0.5", Some(0.5)),
        ("", None),
        ("0", None),
        ("0.0", None),
        ("-80.9", None),
        ("%2B80.9", None),
        ("+80.9", None),
        ("80.9+", None),
        ("80,9", None),
        ("80.", None),
        (".9", None),
        ("8e1", None),
        ("inf", None),
        ("nan", None),
        ("80.9.1", None),
        ("8%300.9", Some(800.9)),
    ] {
        for name in [
            "selected_capacity",
            "selected_capcity",
            "selected%5Fcapcity",
        ] {
            let success = success(&format!("vehicle_id=v-1&{name}={text}"));
            assert_eq!(success.selected_capacity(), expected, "{name}={text}");
        }
    }
    let too_large = format!("vehicle_id=v-1&selected_capacity={}", "9".repeat(400));
    assert_eq!(success(&too_large).selected_capacity(), None);
}

#[test]
fn a_vehicle_id_conflicts_with_every_error_but_a_battery_error() {
    use RejectionReason::{ConflictingOutcome, DuplicateParameter, EmptyParameter};
    let battery = "error=battery_capacity_no_selection";
    let mut cases = vec![
        (format!("{battery}&vehicle_id=v-1"), Ok(())),
        (format!("vehicle_id=v-1&{battery}"), Ok(())),
        (battery.to_owned(), Ok(())),
        (
            "error=battery%5Fcapacity_no_selection&vehicle_id=v-1".to_owned(),
            Ok(()),
        ),
        (format!("{battery}&code=1"), Err(ConflictingOutcome)),
        (format!("{battery}&user_id=1"), Err(ConflictingOutcome)),
        (
            format!("{battery}&vehicle_id=v-1&code=1"),
            Err(ConflictingOutcome),
        ),
        (format!("{battery}&vehicle_id="), Err(EmptyParameter)),
        (
            format!("{battery}&vehicle_id=1&vehicle_id=1"),
            Err(DuplicateParameter),
        ),
        (
            "vehicle_id=1&selected_capacity=1&selected_capcity=1".to_owned(),
            Err(DuplicateParameter),
        ),
        (
            "error=brand_new_code&vehicle_id=1".to_owned(),
            Err(ConflictingOutcome),
        ),
        ("error=&vehicle_id=1".to_owned(), Err(ConflictingOutcome)),
    ];
    for code in ErrorCode::ALL {
        if *code != ErrorCode::BatteryCapacityNoSelection {
            cases.push((
                format!("error={code}&vehicle_id=1"),
                Err(ConflictingOutcome),
            ));
        }
    }
    for (query, expected) in cases {
        let outcome = read(&query).map(|_| ());
        assert_eq!(
            outcome.map_err(|rejected| rejected.reason()),
            expected,
            "{query}"
        );
    }
    for query in [
        "selected_capacity=80.9",
        "selected_capcity=80.9&reason=battery_capacity",
    ] {
        assert!(matches!(read(query), Ok(None)), "{query}");
    }
}

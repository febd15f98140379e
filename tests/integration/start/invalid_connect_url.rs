//! Values that Connect would reject on a page of its own, or drop, and the message about each.

use tower_smartcar_connect::ConnectUrl;
use tower_smartcar_connect::start::InvalidConnectUrl;

const VIN: &str = "5YJSA1CN5DFP00101";
const REDIRECT_URI: &str = "https://example.com/callback";

type Attempt = Result<ConnectUrl, InvalidConnectUrl>;

fn base() -> ConnectUrl {
    ConnectUrl::new("application-1", REDIRECT_URI).unwrap()
}

#[track_caller]
fn assert_message(attempt: Attempt, parameter: &str, message: &str) {
    let invalid = attempt.expect_err(message);
    assert_eq!(invalid.to_string(), format!("`{parameter}` {message}"));
    assert_eq!(invalid.parameter(), parameter);
}

/// The address with this text in each parameter that is an id or a name.
fn texts(text: &str) -> [(&'static str, Attempt); 5] {
    [
        ("application_id", ConnectUrl::new(text, REDIRECT_URI)),
        ("vehicle_id", base().reauthentication(text)),
        ("external_id", base().external_id(text)),
        ("user", base().user(text)),
        ("make", base().make(text.to_uppercase())),
    ]
}

#[test]
fn an_id_or_a_name_that_cannot_be_meant_is_rejected() {
    let long = "x".repeat(256);
    let cases: [(&str, &[&str]); 4] = [
        (
            "is empty; pass a value, or leave the call out",
            &["", " ", "\t\n"],
        ),
        (
            "has control characters, or white space around it; pass it without them",
            &["a\nb", " a", "a ", "a\u{85}b", "a\0", "\u{3000}a"],
        ),
        (
            "is the text `null`, perhaps of a missing value; pass a value, or call `clear_external_id` to clear that id",
            &["null"],
        ),
        ("is longer than 255 bytes; pass a shorter one", &[&long]),
    ];
    for (message, texts_of_case) in cases {
        for text in texts_of_case {
            for (parameter, attempt) in texts(text) {
                // A make is in capitals.
                if (parameter, *text) != ("make", "null") {
                    assert_message(attempt, parameter, message);
                }
            }
        }
    }
    for text in ["nulls", "NULL", "0", "Ada Lovelace", &long[1..]] {
        for (parameter, attempt) in texts(text) {
            assert!(attempt.is_ok(), "{parameter} {text}");
        }
    }
}

#[test]
fn a_client_credential_is_rejected_as_an_application_id() {
    let message = "is the id of an API credential (`client_…`); pass the id of the application, a UUID that the \
                   Smartcar dashboard shows";
    for id in ["client_01HXYZ", "client_"] {
        assert_message(ConnectUrl::new(id, REDIRECT_URI), "application_id", message);
    }
    for id in ["client-1", "clients", "my_client_01"] {
        assert!(ConnectUrl::new(id, REDIRECT_URI).is_ok(), "{id}");
    }
}

#[test]
fn malformed_lists_makes_and_vins_are_rejected() {
    let permission = "has a permission that is empty or several in one; pass each on its own, such as `read_odometer`";
    let name = "has a name that is empty, or has a colon or white space; pass one like `country`";
    let value = "has a value that is empty, or has white space; pass one like `DE`";
    let vin = "is not a VIN; pass 17 letters and digits";
    type Set = fn(&str) -> Attempt;
    let cases: [(&str, &str, Set, &[&str]); 6] = [
        (
            "scope",
            permission,
            |text| base().scope([text]),
            &[
                "",
                " ",
                "required:",
                "read_vin read_odometer",
                "read_vin,read_odometer",
                "read_vin\n",
                "read:vin",
                "required: read_vin",
                "required:required:read_vin",
                "read\u{a0}vin",
                "read\0vin",
            ],
        ),
        (
            "scope",
            permission,
            |text| base().required_scope(["read_vin", text]),
            &["", "read_fuel read_odometer"],
        ),
        (
            "flags",
            name,
            |text| base().flag(text, "DE"),
            &["", "country:DE", "a b", "a\n"],
        ),
        (
            "flags",
            value,
            |text| base().flag("country", text),
            &["", "D E", "DE ", "DE\t"],
        ),
        (
            "make",
            "is not in capitals; pass it like `TESLA`",
            |text| base().make(text),
            &["tesla", "Tesla", "null"],
        ),
        (
            "single_select_vin",
            vin,
            |text| base().single_select_vin(text),
            &[
                "",
                "5YJSA1CN5DFP0010",
                "5YJSA1CN5DFP001011",
                "5YJSA1CN5DFP-0101",
                "5YJSA1CN5DFP0010é",
            ],
        ),
    ];
    for (parameter, message, set, values) in cases {
        for value in values {
            assert_message(set(value), parameter, message);
        }
    }
    let empty = "is empty; pass a permission, or leave the call out";
    assert_message(base().scope::<[&str; 0]>([]), "scope", empty);
    for make in [
        "LAND_ROVER",
        "LAND ROVER",
        "MERCEDES-BENZ",
        "CITROËN",
        "DS3",
    ] {
        assert!(base().make(make).is_ok(), "{make}");
    }
    for vin in [VIN, "5yjsa1cn5dfp00101", "0SCAUDI012FKG3P4V"] {
        assert!(base().single_select_vin(vin).is_ok(), "{vin}");
    }
}

#[test]
fn a_duplicate_entry_of_a_list_is_rejected() {
    let message = "has the same entry twice; remove one";
    for attempt in [
        base().scope(["read_vin", "read_vin"]),
        base().scope(["read_vin", "required:read_vin"]),
        base()
            .required_scope(["read_vin"])
            .and_then(|url| url.scope(["read_fuel", "read_vin"])),
    ] {
        assert_message(attempt, "scope", message);
    }
    let country = || base().flag("country", "DE").unwrap();
    assert_message(country().flag("country", "US"), "flags", message);
    // Two names with a common beginning are not equal.
    assert!(country().flag("country2", "DE").is_ok());
    assert!(base().scope(["read_charge", "read_charge_events"]).is_ok());
}

#[test]
fn an_address_that_is_too_long_is_rejected() {
    let message = "makes the address longer than 4096 bytes; shorten it";
    let long = "x".repeat(4096);
    let path = format!("https://example.com/{long}");
    for (parameter, attempt) in [
        ("redirect_uri", ConnectUrl::new("application-1", path)),
        ("scope", base().scope([&*long])),
        (
            "scope",
            base().scope((0..500).map(|number| format!("read_{number}"))),
        ),
        ("flags", base().flag(&*long, "1")),
        ("flags", base().flag("name", &*long)),
    ] {
        assert_message(attempt, parameter, message);
    }
}

#[test]
fn a_state_that_is_empty_or_too_long_is_rejected() {
    let long = "is longer than 4000 bytes when it is encoded; keep the data on the server";
    for (state, message) in [
        ("", "is empty; make a random one for each flow"),
        (&"x".repeat(4001), long),
        (&"+".repeat(1334), long),
        (&"é".repeat(700), long),
    ] {
        let invalid = base().with_state(state).unwrap_err();
        assert_eq!(invalid.to_string(), format!("`state` {message}"));
    }
}

#[test]
fn a_resolution_url_of_something_else_is_rejected() {
    let other_place = "is not a re-authentication at the origin of Connect; pass it as Smartcar's API returned it";
    let other_application =
        "is for another application; pass one of the application of this address";
    let no_vehicle = "does not name one vehicle; pass one with a `vehicle_id`";
    let valid =
        "https://connect.smartcar.com/oauth/reauthenticate?client_id=application-1&vehicle_id=1";
    assert!(base().reauthentication_by_url(valid).is_ok());
    let simulator = base().at_origin("http://localhost:4000".parse().unwrap());
    assert_message(
        simulator.reauthentication_by_url(valid),
        "resolution.url",
        other_place,
    );
    for (message, url) in [
        (other_place, String::new()),
        (other_place, valid.replace("https:", "http:")),
        (
            other_place,
            valid.replace("connect.smartcar.com", "evil.example"),
        ),
        (
            other_place,
            valid.replace("smartcar.com", "smartcar.com.evil.example"),
        ),
        (other_place, valid.replace("https://", "https://evil@")),
        (other_place, valid.replace("reauthenticate", "authorize")),
        (
            other_application,
            valid.replace("application-1", "application-2"),
        ),
        (other_application, valid.replace("client_id", "id")),
        (
            other_application,
            format!("{valid}&application_id=application-2"),
        ),
        (
            no_vehicle,
            valid.replace("vehicle_id=1", "make=TESLA&scope=read_vin"),
        ),
        (no_vehicle, format!("{valid}&vehicle_id=2")),
    ] {
        let attempt = base().reauthentication_by_url(&url);
        assert_message(attempt, "resolution.url", message);
    }
    let empty = base().reauthentication_by_url(&valid.replace("vehicle_id=1", "vehicle_id="));
    assert_eq!(empty.unwrap_err().parameter(), "vehicle_id");
}

#[test]
fn messages_contain_no_value_except_a_redirect_uri() {
    for attempt in [
        ConnectUrl::new("client_secret", REDIRECT_URI),
        base().user("secret\n"),
        base().single_select_vin("secret"),
        base().scope(["secret "]),
        base().reauthentication_by_url("https://secret.example"),
        ConnectUrl::new("application-1", "https://user:secret@example.com"),
    ] {
        let invalid = attempt.unwrap_err();
        assert!(
            !format!("{invalid} {invalid:?}").contains("secret"),
            "{invalid}"
        );
    }
}

//! Values that Connect would reject on a page of its own, and the message about each.

use tower_smartcar_connect::{ConnectUrl, InvalidConnectUrl};

const VIN: &str = "5YJSA1CN5DFP00101";

fn authorize() -> ConnectUrl {
    ConnectUrl::new("client-1", "https://example.com/callback").unwrap()
}

fn reauthenticate() -> ConnectUrl {
    ConnectUrl::reauthenticate("client-1", "vehicle-1", "https://example.com/callback").unwrap()
}

type Attempt = Result<ConnectUrl, InvalidConnectUrl>;

#[track_caller]
fn assert_message(attempt: Attempt, message: &str) {
    let invalid = attempt.expect_err(message);
    assert_eq!(invalid.to_string(), message);
}

#[test]
fn a_client_credential_is_rejected_as_an_application_id() {
    let message = "`application_id` is the id of an API credential (`client_…`); pass the id of the application, a UUID \
                   that the Smartcar dashboard shows";
    for id in ["client_01HXYZ", "client_", " client_01HXYZ"] {
        assert_message(ConnectUrl::new(id, "https://example.com/callback"), message);
        let reauthenticate =
            ConnectUrl::reauthenticate(id, "vehicle-1", "https://example.com/callback");
        assert_message(reauthenticate, message);
    }
    for id in [
        "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07",
        "client-1",
        "clients",
        "my_client_01",
    ] {
        assert!(
            ConnectUrl::new(id, "https://example.com/callback").is_ok(),
            "{id}"
        );
    }
}

#[test]
fn an_empty_id_is_rejected() {
    for empty in ["", " ", "\t\n"] {
        let redirect_uri = "https://example.com/callback";
        assert_message(
            ConnectUrl::new(empty, redirect_uri),
            "`application_id` is empty; pass the id",
        );
        assert_message(
            ConnectUrl::reauthenticate("client-1", empty, redirect_uri),
            "`vehicle_id` is empty; pass the id",
        );
    }
}

#[test]
fn an_empty_value_is_rejected() {
    for empty in ["", " ", "\n"] {
        let cases: [(&str, Attempt); 9] = [
            ("scope", authorize().scope([empty])),
            ("scope", authorize().scope(["read_vin", empty])),
            ("scope", authorize().required_scope([empty])),
            ("make", authorize().make(empty)),
            ("single_select_vin", authorize().single_select_vin(empty)),
            ("flags", authorize().flag(empty, "DE")),
            ("flags", authorize().flag("country", empty)),
            ("user", authorize().user(empty)),
            ("external_id", authorize().external_id(empty)),
        ];
        for (parameter, attempt) in cases {
            assert_message(
                attempt,
                &format!("`{parameter}` is empty; pass a value, or leave the call out"),
            );
        }
    }
}

#[test]
fn an_empty_list_of_permissions_is_rejected() {
    let message = "`scope` is empty; pass a value, or leave the call out";
    assert_message(authorize().scope::<[&str; 0]>([]), message);
    assert_message(authorize().required_scope(Vec::<String>::new()), message);
    assert_message(authorize().scope(["required:"]), message);
}

#[test]
fn a_permission_with_a_separator_is_rejected() {
    let message = "`scope` has a value that Connect does not accept; pass each permission on its own, such as `read_odometer`";
    for permission in [
        "read_vin read_odometer",
        "read_vin,read_odometer",
        "read_vin\n",
        " read_vin",
        "read:vin",
        "required: read_vin",
        "required:required:read_vin",
        "read\u{a0}vin",
        "read\0vin",
    ] {
        assert_message(authorize().scope([permission]), message);
        assert_message(authorize().required_scope([permission]), message);
    }
}

#[test]
fn a_duplicate_entry_of_a_list_is_rejected() {
    let message = |parameter| format!("`{parameter}` has the same entry twice; remove one");
    for attempt in [
        authorize().scope(["read_vin", "read_vin"]),
        authorize().scope(["read_vin", "required:read_vin"]),
        authorize()
            .scope(["read_vin"])
            .and_then(|url| url.required_scope(["read_vin"])),
        authorize()
            .required_scope(["read_vin"])
            .and_then(|url| url.scope(["read_fuel", "read_vin"])),
    ] {
        assert_message(attempt, &message("scope"));
    }
    for (one, other) in [("DE", "DE"), ("DE", "US")] {
        let attempt = authorize()
            .flag("country", one)
            .and_then(|url| url.flag("country", other));
        assert_message(attempt, &message("flags"));
    }
    // Two names with a common beginning are not equal.
    assert!(
        authorize()
            .scope(["read_charge", "read_charge_events"])
            .is_ok()
    );
    assert!(
        authorize()
            .flag("country", "DE")
            .and_then(|url| url.flag("country2", "DE"))
            .is_ok()
    );
}

#[test]
fn a_flag_that_is_not_a_name_and_a_value_is_rejected() {
    let beginning = "`flags` has a value that Connect does not accept; pass ";
    for name in ["country:DE", "a b", "a\n"] {
        let message = format!("{beginning}a name without a colon and without white space");
        assert_message(authorize().flag(name, "DE"), &message);
    }
    for value in ["D E", "DE ", "DE\t"] {
        let message = format!("{beginning}values without white space");
        assert_message(authorize().flag("country", value), &message);
    }
}

#[test]
fn a_make_that_is_not_in_capitals_is_rejected() {
    let message = "`make` has a value that Connect does not accept; pass capitals, such as `TESLA`";
    for make in ["tesla", "Tesla", "TESLa"] {
        assert_message(authorize().make(make), message);
    }
    for make in [
        "TESLA",
        "LAND_ROVER",
        "LAND ROVER",
        "MERCEDES-BENZ",
        "CITROËN",
        "DS3",
    ] {
        assert!(authorize().make(make).is_ok(), "{make}");
    }
}

#[test]
fn a_malformed_vin_is_rejected() {
    let message =
        "`single_select_vin` has a value that Connect does not accept; pass 17 letters and digits";
    for vin in [
        "5YJSA1CN5DFP0010",
        "5YJSA1CN5DFP001011",
        "5YJSA1CN5DFP-0101",
        "5YJSA1CN5DFP0010é",
    ] {
        assert_message(authorize().single_select_vin(vin), message);
    }
    for vin in [VIN, "5yjsa1cn5dfp00101", "0SCAUDI012FKG3P4V"] {
        assert!(authorize().single_select_vin(vin).is_ok(), "{vin}");
    }
}

#[test]
fn a_value_with_invisible_characters_is_rejected() {
    for text in ["a\nb", " a", "a ", "a\u{85}b", "a\0", "\u{3000}a"] {
        for (parameter, attempt) in [
            (
                "application_id",
                ConnectUrl::new(text, "https://example.com/callback"),
            ),
            (
                "vehicle_id",
                ConnectUrl::reauthenticate("client-1", text, "https://example.com/callback"),
            ),
            ("user", authorize().user(text)),
            ("external_id", authorize().external_id(text)),
            ("make", authorize().make(text.to_uppercase())),
        ] {
            assert_message(
                attempt,
                &format!(
                    "`{parameter}` has a value that Connect does not accept; pass a value without control characters, \
                     and without white space around it"
                ),
            );
        }
    }
    assert!(authorize().user("Ada Lovelace").is_ok());
}

#[test]
fn a_make_and_a_vin_together_are_rejected() {
    let message = "`make` and `single_select_vin` contradict each other; set only one of them";
    assert_message(
        authorize()
            .make("TESLA")
            .and_then(|url| url.single_select_vin(VIN)),
        message,
    );
    assert_message(
        authorize()
            .single_select_vin(VIN)
            .and_then(|url| url.make("TESLA")),
        message,
    );
    assert!(
        authorize()
            .make("TESLA")
            .and_then(ConnectUrl::single_select)
            .is_ok()
    );
}

#[test]
fn an_external_id_of_null_is_rejected() {
    assert_message(
        authorize().external_id("null"),
        "`external_id` has a value that Connect does not accept; pass an id, or call `clear_external_id` to clear the \
         stored one",
    );
    for id in ["nulls", "NULL", "0"] {
        assert!(authorize().external_id(id).is_ok(), "{id}");
    }
}

#[test]
fn a_reauthentication_rejects_parameters_of_a_first_connection() {
    let cases: [(&str, Attempt); 10] = [
        ("scope", reauthenticate().scope(["read_vin"])),
        ("scope", reauthenticate().required_scope([""])),
        ("mode", reauthenticate().simulated()),
        ("approval_prompt", reauthenticate().force_approval_prompt()),
        ("make", reauthenticate().make("TESLA")),
        ("single_select", reauthenticate().single_select()),
        ("single_select_vin", reauthenticate().single_select_vin(VIN)),
        ("flags", reauthenticate().flag("country", "DE")),
        ("flags", reauthenticate().flag("", "")),
        ("user", reauthenticate().user("user-7")),
    ];
    for (parameter, attempt) in cases {
        let message = format!(
            "`{parameter}` does not exist for a re-authentication; leave the call out, or start a first connection with \
             `ConnectUrl::new`"
        );
        assert_message(attempt, &message);
    }
}

#[test]
fn every_setter_rejects_an_address_that_is_too_long() {
    let message = "the address without its state is longer than 4096 bytes; shorten its values";
    let long = "x".repeat(4096);
    for attempt in [
        ConnectUrl::new(&*long, "https://example.com/callback"),
        ConnectUrl::new("client-1", format!("https://example.com/{long}")),
        ConnectUrl::reauthenticate("client-1", &*long, "https://example.com/callback"),
        authorize().scope([&*long]),
        authorize().scope((0..500).map(|number| format!("read_{number}"))),
        authorize().make(long.to_uppercase()),
        authorize().flag(&*long, "1"),
        authorize().flag("name", &*long),
        authorize().user(&*long),
        authorize().external_id(&*long),
        // Each of them takes 12 bytes when it is encoded.
        authorize().external_id("🚗".repeat(350)),
        authorize().origin(format!("http://{}", "x".repeat(4090))),
    ] {
        assert_message(attempt, message);
    }
    assert!(authorize().external_id("🚗".repeat(300)).is_ok());
}

#[test]
fn messages_contain_no_value_except_a_redirect_uri() {
    for attempt in [
        ConnectUrl::new("client_secret", "https://example.com/callback"),
        authorize().user("secret\n"),
        authorize().single_select_vin("secret"),
        authorize().scope(["secret "]),
    ] {
        let invalid = attempt.unwrap_err();
        assert!(
            !format!("{invalid} {invalid:?}").contains("secret"),
            "{invalid}"
        );
    }
}

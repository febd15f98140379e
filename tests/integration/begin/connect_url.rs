//! Each setter of `ConnectUrl` adds its parameter to the address.

use tower_smartcar_connect::{ConnectUrl, InvalidConnectUrl};
use url::Url;

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const VEHICLE_ID: &str = "36ab27d0-fd9d-4455-823a-ce30af709ffc";
const VIN: &str = "5YJSA1CN5DFP00101";

fn authorize() -> ConnectUrl {
    ConnectUrl::new(APPLICATION_ID, "https://example.com/callback").unwrap()
}

fn reauthenticate() -> ConnectUrl {
    ConnectUrl::reauthenticate(APPLICATION_ID, VEHICLE_ID, "https://example.com/callback").unwrap()
}

/// Returns the parameters of the address, as the URL standard parses them.
fn parameters(connect_url: &ConnectUrl, state: &str) -> Vec<(String, String)> {
    let address = Url::parse(&connect_url.with_state(state).to_string()).unwrap();
    address.query_pairs().into_owned().collect()
}

fn to_owned_pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn each_setter_adds_only_its_parameter() {
    type Set = fn(ConnectUrl) -> Result<ConnectUrl, InvalidConnectUrl>;
    type Case = (&'static str, Set, &'static [(&'static str, &'static str)]);
    let cases: [Case; 15] = [
        ("nothing", Ok, &[]),
        (
            "scope",
            |url| url.scope(["read_vin", "read_odometer"]),
            &[("scope", "read_vin read_odometer")],
        ),
        (
            "required_scope",
            |url| url.required_scope(["read_vin"]),
            &[("scope", "required:read_vin")],
        ),
        (
            "both scopes",
            |url| url.required_scope(["read_vin"])?.scope(["read_odometer"]),
            &[("scope", "required:read_vin read_odometer")],
        ),
        (
            "a scope that is written as required",
            |url| {
                url.scope(["required:read_vin"])?
                    .required_scope(["required:read_fuel"])
            },
            &[("scope", "required:read_vin required:read_fuel")],
        ),
        ("simulated", ConnectUrl::simulated, &[("mode", "simulated")]),
        (
            "force_approval_prompt",
            ConnectUrl::force_approval_prompt,
            &[("approval_prompt", "force")],
        ),
        ("make", |url| url.make("TESLA"), &[("make", "TESLA")]),
        (
            "a make of two words",
            |url| url.make("LAND ROVER"),
            &[("make", "LAND ROVER")],
        ),
        (
            "single_select",
            ConnectUrl::single_select,
            &[("single_select", "true")],
        ),
        (
            "single_select_vin",
            |url| url.single_select_vin(VIN),
            &[("single_select_vin", VIN), ("single_select", "true")],
        ),
        (
            "flags",
            |url| {
                url.flag("country", "DE")?
                    .flag("account_sync", "true")?
                    .flag("url", "a:b")
            },
            &[("flags", "country:DE account_sync:true url:a:b")],
        ),
        ("user", |url| url.user("user 7"), &[("user", "user 7")]),
        (
            "external_id",
            |url| url.external_id("owner-7"),
            &[("external_id", "owner-7")],
        ),
        (
            "clear_external_id",
            |url| Ok(url.clear_external_id()),
            &[("external_id", "null")],
        ),
    ];
    for (case, set, added) in cases {
        let expected = [
            to_owned_pairs(&[
                ("response_type", "code"),
                ("application_id", APPLICATION_ID),
                ("redirect_uri", "https://example.com/callback"),
            ]),
            to_owned_pairs(added),
            to_owned_pairs(&[("state", "0facda3319")]),
        ];
        let connect_url = set(authorize()).expect(case);
        assert_eq!(
            parameters(&connect_url, "0facda3319"),
            expected.concat(),
            "{case}"
        );
    }
}

#[test]
fn response_type_none_replaces_code() {
    for connect_url in [authorize(), reauthenticate()] {
        let parameters = parameters(&connect_url.without_code(), "s");
        assert_eq!(
            parameters[0],
            ("response_type".to_owned(), "none".to_owned())
        );
    }
}

#[test]
fn a_later_call_replaces_the_value_of_an_earlier_one() {
    let connect_url = authorize()
        .external_id("one")
        .and_then(|url| url.make("TESLA"))
        .and_then(|url| url.external_id("two"))
        .and_then(|url| url.make("KIA"))
        .and_then(ConnectUrl::single_select)
        .and_then(ConnectUrl::single_select)
        .unwrap();
    let parameters = parameters(&connect_url, "s");
    assert_eq!(
        parameters[3..6],
        to_owned_pairs(&[
            ("external_id", "two"),
            ("make", "KIA"),
            ("single_select", "true")
        ])
    );
    assert_eq!(parameters.len(), 7);
}

#[test]
fn a_reauthentication_has_the_vehicle_and_no_other_parameters() {
    let connect_url = reauthenticate().external_id("owner-7").unwrap();
    assert_eq!(
        parameters(&connect_url, "0facda3319"),
        to_owned_pairs(&[
            ("response_type", "vehicle_id"),
            ("application_id", APPLICATION_ID),
            ("vehicle_id", VEHICLE_ID),
            ("redirect_uri", "https://example.com/callback"),
            ("external_id", "owner-7"),
            ("state", "0facda3319"),
        ])
    );
    assert_eq!(connect_url.with_state("s").path(), "/oauth/reauthenticate");
    assert_eq!(authorize().with_state("s").path(), "/oauth/authorize");
}

#[test]
fn the_default_origin_is_smartcar_connect() {
    for connect_url in [authorize(), reauthenticate()] {
        let address = connect_url.with_state("s");
        assert_eq!(address.scheme_str(), Some("https"));
        assert_eq!(address.authority().unwrap(), "connect.smartcar.com");
    }
}

#[test]
fn clones_and_equal_calls_are_equal() {
    let connect_url = authorize().make("TESLA").unwrap();
    assert_eq!(connect_url, connect_url.clone());
    assert_eq!(connect_url, authorize().make("TESLA").unwrap());
    assert_ne!(connect_url, authorize());
}

#[test]
fn debug_names_the_parameters_without_private_ids() {
    let connect_url = reauthenticate().external_id("owner-7").unwrap();
    let debug = format!("{connect_url:?}");
    assert!(
        !debug.contains("owner-7") && !debug.contains(VEHICLE_ID),
        "{debug}"
    );
    assert!(
        debug.contains("external_id") && debug.contains("https://example.com/callback"),
        "{debug}"
    );
    let connect_url = authorize()
        .single_select_vin(VIN)
        .unwrap()
        .user("user-7")
        .unwrap();
    let debug = format!("{connect_url:?}");
    assert!(!debug.contains(VIN) && !debug.contains("user-7"), "{debug}");
}

#[test]
fn getters_return_the_redirect_uri_and_its_path() {
    let connect_url = ConnectUrl::new("client-1", "http://localhost:8000/a/b?lang=en").unwrap();
    assert_eq!(
        connect_url.redirect_uri(),
        "http://localhost:8000/a/b?lang=en"
    );
    assert_eq!(connect_url.callback_path(), "/a/b");
}

#[test]
fn a_getter_returns_the_origin_of_connect() {
    for connect_url in [authorize(), reauthenticate()] {
        assert_eq!(connect_url.connect_origin(), "https://connect.smartcar.com");
        let simulated = connect_url.origin("http://localhost:4000").unwrap();
        assert_eq!(simulated.connect_origin(), "http://localhost:4000");
    }
}

#[test]
#[should_panic = "the state of a flow is empty"]
fn an_empty_state_panics() {
    let _ = authorize().with_state("");
}

#[test]
#[should_panic = "longer than 4000 bytes when it is encoded"]
fn a_state_that_is_too_long_panics() {
    let _ = authorize().with_state(&"+".repeat(1334));
}

#[test]
fn the_longest_state_and_the_longest_address_fit_together() {
    let mut connect_url = authorize();
    let mut length = 1;
    while let Ok(longer) = authorize().user("u".repeat(length)) {
        (connect_url, length) = (longer, length + 1);
    }
    let address = connect_url
        .clear_external_id()
        .with_state(&"s".repeat(4000))
        .to_string();
    assert!((8000..8192).contains(&address.len()), "{}", address.len());
    assert!(Url::parse(&address).is_ok());
}

//! Each setter of `ConnectUrl` adds its parameter to the address.

use tower_smartcar_connect::ConnectUrl;
use tower_smartcar_connect::start::InvalidConnectUrl;

use super::fixtures::{parameters, to_owned};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const VEHICLE_ID: &str = "36ab27d0-fd9d-4455-823a-ce30af709ffc";
const VIN: &str = "5YJSA1CN5DFP00101";
const REDIRECT_URI: &str = "https://example.com/callback";

fn base() -> ConnectUrl {
    ConnectUrl::new(APPLICATION_ID, REDIRECT_URI).unwrap()
}

fn sent(connect_url: &ConnectUrl) -> Vec<(String, String)> {
    parameters(&connect_url.with_state("0facda3319").unwrap())
}

#[test]
fn each_setter_adds_only_its_parameter() {
    type Set = fn(ConnectUrl) -> Result<ConnectUrl, InvalidConnectUrl>;
    type Case = (Set, &'static [(&'static str, &'static str)]);
    let cases: [Case; 16] = [
        (Ok, &[]),
        (
            |url| url.scope(["read_vin", "read_odometer"]),
            &[("scope", "read_vin read_odometer")],
        ),
        (
            |url| url.required_scope(["read_vin"])?.scope(["read_odometer"]),
            &[("scope", "required:read_vin read_odometer")],
        ),
        (
            |url| {
                url.scope(["required:read_vin"])?
                    .required_scope(["required:read_fuel"])
            },
            &[("scope", "required:read_vin required:read_fuel")],
        ),
        (|url| Ok(url.simulated()), &[("mode", "simulated")]),
        (
            |url| Ok(url.force_approval_prompt()),
            &[("approval_prompt", "force")],
        ),
        (|url| url.make("TESLA"), &[("make", "TESLA")]),
        (|url| url.make("LAND ROVER"), &[("make", "LAND ROVER")]),
        (
            |url| Ok(url.single_select().single_select()),
            &[("single_select", "true")],
        ),
        (
            |url| url.single_select_vin(VIN),
            &[("single_select_vin", VIN), ("single_select", "true")],
        ),
        // Connect prefers the VIN.
        (
            |url| url.make("TESLA")?.single_select_vin(VIN),
            &[
                ("make", "TESLA"),
                ("single_select_vin", VIN),
                ("single_select", "true"),
            ],
        ),
        (
            |url| url.flag("country", "DE")?.flag("url", "a:b"),
            &[("flags", "country:DE url:a:b")],
        ),
        (|url| url.user("user 7"), &[("user", "user 7")]),
        (
            |url| url.external_id("owner-7"),
            &[("external_id", "owner-7")],
        ),
        (
            |url| Ok(url.external_id("owner-7")?.clear_external_id()),
            &[("external_id", "null")],
        ),
        // A later call replaces the value of an earlier one.
        (
            |url| {
                url.make("TESLA")?
                    .user("7")?
                    .make("KIA")?
                    .external_id("1")?
                    .external_id("2")
            },
            &[("make", "KIA"), ("user", "7"), ("external_id", "2")],
        ),
    ];
    for (set, added) in cases {
        let expected = [
            to_owned(&[
                ("response_type", "code"),
                ("application_id", APPLICATION_ID),
                ("redirect_uri", REDIRECT_URI),
            ]),
            to_owned(added),
            to_owned(&[("state", "0facda3319")]),
        ];
        assert_eq!(sent(&set(base()).unwrap()), expected.concat());
    }
}

#[test]
fn a_reauthentication_has_the_vehicle_and_nothing_of_a_first_connection() {
    let first = base()
        .scope(["read_vin"])
        .and_then(|url| url.make("TESLA"))
        .and_then(|url| url.external_id("owner-7"))
        .unwrap()
        .simulated();
    let again = first.clone().reauthentication(VEHICLE_ID).unwrap();
    for url in [again.clone(), again.user("user-7").unwrap().single_select()] {
        let expected = to_owned(&[
            ("response_type", "vehicle_id"),
            ("application_id", APPLICATION_ID),
            ("redirect_uri", REDIRECT_URI),
            ("vehicle_id", VEHICLE_ID),
            ("external_id", "owner-7"),
            ("state", "0facda3319"),
        ]);
        assert_eq!(sent(&url), expected);
        let address = url.with_state("s").unwrap();
        assert_eq!(address.path(), "/oauth/reauthenticate");
    }
    assert_eq!(first.with_state("s").unwrap().path(), "/oauth/authorize");
}

#[test]
fn without_a_code_the_response_type_is_none() {
    let before = base().without_code().reauthentication(VEHICLE_ID).unwrap();
    let after = base().reauthentication(VEHICLE_ID).unwrap().without_code();
    for connect_url in [base().without_code(), before, after] {
        assert_eq!(
            sent(&connect_url)[0],
            ("response_type".to_owned(), "none".to_owned())
        );
    }
}

#[test]
fn a_resolution_url_is_a_reauthentication_of_its_vehicle() {
    let expected = base().reauthentication(VEHICLE_ID).unwrap();
    for query in [
        format!("response_type=vehicle_id&client_id={APPLICATION_ID}&vehicle_id={VEHICLE_ID}"),
        format!("vehicle_id={VEHICLE_ID}&application_id={APPLICATION_ID}#top"),
        format!("client_id={APPLICATION_ID}&vehicle_id=36ab27d0%2Dfd9d-4455-823a-ce30af709ffc"),
    ] {
        let url = format!("https://connect.smartcar.com/oauth/reauthenticate?{query}");
        assert_eq!(base().reauthentication_by_url(&url), Ok(expected.clone()));
    }
}

#[test]
fn the_origin_is_smartcars_unless_it_is_replaced() {
    let again = base().reauthentication(VEHICLE_ID).unwrap();
    for connect_url in [base(), again] {
        for origin in [
            "https://connect.smartcar.com",
            "http://localhost:4000",
            "http://[::1]:4000",
            "https://xn--exmple-cua.com",
        ] {
            let connect_url = match origin {
                "https://connect.smartcar.com" => connect_url.clone(),
                _ => connect_url.clone().at_origin(origin.parse().unwrap()),
            };
            assert_eq!(connect_url.origin().to_string(), origin);
            let address = connect_url.with_state("s").unwrap().to_string();
            assert!(
                address.starts_with(&format!("{origin}/oauth/")),
                "{address}"
            );
        }
    }
}

#[test]
fn getters_return_what_the_address_was_made_of() {
    let connect_url = ConnectUrl::new("client-1", "http://localhost:8000/a/b?lang=en").unwrap();
    assert_eq!(connect_url.application_id(), "client-1");
    assert_eq!(
        connect_url.redirect_uri(),
        "http://localhost:8000/a/b?lang=en"
    );
    assert_eq!(connect_url.callback_path(), "/a/b");
}

#[test]
fn debug_names_the_parameters_without_private_ids() {
    let first = base().single_select_vin(VIN).unwrap();
    let first = first.user("user-7").unwrap();
    let again = base().external_id("owner-7").unwrap();
    let again = again.reauthentication(VEHICLE_ID).unwrap();
    let debug = format!("{first:?} {again:?}");
    for private in [VIN, "user-7", "owner-7", VEHICLE_ID] {
        assert!(!debug.contains(private), "{debug}");
    }
    for public in ["single_select_vin", "vehicle_id", REDIRECT_URI] {
        assert!(debug.contains(public), "{debug}");
    }
}

#[test]
fn the_longest_state_and_the_longest_address_fit_together() {
    let mut connect_url = base();
    let permissions = (0..1000).map(|number| format!("read_{number}"));
    for permission in permissions {
        match connect_url.clone().scope([permission]) {
            Ok(longer) => connect_url = longer,
            Err(_) => break,
        }
    }
    let address = connect_url
        .clear_external_id()
        .with_state(&"s".repeat(4000));
    let address = address.unwrap().to_string();
    assert!((8000..8192).contains(&address.len()), "{}", address.len());
}

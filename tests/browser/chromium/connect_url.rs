//! The address of Connect, as the URL parser of a browser parses it.

use std::sync::Arc;

use browser::{Driver, Tab};
use serde_json::json;
use tower_smartcar_connect::ConnectUrl;
use tower_smartcar_connect::start::InvalidConnectUrl;

const VIN: &str = "5YJ3E1EA7KF317000";

/// The setters that are called after the constructor, and the parameters that they set.
type Case = (
    fn(ConnectUrl) -> Result<ConnectUrl, InvalidConnectUrl>,
    &'static [(&'static str, &'static str)],
);

const CASES: [Case; 13] = [
    (Ok, &[]),
    (
        |url| {
            url.scope(["read_vin", "required:read_odometer"])?
                .required_scope(["control_charge"])
        },
        &[(
            "scope",
            "read_vin required:read_odometer required:control_charge",
        )],
    ),
    (
        |url| {
            url.flag("country", "DE")?
                .flag("a&b=c", "100%+#é")?
                .flag("colon", "a:b")
        },
        &[("flags", "country:DE a&b=c:100%+#é colon:a:b")],
    ),
    (
        |url| url.single_select_vin(VIN),
        &[("single_select_vin", VIN), ("single_select", "true")],
    ),
    (
        |url| Ok(url.make("TESLA")?.simulated().force_approval_prompt()),
        &[
            ("make", "TESLA"),
            ("mode", "simulated"),
            ("approval_prompt", "force"),
        ],
    ),
    (
        |url| url.external_id("owner 7"),
        &[("external_id", "owner 7")],
    ),
    (
        |url| url.external_id("a+b&c=d%20e%"),
        &[("external_id", "a+b&c=d%20e%")],
    ),
    (
        |url| url.external_id("#fragment?query;x/y\\z"),
        &[("external_id", "#fragment?query;x/y\\z")],
    ),
    (
        |url| url.external_id("\"'<>`{}|^[]~!*()@:$,"),
        &[("external_id", "\"'<>`{}|^[]~!*()@:$,")],
    ),
    (
        |url| url.external_id("Zoë-Çağla-日本-🚗"),
        &[("external_id", "Zoë-Çağla-日本-🚗")],
    ),
    (
        // Neither a byte order mark nor a combining character is lost.
        |url| url.external_id("\u{feff}e\u{301}\u{200b}x"),
        &[("external_id", "\u{feff}e\u{301}\u{200b}x")],
    ),
    (
        |url| Ok(url.clear_external_id()),
        &[("external_id", "null")],
    ),
    (
        |url| url.user("u&state=forged"),
        &[("user", "u&state=forged")],
    ),
];

const STATES: [&str; 4] = [
    "0facda3319",
    "eyJpbnN0YW5jZUlkIjoiMSJ9+/==",
    "a b&c=d#e%",
    "Zoë 🚗",
];

const APPLICATION_ID: &str = "application é&7";
const REDIRECT_URI: &str = "http://localhost:8000/call%20back?lang=de&next=%2Fa%26b+c";

/// Asserts that the browser parses these parameters from the address, followed by a state.
async fn assert_is_parsed(
    tab: &Tab,
    connect_url: &ConnectUrl,
    endpoint: &str,
    parameters: &[(&str, &str)],
) {
    for state in STATES {
        let address = connect_url.with_state(state).unwrap().to_string();
        let script = format!(
            "const url = new URL({address}); return {{ place: url.origin + url.pathname, hash: url.hash, \
             pairs: [...url.searchParams], is_unchanged: url.href === {address} }};",
            address = json!(address)
        );
        let pairs = [parameters, &[("state", state)]].concat();
        let expected = json!({
            "place": format!("https://connect.smartcar.com/oauth/{endpoint}"),
            "hash": "",
            "pairs": pairs,
            "is_unchanged": true,
        });
        assert_eq!(tab.execute(&script).await, expected, "{address}");
    }
}

pub(crate) async fn a_browser_parses_the_parameters_that_were_set(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    for (set, parameters) in CASES {
        let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI).and_then(set);
        let first = [
            ("response_type", "code"),
            ("application_id", APPLICATION_ID),
            ("redirect_uri", REDIRECT_URI),
        ];
        let expected = [&first[..], parameters].concat();
        assert_is_parsed(&tab, &connect_url.unwrap(), "authorize", &expected).await;
    }
    let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI).unwrap();
    let connect_url = connect_url.reauthentication("vehicle +&%");
    let expected = [
        ("response_type", "vehicle_id"),
        ("application_id", APPLICATION_ID),
        ("redirect_uri", REDIRECT_URI),
        ("vehicle_id", "vehicle +&%"),
    ];
    assert_is_parsed(&tab, &connect_url.unwrap(), "reauthenticate", &expected).await;
    tab.close().await;
}

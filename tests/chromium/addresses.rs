//! The address of Connect, as the parser of a browser reads it.

use std::sync::Arc;

use serde_json::json;
use tower_smartcar_connect::{ConnectUrl, InvalidConnectUrl};

use super::browser::Driver;

const VIN: &str = "5YJ3E1EA7KF317000";

/// What is called beside the constructor, and the parameters that it sets.
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
        |url| url.make("TESLA")?.simulated()?.force_approval_prompt(),
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

const REDIRECT_URI: &str = "http://localhost:8000/call%20back?lang=de&next=%2Fa%26b+c";

pub(crate) async fn a_browser_reads_what_was_set(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    for (set, parameters) in CASES {
        for state in STATES {
            let connect_url = ConnectUrl::new("application é&7", REDIRECT_URI).and_then(set);
            let address = connect_url.unwrap().with_state(state).to_string();
            let mut expected = vec![
                ("response_type", "code"),
                ("application_id", "application é&7"),
                ("redirect_uri", REDIRECT_URI),
            ];
            expected.extend(parameters);
            expected.push(("state", state));

            // As JSON gives it to a script, and as a redirect gives it to the browser.
            let script = format!(
                "const url = new URL({address}); return {{ place: url.origin + url.pathname, hash: url.hash, \
                 pairs: [...url.searchParams], is_unchanged: url.href === {address} }};",
                address = json!(address)
            );
            let expected = json!({
                "place": "https://connect.smartcar.com/oauth/authorize", "hash": "", "pairs": expected,
                "is_unchanged": true,
            });
            assert_eq!(tab.execute(&script).await, expected, "{address}");
        }
    }
    tab.close().await;
}

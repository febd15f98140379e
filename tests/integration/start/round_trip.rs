//! Every value in the address is parsed to the same value.

use proptest::prelude::*;
use tower_smartcar_connect::ConnectUrl;
use tower_smartcar_connect::paths::Origin;

use super::fixtures::parameters;

const REDIRECT_URI: &str = "http://localhost:8000/callback?lang=en&next=%2Fa%26b";

#[test]
fn a_state_can_have_any_characters() {
    let connect_url = ConnectUrl::new("application-1", REDIRECT_URI).unwrap();
    for state in ["a\r\nb", "\0", " ", "+/=", "\u{85}", "eyJpIjoiNyJ9=="] {
        let address = connect_url.with_state(state).unwrap();
        let sent = parameters(&address).pop();
        assert_eq!(sent, Some(("state".to_owned(), state.to_owned())));
    }
}

/// Any string, with a preference for characters that have a meaning in a URL or in a list.
fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z&=+#%:;/?@é🚗\\\\<>\"\u{202e} ]{0,12}",
        "(required:){0,2}[a-z_]{0,8}",
        "[A-Z_ ]{0,10}",
        "[A-Z0-9]{17}",
        Just("null".to_owned()),
    ]
}

proptest! {
    #[test]
    fn every_accepted_value_is_parsed_unchanged(
        texts in [string(), string(), string()],
        state in string().prop_filter("a state is not empty", |state| !state.is_empty()),
    ) {
        let base = ConnectUrl::new("application-1", REDIRECT_URI).unwrap();
        let [one, other, flag] = &texts;
        let scope = format!("{one} {other}");
        let attempts = [
            ("application_id", one.clone(), ConnectUrl::new(one, REDIRECT_URI)),
            ("vehicle_id", one.clone(), base.clone().reauthentication(one)),
            ("external_id", one.clone(), base.clone().external_id(one)),
            ("user", one.clone(), base.clone().user(one)),
            ("make", one.clone(), base.clone().make(one)),
            ("single_select_vin", one.clone(), base.clone().single_select_vin(one)),
            ("scope", scope, base.clone().scope([one, other])),
            ("flags", format!("{one}:{flag}"), base.flag(one, flag)),
        ];
        for (name, value, attempt) in attempts {
            if let Ok(connect_url) = attempt {
                let sent = parameters(&connect_url.with_state(&state).unwrap());
                let named = |name| sent.iter().find(|(other, _)| other == name);
                prop_assert_eq!(&named(name).unwrap().1, &value);
                prop_assert_eq!(&named("state").unwrap().1, &state);
                prop_assert_eq!(&named("redirect_uri").unwrap().1, REDIRECT_URI);
            }
        }
    }

    #[test]
    fn a_resolution_url_never_panics(
        query in "(client_id=application-1&|vehicle_id=|[&=#%é])*[a-z%&=]{0,8}",
        anything in any::<String>(),
    ) {
        for url in [format!("https://connect.smartcar.com/oauth/reauthenticate?{query}"), anything] {
            let connect_url = ConnectUrl::new("application-1", REDIRECT_URI).unwrap();
            let _ = connect_url.reauthentication_by_url(&url);
        }
    }

    #[test]
    fn each_origin_begins_its_address(origin in "https?://[a-z:@0-9./\\[\\]]{0,12}") {
        let connect_url = ConnectUrl::new("application-1", REDIRECT_URI).unwrap();
        if let Ok(parsed) = origin.parse::<Origin>() {
            let address = connect_url.at_origin(parsed).with_state("s").unwrap();
            prop_assert_eq!(&address.to_string()[..origin.len()], &*origin);
        }
    }
}

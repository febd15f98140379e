//! Every value in the address is parsed to the same value.

use http::Uri;
use proptest::prelude::*;
use tower_smartcar_connect::simulator::Simulator;
use tower_smartcar_connect::{ConnectUrl, InvalidConnectUrl};
use url::Url;

const REDIRECT_URI: &str = "http://localhost:8000/callback?lang=en&next=%2Fa%26b";

fn simulator(application_id: &str) -> Simulator {
    Simulator::new(application_id, [REDIRECT_URI]).unwrap()
}

/// Asserts that the URL standard and the simulator both parse exactly these parameters.
fn assert_reads_back(address: &Uri, application_id: &str, expected: &[(&str, String)]) {
    assert_is_read_by_browsers(address, expected);
    let request = simulator(application_id).authorize(address).unwrap();
    for (name, value) in expected {
        assert_eq!(request.parameter(name).as_deref(), Some(&**value), "{name}");
    }
}

fn assert_is_read_by_browsers(address: &Uri, expected: &[(&str, String)]) {
    let url = Url::parse(&address.to_string()).unwrap();
    assert_eq!(
        url.as_str(),
        address.to_string(),
        "a browser changes nothing in it"
    );
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs.len(), expected.len(), "{address}");
    for (name, value) in expected {
        let pair = ((*name).to_owned(), value.clone());
        assert!(pairs.contains(&pair), "{pair:?} in {address}");
    }
}

#[test]
fn hostile_values_stay_in_their_parameter() {
    for hostile in [
        "a&state=forged",
        "a=b",
        "a+b",
        "a#b",
        "a%26b",
        "%00",
        "100 %",
        "a;b",
        "a/../b?c",
        "https://evil.example/",
        "\"><script>alert(1)</script>",
        "é 日本 🚗",
        "\u{202e}abc",
        "'--",
        "\\",
    ] {
        let connect_url = ConnectUrl::new(hostile, REDIRECT_URI)
            .and_then(|url| url.user(hostile))
            .and_then(|url| url.external_id(hostile))
            .expect(hostile);
        assert_reads_back(
            &connect_url.with_state(hostile),
            hostile,
            &[
                ("response_type", "code".to_owned()),
                ("application_id", hostile.to_owned()),
                ("redirect_uri", REDIRECT_URI.to_owned()),
                ("user", hostile.to_owned()),
                ("external_id", hostile.to_owned()),
                ("state", hostile.to_owned()),
            ],
        );
    }
}

#[test]
fn a_state_can_have_any_characters() {
    let connect_url = ConnectUrl::new("client-1", REDIRECT_URI).unwrap();
    for state in ["a\r\nb", "\0", " ", "+/=", "\u{85}", "eyJpIjoiNyJ9=="] {
        let address = connect_url.with_state(state);
        let request = simulator("client-1").authorize(&address).unwrap();
        assert_eq!(request.parameter("state").as_deref(), Some(state));
    }
}

/// A call of a setter with arbitrary strings.
#[derive(Clone, Debug)]
enum Call {
    Scope(Vec<String>),
    RequiredScope(Vec<String>),
    Make(String),
    Vin(String),
    Flag(String, String),
    User(String),
    ExternalId(String),
    ClearExternalId,
    WithoutCode,
    Simulated,
    ForceApproval,
    SingleSelect,
}

impl Call {
    fn apply(self, url: ConnectUrl) -> Result<ConnectUrl, InvalidConnectUrl> {
        match self {
            Self::Scope(permissions) => url.scope(permissions),
            Self::RequiredScope(permissions) => url.required_scope(permissions),
            Self::Make(make) => url.make(make),
            Self::Vin(vin) => url.single_select_vin(vin),
            Self::Flag(name, value) => url.flag(name, value),
            Self::User(user) => url.user(user),
            Self::ExternalId(id) => url.external_id(id),
            Self::ClearExternalId => Ok(url.clear_external_id()),
            Self::WithoutCode => Ok(url.without_code()),
            Self::Simulated => url.simulated(),
            Self::ForceApproval => url.force_approval_prompt(),
            Self::SingleSelect => url.single_select(),
        }
    }

    /// Updates the expected parameters for a call that has succeeded.
    fn record(self, expected: &mut Vec<(&'static str, String)>) {
        match self {
            Self::Scope(permissions) => permissions
                .into_iter()
                .for_each(|one| add(expected, "scope", one)),
            Self::RequiredScope(permissions) => permissions.into_iter().for_each(|one| {
                let name = one.strip_prefix("required:").unwrap_or(&one);
                add(expected, "scope", format!("required:{name}"));
            }),
            Self::Make(make) => set(expected, "make", make),
            Self::Vin(vin) => {
                set(expected, "single_select_vin", vin);
                set(expected, "single_select", "true".to_owned());
            }
            Self::Flag(name, value) => add(expected, "flags", format!("{name}:{value}")),
            Self::User(user) => set(expected, "user", user),
            Self::ExternalId(id) => set(expected, "external_id", id),
            Self::ClearExternalId => set(expected, "external_id", "null".to_owned()),
            Self::WithoutCode => set(expected, "response_type", "none".to_owned()),
            Self::Simulated => set(expected, "mode", "simulated".to_owned()),
            Self::ForceApproval => set(expected, "approval_prompt", "force".to_owned()),
            Self::SingleSelect => set(expected, "single_select", "true".to_owned()),
        }
    }
}

fn set(parameters: &mut Vec<(&'static str, String)>, name: &'static str, value: String) {
    parameters.retain(|(other, _)| *other != name);
    parameters.push((name, value));
}

fn add(parameters: &mut Vec<(&'static str, String)>, name: &'static str, entry: String) {
    match parameters.iter_mut().find(|(other, _)| *other == name) {
        Some((_, list)) => *list = format!("{list} {entry}"),
        None => parameters.push((name, entry)),
    }
}

/// Any string, with a preference for characters that have a meaning in a URL or in a list.
fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z&=+#%:;/?@é🚗 ]{0,12}",
        "(required:){0,2}[a-z_]{0,8}",
        "[A-Z_ ]{0,10}",
        "[A-Z0-9]{17}",
        Just("null".to_owned()),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        prop::collection::vec(string(), 0..3).prop_map(Call::Scope),
        prop::collection::vec(string(), 0..3).prop_map(Call::RequiredScope),
        string().prop_map(Call::Make),
        string().prop_map(Call::Vin),
        (string(), string()).prop_map(|(name, value)| Call::Flag(name, value)),
        string().prop_map(Call::User),
        string().prop_map(Call::ExternalId),
        Just(Call::ClearExternalId),
        Just(Call::WithoutCode),
        Just(Call::Simulated),
        Just(Call::ForceApproval),
        Just(Call::SingleSelect),
    ]
}

proptest! {
    #[test]
    fn every_accepted_value_is_parsed_unchanged(
        application_id in string(),
        vehicle_id in prop::option::of(string()),
        calls in prop::collection::vec(call(), 0..8),
        state in string().prop_filter("a state is not empty", |state| !state.is_empty()),
    ) {
        let created = match &vehicle_id {
            Some(vehicle_id) => ConnectUrl::reauthenticate(&*application_id, &**vehicle_id, REDIRECT_URI),
            None => ConnectUrl::new(&*application_id, REDIRECT_URI),
        };
        let Ok(mut connect_url) = created else {
            return Ok(());
        };
        let mut expected = vec![
            ("response_type", if vehicle_id.is_some() { "vehicle_id" } else { "code" }.to_owned()),
            ("application_id", application_id.clone()),
            ("redirect_uri", REDIRECT_URI.to_owned()),
            ("state", state.clone()),
        ];
        expected.extend(vehicle_id.map(|vehicle_id| ("vehicle_id", vehicle_id)));
        for call in calls {
            if let Ok(set) = call.clone().apply(connect_url.clone()) {
                connect_url = set;
                call.record(&mut expected);
            }
        }
        let address = connect_url.with_state(&state);
        assert_reads_back(&address, &application_id, &expected);
    }

    #[test]
    fn arbitrary_origins_never_panic(origin in any::<String>(), prefixed in "https?://[a-z:@0-9./\\[\\]]{0,12}") {
        for origin in [origin, prefixed] {
            let connect_url = ConnectUrl::new("client-1", REDIRECT_URI).unwrap();
            if let Ok(connect_url) = connect_url.origin(&*origin) {
                prop_assert_eq!(&connect_url.with_state("s").to_string()[..origin.len()], &*origin);
            }
        }
    }
}

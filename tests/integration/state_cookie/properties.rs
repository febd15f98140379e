//! Properties of `StateCookie` with arbitrary cookies, states and payloads.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request};
use proptest::prelude::*;
use tower_smartcar_connect::state_cookie::StatePayload;
use tower_smartcar_connect::{ConnectCallbackLayer, StateCookie};

use super::flow::{pair, request, verify};
use super::sdk_wrapper::wrapped;
use super::server::state_cookie;

/// Returns arbitrary header values, and values that look like a cookie of a flow.
fn cookie_headers() -> impl Strategy<Value = Vec<HeaderValue>> {
    let pair = prop_oneof![
        "[a-zA-Z_-]{0,8}=[a-zA-Z0-9+/=\"]{0,40}",
        "__Host-smartcar-connect-(AAAAAAAA|[A-Za-z0-9_-]{0,9})(=[a-zA-Z0-9+/=]{0,300})?",
        "[ -~]{0,30}",
    ];
    let line = prop_oneof![
        prop::collection::vec(pair, 0..6).prop_map(|pairs| pairs.join("; ").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..100),
    ];
    prop::collection::vec(line, 0..4).prop_map(|lines| {
        let values = lines.into_iter().map(|line| HeaderValue::from_bytes(&line));
        values.filter_map(Result::ok).collect()
    })
}

/// Returns arbitrary strings, and strings that look like a state.
fn states() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[A-Za-z0-9_-]{32}",
        "AAAAAAAA[A-Za-z0-9_-]{24}",
        any::<String>().prop_map(|state| wrapped("7f1c", &state)),
        "AAAAAAAA[A-Za-z0-9_-]{24}".prop_map(|state| wrapped("7f1c", &state)),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| STANDARD.encode(bytes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn a_state_that_was_not_issued_is_never_verified(headers in cookie_headers(), state in states()) {
        prop_assert!(verify(&state_cookie(), request(headers), &state).is_err());
    }

    #[test]
    fn a_flow_passes_beside_arbitrary_cookies(
        headers in cookie_headers(),
        payload in any::<String>(),
    ) {
        let state_cookie = state_cookie();
        let mut before = HeaderMap::new();
        before.extend(headers.iter().map(|value| (COOKIE, value.clone())));
        let Ok(issued) = state_cookie.issue(&before, "/callback", &payload) else {
            prop_assert!(payload.len() > StateCookie::MAX_PAYLOAD_BYTES);
            return Ok(());
        };
        prop_assert!(payload.len() <= StateCookie::MAX_PAYLOAD_BYTES);
        let mut response = HeaderMap::new();
        issued.add_to(&mut response);
        let set_cookie = response.get_all(SET_COOKIE).iter().next_back().unwrap();
        let (name, value) = pair(set_cookie.to_str().unwrap());
        let cookie = HeaderValue::from_str(&format!("{name}={value}")).unwrap();

        let verdict = verify(&state_cookie, request(headers.into_iter().chain([cookie])), issued.state());
        prop_assert!(verdict.is_ok(), "{:?}", verdict);
        prop_assert_eq!(format!("{:?}", verdict.unwrap()).contains("extensions: 1"), !payload.is_empty());
    }

    #[test]
    fn a_payload_that_fits_is_returned_unchanged(payload in "\\PC{0,40}|[\\x00-\\x7f]{0,128}") {
        prop_assume!(payload.len() <= StateCookie::MAX_PAYLOAD_BYTES);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let state_cookie = state_cookie();
        let issued = state_cookie.issue(&HeaderMap::new(), "/callback", &payload).unwrap();
        let mut response = HeaderMap::new();
        issued.add_to(&mut response);
        let (name, value) = pair(response[SET_COOKIE].to_str().unwrap());
        let mut callback = request([HeaderValue::from_str(&format!("{name}={value}")).unwrap()]);
        *callback.uri_mut() = format!("/callback?code=c&state={}", issued.state()).parse().unwrap();

        let app = tower::service_fn(async |request: Request<()>| {
            let payload = request.extensions().get::<StatePayload>();
            let payload = payload.map_or_else(String::new, |payload| payload.as_str().to_owned());
            Ok::<_, std::convert::Infallible>(http::Response::new(payload))
        });
        let layer = ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie);
        let service = tower::Layer::layer(&layer, app);
        let response = runtime.block_on(tower::ServiceExt::oneshot(service, callback)).unwrap();
        prop_assert_eq!(response.body(), &payload);
    }
}

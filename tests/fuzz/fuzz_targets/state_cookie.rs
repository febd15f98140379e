//! `StateCookie` with cookies and states of real flows that are taken apart and combined again:
//! only a state and a cookie that were issued together verify, and only in time.

#![no_main]

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use tower_smartcar_connect::state_cookie::{IssueError, Key};
use tower_smartcar_connect::{InvalidCallbackKind, StateCookie, Verified, VerifyState};

#[derive(Arbitrary, Debug)]
struct Input {
    is_plain_http: bool,
    has_another_key: bool,
    lifetime: u16,
    issued_at: u32,
    verified_after: u16,
    payload: String,
    /// The `Cookie` headers, each made of parts.
    headers: Vec<Vec<Part>>,
    state: StateInput,
    is_wrapped: bool,
}

/// The state of the callback.
#[derive(Arbitrary, Debug)]
enum StateInput {
    Of(Choice),
    /// The start of one flow's state, and the rest of the other's.
    Spliced(Choice, u8),
    Parts(Vec<Part>),
}

/// A part of a header or of a state.
#[derive(Arbitrary, Debug)]
enum Part {
    Bytes(Vec<u8>),
    Separator,
    /// `name=value` of a flow.
    Cookie(Choice),
    Name(Choice),
    Value(Choice, Cut),
    State(Choice, Cut),
    Wrapped(Choice),
}

/// One of the two flows.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Choice {
    One,
    Other,
}

/// The remaining part of a string.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Cut {
    Nothing,
    Before(u16),
    After(u16),
}

struct Flow {
    state: String,
    name: String,
    value: String,
}

impl Flow {
    /// Issues a state for a browser with these headers.
    fn issue(
        state_cookie: &StateCookie,
        headers: &HeaderMap,
        payload: &str,
    ) -> Result<Self, IssueError> {
        let issued = state_cookie.issue(headers, "/callback", payload)?;
        let mut response = HeaderMap::new();
        issued.add_to(&mut response);
        let mut lines = response.get_all(SET_COOKIE).iter();
        let line = lines
            .next_back()
            .expect("a cookie is set")
            .to_str()
            .expect("it is ASCII");
        let (name, rest) = line.split_once('=').expect("it has a name");
        let (value, _) = rest.split_once(';').expect("it has attributes");
        assert!(!format!("{issued:?}").contains(issued.state()));
        Ok(Self {
            state: issued.state().to_owned(),
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    fn cookie(&self) -> String {
        format!("{}={}", self.name, self.value)
    }
}

fn cut(text: &str, cut: Cut) -> &str {
    let at = |position: u16| usize::from(position) % (text.len() + 1);
    match cut {
        Cut::Nothing => text,
        Cut::Before(position) => &text[..at(position)],
        Cut::After(position) => &text[at(position)..],
    }
}

fn wrap(state: &str) -> String {
    STANDARD.encode(format!(
        r#"{{"instanceId":"7f1c","originalState":"{state}"}}"#
    ))
}

/// Returns the chosen flow, and the other one.
fn pair(flows: &[Flow; 2], choice: Choice) -> (&Flow, &Flow) {
    let [one, other] = flows;
    match choice {
        Choice::One => (one, other),
        Choice::Other => (other, one),
    }
}

fn join_parts(parts: &[Part], flows: &[Flow; 2]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let flow = |choice: &Choice| pair(flows, *choice).0;
    for part in parts {
        match part {
            Part::Bytes(part) => bytes.extend(part),
            Part::Separator => bytes.extend(b"; "),
            Part::Cookie(choice) => bytes.extend(flow(choice).cookie().bytes()),
            Part::Name(choice) => bytes.extend(format!("{}=", flow(choice).name).bytes()),
            Part::Value(choice, part) => bytes.extend(cut(&flow(choice).value, *part).bytes()),
            Part::State(choice, part) => bytes.extend(cut(&flow(choice).state, *part).bytes()),
            Part::Wrapped(choice) => bytes.extend(wrap(&flow(choice).state).bytes()),
        }
    }
    bytes
}

/// Verifies a state that is returned to the callback path.
fn verify(
    state_cookie: &StateCookie,
    headers: &HeaderMap,
    state: &str,
) -> Result<Verified, InvalidCallbackKind> {
    let (mut request, ()) = Request::get("/callback")
        .body(())
        .expect("it is valid")
        .into_parts();
    request.headers.clone_from(headers);
    state_cookie.verify_state(&request, state).into_inner()
}

fuzz_target!(|input: Input| {
    let at = |seconds: u64| move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let issued_at = u64::from(input.issued_at);
    let verified_at = issued_at + u64::from(input.verified_after);
    let is_in_time = u64::from(input.verified_after) <= u64::from(input.lifetime);

    let mut issuing =
        StateCookie::new(Key::from(&[1; 64])).lifetime(Duration::from_secs(input.lifetime.into()));
    if input.is_plain_http {
        issuing = issuing.plain_http_for_development();
    }
    let issuing = issuing.clock(at(issued_at));
    let mut verifying =
        StateCookie::new(Key::from(&[if input.has_another_key { 2 } else { 1 }; 64]));
    if input.is_plain_http {
        verifying = verifying.plain_http_for_development();
    }
    let verifying = verifying.clock(at(verified_at));

    let flows = ["one", "other"]
        .map(|payload| Flow::issue(&issuing, &HeaderMap::new(), payload).expect("it fits"));
    let mut headers = HeaderMap::new();
    for parts in &input.headers {
        if let Ok(value) = HeaderValue::from_bytes(&join_parts(parts, &flows)) {
            headers.append(COOKIE, value);
        }
    }
    let mut state = match &input.state {
        StateInput::Of(choice) => pair(&flows, *choice).0.state.clone(),
        StateInput::Spliced(choice, position) => {
            let (start, rest) = pair(&flows, *choice);
            let position = usize::from(*position) % 33;
            format!("{}{}", &start.state[..position], &rest.state[position..])
        }
        StateInput::Parts(parts) => {
            String::from_utf8_lossy(&join_parts(parts, &flows)).into_owned()
        }
    };
    if input.is_wrapped {
        state = wrap(&state);
    }

    // Only a state and a cookie that were issued together verify, and only in time.
    if verify(&verifying, &headers, &state).is_ok() {
        let unwrapped = StateCookie::unwrap_sdk_state(&state);
        let flow = flows
            .iter()
            .find(|flow| flow.state == state || Some(&flow.state) == unwrapped.as_ref())
            .expect("a state that was not issued is verified");
        let cookie = flow.cookie();
        let is_sent = headers.get_all(COOKIE).iter().any(|header| {
            let header = header.as_bytes();
            header
                .windows(cookie.len())
                .any(|window| window == cookie.as_bytes())
        });
        // White space around the `=` of a cookie does not belong to it.
        let is_spaced = headers.get_all(COOKIE).iter().any(|header| {
            let header = header.as_bytes();
            let contains = |part: &str| {
                header
                    .windows(part.len())
                    .any(|window| window == part.as_bytes())
            };
            contains(&flow.name) && contains(&flow.value)
        });
        assert!(is_sent || is_spaced, "verified without its cookie");
        assert!(is_in_time, "verified too late");
        assert!(!input.has_another_key, "verified with another key");
    }

    // A new flow starts and ends beside any other cookies.
    match Flow::issue(&issuing, &headers, &input.payload) {
        Err(error) => {
            assert!(input.payload.len() > StateCookie::MAX_PAYLOAD_BYTES);
            assert!(error.to_string().is_ascii());
        }
        Ok(flow) => {
            assert!(input.payload.len() <= StateCookie::MAX_PAYLOAD_BYTES);
            headers.append(COOKIE, flow.cookie().parse().expect("it is ASCII"));
            let expected = match (input.has_another_key, is_in_time) {
                (true, _) => Err(InvalidCallbackKind::StateUnreadable),
                (false, false) => Err(InvalidCallbackKind::StateExpired),
                (false, true) => Ok(format!(
                    "Verified {{ extensions: {}, headers: 1 }}",
                    usize::from(!input.payload.is_empty()),
                )),
            };
            for state in [flow.state.clone(), wrap(&flow.state)] {
                let verdict = verify(&verifying, &headers, &state);
                assert_eq!(verdict.map(|verified| format!("{verified:?}")), expected);
            }
        }
    }
});

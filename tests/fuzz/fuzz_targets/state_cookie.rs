//! `StateCookie` with cookies and states of real flows that are taken apart and combined again:
//! only a state and a cookie that were issued together verify, and only in time.

#![no_main]

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::states::{Key, NotStarted, PendingCallback, unwrap_sdk_state};
use tower_smartcar_connect::{
    ConnectUrl, Flow as ConnectFlow, RejectionReason, StateCookie, Verified,
};

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
    /// Starts a flow in a browser with these headers.
    fn start(
        states: &StateCookie,
        url: &ConnectUrl,
        headers: &HeaderMap,
        payload: &str,
    ) -> Result<Self, NotStarted> {
        let flow = ConnectFlow::to(url.clone()).payload(payload);
        let started = flow.start(states, request(headers)).now_or_never();
        let started = started.expect("a cookie is ready")?;
        let bytes = |value: &HeaderValue| value.len() + "set-cookie: \r\n".len();
        assert!(started.headers().values().map(bytes).sum::<usize>() < 4096);
        let line = started.headers()[SET_COOKIE].to_str().expect("it is ASCII");
        let (name, rest) = line.split_once('=').expect("it has a name");
        let (value, _) = rest.split_once(';').expect("it has attributes");
        assert!(!format!("{started:?}").contains(started.state()));
        Ok(Self {
            state: started.state().to_owned(),
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

/// Requests from the host of the app with these headers.
fn request(headers: &HeaderMap) -> Parts {
    let request = Request::get("http://localhost/callback").body(());
    let (mut request, ()) = request.expect("it is valid").into_parts();
    request.headers.clone_from(headers);
    request
}

/// Verifies a state that is returned to the callback path.
fn verify(
    states: &StateCookie,
    paths: &CallbackPaths,
    headers: &HeaderMap,
    state: &str,
) -> Result<Verified, RejectionReason> {
    let state = utf8_percent_encode(state, NON_ALPHANUMERIC);
    let Ok(uri) = format!("/callback?code=1&state={state}").parse() else {
        return Err(RejectionReason::QueryTooLong);
    };
    let callback = paths
        .read(&Method::GET, &uri)
        .map_err(|rejected| rejected.reason())?;
    let callback = callback.expect("this is a callback");
    let verified = PendingCallback::new(request(headers), callback).verify_with(states);
    let verified = verified.now_or_never().expect("a cookie is ready");
    verified
        .map(|(_, verified)| verified)
        .map_err(|rejected| rejected.reason())
}

fuzz_target!(|input: Input| {
    let at = |seconds: u64| move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let issued_at = u64::from(input.issued_at);
    let verified_at = issued_at + u64::from(input.verified_after);
    let is_in_time = u64::from(input.verified_after) <= u64::from(input.lifetime);

    let redirect_uri = match input.is_plain_http {
        true => "http://localhost:8000/callback",
        false => "https://app.example/callback",
    };
    let url = ConnectUrl::new("application-1", redirect_uri).expect("it is one");
    let paths = CallbackPaths::new(&url);
    let key = |byte: u8| Key::from_hex(&format!("{byte:02x}00").repeat(32)).expect("it is one");
    let issuing = StateCookie::new(key(1))
        .lifetime(Duration::from_secs(input.lifetime.into()))
        .clock(at(issued_at));
    let verifying = StateCookie::new(key(if input.has_another_key { 2 } else { 1 }));
    let verifying = verifying.clock(at(verified_at));

    let flows = ["one", "other"]
        .map(|payload| Flow::start(&issuing, &url, &HeaderMap::new(), payload).expect("it fits"));
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
    if verify(&verifying, &paths, &headers, &state).is_ok() {
        let unwrapped = unwrap_sdk_state(&state);
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
        assert!(is_sent, "verified without its cookie");
        assert!(is_in_time, "verified too late");
        assert!(!input.has_another_key, "verified with another key");
    }

    // A new flow starts and ends beside any other cookies.
    match Flow::start(&issuing, &url, &headers, &input.payload) {
        Err(error) => {
            assert!(input.payload.len() > 255);
            assert!(error.to_string().is_ascii());
        }
        Ok(flow) => {
            assert!(input.payload.len() <= 255);
            headers.append(COOKIE, flow.cookie().parse().expect("it is ASCII"));
            let expected = match (input.has_another_key, is_in_time) {
                (true, _) => Err(RejectionReason::StateUnreadable),
                (false, false) => Err(RejectionReason::StateExpired),
                (false, true) => Ok(format!(
                    "Verified {{ extensions: {}, headers: 1, .. }}",
                    usize::from(!input.payload.is_empty()),
                )),
            };
            for state in [flow.state.clone(), wrap(&flow.state)] {
                let verdict = verify(&verifying, &paths, &headers, &state);
                assert_eq!(verdict.map(|verified| format!("{verified:?}")), expected);
            }
        }
    }
});

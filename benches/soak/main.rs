//! Tens of thousands of flows through the state cookie, under a clock that jumps, during a rotation
//! of keys and among forged callbacks. A model predicts the outcome of each callback.
//!
//! `cargo test --release --package benches --test soak` runs 50 000 flows, and 5 000 without
//! `--release`. `SOAK_FLOWS` sets another number. The choices come from a seed, which is printed.
//! `SOAK_SEED` sets another one. States and nonces are random regardless of the seed.

mod browser;
mod server;

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrand::Rng;
use http::header::SET_COOKIE;
use http::{HeaderMap, Request};
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::{
    ConnectCallbackLayer, InvalidCallback, InvalidCallbackKind, StateCookie,
};

use self::browser::{cookie_header, keep, wrapped};
use self::server::{LIFETIME, app, state_cookie};

const BROWSERS: usize = 40;
/// The maximum number of flows in progress.
const MAX_IN_PROGRESS: usize = 300;

/// The keys of the servers, the newest first, from one deployment to the next. The last one does
/// not wait for the flows of the old key.
const DEPLOYMENTS: [&[u8]; 4] = [&[1], &[1, 2], &[2, 1], &[2]];

/// The payload of a callback that reached the app, or the kind that it was rejected with.
type Verdict = Result<String, InvalidCallbackKind>;

struct Flow {
    browser: usize,
    state: String,
    cookie: String,
    payload: String,
    key: u8,
    ends: u64,
}

struct Soak {
    random: Rng,
    clock: Arc<AtomicU64>,
    keys: &'static [u8],
    state_cookie: StateCookie,
    /// The cookies of each browser.
    browsers: Vec<BTreeMap<String, String>>,
    /// How often callbacks had each result.
    ends: HashMap<String, usize>,
}

/// The query and the cookies of a callback.
struct Callback {
    query: String,
    cookies: BTreeMap<String, String>,
}

impl Soak {
    fn new(seed: u64) -> Self {
        let clock = Arc::new(AtomicU64::new(1_800_000_000));
        Self {
            random: Rng::with_seed(seed),
            state_cookie: state_cookie(&clock, DEPLOYMENTS[0]),
            keys: DEPLOYMENTS[0],
            clock,
            browsers: vec![BTreeMap::new(); BROWSERS],
            ends: HashMap::new(),
        }
    }

    fn deploy(&mut self, keys: &'static [u8]) {
        self.keys = keys;
        self.state_cookie = state_cookie(&self.clock, keys);
    }

    fn now(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Advances the clock a little, sometimes a lot, and sometimes sets it back.
    fn advance_clock(&mut self) {
        let now = self.now();
        let next = match self.random.u32(..1000) {
            0 => now + LIFETIME + self.random.u64(..LIFETIME),
            1..=5 => now - self.random.u64(..LIFETIME / 2),
            _ => now + self.random.u64(..3),
        };
        self.clock.store(next, Ordering::Relaxed);
    }

    fn start_flow(&mut self, number: usize) -> Flow {
        let browser = self.random.usize(..BROWSERS);
        let payload = format!("flow-{number}");
        let headers = cookie_header(&self.browsers[browser]);
        let issued = self
            .state_cookie
            .issue(&headers, "/callback", &payload)
            .unwrap();
        let mut set = HeaderMap::new();
        issued.add_to(&mut set);
        let cookie = keep(&mut self.browsers[browser], &set)
            .pop()
            .expect("a cookie is set");
        Flow {
            browser,
            state: issued.state().to_owned(),
            cookie,
            payload,
            key: self.keys[0],
            ends: self.now() + LIFETIME,
        }
    }

    /// Returns whether the cookie of a flow is valid, for any state.
    fn readable(
        &self,
        flow: &Flow,
        cookies: &BTreeMap<String, String>,
    ) -> Result<(), InvalidCallbackKind> {
        if !cookies.contains_key(&flow.cookie) {
            Err(InvalidCallbackKind::StateUnknown)
        } else if !self.keys.contains(&flow.key) {
            Err(InvalidCallbackKind::StateUnreadable)
        } else {
            Ok(())
        }
    }

    /// Returns the expected result of a callback with the state of a flow and the cookies of its
    /// browser.
    fn expected_verdict(&self, flow: &Flow) -> Verdict {
        self.readable(flow, &self.browsers[flow.browser])?;
        match flow.ends < self.now() {
            true => Err(InvalidCallbackKind::StateExpired),
            false => Ok(flow.payload.clone()),
        }
    }

    /// Returns a forged callback, made of two flows, and the kind that it has to be rejected with.
    fn forge(&mut self, flow: &Flow, other: &Flow) -> (Callback, InvalidCallbackKind) {
        use InvalidCallbackKind::{
            DuplicateParameter, StateMismatch, StateMissing, StateUnknown, StateUnreadable,
        };
        let own = &flow.state;
        let mut cookies = self.browsers[flow.browser].clone();
        // If a state names the cookie of the flow but differs from its state, the kind depends on
        // the content of the cookie, if it can be decrypted.
        let misread = self.readable(flow, &cookies).err().unwrap_or(StateMismatch);
        let unreadable = self
            .readable(flow, &cookies)
            .err()
            .unwrap_or(StateUnreadable);
        let (state, kind) = match self.random.u8(..11) {
            0 => (String::new(), StateMissing),
            1 => (format!("{own}&state={own}"), DuplicateParameter),
            2 => (own[..self.random.usize(1..32)].to_owned(), StateMismatch),
            3 => (format!("{own}A"), StateMismatch),
            4 => (self.change(own, 0..8), StateUnknown),
            5 => (self.change(own, 8..32), misread),
            6 => (format!("{}{}", &own[..8], &other.state[8..]), misread),
            7 => (wrapped(&self.change(own, 8..32)), misread),
            8 => {
                cookies.remove(&flow.cookie);
                (own.clone(), StateUnknown)
            }
            9 => {
                if let Some(value) = cookies.get(&flow.cookie).cloned() {
                    let value = self.change(&value, 0..value.len());
                    cookies.insert(flow.cookie.clone(), value);
                }
                (own.clone(), unreadable)
            }
            _ => {
                // The value of another flow's cookie under the name of this flow's cookie.
                let foreign = self.browsers[other.browser].get(&other.cookie).cloned();
                match (foreign, cookies.contains_key(&flow.cookie)) {
                    (Some(value), true) => {
                        cookies.insert(flow.cookie.clone(), value);
                        (own.clone(), StateUnreadable)
                    }
                    _ => (String::new(), StateMissing),
                }
            }
        };
        let query = self.query(&state);
        (Callback { query, cookies }, kind)
    }

    /// Returns a query of any outcome with this state.
    fn query(&mut self, state: &str) -> String {
        let outcome = ["code=c", "user_id=u", "error=access_denied"][self.random.usize(..3)];
        let state = state.replace('+', "%2B");
        format!("{outcome}&state={state}")
    }

    /// Replaces the character at one of these positions.
    fn change(&mut self, text: &str, positions: Range<usize>) -> String {
        let position = self.random.usize(positions);
        let new = loop {
            let new = char::from(self.random.alphanumeric() as u8);
            if !text[position..].starts_with(new) {
                break new;
            }
        };
        format!("{}{new}{}", &text[..position], &text[position + 1..])
    }

    /// Sends a callback. A browser keeps the cookies of the response only if it is given.
    async fn send(&mut self, callback: &Callback, browser: Option<usize>) -> Verdict {
        let layer =
            ConnectCallbackLayer::new("/callback").verify_state_with(self.state_cookie.clone());
        let mut request = Request::get(format!("/callback?{}", callback.query))
            .body(())
            .unwrap();
        *request.headers_mut() = cookie_header(&callback.cookies);
        let Ok(response) = layer.layer(service_fn(app)).oneshot(request).await;
        let verdict = match response.extensions().get::<InvalidCallback>() {
            Some(invalid) => Err(invalid.kind()),
            None => Ok(response.body().clone()),
        };
        let sets_cookies = response.headers().contains_key(SET_COOKIE);
        assert_eq!(
            sets_cookies,
            verdict.is_ok(),
            "a cookie is cleared where a flow ends, and only there"
        );
        if let Some(browser) = browser {
            keep(&mut self.browsers[browser], response.headers());
        }
        let end = verdict
            .as_ref()
            .map_or_else(|kind| format!("{kind:?}"), |_| "Verified".to_owned());
        *self.ends.entry(end).or_default() += 1;
        verdict
    }

    async fn return_from_connect(&mut self, flow: &Flow) -> Verdict {
        let state = match self.random.u8(..4) {
            0 => wrapped(&flow.state),
            _ => flow.state.clone(),
        };
        let callback = Callback {
            query: self.query(&state),
            cookies: self.browsers[flow.browser].clone(),
        };
        self.send(&callback, Some(flow.browser)).await
    }
}

fn env_or(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |value| value.parse().expect(name))
}

#[tokio::test]
async fn every_flow_passes_once_and_other_callbacks_are_rejected_with_their_kind() {
    let seed = env_or("SOAK_SEED", 0x5eed);
    // Cryptography is slow without optimization.
    let default = if cfg!(debug_assertions) {
        5_000
    } else {
        50_000
    };
    let flows = env_or("SOAK_FLOWS", default) as usize;
    println!("seed {seed}, {flows} flows");
    let mut soak = Soak::new(seed);
    let mut under_way: Vec<Flow> = Vec::new();
    for step in 0.. {
        if step < flows {
            soak.deploy(DEPLOYMENTS[step * DEPLOYMENTS.len() / flows]);
            let flow = soak.start_flow(step);
            under_way.push(flow);
        }
        soak.advance_clock();
        if step < flows && under_way.len() < MAX_IN_PROGRESS {
            continue;
        }
        if under_way.is_empty() {
            break;
        }
        let flow = under_way.swap_remove(soak.random.usize(..under_way.len()));
        if let Some(other) = soak
            .random
            .choice(&under_way)
            .filter(|other| other.browser != flow.browser)
        {
            let (callback, kind) = soak.forge(&flow, other);
            let verdict = soak.send(&callback, Some(flow.browser)).await;
            assert_eq!(
                verdict,
                Err(kind),
                "{} forged: {}",
                flow.payload,
                callback.query
            );
        }
        if soak.random.u8(..100) == 0 {
            // To the last second of the flow, or to the first one after it.
            soak.clock
                .store(flow.ends + soak.random.u64(..2), Ordering::Relaxed);
        }
        let expected = soak.expected_verdict(&flow);
        assert_eq!(
            soak.return_from_connect(&flow).await,
            expected,
            "{}",
            flow.payload
        );
        // A used or rejected callback does not pass later either.
        let again = expected.map_or_else(Err, |_| Err(InvalidCallbackKind::StateUnknown));
        assert_eq!(
            soak.return_from_connect(&flow).await,
            again,
            "{} again",
            flow.payload
        );
    }
    println!("{:#?}", soak.ends);
    for kind in [
        "Verified",
        "StateMissing",
        "StateMismatch",
        "StateUnknown",
        "StateUnreadable",
        "StateExpired",
        "DuplicateParameter",
    ] {
        assert!(
            soak.ends.contains_key(kind),
            "no callback came to {kind}: {:?}",
            soak.ends
        );
    }
    // About half of them, but the clock jumps over more or fewer of the flows in progress.
    assert!(soak.ends["Verified"] > flows / 4, "{:?}", soak.ends);
}

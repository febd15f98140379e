//! Prints the tables in `PERFORMANCE.md`.
//!
//! ```text
//! cargo bench --package benches --bench targets
//! cargo bench --package benches --bench targets -- --svg ../assets/performance.svg
//! cargo bench --package benches --bench targets -- --short
//!
//! # only shows that it runs
//! ```
//!
//! The candidates of a comparison run in turn, in batches of some microseconds and many rounds, and
//! every ratio is computed within a round: a machine that slows down for a while slows down both
//! sides. A run is the median over its rounds. A cell is the median of several runs, with the
//! minimum and the maximum in parentheses. Each run creates everything again.
//!
//! Nothing is asserted, since times depend on the machine. `allocations.rs` asserts what does not.

#[path = "../fixtures/mod.rs"]
mod fixtures;

mod chart;
mod rounds;
mod tables;

use std::env;
use std::error::Error;
use std::fs;

use axum::middleware::from_fn;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use tower::Layer;
use tower_smartcar_connect::ConnectCallbackLayer;
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::state_cookie::{Key, StateCookie};

use chart::{Bar, Panel};
use fixtures::alternatives::{handwritten, handwritten_with_the_rules, minimum};
use fixtures::requests::{CALLBACK_PATH, HOSTILE, OTHER, PUBLISHED, SUCCESS, as_delivered, get};
use fixtures::servers::{
    AxumRouter, BareStack, RouterWithoutState, TestServer, TonicServer, served,
};
use fixtures::services::Reading;
use fixtures::setups::{self, IDLE, KEY};
use rounds::{Effort, Group};
use tables::Table;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes `--bench` as well.
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (effort, svg) = match arguments[..] {
        [] => (Effort::FULL, None),
        ["--short"] => (Effort::SHORT, None),
        ["--svg", path] => (Effort::FULL, Some(path)),
        ["--short", "--svg", path] => (Effort::SHORT, Some(path)),
        _ => return Err("the arguments are `--short` and `--svg PATH`, in this order".into()),
    };

    let mut tables = Tables::new();
    for _ in 0..effort.runs {
        another_request(&AxumRouter, effort, &mut tables.others);
        another_request(&RouterWithoutState, effort, &mut tables.others);
        another_request(&TonicServer, effort, &mut tables.others);
        another_request(&BareStack, effort, &mut tables.others);
        for redirect in PUBLISHED {
            callback(redirect, effort, &mut tables.callbacks);
        }
        whole_requests(effort, &mut tables.whole);
        for hostile in &HOSTILE {
            hostile_callback(hostile, effort, &mut tables.hostile);
        }
    }
    for table in [
        &tables.others,
        &tables.callbacks,
        &tables.whole,
        &tables.hostile,
    ] {
        println!("{table}");
    }
    if let Some(path) = svg {
        fs::write(path, tables.chart())?;
    }
    Ok(())
}

struct Tables {
    others: Table,
    callbacks: Table,
    whole: Table,
    hostile: Table,
}

/// Columns of the table of callbacks.
const THIS_LAYER: &str = "this layer";
const EVERY_FIELD: &str = "this layer, every field read";
const HANDWRITTEN: &str = "by hand";
const HANDWRITTEN_WITH_THE_RULES: &str = "by hand with the rules";

impl Tables {
    fn new() -> Self {
        Self {
            others: Table::new(
                "Another request, with a query: time against a layer that does nothing",
            ),
            callbacks: Table::new(
                "A callback: what is added to a service that responds at once, against the minimum: to insert a ready-made \
                 outcome and set two headers",
            ),
            whole: Table::new("Whole requests in an axum router, with the README's set-up"),
            hostile: Table::new("A hostile callback, whose fields are all read"),
        }
    }

    fn chart(&self) -> String {
        let others = [
            Bar::alternative(setups::NO_LAYER),
            Bar::alternative(IDLE),
            Bar::alternative(setups::VALIDATE_REQUEST),
            Bar::this_crate(setups::APP_VERIFIES),
            Bar::this_crate(setups::README),
            Bar::this_crate(setups::REDIRECT),
            Bar::this_crate(setups::NEGOTIATE),
            Bar::this_crate(setups::ASYNC_VERIFIER),
            Bar::alternative(setups::FROM_FN),
        ];
        let callbacks = [
            Bar::this_crate(THIS_LAYER),
            Bar::this_crate(EVERY_FIELD),
            Bar::alternative(HANDWRITTEN).labelled("`from_fn`, `Query`"),
            Bar::alternative(HANDWRITTEN_WITH_THE_RULES)
                .labelled("`from_fn`, `Query`, this layer's rules"),
        ];
        chart::svg(&[
            Panel {
                title: "Another request in an axum router",
                unit: "time against a layer that does nothing",
                bars: others
                    .map(|bar| bar.with(self.others.cell(bar.name, AxumRouter::NAME)))
                    .to_vec(),
            },
            Panel {
                title: "A callback: a success with a code",
                unit: "what it adds, against inserting a ready-made outcome and two headers",
                bars: callbacks
                    .map(|bar| bar.with(self.callbacks.cell(SUCCESS.0, bar.name)))
                    .to_vec(),
            },
        ])
    }
}

fn another_request<P: TestServer>(server: &P, effort: Effort, table: &mut Table) {
    let uri = as_delivered(OTHER);
    let mut group = Group::new();
    for setup in setups::alternatives(server)
        .into_iter()
        .chain(setups::recommended(server))
    {
        let uri = uri.clone();
        group.add(setup.name, move || (setup.serve)(get(&uri)));
    }
    group.measure(effort);
    for name in group.names() {
        table.add(name, P::NAME, group.ratio(name, IDLE));
    }
}

fn callback((redirect, path_and_query): (&'static str, &str), effort: Effort, table: &mut Table) {
    const BARE: &str = "bare";
    const FLOOR: &str = "the minimum, ns";

    let uri = as_delivered(path_and_query);
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).app_verifies_state();

    let mut group = Group::new();
    for (name, serve) in [
        (BARE, BareStack.without_layer()),
        (THIS_LAYER, BareStack.with(layer.clone())),
        (EVERY_FIELD, served(layer.layer(Reading))),
        (FLOOR, minimum(&uri)),
        (HANDWRITTEN, BareStack.with(from_fn(handwritten))),
        (
            HANDWRITTEN_WITH_THE_RULES,
            BareStack.with(from_fn(handwritten_with_the_rules)),
        ),
    ] {
        let uri = uri.clone();
        group.add(name, move || serve(get(&uri)));
    }
    group.measure(effort);

    for name in [
        THIS_LAYER,
        EVERY_FIELD,
        HANDWRITTEN,
        HANDWRITTEN_WITH_THE_RULES,
    ] {
        table.add(
            redirect,
            name,
            group.overhead(name, BARE) / group.overhead(FLOOR, BARE),
        );
    }
    for (column, name) in [
        ("layer / by hand with the rules", THIS_LAYER),
        ("the same, every field read", EVERY_FIELD),
    ] {
        let handwritten = group.overhead(HANDWRITTEN_WITH_THE_RULES, BARE);
        table.add(redirect, column, group.overhead(name, BARE) / handwritten);
    }
    table.add(redirect, FLOOR, group.overhead(FLOOR, BARE));
}

/// What a server does for a whole request, except for reading it from the network.
fn whole_requests(effort: Effort, table: &mut Table) {
    const ANOTHER: &str = "another request";

    let state_cookie = StateCookie::new(Key::from(&KEY));
    let issued = state_cookie
        .issue(&HeaderMap::new(), CALLBACK_PATH, "user-7")
        .expect("a state is issued");
    let mut headers = HeaderMap::new();
    issued.add_to(&mut headers);
    let cookie = headers[SET_COOKIE].to_str().expect("a cookie is ASCII");
    let cookie = HeaderValue::from_str(cookie.split(';').next().unwrap_or_default())
        .expect("a cookie is a header");

    let mut group = Group::new();
    for (name, path_and_query) in [
        (ANOTHER, OTHER.to_owned()),
        (
            "a verified success",
            format!("/callback?code=1&state={}", issued.state()),
        ),
        (
            "a verified error, with its page",
            format!("/callback?error=access_denied&state={}", issued.state()),
        ),
        (
            "a callback without a state, with its page",
            "/callback?code=1".to_owned(),
        ),
    ] {
        let layer =
            ConnectCallbackLayer::new(CALLBACK_PATH).verify_state_with(state_cookie.clone());
        let serve = AxumRouter.with(layer.on_failure(ErrorPage::new("/garage/7")));
        let (uri, cookie) = (as_delivered(&path_and_query), cookie.clone());
        group.add(name, move || {
            let mut request = get(&uri);
            request.headers_mut().insert(COOKIE, cookie.clone());
            serve(request)
        });
    }
    group.measure(effort);
    for name in group.names() {
        table.add(name, "µs", group.nanoseconds(name) / 1000.0);
    }
}

fn hostile_callback(hostile: &fixtures::requests::Hostile, effort: Effort, table: &mut Table) {
    const FORWARDED: &str = "this layer, 8 KB, µs";
    const REJECTED: &str = "this layer, 64 KB, µs";
    const UNLIMITED: &str = "by hand, 64 KB, µs";

    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).app_verifies_state();
    let mut group = Group::new();
    for (name, kibibytes, serve) in [
        (FORWARDED, 8, served(layer.layer(Reading))),
        (REJECTED, 64, served(layer.layer(Reading))),
        (UNLIMITED, 64, BareStack.with(from_fn(handwritten))),
    ] {
        let uri = hostile.request(kibibytes);
        group.add(name, move || serve(get(&uri)));
    }
    group.measure(effort);
    for name in group.names() {
        table.add(hostile.name, name, group.nanoseconds(name) / 1000.0);
    }
}

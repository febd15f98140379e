//! Are the targets for this crate's speed met?
//!
//! ```text
//! cargo bench --bench targets             # every row; fails if one is missed
//! cargo bench --bench targets -- --short  # only shows that the program runs; never fails
//! cargo bench --bench targets -- query    # the cases with this word, and those they are measured with
//! ```
//!
//! The rows that it prints are those of the table in `PERFORMANCE.md`.
//!
//! # How it measures
//!
//! What is compared runs in turn, in batches of some microseconds and many rounds, and all of it several times over, so
//! that a change of the machine's mood meets every row alike. Every figure is then made within a round: an overhead is
//! the time of a service with a layer less that of the bare service in the same round. The median over the rounds is
//! what counts: a round that was interrupted moves it by one rank, however long the interruption was.
//!
//! # How it judges
//!
//! - *overhead at most x*: the median overhead, divided by that of the peer.
//! - *x times faster*, *at most x times*: the median of the ratios.
//! - *no slower*: the median difference to the peer is within the noise. The bare service runs twice in each round; its
//!   difference from itself, between the quartiles, is the noise. Two nanoseconds always count as noise: where the
//!   compiler puts the same code moves it by as much.

mod scene;

use std::env;
use std::fmt;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Query;
use axum::middleware::from_fn;
use http::{Request, Uri};
use tower::{Layer, Service};
use tower_http::csrf::CsrfLayer;
use tower_http::validate_request::ValidateRequestHeaderLayer;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectResponse};

use scene::peers::{Callback, InsertLayer, by_hand, validate_path};
use scene::requests::{
    CALLBACK_PATH, CONFIGURATION_ERROR, HOSTILE, Hostile, OEM_CANCELLED_LOGIN, OTHERS, SUCCESS, as_delivered,
    callback_paths, others_in_turn,
};
use scene::services::{
    App, Boxing, Reading, Trivial, WithHeader, answer_error, read_every_field, serve, verify_at_once,
    verify_in_a_future,
};

/// The noise that is granted however quiet the machine is, in nanoseconds.
const LEAST_NOISE: f64 = 2.0;

fn main() -> ExitCode {
    // Cargo passes `--bench` as well.
    let short = env::args().any(|argument| argument == "--short");
    let only = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let effort = if short { Effort::SHORT } else { Effort::FULL };

    let mut groups = groups();
    groups.retain(|group| group.is_about(only.as_deref()));
    for group in &mut groups {
        group.prepare(effort);
    }
    for _ in 0..effort.passes {
        for group in &mut groups {
            for round in 0..effort.rounds {
                group.measure(round);
            }
        }
    }

    println!("| case | this crate | against | ratio | target | verdict |");
    println!("| --- | ---: | ---: | ---: | --- | --- |");
    let mut missed = 0;
    for row in groups.iter().flat_map(Group::judge) {
        println!("{row}");
        missed += usize::from(row.met == Some(false));
    }

    match (missed, short) {
        (0, _) => ExitCode::SUCCESS,
        (missed, true) => {
            eprintln!("{missed} targets missed, which means nothing in so short a time");
            ExitCode::SUCCESS
        }
        (missed, false) => {
            eprintln!("{missed} targets missed");
            ExitCode::FAILURE
        }
    }
}

/// Everything that is measured.
fn groups() -> Vec<Group> {
    let mut groups = Vec::new();
    for (request, path_and_query) in OTHERS {
        groups.push(pass_through(request, "", path_and_query, Trivial));
        groups.push(pass_through(request, ", boxing service", path_and_query, Boxing));
    }
    for redirect in [CONFIGURATION_ERROR, OEM_CANCELLED_LOGIN] {
        groups.push(parse(redirect));
    }
    for redirect in [CONFIGURATION_ERROR, OEM_CANCELLED_LOGIN] {
        groups.push(whole_callback(redirect, "", Trivial));
        groups.push(whole_callback(redirect, ", boxing service", Boxing));
    }
    groups.push(whole_callback(
        OEM_CANCELLED_LOGIN,
        ", service that sets a header",
        WithHeader,
    ));
    groups.push(verified_callback());
    groups.push(many_paths());
    for hostile in HOSTILE {
        groups.push(linear_up_to_the_limit(&hostile));
        groups.push(constant_beyond_the_limit(&hostile));
    }
    groups
}

fn pass_through(request: &str, app_name: &str, path_and_query: &str, app: impl App) -> Group {
    let uri = as_delivered(path_and_query);
    let connect = ConnectCallbackLayer::new(CALLBACK_PATH);
    let with_on_error = connect.clone().on_error(answer_error);
    let with_verifier = connect.clone().verify_state(verify_at_once);
    let with_async_verifier = connect.clone().verify_state_async(verify_in_a_future);
    let validate = ValidateRequestHeaderLayer::custom(validate_path);

    let mut group = Group::over(&uri, app.clone());
    let new = group.served("`new`", &uri, connect.layer(app.clone()));
    let on_error = group.served("`on_error`", &uri, with_on_error.layer(app.clone()));
    let verify_state = group.served("`verify_state`", &uri, with_verifier.layer(app.clone()));
    let verify_state_async = group.served("`verify_state_async`", &uri, with_async_verifier.layer(app.clone()));
    let from_fn = group.served("`from_fn`", &uri, from_fn(by_hand).layer(app.clone()));
    let validate = group.served("`validate_request`", &uri, validate.layer(app.clone()));
    let csrf = group.served("`csrf`", &uri, CsrfLayer::new().layer(app));

    let case = format!("{request}{app_name}");
    for layer in [new, on_error, verify_state] {
        group.row(&case, layer, from_fn, Rule::OverheadAtMost(0.1));
        group.row(&case, layer, validate, Rule::NoSlower);
    }
    for layer in [verify_state_async, csrf] {
        group.row(&case, layer, from_fn, Rule::Stated);
        group.row(&case, layer, validate, Rule::Stated);
    }
    group
}

fn parse((redirect, path_and_query): (&str, &str)) -> Group {
    let uri = as_delivered(path_and_query);
    let mut group = Group::new();

    let shared = uri.clone();
    let code = group.add("code read", move || {
        let response = ConnectResponse::from_uri(black_box(&shared));
        let Ok(Some(ConnectResponse::Error(error))) = response else {
            panic!("the redirect is an error")
        };
        black_box(error.code());
    });
    let shared = uri.clone();
    let every_field = group.add("every field read", move || {
        let response = ConnectResponse::from_uri(black_box(&shared));
        let Ok(Some(ConnectResponse::Error(error))) = response else {
            panic!("the redirect is an error")
        };
        read_every_field(&error);
    });
    let query = group.add("typed `Query`", move || {
        black_box(Query::<Callback>::try_from_uri(black_box(&uri)).expect("the query is a callback"));
    });

    group.row(redirect, code, query, Rule::Faster(10.0));
    group.row(redirect, every_field, query, Rule::Faster(3.0));
    group
}

fn whole_callback((redirect, path_and_query): (&str, &str), app_name: &str, app: impl App) -> Group {
    let uri = as_delivered(path_and_query);
    let connect = ConnectCallbackLayer::new(CALLBACK_PATH);
    let without_headers = connect.clone().response_headers(false);

    let mut group = Group::over(&uri, app.clone());
    let new = group.served("whole callback", &uri, connect.layer(app.clone()));
    let without_headers = group.served(
        "whole callback, no response headers",
        &uri,
        without_headers.layer(app.clone()),
    );
    let from_fn = group.served(
        "`from_fn`, `Query`, `insert`",
        &uri,
        from_fn(by_hand).layer(app.clone()),
    );
    let insert = group.served("`insert` alone", &uri, InsertLayer::outcome_of(&uri).layer(app));

    let case = format!("{redirect}{app_name}");
    group.row(&case, new, from_fn, Rule::OverheadAtMost(1.0 / 6.0));
    let to_insert = match redirect == OEM_CANCELLED_LOGIN.0 {
        true => Rule::OverheadAtMost(2.0),
        false => Rule::Stated,
    };
    group.row(&case, new, insert, to_insert);
    group.row(&case, without_headers, insert, Rule::Stated);
    group
}

/// What a verifier adds, which depends on the app and so has no target.
fn verified_callback() -> Group {
    let (redirect, path_and_query) = SUCCESS;
    let uri = as_delivered(path_and_query);
    let connect = ConnectCallbackLayer::new(CALLBACK_PATH);
    let with_verifier = connect.clone().verify_state(verify_at_once);
    let with_async_verifier = connect.clone().verify_state_async(verify_in_a_future);

    let mut group = Group::over(&uri, Trivial);
    let new = group.served("`new`", &uri, connect.layer(Trivial));
    let verify_state = group.served("`verify_state`", &uri, with_verifier.layer(Trivial));
    let verify_state_async = group.served("`verify_state_async`", &uri, with_async_verifier.layer(Trivial));
    for layer in [verify_state, verify_state_async] {
        group.row(redirect, layer, new, Rule::Stated);
    }
    group
}

fn many_paths() -> Group {
    let mut group = Group::new();
    let mut with_paths = |name, count| {
        let mut service = ConnectCallbackLayer::new(callback_paths(count)).layer(Trivial);
        let others = others_in_turn();
        let mut next = 0;
        group.add(name, move || {
            black_box(serve(&mut service, &others[next]));
            next = (next + 1) % others.len();
        })
    };
    let one = with_paths("1 path", 1);
    let many = [
        with_paths("10 paths", 10),
        with_paths("1 000 paths", 1_000),
        with_paths("100 000 paths", 100_000),
    ];
    for paths in many {
        group.row("whole request on another path", paths, one, Rule::AtMost(1.5));
    }
    group
}

fn linear_up_to_the_limit(hostile: &Hostile) -> Group {
    let mut group = Group::new();
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH).max_query_bytes(usize::MAX);
    let [shorter, longer] = [("8 KiB", 8), ("64 KiB", 64)].map(|(name, kibibytes)| {
        let uri = hostile.request(kibibytes);
        group.served(name, &uri, layer.layer(Reading))
    });
    // Eight times the length, and a quarter for caches and for the allocator.
    group.row(
        &format!("{}, without a limit", hostile.name),
        longer,
        shorter,
        Rule::AtMost(8.0 * 1.25),
    );
    group
}

fn constant_beyond_the_limit(hostile: &Hostile) -> Group {
    let mut group = Group::new();
    let layer = ConnectCallbackLayer::new(CALLBACK_PATH);
    let [shorter, longer] = [("16 KiB", 16), ("64 KiB", 64)].map(|(name, kibibytes)| {
        let uri = hostile.request(kibibytes);
        group.served(name, &uri, layer.layer(Reading))
    });
    group.row(
        &format!("{}, beyond the limit", hostile.name),
        longer,
        shorter,
        Rule::AtMost(1.25),
    );
    group
}

/// What is measured in turn, and what is to be said about it.
struct Group {
    candidates: Vec<Candidate>,
    rows: Vec<Row>,
}

struct Candidate {
    name: &'static str,
    /// Does it so many times.
    repeat: Box<dyn FnMut(u32)>,
    batch: u32,
    /// The nanoseconds of one repetition, one for each round.
    times: Vec<f64>,
}

struct Row {
    case: String,
    ours: usize,
    against: usize,
    rule: Rule,
}

/// When a row is met.
#[derive(Clone, Copy)]
enum Rule {
    /// Over the bare service, at most this part of the peer's overhead.
    OverheadAtMost(f64),
    /// Over the bare service, no more than the peer, within noise.
    NoSlower,
    /// The peer takes at least so many times as long.
    Faster(f64),
    /// At most so many times as long as the peer.
    AtMost(f64),
    /// The overhead is stated, without a target.
    Stated,
}

/// How long to measure.
#[derive(Clone, Copy)]
struct Effort {
    passes: usize,
    /// The rounds of a group in each pass.
    rounds: usize,
    batch: Duration,
}

impl Effort {
    const FULL: Self = Self {
        passes: 10,
        rounds: 400,
        batch: Duration::from_micros(50),
    };
    const SHORT: Self = Self {
        passes: 1,
        rounds: 20,
        batch: Duration::from_micros(5),
    };
}

impl Group {
    /// The places of the bare service, which an overhead is measured over.
    const BARE: usize = 0;
    const BARE_AGAIN: usize = 1;

    fn new() -> Self {
        Self {
            candidates: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn over(uri: &Uri, app: impl App) -> Self {
        let mut group = Self::new();
        group.served("bare", uri, app.clone());
        group.served("bare again", uri, app);
        group
    }

    fn served<S>(&mut self, name: &'static str, uri: &Uri, mut service: S) -> usize
    where
        S: Service<Request<Body>, Error: fmt::Debug> + 'static,
    {
        let uri = uri.clone();
        self.add(name, move || {
            black_box(serve(&mut service, black_box(&uri)));
        })
    }

    fn add(&mut self, name: &'static str, mut once: impl FnMut() + 'static) -> usize {
        let repeat = Box::new(move |times| {
            for _ in 0..times {
                once();
            }
        });
        self.candidates.push(Candidate {
            name,
            repeat,
            batch: 1,
            times: Vec::new(),
        });
        self.candidates.len() - 1
    }

    fn row(&mut self, case: &str, ours: usize, against: usize, rule: Rule) {
        let case = case.to_owned();
        self.rows.push(Row {
            case,
            ours,
            against,
            rule,
        });
    }

    /// Whether the case of a row has this text, if it has to.
    fn is_about(&self, only: Option<&str>) -> bool {
        only.is_none_or(|only| self.rows.iter().any(|row| row.case.contains(only)))
    }

    fn prepare(&mut self, effort: Effort) {
        for candidate in &mut self.candidates {
            candidate.prepare(effort);
        }
    }

    fn measure(&mut self, round: usize) {
        let count = self.candidates.len();
        // Nobody always follows the same one.
        for turn in 0..count {
            self.candidates[(round + turn) % count].measure();
        }
    }

    fn judge(&self) -> impl Iterator<Item = Judged> {
        self.rows.iter().map(|row| row.judge(&self.candidates))
    }
}

impl Candidate {
    /// Finds out how many repetitions make a batch.
    fn prepare(&mut self, effort: Effort) {
        self.batch = 10;
        let fastest = (0..20).map(|_| self.nanoseconds()).fold(f64::INFINITY, f64::min);
        self.batch = (effort.batch.as_nanos() as f64 / fastest).max(1.0) as u32;
        self.times = Vec::with_capacity(effort.passes * effort.rounds);
    }

    fn measure(&mut self) {
        let time = self.nanoseconds();
        self.times.push(time);
    }

    /// The time of one repetition in a batch.
    fn nanoseconds(&mut self) -> f64 {
        let start = Instant::now();
        (self.repeat)(self.batch);
        start.elapsed().as_nanos() as f64 / f64::from(self.batch)
    }
}

impl Row {
    fn judge(&self, candidates: &[Candidate]) -> Judged {
        let times = |index: usize| candidates[index].times.as_slice();
        let time = |index: usize| paired(times(index), times(index), |time, _| time);
        let overhead = |index: usize| paired(times(index), times(Group::BARE), |time, bare| time - bare);
        let (ours, against) = match self.rule {
            Rule::OverheadAtMost(_) | Rule::NoSlower | Rule::Stated => {
                (median(overhead(self.ours)), median(overhead(self.against)))
            }
            Rule::Faster(_) | Rule::AtMost(_) => (median(time(self.ours)), median(time(self.against))),
        };
        let (figure, target, met) = match self.rule {
            Rule::OverheadAtMost(most) => {
                let ratio = ours / against;
                (format!("{ratio:.2}"), format!("at most {most:.2}"), Some(ratio <= most))
            }
            Rule::NoSlower => {
                let difference = median(paired(times(self.ours), times(self.against), |ours, theirs| {
                    ours - theirs
                }));
                let noise = spread(overhead(Group::BARE_AGAIN)).max(LEAST_NOISE);
                (
                    format!("{difference:+.1} ns"),
                    format!("no slower, noise {noise:.1} ns"),
                    Some(difference <= noise),
                )
            }
            Rule::Faster(least) => {
                let ratio = median(paired(times(self.against), times(self.ours), |theirs, ours| {
                    theirs / ours
                }));
                (
                    format!("{ratio:.1} times faster"),
                    format!("{least:.0} times faster"),
                    Some(ratio >= least),
                )
            }
            Rule::AtMost(most) => {
                let ratio = median(paired(times(self.ours), times(self.against), |ours, theirs| {
                    ours / theirs
                }));
                (format!("{ratio:.2}"), format!("at most {most:.2}"), Some(ratio <= most))
            }
            Rule::Stated => (format!("{:.2}", ours / against), "stated".to_owned(), None),
        };
        Judged {
            case: format!("{}: {}", self.case, candidates[self.ours].name),
            against: candidates[self.against].name,
            nanoseconds: [ours, against],
            figure,
            target,
            met,
        }
    }
}

/// What came of a row.
struct Judged {
    case: String,
    against: &'static str,
    nanoseconds: [f64; 2],
    figure: String,
    target: String,
    met: Option<bool>,
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        let [ours, against] = self.nanoseconds;
        write!(
            f,
            "| {} | {ours:.1} ns | {}: {against:.1} ns | {} | {} | {verdict} |",
            self.case, self.against, self.figure, self.target,
        )
    }
}

/// A figure from two times of each round, in order.
fn paired(one: &[f64], other: &[f64], figure: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut figures: Vec<f64> = one.iter().zip(other).map(|(&one, &other)| figure(one, other)).collect();
    figures.sort_by(f64::total_cmp);
    figures
}

fn median(sorted: Vec<f64>) -> f64 {
    sorted[sorted.len() / 2]
}

/// The distance between the quartiles.
fn spread(sorted: Vec<f64>) -> f64 {
    sorted[sorted.len() * 3 / 4] - sorted[sorted.len() / 4]
}

//! Prints what a request that is not a callback costs, relative to a layer that does nothing.
//!
//! ```text
//! cargo bench --package benches --bench table
//! ```
//!
//! The candidates run in turn, in batches of some microseconds and many rounds, and every ratio is
//! computed within a round: a machine that slows down for a while slows down all of them. A cell is
//! the median of several runs, with the least and the greatest. Nothing is asserted, since times
//! depend on the machine.

mod fixtures;

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use fixtures::requests::{OTHER, as_delivered, get};
use fixtures::servers::{AxumRouter, BareStack, TestServer, TonicServer};
use fixtures::setups::{
    self, BY_HAND, FOUR_PATHS, FROM_FN, IDLE, README, THOUSAND_PATHS, VALIDATE_REQUEST,
};

const ROWS: [&str; 6] = [
    README,
    FOUR_PATHS,
    THOUSAND_PATHS,
    VALIDATE_REQUEST,
    FROM_FN,
    BY_HAND,
];

/// How often a candidate serves the request in a round.
const BATCH: usize = 100;

type Ratios = HashMap<(&'static str, &'static str), Vec<f64>>;

fn main() {
    // Cargo passes `--test` to run each bench once.
    let is_short = std::env::args().any(|argument| argument == "--test");
    let (runs, rounds) = if is_short { (2, 10) } else { (7, 500) };
    let mut ratios = Ratios::new();
    for _ in 0..runs {
        measure(&AxumRouter, rounds, &mut ratios);
        measure(&TonicServer, rounds, &mut ratios);
        measure(&BareStack, rounds, &mut ratios);
    }
    let servers = [AxumRouter::NAME, TonicServer::NAME, BareStack::NAME];
    println!("| another request | {} |", servers.join(" | "));
    println!("| --- | --- | --- | --- |");
    for row in ROWS {
        let cells = servers.map(|server| {
            let mut runs = ratios[&(row, server)].clone();
            let median = median(&mut runs);
            format!("{median:.2} ({:.2}–{:.2})", runs[0], runs[runs.len() - 1])
        });
        println!("| {row} | {} |", cells.join(" | "));
    }
}

fn measure<P: TestServer>(server: &P, rounds: usize, ratios: &mut Ratios) {
    let uri = as_delivered(OTHER);
    let mut setups = setups::alternatives(server);
    setups.extend(setups::recommended(server));
    setups.retain(|setup| setup.name == IDLE || ROWS.contains(&setup.name));
    let count = setups.len();
    let mut times: HashMap<_, Vec<f64>> = HashMap::new();
    for round in 0..rounds {
        for turn in 0..count {
            // Each candidate is first in some rounds. The order is reversed in every other round, so
            // that none always follows the same one.
            let turn = [turn, count - 1 - turn][round % 2];
            let setup = &setups[(round / 2 + turn) % count];
            let start = Instant::now();
            for _ in 0..BATCH {
                black_box((setup.serve)(get(&uri)));
            }
            let time = start.elapsed().as_secs_f64();
            times.entry(setup.name).or_default().push(time);
        }
    }
    for row in ROWS {
        let rounds = times[row].iter().zip(&times[IDLE]);
        let mut of_rounds: Vec<_> = rounds.map(|(row, idle)| row / idle).collect();
        let runs = ratios.entry((row, P::NAME)).or_default();
        runs.push(median(&mut of_rounds));
    }
}

/// Sorts the figures, and returns the median.
fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

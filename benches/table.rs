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

use std::collections::BTreeMap;

use fixtures::requests::{OTHER, as_delivered, get};
use fixtures::rounds::{Effort, Group, median};
use fixtures::servers::{AxumRouter, BareStack, TestServer, TonicServer};
use fixtures::setups::{self, FOUR_PATHS, FROM_FN, IDLE, README, THOUSAND_PATHS, VALIDATE_REQUEST};

const ROWS: [&str; 5] = [
    README,
    FOUR_PATHS,
    THOUSAND_PATHS,
    VALIDATE_REQUEST,
    FROM_FN,
];

fn main() {
    // Cargo passes `--bench`, and `--test` to run each bench once.
    let is_short = std::env::args().any(|argument| matches!(&*argument, "--short" | "--test"));
    let effort = if is_short {
        Effort::SHORT
    } else {
        Effort::FULL
    };
    let mut ratios = BTreeMap::new();
    for _ in 0..effort.runs {
        measure(&AxumRouter, effort, &mut ratios);
        measure(&TonicServer, effort, &mut ratios);
        measure(&BareStack, effort, &mut ratios);
    }
    println!(
        "| | {} | {} | {} |",
        AxumRouter::NAME,
        TonicServer::NAME,
        BareStack::NAME
    );
    println!("| --- | --- | --- | --- |");
    for row in ROWS {
        let cells = [AxumRouter::NAME, TonicServer::NAME, BareStack::NAME].map(|server| {
            let runs: &Vec<f64> = &ratios[&(row, server)];
            let least = runs.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = runs.iter().copied().fold(0.0, f64::max);
            format!("{:.2} ({least:.2} to {greatest:.2})", median(runs.clone()))
        });
        println!("| {row} | {} |", cells.join(" | "));
    }
}

type Ratios = BTreeMap<(&'static str, &'static str), Vec<f64>>;

fn measure<P: TestServer>(server: &P, effort: Effort, ratios: &mut Ratios) {
    let uri = as_delivered(OTHER);
    let mut group = Group::default();
    for setup in setups::alternatives(server)
        .into_iter()
        .chain(setups::recommended(server))
    {
        if setup.name == IDLE || ROWS.contains(&setup.name) {
            let uri = uri.clone();
            group.add(setup.name, move || (setup.serve)(get(&uri)));
        }
    }
    group.measure(effort);
    for row in ROWS {
        let runs = ratios.entry((row, P::NAME)).or_default();
        runs.push(group.ratio(row, IDLE));
    }
}

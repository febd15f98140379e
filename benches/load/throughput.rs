//! The throughput with the README's set-up against that with a layer that does nothing.
//!
//! Servers with a client of their own take turns of some milliseconds: two with an idle layer, one
//! with tower-http's `validate_request` and one with this crate's layer. The ratio of a round is
//! that of the times of its turns. Servers and connections are made anew several times, since it
//! makes a difference where they lie in memory. What is printed is the median of the rounds, with
//! an interval that has the true one in 95 of 100 cases, by ranks. The ratio of the two idle layers
//! says what the method itself adds.
//!
//! Client and server share the processors, so the share of the server in the time is less than it
//! would be alone.

use std::error::Error;

use axum::Router;

use super::connections::{Connections, Protocol};
use super::server::{self, Server};
use super::traffic;

/// How often everything is made anew.
const SESSIONS: usize = 20;

/// How many rounds there are each time.
const ROUNDS: usize = 100;

/// How many requests a turn has, and how many of them are under way at a time.
const REQUESTS: usize = 480;
const AT_A_TIME: usize = 32;

type MakeApp = fn() -> Router;

/// Who takes turns. The first is what the others are compared with.
const CONTESTANTS: [(&str, MakeApp); 4] = [
    ("an idle layer", server::with_idle_layer),
    ("another idle layer", server::with_idle_layer),
    ("`validate_request`", server::with_validate_request),
    ("the README's set-up", server::with_the_readmes_layer),
];

pub(crate) async fn compare(protocol: Protocol) -> Result<(), Box<dyn Error>> {
    let count = CONTESTANTS.len();
    let mut ratios = CONTESTANTS.map(|_| Vec::with_capacity(SESSIONS * ROUNDS));
    for session in 0..SESSIONS {
        let mut servers = Vec::new();
        for place in 0..count {
            // Nobody is always the first to be made.
            let (_, app) = CONTESTANTS[(session + place) % count];
            let server = Server::start(app()).await?;
            let connections = Connections::open(protocol, server.address, AT_A_TIME).await?;
            connections
                .send(0..REQUESTS, traffic::ordinary)
                .await
                .check()?;
            servers.push((server, connections));
        }
        servers.rotate_right(session % count);
        for round in 0..ROUNDS {
            let mut seconds = CONTESTANTS.map(|_| 0.0);
            for turn in 0..count {
                // Each comes first equally often, and every other time they go backwards.
                let turn = if round % 2 == 0 {
                    turn
                } else {
                    count - 1 - turn
                };
                let contestant = (round / 2 + turn) % count;
                let (_, connections) = &servers[contestant];
                let report = connections.send(0..REQUESTS, traffic::ordinary).await;
                report.check()?;
                seconds[contestant] = report.elapsed.as_secs_f64();
            }
            for (ratios, seconds_of_it) in ratios.iter_mut().zip(seconds) {
                ratios.push(seconds[0] / seconds_of_it);
            }
        }
    }
    for ((name, _), ratios) in CONTESTANTS.into_iter().zip(ratios).skip(1) {
        let [low, median, high] = median_and_interval(ratios);
        println!(
            "{protocol}, throughput with {name} against an idle layer: {median:.4}, interval {low:.4} to {high:.4} \
             ({} rounds of {REQUESTS} requests)",
            SESSIONS * ROUNDS,
        );
    }
    Ok(())
}

/// The median between the ends of an interval that has the true one in 95 of 100 cases.
fn median_and_interval(mut ratios: Vec<f64>) -> [f64; 3] {
    ratios.sort_by(f64::total_cmp);
    let count = ratios.len() as f64;
    // How many are below the true median is binomial, here as good as normal.
    let ranks = 1.96 * count.sqrt() / 2.0;
    [-ranks, 0.0, ranks].map(|offset| ratios[(count / 2.0 + offset) as usize])
}

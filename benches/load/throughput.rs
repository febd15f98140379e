//! Compares the throughput of the README's setup with a layer that does nothing.
//!
//! Servers with a client each take turns of some milliseconds: two with an idle layer, one with
//! tower-http's `validate_request` and one with this crate's layer. The ratio of a round is the
//! ratio of the times of its turns. Servers and connections are created again several times,
//! because their location in memory makes a difference. The output is the median of the rounds,
//! with a 95 % confidence interval by ranks. The ratio of the two idle layers is the error of the
//! method itself.
//!
//! Client and server share the processors, so the server's share of the time is smaller than it
//! would be alone.

use std::error::Error;

use axum::Router;

use super::connections::{Connections, Protocol};
use super::server::{self, Server};
use super::traffic;

/// How often everything is created again.
const SESSIONS: usize = 20;

/// The number of rounds each time.
const ROUNDS: usize = 100;

/// The number of requests in a turn, and how many of them are concurrent.
const REQUESTS: usize = 480;
const CONCURRENCY: usize = 32;

type MakeApp = fn() -> Router;

/// The servers that take turns. The others are compared with the first one.
const CONTESTANTS: [(&str, MakeApp); 4] = [
    ("an idle layer", server::with_idle_layer),
    ("another idle layer", server::with_idle_layer),
    ("`validate_request`", server::with_validate_request),
    ("the README's set-up", server::with_readme_layer),
];

pub(crate) async fn compare(protocol: Protocol) -> Result<(), Box<dyn Error>> {
    let count = CONTESTANTS.len();
    let mut ratios = CONTESTANTS.map(|_| Vec::with_capacity(SESSIONS * ROUNDS));
    for session in 0..SESSIONS {
        let mut servers = Vec::new();
        for offset in 0..count {
            // No server is always created first.
            let (_, app) = CONTESTANTS[(session + offset) % count];
            let server = Server::start(app()).await?;
            let connections = Connections::open(protocol, server.address, CONCURRENCY).await?;
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
                // Each is first equally often, and the order is reversed in every other round.
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

/// Returns the median between the ends of its 95 % confidence interval.
fn median_and_interval(mut ratios: Vec<f64>) -> [f64; 3] {
    ratios.sort_by(f64::total_cmp);
    let count = ratios.len() as f64;
    // The number of values below the true median is binomial, and nearly normal here.
    let ranks = 1.96 * count.sqrt() / 2.0;
    [-ranks, 0.0, ranks].map(|offset| ratios[(count / 2.0 + offset) as usize])
}

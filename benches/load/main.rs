//! A server under load: checks that every request gets its own response, and measures what the
//! layer costs.
//!
//! ```text
//! cargo bench --package benches --bench load
//! cargo bench --package benches --bench load -- --throughput
//! ```
//!
//! The first command sends 200,000 requests on loopback to a server in the same process: ordinary
//! ones, successes of each kind, every documented error and one that is not, and hostile queries.
//! Each has its own number, which has to be in its response. The first half uses 256 HTTP/1.1
//! connections, the second half uses 16 HTTP/2 connections with 16 streams each. It fails
//!
//! - if a response is wrong, lost, for another request or of another HTTP version,
//! - if memory grows: after the last tenth of either half, the resident size of the process may be
//!
//!
//! 10 % and 8 MiB larger than after its third, when buffers and the allocator's arenas have reached
//!
//!
//! their size.
//!
//! The second command compares throughputs, and fails only if a response is wrong: see
//! `throughput`.

#[path = "../fixtures/mod.rs"]
mod fixtures;

mod connections;
mod server;
mod throughput;
mod traffic;

use std::env;
use std::error::Error;
use std::fs;
use std::ops::Range;

use self::connections::{Connections, Protocol};
use self::server::Server;

/// The number of requests. Each protocol sends half of them.
const REQUESTS: usize = 200_000;

/// The number of concurrent requests.
const CONCURRENCY: usize = 256;

/// Memory is sampled after each of this many parts of a half.
const PARTS: usize = 10;

/// The part after which memory should no longer grow.
const WARM: usize = 3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes `--bench` as well.
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let server = Server::start(server::with_async_verifier()).await?;
            load(Protocol::Http1, &server, 0..REQUESTS / 2).await?;
            load(Protocol::Http2, &server, REQUESTS / 2..REQUESTS).await
        }
        ["--throughput"] => {
            throughput::compare(Protocol::Http1).await?;
            throughput::compare(Protocol::Http2).await
        }
        _ => Err("the only argument is `--throughput`".into()),
    }
}

/// Sends mixed requests by this protocol.
async fn load(
    protocol: Protocol,
    server: &Server,
    numbers: Range<usize>,
) -> Result<(), Box<dyn Error>> {
    let connections = Connections::open(protocol, server.address, CONCURRENCY).await?;
    let part = numbers.len() / PARTS;
    let mut resident = Vec::new();
    for (number, begin) in numbers.step_by(part).enumerate() {
        let report = connections.send(begin..begin + part, traffic::mixed).await;
        resident.push(resident_kib()?);
        println!(
            "{protocol}: {:>3} % sent, {} responses right, {} wrong, {} KiB resident",
            (number + 1) * 100 / PARTS,
            report.right,
            report.wrong.len(),
            resident[number],
        );
        report.check()?;
    }

    let (at_the_end, allowed) = (resident[PARTS - 1], resident[WARM - 1] * 11 / 10 + 8 * 1024);
    if at_the_end > allowed {
        return Err(format!(
            "{protocol}: memory grows: {at_the_end} KiB at the end, {allowed} KiB are allowed"
        )
        .into());
    }
    Ok(())
}

/// Returns the resident size of this process.
fn resident_kib() -> Result<usize, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number
        .ok_or("the system does not tell the resident size")?
        .parse()?)
}

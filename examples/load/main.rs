//! A server under load: does every single request get exactly its own answer, and what does the layer cost?
//!
//! `cargo run --release --example load` sends 200 000 requests on loopback to a server in the same process: ordinary
//! ones, successes of each kind, every error of the catalogue and one that is not in it, and hostile queries, every one
//! with a number of its own that has to be in its answer. The first half goes over 256 connections of HTTP/1.1, the
//! second half over 16 of HTTP/2 with 16 streams at a time. `--requests N` sends another number of them. It fails
//!
//! - on an answer that is wrong, lost, somebody else's or of another version,
//! - if memory grows: after the last tenth of either half, the resident size of the process may be 10 % and 8 MiB
//!   larger than after its third, when buffers and the allocator's arenas have found their size.
//!
//! Then ordinary requests only go over HTTP/1.1 to the same app with the layer, with one that does nothing, and without
//! any, in turn. The ratios of the throughputs are printed. axum puts a box around whatever a layer makes of a route,
//! so an idle layer costs something too. Client and server share the processors, so the share of the server in the time
//! is less than it would be alone.

mod connections;
mod server;
mod traffic;

use std::env;
use std::error::Error;
use std::fs;
use std::ops::Range;
use std::process::ExitCode;

use self::connections::Connections;

/// How often the throughputs are compared.
const ROUNDS: usize = 15;

/// Memory is sampled after each of so many parts.
const PARTS: usize = 10;

/// A request for each part of each half.
const LEAST: usize = 2 * PARTS;

/// The part after which memory should no longer grow.
const WARM: usize = 3;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let requests = requested(env::args().skip(1))?;
    let server = server::start(server::with_layer()).await?;
    let half = requests / 2;
    let mut failures = 0;
    failures += load("HTTP/1.1", Connections::http1(server).await?, 0..half).await?;
    failures += load("HTTP/2", Connections::http2(server).await?, half..requests).await?;

    let with_layer = Connections::http1(server).await?;
    let with_idle_layer = Connections::http1(server::start(server::with_idle_layer()).await?).await?;
    let without_layer = Connections::http1(server::start(server::app()).await?).await?;
    let mut ratios = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        let mut per_second = [0.0; 3];
        // Everybody comes first in some rounds, and last in others.
        for turn in 0..3 {
            let place = (round + turn) % 3;
            let connections = [&without_layer, &with_idle_layer, &with_layer][place];
            let report = connections.send(0..requests.div_ceil(PARTS), traffic::ordinary).await;
            failures += report.wrong.len();
            per_second[place] = report.right as f64 / report.elapsed.as_secs_f64();
        }
        let [without, idle, with] = per_second;
        println!(
            "HTTP/1.1: {without:>8.0} requests per second without a layer, {idle:>8.0} with an idle one, \
             {with:>8.0} with ours"
        );
        ratios[0].push(with / without);
        ratios[1].push(with / idle);
    }
    for (other, ratios) in ["no layer", "an idle layer"].into_iter().zip(&mut ratios) {
        ratios.sort_by(f64::total_cmp);
        println!(
            "throughput over HTTP/1.1 with the layer: {:.3} of that with {other} \
             (median of {ROUNDS} rounds; from {:.3} to {:.3}, quartiles {:.3} and {:.3})",
            ratios[ROUNDS / 2],
            ratios[0],
            ratios[ROUNDS - 1],
            ratios[ROUNDS / 4],
            ratios[ROUNDS * 3 / 4],
        );
    }

    if failures > 0 {
        eprintln!("{failures} failures");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Sends mixed requests over connections of this protocol, and returns the number of failures.
async fn load(protocol: &str, connections: Connections, numbers: Range<usize>) -> Result<usize, Box<dyn Error>> {
    let part = numbers.len().div_ceil(PARTS);
    let mut failures = 0;
    let mut resident = Vec::new();
    for number in 0..PARTS {
        let begin = numbers.start + number * part;
        let report = connections
            .send(begin..numbers.end.min(begin + part), traffic::mixed)
            .await;
        resident.push(resident_kib()?);
        failures += report.wrong.len();
        println!(
            "{protocol}: {:>3} % sent, {} answers right, {} wrong, {} KiB resident",
            (number + 1) * 100 / PARTS,
            report.right,
            report.wrong.len(),
            resident[number],
        );
        for wrong in report.wrong.iter().take(5) {
            eprintln!("{wrong}");
        }
    }

    let allowed = resident[WARM - 1] * 11 / 10 + 8 * 1024;
    if resident[PARTS - 1] > allowed {
        eprintln!(
            "{protocol}: memory grows: {} KiB at the end, {allowed} KiB are allowed",
            resident[PARTS - 1]
        );
        failures += 1;
    }
    Ok(failures)
}

/// How many requests the arguments ask for.
fn requested(mut arguments: impl Iterator<Item = String>) -> Result<usize, Box<dyn Error>> {
    let requests = match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (None, ..) => 200_000,
        (Some("--requests"), Some(number), None) => number.parse()?,
        _ => return Err("the only argument is `--requests N`".into()),
    };
    if requests < LEAST {
        return Err(format!("at least {LEAST} requests are needed").into());
    }
    Ok(requests)
}

/// The resident size of this process.
fn resident_kib() -> Result<usize, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("the system does not tell the resident size")?.parse()?)
}

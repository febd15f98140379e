//! A garage to click through: every way in which Smartcar Connect can end, and what an app makes of
//! it.
//!
//! `cargo run --package demo`, then open the address that it prints. `PORT` chooses another port.
//!
//! The garage is an app on axum with the layer, `StateCookie`, ready-made answers, log lines and
//! counters. The simulator stands in for Connect. They are two sites to a browser, `localhost` and
//! `127.0.0.1`, so that cookies behave as they do with the real Connect. Nothing else is needed,
//! not even a network.

use std::error::Error;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, io};

use tokio::{net::TcpListener, signal, sync::watch, time};

use demo::{Addresses, Backstage, OpenerPolicy};

/// How long requests that are under way may take after Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let app = listen().await?;
    let simulator = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addresses = Addresses::of_plain_http(app.local_addr()?, simulator.local_addr()?);

    let backstage = Backstage::default();
    backstage.log();
    backstage.count_with_prometheus();

    println!("Open {} in a browser. Ctrl-C stops.", addresses.garage);
    let (stop, stopped) = watch::channel(());
    let until_stopped = || {
        let mut stopped = stopped.clone();
        async move {
            // It fails when the sender is dropped, which is what is waited for.
            let _ = stopped.changed().await;
        }
    };
    let simulated =
        axum::serve(simulator, demo::simulator(&addresses)).with_graceful_shutdown(until_stopped());
    let garage = demo::app(addresses, OpenerPolicy::SameOriginAllowPopups, backstage);
    let served = axum::serve(app, garage).with_graceful_shutdown(until_stopped());
    tokio::select! {
        // Ctrl-C counts before anything is served.
        biased;
        interrupted = interruption(stop) => interrupted?,
        served = async { tokio::try_join!(simulated, served) } => served.map(drop)?,
    }
    Ok(())
}

/// A listener on the port that `PORT` asks for.
async fn listen() -> Result<TcpListener, String> {
    let run_on = |port: u16| format!("PORT={port} cargo run --package demo");
    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let Ok(port) = port.parse::<u16>() else {
        return Err(format!(
            "PORT is no number from 0 to 65535. Choose one: {}",
            run_on(8001)
        ));
    };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| {
            let another = run_on(port.wrapping_add(1));
            match error.kind() {
                ErrorKind::AddrInUse => format!("Port {port} is taken. Choose another: {another}"),
                _ => format!("Port {port} cannot be used: {error}. Choose another: {another}"),
            }
        })
}

/// Waits for Ctrl-C and lets the servers stop, but completes when that takes too long, or on
/// another Ctrl-C.
async fn interruption(stop: watch::Sender<()>) -> io::Result<()> {
    signal::ctrl_c().await?;
    drop(stop);
    tokio::select! {
        // The second Ctrl-C is listened for before the words say so.
        biased;
        again = signal::ctrl_c() => again,
        () = async {
            println!("Stopping. Ctrl-C again does not wait for requests that are under way.");
            time::sleep(PATIENCE).await;
            println!("Some requests did not end.");
        } => Ok(()),
    }
}

//! An app to click through every way a Smartcar Connect flow can end.
//!
//! `cargo run --package demo`, then open the address that it prints. `PORT` chooses another port.
//!
//! The garage is an axum app with the layer, `StateCookie`, ready-made responses, logging and
//! metrics. A simulator takes the place of Connect, so you need no network. To a browser,
//! `localhost` and `127.0.0.1` are two sites, so cookies behave as they do with the real Connect.

use std::error::Error;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, io};

use tokio::{net::TcpListener, signal, sync::watch, time};

use demo::{Addresses, Diagnostics, OpenerPolicy};

/// How long requests in progress may take after Ctrl-C.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

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

    let diagnostics = Diagnostics::default();
    diagnostics.log();
    diagnostics.count_with_prometheus();

    println!("Open {} in a browser. Ctrl-C stops.", addresses.garage);
    let (stop, stopped) = watch::channel(());
    let until_stopped = || {
        let mut stopped = stopped.clone();
        async move {
            // Waits until the sender is dropped, which is an error.
            let _ = stopped.changed().await;
        }
    };
    let simulated =
        axum::serve(simulator, demo::simulator(&addresses)).with_graceful_shutdown(until_stopped());
    let garage = demo::app(addresses, OpenerPolicy::SameOriginAllowPopups, diagnostics);
    let served = axum::serve(app, garage).with_graceful_shutdown(until_stopped());
    tokio::select! {
        // Ctrl-C comes first.
        biased;
        interrupted = shutdown_on_ctrl_c(stop) => interrupted?,
        served = async { tokio::try_join!(simulated, served) } => served.map(drop)?,
    }
    Ok(())
}

/// Listens on the port in `PORT`.
async fn listen() -> Result<TcpListener, String> {
    let run_on = |port: u16| format!("PORT={port} cargo run --package demo");
    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let Ok(port) = port.parse::<u16>() else {
        return Err(format!(
            "PORT has to be a number from 0 to 65535, such as: {}",
            run_on(8001)
        ));
    };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| {
            let another = run_on(port.wrapping_add(1));
            match error.kind() {
                ErrorKind::AddrInUse => {
                    format!("Port {port} is in use. Choose another one: {another}")
                }
                _ => {
                    format!("Cannot listen on port {port}: {error}. Choose another one: {another}")
                }
            }
        })
}

/// Waits for Ctrl-C and lets the servers stop. Completes if they take too long, or on a second
/// Ctrl-C.
async fn shutdown_on_ctrl_c(stop: watch::Sender<()>) -> io::Result<()> {
    signal::ctrl_c().await?;
    drop(stop);
    tokio::select! {
        // Listens for the second Ctrl-C before the message mentions it.
        biased;
        again = signal::ctrl_c() => again,
        () = async {
            println!("Stopping after the requests in progress. Press Ctrl-C again to stop now.");
            time::sleep(SHUTDOWN_TIMEOUT).await;
            println!("Some requests did not finish.");
        } => Ok(()),
    }
}

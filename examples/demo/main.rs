//! A garage to click through: every way in which Smartcar Connect can end, and what an app makes of it.
//!
//! `cargo run --example demo --all-features`, then open the address that it prints. `PORT` chooses another port.
//!
//! The garage is an app on axum with the layer, `StateCookie`, ready-made answers, log lines and counters. The simulator
//! stands in for Connect. They are two sites to a browser, `localhost` and `127.0.0.1`, so that cookies behave as they do with
//! the real Connect. Nothing else is needed, not even a network.

mod garage;

use std::{env, io};

use tokio::{net::TcpListener, signal, sync::watch};

use self::garage::{Addresses, Backstage, OpenerPolicy};

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let app = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let simulator = TcpListener::bind("127.0.0.1:0").await?;
    let addresses = Addresses::of_plain_http(app.local_addr()?, simulator.local_addr()?);

    let backstage = Backstage::new();
    backstage.log();
    backstage.count_with_prometheus();

    println!("Open {} in a browser. Ctrl-C stops.", addresses.garage);
    let (stop, stopped) = watch::channel(());
    tokio::spawn(async move {
        signal::ctrl_c().await.expect("Ctrl-C can be waited for");
        println!("Stopping.");
        drop(stop);
    });
    let until_stopped = || {
        let mut stopped = stopped.clone();
        async move {
            // It fails when the sender is dropped, which is what is waited for.
            let _ = stopped.changed().await;
        }
    };
    let simulated = axum::serve(simulator, garage::simulator(&addresses)).with_graceful_shutdown(until_stopped());
    let garage = garage::app(addresses, OpenerPolicy::SameOriginAllowPopups, backstage);
    let served = axum::serve(app, garage).with_graceful_shutdown(until_stopped());
    tokio::try_join!(simulated, served).map(drop)
}

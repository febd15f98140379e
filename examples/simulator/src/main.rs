//! A program that simulates Smartcar Connect, for tests of apps in any language.
//!
//! The `README.md` of this package says what it does and does not do.

use std::io;
use std::net::Ipv4Addr;

use axum::Router;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use tokio::net::TcpListener;
use tower_smartcar_connect::simulator::Simulator;

/// Simulates Smartcar Connect on this machine, for development and tests.
///
/// It is not Smartcar: it authenticates nobody and issues no tokens.
#[derive(Parser)]
#[command(version, name = "simulator")]
struct Arguments {
    /// The application id that your app sends, such as 8229df9f-91a0-4ff0-a1ae-a1f38ee24d07
    #[arg(value_parser = application_id)]
    application_id: String,

    /// The redirect URIs of your app on this machine, such as http://localhost:8000/callback
    ///
    /// The first one is the default for requests without a `redirect_uri`.
    #[arg(required = true, value_name = "REDIRECT_URI")]
    redirect_uris: Vec<String>,

    /// The port to listen on; 0 is any free port
    #[arg(long, default_value_t = 4000)]
    port: u16,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let simulator = Simulator::new(arguments.application_id, &arguments.redirect_uris)
        .unwrap_or_else(|invalid| exit(ErrorKind::ValueValidation, &invalid.to_string()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port))
        .await
        .unwrap_or_else(|error| {
            let port = arguments.port;
            let message =
                format!("cannot listen on port {port}: {error}; choose another one with `--port`");
            exit(ErrorKind::Io, &message)
        });
    print_instructions(&format!("http://{}", listener.local_addr()?));
    axum::serve(listener, Router::new().fallback_service(simulator))
        .with_graceful_shutdown(ctrl_c())
        .await?;
    println!("Stopped.");
    Ok(())
}

/// Rejects ids that Connect would reject.
fn application_id(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty; give the application id that your app sends");
    }
    if text.starts_with("client_") {
        return Err(
            "it is the id of an API credential, which Connect does not accept; give the application id",
        );
    }
    Ok(text.to_owned())
}

/// Prints the message like clap does, and exits.
fn exit(kind: ErrorKind, message: &str) -> ! {
    Arguments::command().error(kind, message).exit()
}

fn print_instructions(origin: &str) {
    println!(
        "\
The simulator of Smartcar Connect listens on {origin}
It is not Smartcar: it authenticates nobody and issues no tokens.

For an SDK that reads the origin of Connect from its environment:
  SMARTCAR_CONNECT_ORIGIN={origin}
For an app with `ConnectUrl`:
  .origin(\"{origin}\")
For any other app, replace `https://connect.smartcar.com` in the address that starts a flow.

Press Ctrl-C to stop."
    );
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without the signal, the program runs until it is killed.
        std::future::pending::<()>().await;
    }
}

//! A program that simulates Smartcar Connect, for tests of apps in any language.
//!
//! The `README.md` of this package says what it does and does not do.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use axum::Router;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use smartcar_connect_simulator::Simulator;
use tokio::net::TcpListener;

/// Simulates Smartcar Connect and a part of its API on this machine, for development and tests.
///
/// It is not Smartcar: it authenticates nobody, and everyone who opens it chooses how a flow ends.
#[derive(Parser)]
#[command(version, name = "smartcar-connect-simulator")]
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

    /// A JSON file that keeps the connections; without it, they are in memory
    #[arg(long, value_name = "FILE")]
    connections: Option<PathBuf>,

    /// The id of the API credential with which your app gets a token
    #[arg(long, value_name = "ID", default_value = "client_01SIMULATOR")]
    client_id: String,

    /// The secret of the API credential; pages show it, so never give a real one
    #[arg(long, value_name = "TEXT", default_value = "simulated-secret")]
    client_secret: String,

    /// Listens on this address instead of 127.0.0.1; whoever reaches it connects vehicles
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    danger_listen_on: IpAddr,

    /// Accepts redirect URIs of other machines, such as a test server in a closed network
    #[arg(long)]
    danger_allow_any_host: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let create = match arguments.danger_allow_any_host {
        true => Simulator::danger_allow_any_host::<Vec<String>>,
        false => Simulator::new,
    };
    let mut simulator = create(arguments.application_id, arguments.redirect_uris)
        .unwrap_or_else(|invalid| exit(ErrorKind::ValueValidation, &invalid.to_string()))
        .api_credentials(&*arguments.client_id, &*arguments.client_secret);
    if let Some(file) = arguments.connections {
        simulator = simulator
            .connections_in(file)
            .unwrap_or_else(|invalid| exit(ErrorKind::Io, &invalid.to_string()));
    }
    let (address, port) = (arguments.danger_listen_on, arguments.port);
    let listener = TcpListener::bind((address, port)).await.unwrap_or_else(|error| {
        let message =
            format!("cannot listen on port {port} of {address}: {error}; choose another one with `--port`");
        exit(ErrorKind::Io, &message)
    });
    print_instructions(
        &format!("http://{}", listener.local_addr()?),
        &arguments.client_id,
        &arguments.client_secret,
    );
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

fn print_instructions(origin: &str, client_id: &str, client_secret: &str) {
    println!(
        "\
The simulator of Smartcar Connect listens on {origin}
It is not Smartcar: it authenticates nobody. Its first page says what is there.

For an app or an SDK that reads the origin of Connect from its environment:
  SMARTCAR_CONNECT_ORIGIN={origin}
For any other app, replace `https://connect.smartcar.com` in the address that starts a flow.

For the API, replace `https://iam.smartcar.com` and `https://vehicle.api.smartcar.com`:
  POST {origin}/oauth2/token with client_id={client_id} and client_secret={client_secret}
  GET {origin}/v3/connections

Press Ctrl-C to stop."
    );
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without the signal, the program runs until it is killed.
        std::future::pending::<()>().await;
    }
}

//! The app without an account at Smartcar: `cargo run --package garage`.
//!
//! The simulator stands for Connect and for the API, in this process.

use std::error::Error;

use axum::Router;
use garage::Settings;
use smartcar_connect_simulator::Simulator;
use tokio::net::TcpListener;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{ConnectUrl, StateCookie};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let app = TcpListener::bind("127.0.0.1:8000").await?;
    let simulated = TcpListener::bind("127.0.0.1:4000").await?;
    let redirect_uri = "http://localhost:8000/callback";
    let simulator = Simulator::new("garage", [redirect_uri])?.api_credentials("client_1", "secret");

    let origin = format!("http://{}", simulated.local_addr()?);
    let connect_url = ConnectUrl::new("garage", redirect_uri)?
        .without_code()
        .at_origin(origin.parse()?);
    let smartcar = Settings {
        token_url: format!("{origin}/oauth2/token"),
        api_url: origin,
        client_id: "client_1".to_owned(),
        client_secret: "secret".to_owned(),
    };
    let database = std::env::temp_dir().join("garage.db");
    let router = garage::app(
        connect_url,
        StateCookie::new(Key::generate()),
        smartcar,
        &database,
    )?;

    println!("Open http://localhost:8000 and log in as `ada` with `correct horse`.");
    let simulator = axum::serve(simulated, Router::new().fallback_service(simulator));
    tokio::try_join!(
        axum::serve(app, router).into_future(),
        simulator.into_future()
    )?;
    Ok(())
}

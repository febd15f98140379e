//! A garage, with the simulator as Connect and as Smartcar's API.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use garage::Settings;
use smartcar_connect_simulator::Simulator;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{ConnectUrl, StateCookie};

/// A garage that is served, with a database of its own.
pub(crate) struct Garage {
    pub(crate) origin: String,
    database: PathBuf,
}

impl Drop for Garage {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.database);
    }
}

/// Serves a garage on `localhost`, and the simulator on another site, until the runtime stops.
pub(crate) async fn serve() -> Garage {
    static DATABASES: AtomicUsize = AtomicUsize::new(0);
    let (app, address) = browser::listen().await;
    let (smartcar, smartcar_address) = browser::listen().await;
    let origin = format!("http://localhost:{}", address.port());
    let redirect_uri = format!("{origin}/callback");
    let smartcar_origin = format!("http://{smartcar_address}");

    let simulator = Simulator::new("garage", [&redirect_uri]).unwrap();
    let simulator = simulator.api_credentials("client_1", "secret");
    let connect_url = ConnectUrl::new("garage", redirect_uri)
        .unwrap()
        .without_code()
        .at_origin(smartcar_origin.parse().unwrap());
    let settings = Settings {
        token_url: format!("{smartcar_origin}/oauth2/token"),
        api_url: smartcar_origin,
        client_id: "client_1".to_owned(),
        client_secret: "secret".to_owned(),
    };
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!(
        "{}-{}-{number}.db",
        env!("CARGO_CRATE_NAME"),
        std::process::id()
    );
    let database = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let state_cookie = StateCookie::new(Key::generate());
    let router = garage::app(connect_url, state_cookie, settings, &database).unwrap();
    browser::serve(app, router);
    browser::serve(smartcar, Router::new().fallback_service(simulator));
    Garage { origin, database }
}

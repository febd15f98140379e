//! A whole app that connects cars: users who log in, several vehicles each, a database, and
//! Smartcar's API v3.
//!
//! `connect.rs` has all that concerns Connect, and `smartcar.rs` asks the API.

mod connect;
mod garage;
mod login;
mod pages;
mod smartcar;

use std::path::Path;

use axum::Router;
use tower_smartcar_connect::{ConnectUrl, StateCookie};

use self::garage::Garage;
pub use self::smartcar::Settings;
use self::smartcar::Smartcar;

#[derive(Clone)]
pub struct App {
    garage: Garage,
    smartcar: Smartcar,
}

/// Creates the app, with its two users.
pub fn app(
    connect_url: ConnectUrl,
    state_cookie: StateCookie,
    smartcar: Settings,
    database: &Path,
) -> Result<Router, Box<dyn std::error::Error>> {
    let garage = Garage::open(database)?;
    for (name, password) in [("ada", "correct horse"), ("grace", "battery staple")] {
        garage.add_user(name, password);
    }
    let is_https = connect_url.redirect_uri().starts_with("https:");
    let app = App {
        garage: garage.clone(),
        smartcar: Smartcar::new(smartcar),
    };
    Ok(Router::new()
        .merge(connect::routes(connect_url, state_cookie, app.clone()))
        .merge(pages::routes(app))
        .merge(login::routes())
        .layer(login::layer(garage, is_https)))
}

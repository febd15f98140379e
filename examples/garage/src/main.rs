//! The app with your application at Smartcar, from environment variables.
//!
//! To run it against the simulator's program, set `SMARTCAR_CONNECT_ORIGIN`, `SMARTCAR_IAM_ORIGIN`
//! and `SMARTCAR_API_ORIGIN` to `http://127.0.0.1:4000`.

use std::env;
use std::error::Error;
use std::path::Path;

use garage::Settings;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{ConnectUrl, StateCookie};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let redirect_uri = env::var("REDIRECT_URI")?;
    let connect_url = ConnectUrl::new(env::var("SMARTCAR_APPLICATION_ID")?, redirect_uri)?
        .without_code()
        .origin_from_env()?;
    // `openssl rand -hex 64`
    let state_cookie = StateCookie::new(Key::from_hex(&env::var("STATE_KEY")?)?);
    let origin = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let tokens = origin("SMARTCAR_IAM_ORIGIN", "https://iam.smartcar.com");
    let smartcar = Settings {
        token_url: format!("{tokens}/oauth2/token"),
        api_url: origin("SMARTCAR_API_ORIGIN", "https://vehicle.api.smartcar.com"),
        client_id: env::var("SMARTCAR_CLIENT_ID")?,
        client_secret: env::var("SMARTCAR_CLIENT_SECRET")?,
    };
    let app = garage::app(connect_url, state_cookie, smartcar, Path::new("garage.db"))?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}

//! A callback whose state has expired.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use tower_smartcar_connect::answers::ErrorPage;
use tower_smartcar_connect::simulator::{Outcome, Simulator};
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{BeginConnect, ConnectCallbackLayer, ConnectSuccess, ConnectUrl};

use super::browser::Driver;
use super::demo_servers::{listen, serve};
use super::flows::outcome_link;

const HOME: &str = "<!DOCTYPE html><h1>Garage</h1><form action=/connect method=post><button>Connect</button></form>";

/// An app whose clock a test sets.
struct App {
    address: String,
    minutes: Arc<AtomicU64>,
}

impl App {
    async fn start() -> Self {
        let (app, app_address) = listen().await;
        let (simulator, simulator_address) = listen().await;
        let address = format!("http://localhost:{}", app_address.port());
        let redirect_uri = format!("{address}/callback");

        let minutes = Arc::new(AtomicU64::new(0));
        let passed = Arc::clone(&minutes);
        let start = SystemTime::now();
        let state_cookie = StateCookie::new(Key::generate())
            .plain_http_for_development()
            .clock(move || start + Duration::from_secs(60 * passed.load(Ordering::Relaxed)));
        let connect_url = ConnectUrl::new("garage", redirect_uri)
            .and_then(|url| url.origin(format!("http://{simulator_address}")))
            .unwrap();
        let connect = Simulator::new("garage", [connect_url.redirect_uri()]).unwrap();
        serve(
            simulator,
            Router::new().route_service("/oauth/authorize", connect),
        );

        let layer = ConnectCallbackLayer::new(&connect_url)
            .verify_state_with(state_cookie.clone())
            .on_failure(ErrorPage::new("/"));
        let routes = Router::new()
            .route("/", get(Html(HOME)))
            .route_service("/connect", BeginConnect::new(connect_url, state_cookie))
            .route(
                "/callback",
                get(async |_: ConnectSuccess| Html("<!DOCTYPE html><h1>Connected</h1>")),
            );
        serve(app, routes.layer(layer));
        Self { address, minutes }
    }
}

pub(crate) async fn an_expired_callback_is_rejected_with_a_page(driver: Arc<Driver>) {
    let app = App::start().await;
    let tab = driver.browser().await;
    let granted = outcome_link(&Outcome::authorization_code());

    tab.goto(&app.address).await;
    tab.click("button").await;
    tab.find(&granted).await;
    app.minutes.fetch_add(31, Ordering::Relaxed);
    tab.click(&granted).await;
    assert_eq!(tab.text("h1").await, "Your car wasn’t connected");
    assert_eq!(
        tab.text("h1 + p").await,
        "This took too long, and the link has expired."
    );
    tab.assert_no_console_errors("expired").await;
    tab.click("main a").await;
    assert_eq!(tab.text("h1").await, "Garage");

    // Started again, and completed in time.
    tab.click("button").await;
    tab.find(&granted).await;
    app.minutes.fetch_add(29, Ordering::Relaxed);
    tab.click(&granted).await;
    assert_eq!(tab.text("h1").await, "Connected");
    tab.close().await;
}

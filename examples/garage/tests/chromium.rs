//! The example `garage`, an app with users, and the attack that its confirmation stops.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use garage::Settings;
use smartcar_connect_simulator::{FlowEnd, Simulator};
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{ConnectUrl, StateCookie};
use url::Url;

use super::browser::{Driver, Tab};
use super::demo_servers::{listen, serve};
use super::flows::outcome_link;

/// Serves a garage on `localhost`, and the simulator on another site. Returns the garage's origin.
pub(crate) async fn start() -> String {
    let (app, address) = listen().await;
    let (smartcar, smartcar_address) = listen().await;
    let origin = format!("http://localhost:{}", address.port());
    let smartcar_origin = format!("http://{smartcar_address}");
    let connect_url = ConnectUrl::new("garage", format!("{origin}/callback"))
        .unwrap()
        .without_code()
        .at_origin(smartcar_origin.parse().unwrap());
    let simulator = Simulator::new("garage", [connect_url.redirect_uri()]).unwrap();
    let simulator = simulator.api_credentials("client_1", "secret");
    serve(smartcar, Router::new().fallback_service(simulator));
    let settings = Settings {
        token_url: format!("{smartcar_origin}/oauth2/token"),
        api_url: smartcar_origin,
        client_id: "client_1".to_owned(),
        client_secret: "secret".to_owned(),
    };
    static DATABASES: AtomicUsize = AtomicUsize::new(0);
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let database = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "chromium-garage-{}-{number}.db",
        std::process::id()
    ));
    let _ = std::fs::remove_file(&database);
    let states = StateCookie::new(Key::generate());
    serve(
        app,
        garage::app(connect_url, states, settings, &database).unwrap(),
    );
    origin
}

async fn log_in(tab: &Tab, origin: &str, name: &str, password: &str) {
    tab.goto(&format!("{origin}/login")).await;
    tab.execute(&format!(
        "document.forms[0].name.value = '{name}'; document.forms[0].password.value = '{password}';"
    ))
    .await;
    tab.click("button").await;
    tab.find("form[action='/connect']").await;
}

/// Starts a flow with the button of the garage, and returns the address of its callback without
/// opening it.
async fn callback(tab: &Tab, origin: &str) -> Url {
    tab.goto(origin).await;
    tab.click("form[action='/connect'] button").await;
    let link = outcome_link(&FlowEnd::user_id());
    let address = tab.attribute(&link, "href").await.unwrap();
    // The simulator redirects to it.
    let connect = tab.url().await.join(&address).unwrap();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let response = client.build().unwrap().get(connect).send().await.unwrap();
    let location = response.headers()["location"].to_str().unwrap();
    location.parse().unwrap()
}

pub(crate) async fn an_owner_connects_a_car_and_an_edited_callback_is_rejected(
    driver: Arc<Driver>,
) {
    let origin = start().await;
    let tab = driver.browser().await;
    log_in(&tab, &origin, "grace", "battery staple").await;
    assert_eq!(tab.count("li").await, 0);
    let graces = callback(&tab, &origin).await;
    // The login comes along, although Connect is on another site.
    tab.click(&outcome_link(&FlowEnd::user_id())).await;
    tab.find("li").await;
    assert_eq!(tab.text("h1").await, "Your garage");
    let victim = graces.query_pairs().find(|(name, _)| name == "user_id");
    let victim = victim.unwrap().1.into_owned();

    log_in(&tab, &origin, "ada", "correct horse").await;
    let own = callback(&tab, &origin).await;
    let mut forged = own.clone();
    let edited = own.query_pairs().map(|(name, value)| match &*name {
        "user_id" => (name, victim.clone()),
        _ => (name, value.into_owned()),
    });
    forged.query_pairs_mut().clear().extend_pairs(edited);
    assert_ne!(own, forged);
    tab.goto(forged.as_str()).await;
    assert_eq!(tab.text("h1").await, "Your car wasn’t connected");
    let text = tab.text("main").await;
    assert!(
        text.contains("We couldn’t confirm that this car is yours."),
        "{text}"
    );
    tab.goto(&origin).await;
    assert_eq!(tab.count("li").await, 0);
    tab.close().await;
}

//! The garage in a real Chromium, and the attack that its confirmation stops.

mod served;

use std::process::ExitCode;
use std::sync::Arc;

use browser::{Driver, Tab, accessibility, outcome_link};
use smartcar_connect_simulator::FlowEnd;
use url::Url;

fn main() -> ExitCode {
    browser::run(browser::trials! {
        an_owner_connects_a_car_and_an_edited_callback_is_rejected,
        no_page_breaks_a_rule_of_axe,
    })
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

async fn an_owner_connects_a_car_and_an_edited_callback_is_rejected(driver: Arc<Driver>) {
    let garage = served::serve().await;
    let origin = &garage.origin;
    let tab = driver.browser().await;
    log_in(&tab, origin, "grace", "battery staple").await;
    assert_eq!(tab.count("li").await, 0);
    let graces = callback(&tab, origin).await;
    // The login comes along, although Connect is on another site.
    tab.click(&outcome_link(&FlowEnd::user_id())).await;
    tab.find("li").await;
    assert_eq!(tab.text("h1").await, "Your garage");
    let victim = graces.query_pairs().find(|(name, _)| name == "user_id");
    let victim = victim.unwrap().1.into_owned();

    log_in(&tab, origin, "ada", "correct horse").await;
    let own = callback(&tab, origin).await;
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
    tab.goto(origin).await;
    assert_eq!(tab.count("li").await, 0);
    tab.close().await;
}

async fn no_page_breaks_a_rule_of_axe(driver: Arc<Driver>) {
    let garage = served::serve().await;
    let origin = &garage.origin;
    let tab = driver.browser().await;
    for page in ["/", "/login"] {
        tab.goto(&format!("{origin}{page}")).await;
        accessibility::check(&tab).await;
    }
    tab.close().await;
}

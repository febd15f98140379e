//! Callbacks that are refused, and the page that says so; and flows that are not begun.

use std::sync::Arc;

use tower_smartcar_connect::simulator::Outcome;

use super::app::{App, BUTTON, WITHOUT_COOKIE, grant};
use super::browser::{Driver, Tab};
use super::flows::{ENTER, end, tab_to};
use super::site;

/// Expects the page of a callback that was refused, with a way on to the garage.
pub(crate) async fn assert_refused(tab: &Tab, kind: &str, case: &str) {
    // After a reload or the back button the car may be connected.
    let (title, link) = match kind {
        "state_unknown" => ("This link no longer works", "Go to the app"),
        _ => ("Your car wasn’t connected", "Start again"),
    };
    assert_eq!(tab.text("h1").await, title, "{case}");
    assert_eq!(tab.text("main a").await, link, "{case}");
    tab.assert_no_complaints(case).await;
    tab.click("main a").await;
    tab.find("#connect").await;
    assert_eq!(tab.text("#kind").await, "InvalidCallback", "{case}");
    let shown = tab.text("#fields").await;
    assert!(shown.contains(kind), "{case}: {shown}");
}

pub(crate) async fn each_forged_callback_is_refused_with_a_page(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    let kinds = [
        "state_mismatch",
        "state_missing",
        "state_mismatch",
        "conflicting_outcome",
        "duplicate_parameter",
        "state_mismatch",
        "non_canonical_path",
    ];
    tab.goto(&addresses.garage).await;
    assert_eq!(tab.count("#forgeries ~ ul a").await, kinds.len());
    for (number, kind) in (1..).zip(kinds) {
        let link = format!("#forgeries ~ ul li:nth-child({number}) a");
        let case = tab.attribute(&link, "href").await.unwrap();
        tab.click(&link).await;
        assert_refused(&tab, kind, &case).await;
    }
    tab.close().await;
}

pub(crate) async fn a_forged_callback_is_refused_with_the_keyboard_alone(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab_to(&tab, "#forgeries ~ ul li:nth-child(5) a").await;
    tab.press(ENTER).await;
    tab.until("return location.pathname === '/callback'").await;
    assert_eq!(tab.text("h1").await, "Your car wasn’t connected");
    tab_to(&tab, "main a").await;
    tab.press(ENTER).await;
    tab.find("#connect").await;
    let shown = tab.text("#fields").await;
    assert!(shown.contains("duplicate_parameter"), "{shown}");
    tab.close().await;
}

pub(crate) async fn a_callback_that_was_used_is_refused_when_it_is_reloaded(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab.click("#connect").await;
    // The simulator redirects at once from here, always to the same callback.
    let link = end(&Outcome::authorization_code());
    tab.find(&link).await;
    let script = format!(
        "return document.querySelector({}).href",
        serde_json::json!(link)
    );
    let ends = tab.execute(&script).await;
    let ends = ends.as_str().unwrap();
    tab.goto(ends).await;
    assert_eq!(tab.text("h1").await, "Your car is connected");
    tab.goto(ends).await;
    assert_eq!(tab.url().await.path(), "/callback");
    tab.reload().await;
    assert_refused(&tab, "state_unknown", "reloaded").await;
    tab.close().await;
}

pub(crate) async fn the_back_button_leads_to_no_second_success(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab.click("#connect").await;
    let link = end(&Outcome::authorization_code());
    tab.click(&link).await;
    assert_eq!(tab.text("h1").await, "Your car is connected");
    // The callback itself is not in the history, because it was redirected.
    tab.back().await;
    tab.click(&link).await;
    assert_refused(&tab, "state_unknown", "again").await;
    tab.close().await;
}

pub(crate) async fn a_flow_that_starts_on_another_host_than_it_ends_is_refused(
    driver: Arc<Driver>,
) {
    let tab = driver.browser().await;
    let app = App::bind().await;
    let other_host = app.origin.replace("localhost", "127.0.0.1");
    app.serve_start_page(BUTTON);
    tab.goto(&other_host).await;
    tab.click("button").await;
    assert_eq!(grant(&tab).await, WITHOUT_COOKIE);
    tab.close().await;
}

pub(crate) async fn a_form_of_another_site_begins_no_flow(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    for path in ["/connect", "/popup/connect"] {
        let target = format!("{}{path}", addresses.garage);
        tab.goto(&format!(
            "data:text/html,<form method=post action={target}><button>"
        ))
        .await;
        tab.click("button").await;
        // It would be at the simulator if the garage had redirected it.
        tab.arrive(&target).await;
        // A page of the app, in which WebDriver tells of its cookies.
        tab.goto(&format!("{}/style.css", addresses.garage)).await;
        let cookies = tab.cookies().await;
        assert!(cookies.is_empty(), "{path}: {cookies:?}");
    }
    tab.close().await;
}

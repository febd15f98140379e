//! Rejected callbacks with their page, and flows that do not start.

use std::sync::Arc;

use browser::{Driver, Tab, outcome_link};
use smartcar_connect_simulator::FlowEnd;

use super::app::{App, BUTTON, WITHOUT_COOKIE, grant};
use super::demo_servers;
use super::flows::{ENTER, tab_to};

/// Asserts that this is the page of a rejected callback, with a link to the garage.
pub(crate) async fn assert_rejected(tab: &Tab, kind: &str, case: &str) {
    // After a reload or the back button, the car may be connected.
    let (title, link) = match kind {
        "state_unknown" => ("This link no longer works", "Go to the app"),
        _ => ("Your car wasn’t connected", "Start again"),
    };
    assert_eq!(tab.text("h1").await, title, "{case}");
    assert_eq!(tab.text("main a").await, link, "{case}");
    tab.assert_no_console_errors(case).await;
    tab.click("main a").await;
    tab.find("#connect").await;
    assert_eq!(tab.text("#kind").await, "RejectedCallback", "{case}");
    let shown = tab.text("#fields").await;
    assert!(shown.contains(kind), "{case}: {shown}");
}

pub(crate) async fn each_forged_callback_is_rejected_with_a_page(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
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
        assert_rejected(&tab, kind, &case).await;
    }
    tab.close().await;
}

pub(crate) async fn the_page_of_a_rejection_can_be_used_with_the_keyboard_alone(
    driver: Arc<Driver>,
) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab_to(&tab, "#forgeries ~ ul li:nth-child(5) a").await;
    tab.press(ENTER).await;
    tab.wait_until("return location.pathname === '/callback'")
        .await;
    assert_eq!(tab.text("h1").await, "Your car wasn’t connected");
    tab_to(&tab, "main a").await;
    tab.press(ENTER).await;
    tab.find("#connect").await;
    let shown = tab.text("#fields").await;
    assert!(shown.contains("duplicate_parameter"), "{shown}");
    tab.close().await;
}

pub(crate) async fn a_reloaded_callback_is_rejected(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab.click("#connect").await;
    // From here, the simulator redirects immediately, always to the same callback.
    let link = outcome_link(&FlowEnd::authorization_code());
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
    assert_rejected(&tab, "state_unknown", "reloaded").await;
    tab.close().await;
}

pub(crate) async fn the_back_button_does_not_repeat_a_success(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab.click("#connect").await;
    let link = outcome_link(&FlowEnd::authorization_code());
    tab.click(&link).await;
    assert_eq!(tab.text("h1").await, "Your car is connected");
    // The callback itself is not in the history, because its response was a redirect.
    tab.back().await;
    tab.click(&link).await;
    assert_rejected(&tab, "state_unknown", "again").await;
    tab.close().await;
}

pub(crate) async fn a_flow_that_starts_on_another_host_than_its_callback_is_rejected(
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

pub(crate) async fn a_form_on_another_site_starts_no_flow(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    for path in ["/connect", "/popup/connect"] {
        let target = format!("{}{path}", addresses.garage);
        tab.goto(&format!(
            "data:text/html,<form method=post action={target}><button>"
        ))
        .await;
        tab.click("button").await;
        // If the garage had redirected it, it would be at the simulator.
        tab.wait_for_url(&target).await;
        // A page of the app, on which WebDriver lists its cookies.
        tab.goto(&format!("{}/style.css", addresses.garage)).await;
        let cookies = tab.cookies().await;
        assert!(cookies.is_empty(), "{path}: {cookies:?}");
    }
    tab.close().await;
}

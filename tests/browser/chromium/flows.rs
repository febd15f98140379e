//! Flows of the demo from "Connect your car" to the page of the app.

use std::sync::Arc;

use browser::{Driver, Tab, outcome_link};
use serde_json::json;
use smartcar_connect_simulator::FlowEnd;
use tower_smartcar_connect::ErrorCode;

use super::demo_servers;
use super::rejections::assert_rejected;

/// Asserts that the tab shows the garage's page for an outcome, at an address without the
/// callback's parameters.
pub(crate) async fn assert_arrived(tab: &Tab, garage: &str, outcome: &FlowEnd) {
    let case = outcome.name();
    if !outcome.has_state() {
        assert_eq!(tab.text("h1").await, "Your car wasn’t connected", "{case}");
        tab.click("main a").await;
        tab.find("#connect").await;
        assert_eq!(tab.text("#kind").await, "RejectedCallback", "{case}");
        tab.assert_no_console_errors(case).await;
        return;
    }
    let (heading, kind, query) = match outcome.error_code() {
        None => (
            "Your car is connected",
            "ConnectSuccess",
            "connected=1".to_owned(),
        ),
        Some(code) => (
            "Your car isn’t connected yet",
            "ConnectError",
            format!("connect_error={code}"),
        ),
    };
    assert_eq!(tab.text("h1").await, heading, "{case}");
    assert_eq!(tab.text("#kind").await, kind, "{case}");
    assert_eq!(
        tab.url().await.as_str(),
        format!("{garage}/?{query}"),
        "{case}"
    );
    let line = tab.text("#log").await;
    let line = line.lines().next().unwrap();
    let text = outcome.parameters().find(|(name, _)| *name == "error");
    match outcome.error_code().zip(text) {
        None => assert!(line.contains("outcome=\"success\""), "{case}: {line}"),
        Some((code, (_, text))) => {
            let words = tab.text("section.news p").await;
            assert!(
                words.starts_with(code.suggested_user_message()),
                "{case}: {words}"
            );
            assert!(line.contains(&format!("code=\"{text}\"")), "{case}: {line}");
        }
    }
    // Every parameter is named, and no private value is shown.
    let source = tab.source().await;
    for (name, value) in outcome.parameters() {
        let names = tab
            .execute(
                "return [...document.querySelectorAll('#fields dt')].map(dt => dt.textContent)",
            )
            .await;
        assert!(
            names.as_array().unwrap().iter().any(|shown| shown == name),
            "{case}: {name} in {names}"
        );
        if !matches!(
            name,
            "error" | "error_description" | "status_code" | "reason"
        ) {
            assert!(!source.contains(value), "{case} shows the {name}");
        }
    }
    tab.assert_no_console_errors(case).await;
}

pub(crate) async fn every_outcome_ends_on_the_page_of_the_app(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    for outcome in FlowEnd::all() {
        tab.goto(&addresses.garage).await;
        tab.click("#connect").await;
        tab.click(&outcome_link(&outcome)).await;
        assert_arrived(&tab, &addresses.garage, &outcome).await;
    }
    tab.close().await;
}

/// A success, an error, and a callback without a state.
fn one_of_each_kind() -> [FlowEnd; 3] {
    [
        FlowEnd::authorization_code(),
        FlowEnd::error(ErrorCode::OemCancelledLogin),
        FlowEnd::selected_capacity(),
    ]
}

/// The keys that move the focus to the next control, and activate it.
const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";

/// Presses the tab key until the focus is on the element of `selector`.
pub(crate) async fn tab_to(tab: &Tab, selector: &str) {
    tab.find(selector).await;
    let is_there = format!("return document.activeElement.matches({})", json!(selector));
    for _ in 0..200 {
        if tab.execute(&is_there).await == true {
            // The focus is visible.
            let outline = tab
                .execute("return getComputedStyle(document.activeElement).outlineStyle")
                .await;
            assert_ne!(outline, "none", "{selector}");
            return;
        }
        tab.press(TAB).await;
    }
    panic!("the tab key does not lead to {selector}");
}

/// Starts a flow with the tab key and the enter key, from the page for the previous outcome.
async fn start_with_keys(tab: &Tab, button: &str) {
    // A page without a button has a link to one with a button.
    if tab.count(button).await == 0 {
        tab_to(tab, ".news a").await;
        tab.press(ENTER).await;
    }
    tab_to(tab, button).await;
    tab.press(ENTER).await;
}

pub(crate) async fn each_kind_of_outcome_can_be_reached_with_the_keyboard_alone(
    driver: Arc<Driver>,
) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    for outcome in one_of_each_kind() {
        start_with_keys(&tab, "#connect").await;
        tab_to(&tab, &outcome_link(&outcome)).await;
        tab.press(ENTER).await;
        if outcome.has_state() {
            tab.find(".good, .bad").await;
            assert_arrived(&tab, &addresses.garage, &outcome).await;
        } else {
            tab.wait_until("return location.pathname === '/callback'")
                .await;
            assert_eq!(
                tab.text("h1").await,
                "Your car wasn’t connected",
                "{outcome}"
            );
            tab_to(&tab, "main a").await;
            tab.press(ENTER).await;
            tab.find("#connect").await;
            assert_eq!(tab.text("#kind").await, "RejectedCallback", "{outcome}");
        }
    }
    tab.close().await;
}

pub(crate) async fn the_popup_can_be_used_with_the_keyboard_alone(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    let opener = tab.active_tab().await;
    for outcome in [
        FlowEnd::authorization_code(),
        FlowEnd::error(ErrorCode::OemCancelledLogin),
    ] {
        start_with_keys(&tab, "#popup").await;
        let popup = tab.other_tab(&opener).await;
        tab.switch_to(popup).await;
        tab_to(&tab, &outcome_link(&outcome)).await;
        tab.press(ENTER).await;
        tab.switch_to(opener.clone()).await;
        tab.find("#message:not([hidden])").await;
        assert_arrived(&tab, &addresses.garage, &outcome).await;
    }
    tab.close().await;
}

pub(crate) async fn the_page_for_an_outcome_has_its_own_title_and_next_step(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    let not_connected = "Your car isn’t connected yet – Garage";
    let mut pages = vec![
        ("/".to_owned(), "Garage", "Connect your car"),
        (
            "/?connected=1".to_owned(),
            "Your car is connected – Garage",
            "Connect another car",
        ),
    ];
    pages.extend(
        ErrorCode::ALL
            .iter()
            .chain(&[ErrorCode::Unknown])
            .map(|code| {
                let offer = match code {
                    // Asking again does not help.
                    ErrorCode::ConfigurationError => "Back to the garage",
                    ErrorCode::VehicleIncompatible => "Connect another car",
                    ErrorCode::BatteryCapacityNoSelection => "Continue",
                    _ => "Try again",
                };
                (format!("/?connect_error={code}"), not_connected, offer)
            }),
    );
    for (target, title, offer) in pages {
        tab.goto(&format!("{}{target}", addresses.garage)).await;
        assert_eq!(
            tab.execute("return document.title").await,
            title,
            "{target}"
        );
        assert_eq!(tab.text(".news button, .news a").await, offer, "{target}");
        tab.assert_no_console_errors(&target).await;
    }
    tab.close().await;
}

pub(crate) async fn without_javascript_everything_but_the_popup_works(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let forbidden = json!({ "profile.managed_default_content_settings.javascript": 2 });
    let tab = driver.browser_with(forbidden).await;
    for outcome in one_of_each_kind() {
        tab.goto(&addresses.garage).await;
        assert!(!tab.find("#popup").await.is_displayed().await.unwrap());
        tab.click("#connect").await;
        tab.click(&outcome_link(&outcome)).await;
        assert_arrived(&tab, &addresses.garage, &outcome).await;
    }
    // A forged link of the page itself.
    tab.click("#forgeries ~ ul a").await;
    assert_rejected(&tab, "state_mismatch", "forged").await;
    assert!(!tab.find("#popup").await.is_displayed().await.unwrap());
    tab.close().await;
}

pub(crate) async fn tabs_end_in_any_order(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    let outcomes = FlowEnd::all().into_iter().filter(FlowEnd::has_state);
    let mut tabs = Vec::new();
    for outcome in outcomes.take(5) {
        let handle = tab.open_tab().await;
        tab.goto(&addresses.garage).await;
        tab.click("#connect").await;
        tab.find(&outcome_link(&outcome)).await;
        tabs.push((handle, outcome));
    }
    for number in [3, 1, 0, 2, 4] {
        let (handle, outcome) = &tabs[number];
        tab.switch_to(handle.clone()).await;
        tab.click(&outcome_link(outcome)).await;
        assert_arrived(&tab, &addresses.garage, outcome).await;
    }
    tab.close().await;
}

pub(crate) async fn over_tls_the_cookies_have_the_attributes_of_production(driver: Arc<Driver>) {
    let addresses = demo_servers::start_over_tls().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab.click("#connect").await;
    let outcome = FlowEnd::authorization_code();
    tab.find(&outcome_link(&outcome)).await;

    // A page of the app, on which WebDriver lists its cookies, while the flow is in progress.
    let simulator = tab.active_tab().await;
    tab.open_tab().await;
    tab.goto(&format!("{}/style.css", addresses.garage)).await;
    let cookies = tab.cookies().await;
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].name().starts_with("__Host-"), "{cookies:?}");
    assert_eq!(cookies[0].secure(), Some(true), "{cookies:?}");
    assert_eq!(cookies[0].http_only(), Some(true), "{cookies:?}");
    assert_eq!(cookies[0].path(), Some("/"), "{cookies:?}");
    assert_eq!(
        cookies[0]
            .same_site()
            .map(|same_site| same_site.to_string())
            .as_deref(),
        Some("Lax"),
        "{cookies:?}"
    );

    tab.switch_to(simulator).await;
    tab.click(&outcome_link(&outcome)).await;
    assert_arrived(&tab, &addresses.garage, &outcome).await;
    assert!(
        tab.cookies().await.is_empty(),
        "the cookie is cleared after the flow"
    );
    tab.close().await;
}

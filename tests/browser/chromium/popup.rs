//! The popup of Smartcar's JavaScript SDK.

use std::sync::Arc;

use browser::{Driver, Tab, outcome_link};
use serde_json::{Value, json};
use smartcar_connect_simulator::FlowEnd;
use tower_smartcar_connect::ErrorCode;

use super::demo_servers;
use super::flows::assert_arrived;
use demo::{Addresses, Diagnostics, OpenerPolicy};

/// Records every message that the page receives, in the session storage, which survives a
/// navigation.
const LISTEN: &str = "sessionStorage.received_messages = '[]'; addEventListener('message', ({ origin, data }) => {\
     sessionStorage.received_messages = JSON.stringify([...JSON.parse(sessionStorage.received_messages), { origin, data }]); });";

/// Delivers the first message together with the second. The page leaves when it has the first one,
/// and could be gone when the second one arrives.
const HOLD: &str = "let first; const hold = event => { if (!first) { first = event; event.stopImmediatePropagation(); return; } \
     removeEventListener('message', hold); const { origin, data, source } = first; \
     dispatchEvent(new MessageEvent('message', { origin, data, source })); }; addEventListener('message', hold);";

async fn received_messages(tab: &Tab) -> Value {
    tab.execute("return JSON.parse(sessionStorage.received_messages)")
        .await
}

/// Opens the popup and switches to it. From now on, the page records its messages.
async fn open(tab: &Tab) {
    let opener = tab.active_tab().await;
    tab.execute(LISTEN).await;
    tab.click("#popup").await;
    let popup = tab.other_tab(&opener).await;
    tab.switch_to(popup).await;
}

/// Waits until the popup has closed itself.
async fn wait_until_closed(tab: &Tab) {
    while tab.tabs().await.len() > 1 {
        tokio::task::yield_now().await;
    }
}

/// Opens a browser for [`end_flow`].
async fn browser(driver: &Driver) -> Tab {
    let tab = driver.browser().await;
    // Listeners of a window are called in the order in which they were added.
    tab.before_each_page(HOLD).await;
    tab
}

/// Ends a flow in a popup, and returns the message that the page received.
async fn end_flow(tab: &Tab, outcome: &FlowEnd) -> Value {
    let opener = tab.active_tab().await;
    open(tab).await;
    tab.click(&outcome_link(outcome)).await;
    tab.switch_to(opener).await;
    wait_until_closed(tab).await;
    // The page has navigated.
    tab.find("#message:not([hidden])").await;
    let messages = received_messages(tab).await;
    // The SDK's message, and the one for other pages.
    assert_eq!(
        messages.as_array().unwrap().len(),
        2,
        "{outcome}: {messages}"
    );
    assert_eq!(messages[1]["data"]["name"], "ConnectEnded", "{messages}");
    messages[0].clone()
}

/// Returns the fields of the message that the page shows, and their values.
async fn shown(tab: &Tab) -> Value {
    let rows = "return Object.fromEntries([...document.querySelectorAll('#message dl div')]\
        .map(row => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]))";
    tab.execute(rows).await
}

pub(crate) async fn a_flow_in_a_popup_ends_on_the_same_page_as_without_one(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = browser(&driver).await;
    // Together they have every field of the message.
    for outcome in &[
        FlowEnd::authorization_code_with_virtual_key(),
        FlowEnd::user_id(),
        FlowEnd::error(ErrorCode::VehicleIncompatible),
    ] {
        tab.goto(&addresses.garage).await;
        let message = end_flow(&tab, outcome).await;
        assert_eq!(message["origin"], addresses.garage, "{outcome}");
        let data = &message["data"];
        assert_eq!(data["name"], "SmartcarAuthMessage", "{outcome}");
        assert_eq!(data["isSmartcarHosted"], false, "{outcome}");
        for (field, parameter) in [
            ("code", "code"),
            ("error", "error"),
            ("errorDescription", "error_description"),
            ("vin", "vin"),
            ("make", "make"),
            ("model", "model"),
            ("year", "year"),
            ("virtualKeyUrl", "virtual_key_url"),
            ("userId", "user_id"),
        ] {
            let sent = outcome.parameters().find(|(name, _)| *name == parameter);
            assert_eq!(
                data[field],
                json!(sent.map(|(_, value)| value)),
                "{outcome}: {field}"
            );
        }

        // The page names every field of the message, and shows the values that are not private.
        let expected = data.as_object().unwrap().iter().map(|(field, value)| {
            let is_public = matches!(
                &**field,
                "name" | "isSmartcarHosted" | "error" | "errorDescription"
            );
            let text = match value {
                Value::String(text) if is_public => text.clone(),
                Value::String(_) => "private, not shown".to_owned(),
                other => other.to_string(),
            };
            (field.clone(), text.into())
        });
        assert_eq!(
            shown(&tab).await,
            Value::Object(expected.collect()),
            "{outcome}"
        );
        let state = data["state"].as_str().unwrap();
        assert!(
            !tab.source().await.contains(state),
            "{outcome} shows the state"
        );

        assert_arrived(&tab, &addresses.garage, outcome).await;
        assert!(
            tab.text("#log")
                .await
                .lines()
                .next()
                .unwrap()
                .contains("path=\"/popup/callback\""),
            "{outcome}: {}",
            tab.text("#log").await
        );
    }
    tab.close().await;
}

pub(crate) async fn only_the_message_of_the_last_popup_counts(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = browser(&driver).await;
    tab.goto(&addresses.garage).await;
    end_flow(&tab, &FlowEnd::authorization_code()).await;
    tab.click("#connect").await;
    tab.click(&outcome_link(&FlowEnd::authorization_code()))
        .await;
    tab.find(".good").await;
    assert!(!tab.find("#message").await.is_displayed().await.unwrap());
    tab.close().await;
}

pub(crate) async fn an_unexpected_message_is_ignored(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    let opener = tab.active_tab().await;
    open(&tab).await;
    tab.find(".end").await;
    let popup = tab.active_tab().await;
    let state = tab
        .execute("return new URLSearchParams(location.search).get('state').replaceAll(' ', '+')")
        .await;
    let message = |name: &str, state: &Value| json!({ "name": name, "isSmartcarHosted": false, "code": "stolen", "error": null, "state": state });
    // As the SDK of another page sends it.
    let foreign = tab
        .execute("return btoa(JSON.stringify({ instanceId: 'another', originalState: 'x' }))")
        .await;
    let page = "window";
    let other_site = "window.opener";
    let cases = [
        (
            "from another origin",
            &popup,
            other_site,
            message("SmartcarAuthMessage", &state),
        ),
        (
            "of another instance",
            &opener,
            page,
            message("SmartcarAuthMessage", &foreign),
        ),
        (
            "with a state that is none",
            &opener,
            page,
            message("SmartcarAuthMessage", &json!("%")),
        ),
        (
            "without a state",
            &opener,
            page,
            message("SmartcarAuthMessage", &Value::Null),
        ),
        (
            "of another name",
            &opener,
            page,
            message("AnotherMessage", &state),
        ),
        ("that is null", &opener, page, Value::Null),
    ];
    for (number, (case, from, to, message)) in (1..).zip(cases) {
        tab.switch_to(from.clone()).await;
        tab.execute(&format!("{to}.postMessage({message}, '*')"))
            .await;
        tab.switch_to(opener.clone()).await;
        // The page has received it before, since its listener is older.
        tab.wait_until(&format!(
            "return JSON.parse(sessionStorage.received_messages).length === {number}"
        ))
        .await;
        assert_eq!(
            tab.url().await.as_str(),
            format!("{}/", addresses.garage),
            "{case}"
        );
        assert_eq!(
            tab.execute("return sessionStorage.popup ?? null").await,
            Value::Null,
            "{case}"
        );
        assert!(
            !tab.find("#message").await.is_displayed().await.unwrap(),
            "{case}"
        );
        tab.assert_no_console_errors(case).await;
    }
    // It still waits for the expected message.
    tab.switch_to(popup).await;
    tab.click(&outcome_link(&FlowEnd::authorization_code()))
        .await;
    tab.switch_to(opener).await;
    tab.find(".good").await;
    tab.close().await;
}

pub(crate) async fn the_page_continues_if_the_popup_closes_without_a_message(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    let opener = tab.active_tab().await;
    open(&tab).await;
    let outcomes = FlowEnd::all();
    tab.click(&outcome_link(
        outcomes
            .iter()
            .find(|outcome| !outcome.has_state())
            .unwrap(),
    ))
    .await;
    // A rejected callback has no message for the SDK, and closes the popup.
    tab.switch_to(opener).await;
    // The callback on the page is the new one.
    tab.find("#kind").await;
    assert_eq!(tab.text("#kind").await, "RejectedCallback");
    tab.wait_until("return document.getElementById('status').textContent.startsWith('The popup closed without a result')")
        .await;
    let messages = received_messages(&tab).await;
    let expected = json!({ "name": "ConnectEnded", "connectError": "state_missing" });
    assert_eq!(messages[0]["data"], expected, "{messages}");
    assert_eq!(messages.as_array().unwrap().len(), 1, "{messages}");
    tab.close().await;
}

pub(crate) async fn a_blocked_popup_is_explained(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser_that_blocks_popups().await;
    tab.goto(&addresses.garage).await;
    // A browser allows one window per click.
    let twice = "document.body.addEventListener('click', () => { open('/icon.svg'); document.getElementById('popup').click() }, \
        { once: true });";
    tab.execute(twice).await;
    tab.click("h1").await;
    tab.wait_until("return document.getElementById('status').textContent.startsWith('Your browser blocked the popup.')")
        .await;
    tab.assert_no_console_errors("blocked").await;
    tab.close().await;
}

pub(crate) async fn a_popup_whose_flow_cannot_start_is_closed_and_explained(driver: Arc<Driver>) {
    let addresses = demo_servers::start_without_popups().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab.click("#popup").await;
    tab.wait_until(
        "return document.getElementById('status').textContent.startsWith('We couldn’t start')",
    )
    .await;
    wait_until_closed(&tab).await;
    tab.assert_no_console_errors("cannot go on").await;
    tab.close().await;
}

pub(crate) async fn the_message_arrives_with_each_documented_opener_policy(driver: Arc<Driver>) {
    for policy in [OpenerPolicy::SameOriginAllowPopups, OpenerPolicy::Absent] {
        let addresses = demo_servers::start_with(policy, Diagnostics::default()).await;
        let tab = browser(&driver).await;
        tab.goto(&addresses.garage).await;
        let message = end_flow(&tab, &FlowEnd::authorization_code()).await;
        assert_eq!(message["data"]["name"], "SmartcarAuthMessage");
        tab.close().await;
    }
}

pub(crate) async fn with_the_opener_policy_same_origin_the_popup_shows_the_next_step(
    driver: Arc<Driver>,
) {
    let addresses =
        demo_servers::start_with(OpenerPolicy::SameOrigin, Diagnostics::default()).await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    let opener = tab.active_tab().await;
    open(&tab).await;
    tab.click(&outcome_link(&FlowEnd::authorization_code()))
        .await;
    assert_no_opener(&tab).await;
    tab.switch_to(opener).await;
    assert_eq!(received_messages(&tab).await, json!([]));
    // The page cannot tell the popup from a closed one.
    tab.wait_until("return document.getElementById('status').textContent.startsWith('The popup closed without a result')")
        .await;
    tab.close().await;
}

/// Asserts that this is the page of a popup without an opener.
async fn assert_no_opener(tab: &Tab) {
    let text = tab.text("main [role=status]").await;
    assert!(text.starts_with("You can close this window."), "{text}");
}

/// Starts a flow like the page does, but continues in the same tab, which has no opener.
async fn start_in_this_tab(tab: &Tab, addresses: &Addresses) {
    tab.goto(&addresses.garage).await;
    tab.execute(
        "fetch('/popup/connect', { method: 'POST', headers: { accept: 'application/json' } })\
         .then(response => response.json()).then(({ url }) => { location = url; });",
    )
    .await;
}

pub(crate) async fn without_an_opener_the_page_shows_the_next_step(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    start_in_this_tab(&tab, &addresses).await;
    tab.click(&outcome_link(&FlowEnd::authorization_code()))
        .await;
    assert_no_opener(&tab).await;
    // The code is not in the address or the history any more.
    assert_eq!(
        tab.url().await.as_str(),
        format!("{}/popup/callback", addresses.garage)
    );
    assert_eq!(tab.count("main a[href='/']").await, 1);
    tab.assert_no_console_errors("without an opener").await;
    tab.close().await;
}

pub(crate) async fn an_opener_of_another_origin_gets_no_message(driver: Arc<Driver>) {
    let addresses = demo_servers::start().await;
    let tab = driver.browser().await;
    // The flow's cookie was sent, but the opener is a page on another site.
    start_in_this_tab(&tab, &addresses).await;
    let link = outcome_link(&FlowEnd::authorization_code());
    tab.find(&link).await;
    let opener = tab.active_tab().await;
    tab.execute(LISTEN).await;
    let open = format!(
        "window.popup = window.open(document.querySelector({}).href, 'connect', 'popup')",
        json!(link)
    );
    tab.execute(&open).await;
    let popup = tab.other_tab(&opener).await;
    tab.switch_to(popup).await;
    // It stays open, and links to the app.
    assert_no_opener(&tab).await;
    assert_eq!(tab.count("main a[href='/']").await, 1);
    tab.switch_to(opener).await;
    assert_eq!(received_messages(&tab).await, json!([]));
    tab.close().await;
}

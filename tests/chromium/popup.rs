//! The popup of Smartcar's JavaScript SDK.

use std::sync::Arc;

use serde_json::{Value, json};
use tower_smartcar_connect::simulator::Outcome;

use super::browser::{Driver, Tab};
use super::flows::{end, has_state};
use super::garage::{Addresses, Backstage, OpenerPolicy};
use super::site;

/// Keeps every message that the page gets.
pub(crate) const LISTEN: &str = "window.messages = []; addEventListener('message', event => messages.push(\
     { origin: event.origin, data: event.data }));";

/// Ends a flow in a popup, and returns the message that the page got.
async fn play(tab: &Tab, outcome: &Outcome) -> Value {
    let opener = tab.front().await;
    tab.execute(LISTEN).await;
    tab.click("#popup").await;
    let popup = loop {
        let others = tab.tabs().await;
        if let Some(popup) = others.into_iter().find(|other| *other != opener) {
            break popup;
        }
    };
    tab.switch_to(popup).await;
    tab.click(&end(outcome)).await;
    tab.switch_to(opener).await;
    let message = tab.until("return messages[0]").await;
    // It closes by itself.
    while tab.tabs().await.len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(tab.execute("return messages.length").await, 1, "{outcome}");
    message
}

pub(crate) async fn the_opener_gets_the_message_of_every_outcome_and_the_popup_closes(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    for outcome in Outcome::all().iter().filter(|outcome| has_state(outcome)) {
        tab.goto(&addresses.garage).await;
        let message = play(&tab, outcome).await;
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
            assert_eq!(data[field], json!(sent.map(|(_, value)| value)), "{outcome}: {field}");
        }
        // The page has shown the message, so it knew its own state again.
        let shown = tab.text("#message").await;
        assert!(shown.contains("SmartcarAuthMessage"), "{outcome}: {shown}");
        tab.assert_no_complaints(outcome.name()).await;
    }
    tab.close().await;
}

pub(crate) async fn the_message_arrives_under_each_opener_policy_that_the_documentation_allows(driver: Arc<Driver>) {
    for policy in [OpenerPolicy::SameOriginAllowPopups, OpenerPolicy::None] {
        let addresses = site::start_with(policy, Backstage::new()).await;
        let tab = driver.browser().await;
        tab.goto(&addresses.garage).await;
        let message = play(&tab, &Outcome::authorization_code()).await;
        assert_eq!(message["data"]["name"], "SmartcarAuthMessage");
        tab.close().await;
    }
}

/// Begins a flow as the page does, but goes on in the same tab, which has no opener.
async fn begin_here(tab: &Tab, addresses: &Addresses) {
    tab.goto(&addresses.garage).await;
    tab.execute(
        "fetch('/popup/connect', { method: 'POST' }).then(response => response.json())\
         .then(({ address, state }) => { location = `${address}&state=${state}`; });",
    )
    .await;
}

pub(crate) async fn without_an_opener_the_page_says_what_to_do(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    begin_here(&tab, &addresses).await;
    tab.click(&end(&Outcome::authorization_code())).await;
    let text = tab.text("main [role=status]").await;
    assert!(
        text.ends_with("Close this window, go back to the app and try again."),
        "{text}"
    );
    // The code is out of the address and the history.
    assert_eq!(tab.url().await.as_str(), format!("{}/popup/callback", addresses.garage));
    tab.assert_no_complaints("without an opener").await;
    tab.close().await;
}

pub(crate) async fn an_opener_of_another_origin_gets_no_message(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    // The flow's cookie is there, but the opener is a page on another site.
    begin_here(&tab, &addresses).await;
    let link = end(&Outcome::authorization_code());
    tab.find(&link).await;
    let opener = tab.front().await;
    tab.execute(LISTEN).await;
    let open = format!(
        "window.popup = window.open(document.querySelector({}).href, 'connect', 'popup')",
        json!(link)
    );
    tab.execute(&open).await;
    // It has closed itself, so it has sent its message before.
    tab.until("return window.popup.closed").await;
    tab.switch_to(opener).await;
    assert_eq!(tab.execute("return messages").await, json!([]));
    tab.close().await;
}

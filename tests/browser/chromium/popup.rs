//! The popup of Smartcar's JavaScript SDK.

use std::sync::Arc;

use serde_json::{Value, json};
use tower_smartcar_connect::simulator::Outcome;

use super::browser::{Driver, Tab};
use super::flows::{assert_arrived, end};
use super::site;
use demo::{Addresses, Backstage, OpenerPolicy};

/// Keeps every message that the page gets, beyond the page itself.
const LISTEN: &str = "sessionStorage.heard = '[]'; addEventListener('message', ({ origin, data }) => {\
     sessionStorage.heard = JSON.stringify([...JSON.parse(sessionStorage.heard), { origin, data }]); });";

async fn heard(tab: &Tab) -> Value {
    tab.execute("return JSON.parse(sessionStorage.heard)").await
}

/// Opens the popup and goes to it. The page keeps its messages from then on.
async fn open(tab: &Tab) {
    let opener = tab.front().await;
    tab.execute(LISTEN).await;
    tab.click("#popup").await;
    let popup = tab.other(&opener).await;
    tab.switch_to(popup).await;
}

/// Waits until the popup has closed itself.
async fn until_closed(tab: &Tab) {
    while tab.tabs().await.len() > 1 {
        tokio::task::yield_now().await;
    }
}

/// Ends a flow in a popup, and returns the message that the page got.
async fn play(tab: &Tab, outcome: &Outcome) -> Value {
    let opener = tab.front().await;
    open(tab).await;
    tab.click(&end(outcome)).await;
    tab.switch_to(opener).await;
    until_closed(tab).await;
    // The page has gone on.
    tab.find("#message:not([hidden])").await;
    let messages = heard(tab).await;
    assert_eq!(
        messages.as_array().unwrap().len(),
        1,
        "{outcome}: {messages}"
    );
    messages[0].clone()
}

/// The fields of the message that the page shows, and their texts.
async fn shown(tab: &Tab) -> Value {
    let rows = "return Object.fromEntries([...document.querySelectorAll('#message dl div')]\
        .map(row => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]))";
    tab.execute(rows).await
}

pub(crate) async fn each_outcome_in_a_popup_ends_on_the_page_that_it_has_without_one(
    driver: Arc<Driver>,
) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    for outcome in Outcome::all().iter().filter(|outcome| outcome.has_state()) {
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
            assert_eq!(
                data[field],
                json!(sent.map(|(_, value)| value)),
                "{outcome}: {field}"
            );
        }

        // The page names every field of it, and shows those that are nobody's.
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

pub(crate) async fn the_message_is_of_the_last_popup_only(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    play(&tab, &Outcome::authorization_code()).await;
    tab.click("#connect").await;
    tab.click(&end(&Outcome::authorization_code())).await;
    tab.find(".good").await;
    assert!(!tab.find("#message").await.is_displayed().await.unwrap());
    tab.close().await;
}

pub(crate) async fn a_message_that_the_page_did_not_ask_for_changes_nothing(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    let opener = tab.front().await;
    open(&tab).await;
    tab.find(".end").await;
    let popup = tab.front().await;
    let state = tab
        .execute("return new URLSearchParams(location.search).get('state').replaceAll(' ', '+')")
        .await;
    let message = |name: &str, state: &Value| json!({ "name": name, "isSmartcarHosted": false, "code": "stolen", "error": null, "state": state });
    // As the SDK of another page writes it.
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
        // The page has heard it before, since its listener is older.
        tab.until(&format!(
            "return JSON.parse(sessionStorage.heard).length === {number}"
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
        tab.assert_no_complaints(case).await;
    }
    // It still waits for the right one.
    tab.switch_to(popup).await;
    tab.click(&end(&Outcome::authorization_code())).await;
    tab.switch_to(opener).await;
    tab.find(".good").await;
    tab.close().await;
}

pub(crate) async fn the_page_goes_on_when_the_popup_ends_without_a_message(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    let opener = tab.front().await;
    open(&tab).await;
    let outcomes = Outcome::all();
    tab.click(&end(outcomes
        .iter()
        .find(|outcome| !outcome.has_state())
        .unwrap()))
        .await;
    assert_eq!(tab.text("h1").await, "Your car wasn’t connected");
    tab.close_window().await;
    tab.switch_to(opener).await;
    // What the layer made of it is new on the page.
    tab.find("#kind").await;
    assert_eq!(tab.text("#kind").await, "InvalidCallback");
    tab.until("return document.getElementById('status').textContent.startsWith('The popup closed without a result')")
        .await;
    assert_eq!(heard(&tab).await, json!([]));
    tab.close().await;
}

pub(crate) async fn a_popup_that_is_blocked_is_explained(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser_that_blocks_popups().await;
    tab.goto(&addresses.garage).await;
    // A browser allows one window for each click.
    let twice = "document.body.addEventListener('click', () => { open('/icon.svg'); document.getElementById('popup').click() }, \
        { once: true });";
    tab.execute(twice).await;
    tab.click("h1").await;
    tab.until("return document.getElementById('status').textContent.startsWith('Your browser blocked the popup.')")
        .await;
    tab.assert_no_complaints("blocked").await;
    tab.close().await;
}

pub(crate) async fn a_popup_that_cannot_go_on_is_closed_and_explained(driver: Arc<Driver>) {
    let addresses = site::start_without_popups().await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    tab.click("#popup").await;
    tab.until(
        "return document.getElementById('status').textContent.startsWith('We couldn’t start')",
    )
    .await;
    until_closed(&tab).await;
    tab.assert_no_complaints("cannot go on").await;
    tab.close().await;
}

pub(crate) async fn the_message_arrives_under_each_opener_policy_that_the_documentation_allows(
    driver: Arc<Driver>,
) {
    for policy in [OpenerPolicy::SameOriginAllowPopups, OpenerPolicy::Absent] {
        let addresses = site::start_with(policy, Backstage::default()).await;
        let tab = driver.browser().await;
        tab.goto(&addresses.garage).await;
        let message = play(&tab, &Outcome::authorization_code()).await;
        assert_eq!(message["data"]["name"], "SmartcarAuthMessage");
        tab.close().await;
    }
}

pub(crate) async fn under_the_opener_policy_same_origin_no_message_arrives_and_the_popup_says_what_to_do(
    driver: Arc<Driver>,
) {
    let addresses = site::start_with(OpenerPolicy::SameOrigin, Backstage::default()).await;
    let tab = driver.browser().await;
    tab.goto(&addresses.garage).await;
    let opener = tab.front().await;
    open(&tab).await;
    tab.click(&end(&Outcome::authorization_code())).await;
    assert_lost(&tab).await;
    tab.switch_to(opener).await;
    assert_eq!(heard(&tab).await, json!([]));
    // To the page, the popup is as good as closed.
    tab.until("return document.getElementById('status').textContent.startsWith('The popup closed without a result')")
        .await;
    tab.close().await;
}

/// Expects the page of a popup that has no opener.
async fn assert_lost(tab: &Tab) {
    let text = tab.text("main [role=status]").await;
    assert!(
        text.starts_with("We lost the connection to the app."),
        "{text}"
    );
}

/// Begins a flow as the page does, but goes on in the same tab, which has no opener.
async fn begin_here(tab: &Tab, addresses: &Addresses) {
    tab.goto(&addresses.garage).await;
    tab.execute(
        "fetch('/popup/connect', { method: 'POST', headers: { accept: 'application/json' } })\
         .then(response => response.json()).then(({ url }) => { location = url; });",
    )
    .await;
}

pub(crate) async fn without_an_opener_the_page_says_what_to_do(driver: Arc<Driver>) {
    let addresses = site::start().await;
    let tab = driver.browser().await;
    begin_here(&tab, &addresses).await;
    tab.click(&end(&Outcome::authorization_code())).await;
    assert_lost(&tab).await;
    // The code is out of the address and the history.
    assert_eq!(
        tab.url().await.as_str(),
        format!("{}/popup/callback", addresses.garage)
    );
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
    assert_eq!(heard(&tab).await, json!([]));
    tab.close().await;
}

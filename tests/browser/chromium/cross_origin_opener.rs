//! Popups whose callback has another origin than the page that opens them.

use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use browser::{Driver, Tab, listen, serve};
use serde_json::{Value, json};
use tower_smartcar_connect::responses::{PopupMessage, PopupText};
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};

/// Records every message that the page receives.
const LISTEN: &str = "window.messages = []; addEventListener('message', event => messages.push(\
     { origin: event.origin, data: event.data }));";

/// Texts that are markup unless they are escaped.
const TEXTS: &str = "<b>Bold</b> \"words\" & <script>document.title = 'evil'</script>";

/// Two origins.
struct Sites {
    /// A page that opens popups.
    opener: String,
    /// Callbacks: `/opener` sends its message to the opener, some paths send it to other origins,
    /// and `/words` has texts of its own.
    callbacks: String,
}

/// The paths whose message goes to another origin than the opener's.
const ELSEWHERE: [&str; 2] = ["/other-host", "/other-port"];

impl Sites {
    async fn start() -> Self {
        let (opener_listener, opener_address) = listen().await;
        let (callbacks_listener, callbacks_address) = listen().await;
        let opener = format!("http://localhost:{}", opener_address.port());
        let other_host = format!("http://127.0.0.1:{}", opener_address.port());
        let other_port = format!("http://localhost:{}", callbacks_address.port());
        let words = PopupMessage::to_origin(opener.parse().unwrap())
            .with_text(|_headers| PopupText::english().sent(TEXTS));
        let callbacks = Router::new()
            .merge(callback(
                "/opener",
                PopupMessage::to_origin(opener.parse().unwrap()),
            ))
            .merge(callback(
                "/other-host",
                PopupMessage::to_origin(other_host.parse().unwrap()),
            ))
            .merge(callback(
                "/other-port",
                PopupMessage::to_origin(other_port.parse().unwrap()),
            ))
            .merge(callback("/same-origin", PopupMessage::to_same_origin()))
            .merge(callback("/words", words))
            .route("/", get(blank()));
        serve(callbacks_listener, callbacks);
        serve(opener_listener, Router::new().route("/", get(blank())));
        Self {
            opener,
            callbacks: format!("http://127.0.0.1:{}", callbacks_address.port()),
        }
    }

    /// Opens the page that opens popups, and makes it record messages.
    async fn listen(&self, tab: &Tab) {
        tab.goto(&self.opener).await;
        tab.execute(LISTEN).await;
    }

    /// Opens a callback in a popup of the page.
    async fn open(&self, tab: &Tab, path: &str) {
        let address = json!(format!("{}{path}", self.callbacks));
        tab.execute(&format!(
            "window.popup = window.open({address}, 'connect', 'popup')"
        ))
        .await;
    }

    /// Opens a popup in which a script runs before those of the callback, and returns the message
    /// that the page received. The popup is active then.
    async fn open_after(&self, tab: &Tab, script: &str, path: &str) -> Value {
        self.listen(tab).await;
        let opener = tab.active_tab().await;
        self.open(tab, "/").await;
        let popup = tab
            .tabs()
            .await
            .into_iter()
            .find(|tab| *tab != opener)
            .expect("a popup");
        tab.switch_to(popup.clone()).await;
        tab.before_each_page(script).await;
        tab.goto(&format!("{}{path}", self.callbacks)).await;
        tab.switch_to(opener).await;
        let message = tab.wait_until("return messages[0]").await;
        tab.switch_to(popup).await;
        message
    }
}

fn blank() -> Html<&'static str> {
    Html("<!DOCTYPE html><title>Blank</title>")
}

fn callback(path: &'static str, popup: PopupMessage) -> Router {
    let layer = ConnectCallbackLayer::new(path, AppVerifiesState)
        .on_failure(popup.clone())
        .on_success(popup);
    Router::new().route(path, get(blank())).layer(layer)
}

/// Asserts that this is the message of `?code=…&state=two`.
fn assert_message(sites: &Sites, message: &Value, code: &str) {
    assert_eq!(message["origin"], sites.callbacks, "{message}");
    assert_eq!(message["data"]["name"], "SmartcarAuthMessage", "{message}");
    assert_eq!(message["data"]["code"], code, "{message}");
    assert_eq!(message["data"]["state"], "two", "{message}");
}

pub(crate) async fn the_message_arrives_at_the_configured_origin(driver: Arc<Driver>) {
    let sites = Sites::start().await;
    let tab = driver.browser().await;
    sites.listen(&tab).await;
    sites.open(&tab, "/opener?code=1&state=two").await;
    assert_message(&sites, &tab.wait_until("return messages[0]").await, "1");
    tab.wait_until("return window.popup.closed").await;
    tab.wait_until("return messages.length >= 2").await;
    assert_eq!(tab.execute("return messages.length").await, 2);
    tab.assert_no_console_errors("configured").await;
    tab.close().await;
}

/// The script that the docs of `PopupMessage` show for the page that opens the popup.
const OPENER: &str = include_str!("../../../src/responses/opener.js");

pub(crate) async fn the_script_of_the_docs_hears_of_each_ending_from_one_origin(
    driver: Arc<Driver>,
) {
    let sites = Sites::start().await;
    let tab = driver.browser().await;
    let script = OPENER
        .replace("https://api.example.com", &sites.callbacks)
        .replace("location.assign(\"/garage\")", "heard.push(\"connected\")")
        .replace(
            "document.getElementById(\"status\").textContent =",
            "heard[heard.length] =",
        );
    for (query, heard) in [
        ("?code=1&state=two", "connected"),
        (
            "?error=access_denied&state=two",
            "You can connect your car whenever you like.",
        ),
        (
            "?error=no_vehicles&state=two",
            "Your car isn’t connected. Please try again.",
        ),
        // A rejected callback.
        (
            "?code=1&code=2",
            "Your car isn’t connected. Please try again.",
        ),
    ] {
        tab.goto(&sites.opener).await;
        tab.execute(&format!("window.heard = []; {script}")).await;
        // What it hears from another origin does not count.
        let forged = "postMessage({ name: 'ConnectEnded', connectError: null }, '*')";
        tab.execute(forged).await;
        sites.open(&tab, &format!("/opener{query}")).await;
        let found = tab.wait_until("return heard[0]").await;
        assert_eq!(found, heard, "{query}");
        tab.wait_until("return window.popup.closed").await;
        assert_eq!(tab.execute("return heard.length").await, 1, "{query}");
    }
    tab.close().await;
}

pub(crate) async fn an_opener_on_another_origin_than_the_configured_one_gets_nothing(
    driver: Arc<Driver>,
) {
    let sites = Sites::start().await;
    let tab = driver.browser().await;
    sites.listen(&tab).await;
    for path in ELSEWHERE {
        sites
            .open(&tab, &format!("{path}?code={path}&state=two"))
            .await;
        // The popup has closed itself, so it has sent its message before.
        tab.wait_until("return window.popup.closed").await;
    }
    // Messages arrive in the order in which they are sent.
    sites.open(&tab, "/opener?code=last&state=two").await;
    tab.wait_until("return window.popup.closed").await;
    assert_message(&sites, &tab.wait_until("return messages[0]").await, "last");
    tab.wait_until("return messages.length >= 2").await;
    assert_eq!(tab.execute("return messages.length").await, 2);
    tab.close().await;
}

pub(crate) async fn the_message_is_sent_if_the_history_cannot_be_changed(driver: Arc<Driver>) {
    let sites = Sites::start().await;
    let tab = driver.browser().await;
    let reject = "window.close = () => {};\
         history.replaceState = () => { throw new DOMException('rejected', 'SecurityError'); };";
    let message = sites
        .open_after(&tab, reject, "/opener?code=1&state=two")
        .await;
    assert_message(&sites, &message, "1");
    // The script tried it, and failed.
    assert_eq!(tab.url().await.query(), Some("code=1&state=two"));
    tab.close().await;
}

pub(crate) async fn the_script_shows_texts_without_parsing_markup(driver: Arc<Driver>) {
    let sites = Sites::start().await;
    let tab = driver.browser().await;
    let message = sites
        .open_after(&tab, "window.close = () => {};", "/words?code=1&state=two")
        .await;
    assert_message(&sites, &message, "1");
    assert_eq!(tab.text("main [role=status]").await, TEXTS);
    assert_eq!(tab.count("main b").await, 0);
    assert_eq!(
        tab.execute("return document.title").await,
        "You can go back to the app"
    );
    assert_eq!(
        tab.url().await.as_str(),
        format!("{}/words", sites.callbacks)
    );
    tab.assert_no_console_errors("words").await;
    tab.close().await;
}

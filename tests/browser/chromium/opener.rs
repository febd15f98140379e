//! Popups whose callback is on another origin than the page that opens them.

use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};
use tower_smartcar_connect::ConnectCallbackLayer;
use tower_smartcar_connect::answers::{PopupMessage, PopupText};

use super::browser::{Driver, Tab};
use super::site::{listen, serve};

/// Keeps every message that the page gets.
const LISTEN: &str = "window.messages = []; addEventListener('message', event => messages.push(\
     { origin: event.origin, data: event.data }));";

/// Words that are markup where nothing stops them.
const WORDS: &str = "<b>Bold</b> \"words\" & <script>document.title = 'evil'</script>";

/// Two origins.
struct Sites {
    /// A page that opens popups.
    opener: String,
    /// Callbacks: at `/opener`, whose message goes to the opener, at some paths whose message goes
    /// elsewhere, and at `/words`, which has words of its own.
    callbacks: String,
}

/// The paths whose message goes to another origin than that of the opener.
const ELSEWHERE: [&str; 3] = ["/other-host", "/other-port", "/same-origin"];

impl Sites {
    async fn start() -> Self {
        let (opener_listener, opener_address) = listen().await;
        let (callbacks_listener, callbacks_address) = listen().await;
        let opener = format!("http://localhost:{}", opener_address.port());
        let other_host = format!("http://127.0.0.1:{}", opener_address.port());
        let other_port = format!("http://localhost:{}", callbacks_address.port());
        let words =
            PopupMessage::to_origin(&opener).with_text(|_headers| PopupText::english().sent(WORDS));
        let callbacks = Router::new()
            .merge(callback("/opener", PopupMessage::to_origin(&opener)))
            .merge(callback(
                "/other-host",
                PopupMessage::to_origin(&other_host),
            ))
            .merge(callback(
                "/other-port",
                PopupMessage::to_origin(&other_port),
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

    /// Goes to the page that opens popups, and has it listen.
    async fn listen(&self, tab: &Tab) {
        tab.goto(&self.opener).await;
        tab.execute(LISTEN).await;
    }

    /// Has the page open a callback in a popup.
    async fn open(&self, tab: &Tab, path: &str) {
        let address = json!(format!("{}{path}", self.callbacks));
        tab.execute(&format!(
            "window.popup = window.open({address}, 'connect', 'popup')"
        ))
        .await;
    }

    /// Opens a popup in which a script runs before those of the callback, and returns the message
    /// that the page got. The popup is in front then.
    async fn open_after(&self, tab: &Tab, script: &str, path: &str) -> Value {
        self.listen(tab).await;
        let opener = tab.front().await;
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
        let message = tab.until("return messages[0]").await;
        tab.switch_to(popup).await;
        message
    }
}

fn blank() -> Html<&'static str> {
    Html("<!DOCTYPE html><title>Blank</title>")
}

fn callback(path: &'static str, popup: PopupMessage) -> Router {
    let layer = ConnectCallbackLayer::new(path)
        .app_verifies_state()
        .on_success(popup);
    Router::new().route(path, get(blank())).layer(layer)
}

/// Expects the message of `?code=…&state=two`.
fn assert_is_message(sites: &Sites, message: &Value, code: &str) {
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
    assert_is_message(&sites, &tab.until("return messages[0]").await, "1");
    tab.until("return window.popup.closed").await;
    assert_eq!(tab.execute("return messages.length").await, 1);
    tab.assert_no_complaints("configured").await;
    tab.close().await;
}

pub(crate) async fn an_opener_of_another_origin_than_the_configured_one_gets_nothing(
    driver: Arc<Driver>,
) {
    let sites = Sites::start().await;
    let tab = driver.browser().await;
    sites.listen(&tab).await;
    for path in ELSEWHERE {
        sites
            .open(&tab, &format!("{path}?code={path}&state=two"))
            .await;
        // It has closed itself, so it has sent its message before.
        tab.until("return window.popup.closed").await;
    }
    // What is sent later arrives later.
    sites.open(&tab, "/opener?code=last&state=two").await;
    tab.until("return window.popup.closed").await;
    assert_is_message(&sites, &tab.until("return messages[0]").await, "last");
    assert_eq!(tab.execute("return messages.length").await, 1);
    tab.close().await;
}

pub(crate) async fn the_message_is_sent_where_the_history_cannot_be_tidied(driver: Arc<Driver>) {
    let sites = Sites::start().await;
    let tab = driver.browser().await;
    let refuse = "window.close = () => {};\
         history.replaceState = () => { throw new DOMException('refused', 'SecurityError'); };";
    let message = sites
        .open_after(&tab, refuse, "/opener?code=1&state=two")
        .await;
    assert_is_message(&sites, &message, "1");
    // The script did try, and failed.
    assert_eq!(tab.url().await.query(), Some("code=1&state=two"));
    tab.close().await;
}

pub(crate) async fn the_words_that_the_script_shows_are_text(driver: Arc<Driver>) {
    let sites = Sites::start().await;
    let tab = driver.browser().await;
    let message = sites
        .open_after(&tab, "window.close = () => {};", "/words?code=1&state=two")
        .await;
    assert_is_message(&sites, &message, "1");
    assert_eq!(tab.text("main [role=status]").await, WORDS);
    assert_eq!(tab.count("main b").await, 0);
    assert_eq!(
        tab.execute("return document.title").await,
        "Please close this window"
    );
    assert_eq!(
        tab.url().await.as_str(),
        format!("{}/words", sites.callbacks)
    );
    tab.assert_no_complaints("words").await;
    tab.close().await;
}

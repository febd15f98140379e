//! A browser whose tabs a test drives.

use std::time::Duration;

use fantoccini::Client;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wait::Wait;
use fantoccini::wd::{Locator, WebDriverCompatibleCommand, WindowHandle};
use serde_json::{Value, json};
use url::{ParseError, Url};

/// How long a page may take before it counts as stuck. No test waits for it to pass.
const STUCK: Duration = Duration::from_secs(60);

/// How often the browser is asked whether a page has changed.
const POLL: Duration = Duration::from_millis(20);

/// A browser, of which one tab is active.
pub struct Tab {
    client: Client,
}

impl Tab {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect(url);
    }

    pub async fn url(&self) -> Url {
        self.client.current_url().await.unwrap()
    }

    /// Waits until the tab is at an address.
    pub async fn wait_for_url(&self, url: &str) {
        let address = url.parse().expect(url);
        let arrived = self.wait().for_url(&address).await;
        if let Err(error) = arrived {
            panic!("at {} instead of {url}: {error}", self.url().await);
        }
    }

    pub async fn back(&self) {
        self.client.back().await.unwrap();
    }

    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    pub async fn find(&self, selector: &str) -> Element {
        loop {
            match self.wait().for_element(Locator::Css(selector)).await {
                Ok(element) => return element,
                Err(error) if is_between_pages(&error) => {}
                Err(error) => panic!(
                    "no {selector} on {}: {error}\n{}",
                    self.url().await,
                    self.source().await
                ),
            }
        }
    }

    fn wait(&self) -> Wait<'_> {
        self.client.wait().at_most(STUCK).every(POLL)
    }

    pub async fn count(&self, selector: &str) -> usize {
        self.client
            .find_all(Locator::Css(selector))
            .await
            .unwrap()
            .len()
    }

    pub async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        if let Err(error) = element.click().await {
            panic!("{selector}: {error}");
        }
    }

    pub async fn text(&self, selector: &str) -> String {
        self.find(selector).await.text().await.unwrap()
    }

    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.find(selector).await.attr(name).await.unwrap()
    }

    pub async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }

    pub async fn execute(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect(script)
    }

    /// Runs a script whose last argument is a function that takes what it returns.
    pub async fn execute_async(&self, script: &str) -> Value {
        let executed = self.client.execute_async(script, Vec::new());
        executed.await.expect(script)
    }

    /// Shows pages in a viewport of this size in pixels, with this colour scheme.
    pub async fn show_as(&self, width: u32, height: u32, scheme: &str) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        )
        .await;
    }

    /// Waits until a script returns a truthy value, and returns it.
    pub async fn wait_until(&self, script: &str) -> Value {
        let waiting = async {
            loop {
                let value = self.execute(script).await;
                if !matches!(value, Value::Null | Value::Bool(false)) {
                    return value;
                }
                tokio::task::yield_now().await;
            }
        };
        match tokio::time::timeout(STUCK, waiting).await {
            Ok(value) => value,
            Err(_) => panic!("never true: {script}"),
        }
    }

    /// Presses keys on the focused element.
    pub async fn press(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .unwrap()
            .send_keys(keys)
            .await
            .unwrap();
    }

    pub async fn tabs(&self) -> Vec<WindowHandle> {
        self.client.windows().await.unwrap()
    }

    /// Waits until there is a tab other than this one, and returns it.
    pub async fn other_tab(&self, this: &WindowHandle) -> WindowHandle {
        loop {
            let others = self.tabs().await;
            if let Some(other) = others.into_iter().find(|tab| tab != this) {
                return other;
            }
        }
    }

    pub async fn active_tab(&self) -> WindowHandle {
        self.client.window().await.unwrap()
    }

    pub async fn switch_to(&self, tab: WindowHandle) {
        self.client.switch_to_window(tab).await.unwrap();
    }

    /// Opens a tab and switches to it.
    pub async fn open_tab(&self) -> WindowHandle {
        let tab = self.client.new_window(true).await.unwrap().handle;
        self.switch_to(tab.clone()).await;
        tab
    }

    pub async fn cookies(&self) -> Vec<fantoccini::cookies::Cookie<'static>> {
        self.client.get_all_cookies().await.unwrap()
    }

    /// Runs a script before those of every page that this tab loads from now on.
    pub async fn before_each_page(&self, script: &str) {
        self.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": script }),
        )
        .await;
    }

    /// Sends a command of the DevTools protocol.
    async fn devtools(&self, command: &'static str, parameters: Value) {
        let command = DevTools {
            command,
            parameters,
        };
        self.client.issue_cmd(command).await.unwrap();
    }

    /// Asserts that no script failed and no policy was violated since the last call. Responses with
    /// an error status are in the console too, and are ignored.
    pub async fn assert_no_console_errors(&self, case: &str) {
        let entries = self.client.issue_cmd(BrowserLog).await.unwrap();
        let complaints: Vec<_> = entries
            .as_array()
            .expect("the log is a list")
            .iter()
            .filter(|entry| {
                let is_status = entry["message"]
                    .as_str()
                    .is_some_and(|text| text.contains("responded with a status of"));
                !(entry["source"] == "network" && is_status)
            })
            .collect();
        assert!(complaints.is_empty(), "{case}: {complaints:#?}");
    }

    pub async fn close(self) {
        self.client.close().await.unwrap();
    }
}

/// Returns whether a command was sent between two pages. ChromeDriver reports this with a message
/// outside the protocol.
fn is_between_pages(error: &CmdError) -> bool {
    matches!(error, CmdError::NotW3C(message) if message == "no such execution context")
}

/// Reads the browser's console, with a command that only ChromeDriver has.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _url: &Url) -> (http::Method, Option<String>) {
        (
            http::Method::POST,
            Some(json!({ "type": "browser" }).to_string()),
        )
    }
}

/// A command of the DevTools protocol, which ChromeDriver forwards.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _url: &Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

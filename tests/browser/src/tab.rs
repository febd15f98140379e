//! Chromium, through WebDriver.

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wait::Wait;
use fantoccini::wd::{Locator, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// How long a page may take before it counts as stuck. No test waits for it to pass.
const STUCK: Duration = Duration::from_secs(60);

/// How often the browser is asked whether a page has changed.
const POLL: Duration = Duration::from_millis(20);

/// A running ChromeDriver. It is stopped on drop.
pub(crate) struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    /// ChromeDriver picks a port that is free with one version of IP, and stops if it is taken with
    /// the other. So it is started again.
    pub(crate) fn start() -> Self {
        let mut starts = std::iter::repeat_with(Self::start_once).take(5);
        starts
            .find_map(|driver| driver)
            .expect("chromedriver starts")
    }

    fn start_once() -> Option<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let output = BufReader::new(process.stdout.take().expect("the output is a pipe"));
        let mut lines = output.lines();
        let port = lines.find_map(|line| {
            let line = line.expect("chromedriver prints text");
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let Some(port) = port else {
            process.wait().expect("chromedriver has stopped");
            return None;
        };
        // It stops if nothing reads its output.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self {
            process,
            address: format!("http://127.0.0.1:{port}"),
        })
    }

    /// Runs one test.
    pub(crate) fn run<F: Future<Output = ()>>(self: &Arc<Self>, test: impl FnOnce(Arc<Self>) -> F) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(test(Arc::clone(self)));
    }

    /// Starts a browser with a new profile.
    pub(crate) async fn browser(&self) -> Tab {
        self.browser_with(json!({})).await
    }

    /// Starts a browser with these preferences of Chromium.
    pub(crate) async fn browser_with(&self, preferences: Value) -> Tab {
        self.start_browser(preferences, &[]).await
    }

    /// Starts a browser that opens no window without a click, like browsers outside WebDriver.
    pub(crate) async fn browser_that_blocks_popups(&self) -> Tab {
        self.start_browser(json!({}), &["disable-popup-blocking"])
            .await
    }

    async fn start_browser(&self, preferences: Value, without_switches: &[&str]) -> Tab {
        let capabilities = json!({
            "browserName": "chrome",
            "acceptInsecureCerts": true,
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars",
                    "--window-size=1000,1000",
                ],
                "prefs": preferences,
                "excludeSwitches": without_switches,
            },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&self.address)
            .await
            .expect("a browser starts");
        Tab { client }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser, of which one tab is active.
pub(crate) struct Tab {
    client: Client,
}

impl Tab {
    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect(url);
    }

    pub(crate) async fn url(&self) -> Url {
        self.client.current_url().await.unwrap()
    }

    /// Waits until the tab is at an address.
    pub(crate) async fn wait_for_url(&self, url: &str) {
        let address = url.parse().expect(url);
        let arrived = self.wait().for_url(&address).await;
        if let Err(error) = arrived {
            panic!("at {} instead of {url}: {error}", self.url().await);
        }
    }

    pub(crate) async fn back(&self) {
        self.client.back().await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    pub(crate) async fn find(&self, selector: &str) -> Element {
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

    pub(crate) async fn count(&self, selector: &str) -> usize {
        self.client
            .find_all(Locator::Css(selector))
            .await
            .unwrap()
            .len()
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        if let Err(error) = element.click().await {
            panic!("{selector}: {error}");
        }
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        self.find(selector).await.text().await.unwrap()
    }

    pub(crate) async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.find(selector).await.attr(name).await.unwrap()
    }

    pub(crate) async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }

    pub(crate) async fn execute(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect(script)
    }

    /// Runs a script whose last argument is a function that takes what it returns.
    pub(crate) async fn execute_async(&self, script: &str) -> Value {
        let executed = self.client.execute_async(script, Vec::new());
        executed.await.expect(script)
    }

    /// Shows pages in a viewport of this size in pixels, with this colour scheme.
    pub(crate) async fn show_as(&self, width: u32, height: u32, scheme: &str) {
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
    pub(crate) async fn wait_until(&self, script: &str) -> Value {
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
    pub(crate) async fn press(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .unwrap()
            .send_keys(keys)
            .await
            .unwrap();
    }

    pub(crate) async fn tabs(&self) -> Vec<WindowHandle> {
        self.client.windows().await.unwrap()
    }

    /// Waits until there is a tab other than this one, and returns it.
    pub(crate) async fn other_tab(&self, this: &WindowHandle) -> WindowHandle {
        loop {
            let others = self.tabs().await;
            if let Some(other) = others.into_iter().find(|tab| tab != this) {
                return other;
            }
        }
    }

    pub(crate) async fn active_tab(&self) -> WindowHandle {
        self.client.window().await.unwrap()
    }

    pub(crate) async fn switch_to(&self, tab: WindowHandle) {
        self.client.switch_to_window(tab).await.unwrap();
    }

    /// Opens a tab and switches to it.
    pub(crate) async fn open_tab(&self) -> WindowHandle {
        let tab = self.client.new_window(true).await.unwrap().handle;
        self.switch_to(tab.clone()).await;
        tab
    }

    pub(crate) async fn cookies(&self) -> Vec<fantoccini::cookies::Cookie<'static>> {
        self.client.get_all_cookies().await.unwrap()
    }

    /// Runs a script before those of every page that this tab loads from now on.
    pub(crate) async fn before_each_page(&self, script: &str) {
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
    pub(crate) async fn assert_no_console_errors(&self, case: &str) {
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

    pub(crate) async fn close(self) {
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

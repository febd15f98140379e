//! ChromeDriver, which starts browsers.

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::Tab;

/// A running ChromeDriver. It is stopped on drop.
pub struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    /// ChromeDriver picks a port that is free with one version of IP, and stops if it is taken with
    /// the other. So it is started again.
    pub fn start() -> Self {
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
    pub fn run<F: Future<Output = ()>>(self: &Arc<Self>, test: impl FnOnce(Arc<Self>) -> F) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(test(Arc::clone(self)));
    }

    /// Starts a browser with a new profile.
    pub async fn browser(&self) -> Tab {
        self.browser_with(json!({})).await
    }

    /// Starts a browser with these preferences of Chromium.
    pub async fn browser_with(&self, preferences: Value) -> Tab {
        self.start_browser(preferences, &[]).await
    }

    /// Starts a browser that opens no window without a click, like browsers outside WebDriver.
    pub async fn browser_that_blocks_popups(&self) -> Tab {
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
        Tab::new(client)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

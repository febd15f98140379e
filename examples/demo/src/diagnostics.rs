//! The last callback, log lines and counters, which the start page shows.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use axum::response::Response;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use serde_json::Value;
use tower_smartcar_connect::{ConnectError, ConnectSuccess, RejectedCallback, telemetry};
use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The number of log lines to keep.
const LINES: usize = 5;

/// Keeps the last callback and the last log lines. It implements `MakeWriter` for logs.
#[derive(Clone, Default)]
pub struct Diagnostics {
    snapshot: Arc<Mutex<Snapshot>>,
    counters: Arc<OnceLock<PrometheusHandle>>,
}

/// The content of the page.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) callback: Option<Callback>,
    pub(crate) lines: VecDeque<String>,
    pub(crate) counters: Vec<String>,
}

/// The outcome or the rejection of a callback.
#[derive(Clone)]
pub(crate) struct Callback {
    pub(crate) path: String,
    /// `ConnectSuccess`, `ConnectError` or `RejectedCallback`.
    pub(crate) kind: &'static str,
    /// The fields. The value of a private one is `None`.
    pub(crate) fields: Vec<(String, Option<String>)>,
}

impl Diagnostics {
    /// Logs to the terminal and here.
    pub fn log(&self) {
        self.subscriber().with(log_to(io::stdout)).init();
    }

    /// Returns a subscriber that logs here.
    pub fn subscriber(&self) -> impl Subscriber + for<'s> LookupSpan<'s> + Send + Sync + use<> {
        tracing_subscriber::registry().with(log_to(self.clone()))
    }

    /// Installs a Prometheus recorder for this process.
    pub fn count_with_prometheus(&self) {
        let handle = PrometheusBuilder::new()
            .install_recorder()
            .expect("this process has no recorder yet");
        telemetry::describe_metrics();
        self.counters.get_or_init(|| handle);
    }

    /// Returns the counters in the format of Prometheus.
    pub(crate) fn metrics(&self) -> String {
        self.counters
            .get()
            .map(PrometheusHandle::render)
            .unwrap_or_default()
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.lock().clone();
        let metrics = self.metrics();
        let counters = metrics
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty() && !line.ends_with(" 0"));
        snapshot.counters = counters.map(str::to_owned).collect();
        snapshot.counters.sort();
        snapshot
    }

    /// Keeps the outcome or the rejection in the extensions of a response.
    pub(crate) fn record(&self, path: &str, response: &Response) {
        let extensions = response.extensions();
        let callback = if let Some(success) = extensions.get::<ConnectSuccess>() {
            (
                "ConnectSuccess",
                fields(success, success.with_private_fields()),
            )
        } else if let Some(error) = extensions.get::<ConnectError>() {
            ("ConnectError", fields(error, error.with_private_fields()))
        } else if let Some(rejected) = extensions.get::<RejectedCallback>() {
            ("RejectedCallback", fields(rejected, rejected))
        } else {
            return;
        };
        let (kind, fields) = callback;
        self.lock().callback = Some(Callback {
            path: path.to_owned(),
            kind,
            fields,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Snapshot> {
        self.snapshot
            .lock()
            .expect("no thread panics while it holds the lock")
    }
}

/// Writes one line per callback.
fn log_to<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let targets = Targets::new().with_target("tower_smartcar_connect", LevelFilter::DEBUG);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time();
    lines.with_writer(writer).with_filter(targets)
}

/// Returns the names of all fields, and the values of those that are not private.
fn fields(public: impl Serialize, all: impl Serialize) -> Vec<(String, Option<String>)> {
    let [public, all] = [serde_json::to_value(public), serde_json::to_value(all)];
    let (Ok(public), Ok(Value::Object(all))) = (public, all) else {
        return Vec::new();
    };
    let shown = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    all.into_iter()
        .map(|(name, _)| {
            let value = public.get(&name).map(shown);
            (name, value)
        })
        .collect()
}

/// Keeps the last lines of the log, the newest first.
impl Write for Diagnostics {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut snapshot = self.lock();
        for line in String::from_utf8_lossy(bytes).lines() {
            snapshot.lines.push_front(line.trim_start().to_owned());
        }
        snapshot.lines.truncate(LINES);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Diagnostics {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

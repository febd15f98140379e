//! The events and counters of callbacks.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, pending, ready};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::OriginalUri;
use http::request::Parts;
use http::{Method, Request, Response};
use metrics::{LocalRecorderGuard, Unit};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tower::util::ServiceFn;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, ErrorCode, InvalidCallback,
    InvalidCallbackKind, Verified, telemetry,
};
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::support::log::Log;

/// An event as a subscriber receives it, without its message.
#[derive(Clone, Debug, PartialEq)]
struct Logged {
    level: Level,
    target: String,
    fields: BTreeMap<&'static str, Value>,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Boolean(bool),
    Number(u64),
}

impl Logged {
    fn new<const N: usize>(level: Level, fields: [(&'static str, Value); N]) -> Self {
        Self {
            level,
            target: "tower_smartcar_connect".to_owned(),
            fields: fields.into(),
        }
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

impl Visit for Logged {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), text(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.insert(field.name(), Value::Number(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.insert(field.name(), Value::Boolean(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}");
        match field.name() {
            "message" => assert_eq!(value, "Smartcar Connect callback"),
            name => panic!("{name} is neither text, number nor boolean: {value}"),
        }
    }
}

/// Records the events and counts of the callbacks that this thread serves, until it is dropped.
///
/// Every test that serves needs one, even if it checks only the counters, because `tracing` can
/// disable an event for all threads if the first thread that reaches it has no subscriber.
struct Recording {
    logger: Logger,
    counters: Snapshotter,
    _subscriber: DefaultGuard,
    _recorder: LocalRecorderGuard<'static>,
}

impl Recording {
    fn start() -> Self {
        let logger = Logger::default();
        let recorder = DebuggingRecorder::new();
        Self {
            counters: recorder.snapshotter(),
            _subscriber: tracing::subscriber::set_default(
                tracing_subscriber::registry().with(logger.clone()),
            ),
            _recorder: metrics::set_default_local_recorder(Box::leak(Box::new(recorder))),
            logger,
        }
    }

    /// Returns the events since the last call.
    fn events(&self) -> Vec<Logged> {
        std::mem::take(&mut self.logger.0.lock().unwrap())
    }

    /// Returns the counts since the last call, as `name{label=value,…}`.
    fn counts(&self) -> Vec<(String, u64)> {
        let series = self.counters.snapshot().into_vec().into_iter();
        let mut counts: Vec<_> = series
            .map(|(key, _, _, value)| {
                let labels = key
                    .key()
                    .labels()
                    .map(|label| format!("{}={}", label.key(), label.value()));
                let labels: Vec<_> = labels.collect();
                match value {
                    DebugValue::Counter(count) => (
                        format!("{}{{{}}}", key.key().name(), labels.join(",")),
                        count,
                    ),
                    other => panic!("{key:?} is not a counter: {other:?}"),
                }
            })
            .filter(|(_, count)| *count > 0)
            .collect();
        counts.sort();
        counts
    }
}

/// A subscriber that keeps the events.
#[derive(Clone, Default)]
struct Logger(Arc<Mutex<Vec<Logged>>>);

impl<S: Subscriber> tracing_subscriber::Layer<S> for Logger {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut logged = Logged::new(*event.metadata().level(), []);
        logged.target = event.metadata().target().to_owned();
        event.record(&mut logged);
        self.0.lock().unwrap().push(logged);
    }
}

type App = ServiceFn<fn(Request<String>) -> Ready<Result<Response<String>, Infallible>>>;

fn app() -> App {
    service_fn(|_request| ready(Ok(Response::default())))
}

fn get(uri: &str) -> Request<String> {
    Request::get(uri).body(String::new()).expect(uri)
}

/// Sends a request through a layer to a service that responds immediately.
async fn serve<L, S>(layer: &L, request: Request<String>)
where
    L: Layer<App, Service = S>,
    S: Service<Request<String>, Response = Response<String>, Error = Infallible>,
{
    let Ok(_response) = layer.layer(app()).oneshot(request).await;
}

async fn respond_to_error(_error: ConnectError, _request: Parts) -> Response<String> {
    Response::default()
}

async fn respond_to_invalid(_invalid: InvalidCallback, _request: Parts) -> Response<String> {
    Response::default()
}

/// Every code and one that is not documented, the level if it is verified, whether it is a user
/// exit, and the resolution.
const ERRORS: [(&str, Level, bool, &str); 11] = [
    ("access_denied", Level::INFO, true, "ask_again"),
    (
        "battery_capacity_no_selection",
        Level::INFO,
        true,
        "continue_without",
    ),
    (
        "configuration_error",
        Level::WARN,
        false,
        "fix_configuration",
    ),
    (
        "invalid_subscription",
        Level::INFO,
        false,
        "fix_subscription",
    ),
    ("no_vehicles", Level::INFO, false, "add_vehicle"),
    ("oem_cancelled_login", Level::INFO, true, "ask_again"),
    ("server_error", Level::ERROR, false, "retry_later"),
    ("user_cancelled", Level::INFO, true, "ask_again"),
    (
        "user_manually_returned_to_application",
        Level::INFO,
        true,
        "ask_again",
    ),
    (
        "vehicle_incompatible",
        Level::INFO,
        false,
        "offer_another_vehicle",
    ),
    ("brand_new_code", Level::ERROR, false, "contact_support"),
];

#[tokio::test]
async fn an_error_event_has_a_level_by_code_and_info_if_not_verified() {
    let recording = Recording::start();
    let verifying = ConnectCallbackLayer::new("/callback").verify_state(|_request, _state| true);
    let passing = ConnectCallbackLayer::new("/callback").app_verifies_state();
    assert_eq!(ERRORS.len(), ErrorCode::ALL.len() + 1);
    for (code, level, user_exit, resolution) in ERRORS {
        let uri = format!("/callback?error={code}&error_description=Why&vin=5ecret&state=5ecret");
        let expected = |level, verified| {
            Logged::new(
                level,
                [
                    ("outcome", text("error")),
                    ("code", text(code)),
                    ("user_exit", Value::Boolean(user_exit)),
                    ("resolution", text(resolution)),
                    ("verified", Value::Boolean(verified)),
                    ("path", text("/callback")),
                ],
            )
        };
        serve(&verifying, get(&uri)).await;
        assert_eq!(recording.events(), [expected(level, true)], "{code}");
        serve(&passing, get(&uri)).await;
        assert_eq!(recording.events(), [expected(Level::INFO, false)], "{code}");
    }
}

#[tokio::test]
async fn the_status_code_of_a_configuration_error_is_a_field_if_it_is_a_number() {
    let recording = Recording::start();
    let layer = ConnectCallbackLayer::new("/callback").verify_state(|_request, _state| true);
    for (status_code, expected) in [
        ("400", Some(Value::Number(400))),
        ("hostile", None),
        ("", None),
    ] {
        serve(
            &layer,
            get(&format!(
                "/callback?error=configuration_error&status_code={status_code}&error_message=5ecret&state=s"
            )),
        )
        .await;
        let [logged] = <[Logged; 1]>::try_from(recording.events()).unwrap();
        assert_eq!(
            logged.fields.get("status_code"),
            expected.as_ref(),
            "{status_code:?}"
        );
    }
}

#[tokio::test]
async fn a_success_event_has_no_values_of_the_callback() {
    let recording = Recording::start();
    let verifying = ConnectCallbackLayer::new("/callback").verify_state(|_request, _state| true);
    let passing = ConnectCallbackLayer::new("/callback").app_verifies_state();
    for query in [
        "code=5ecret&state=5ecret",
        "user_id=5ecret&external_id=5ecret&state=5ecret",
        "vehicle_id=5ecret&state=5ecret",
    ] {
        let expected = |verified| {
            Logged::new(
                Level::DEBUG,
                [
                    ("outcome", text("success")),
                    ("verified", Value::Boolean(verified)),
                    ("path", text("/callback")),
                ],
            )
        };
        serve(&verifying, get(&format!("/callback?{query}"))).await;
        assert_eq!(recording.events(), [expected(true)], "{query}");
        serve(&passing, get(&format!("/callback?{query}"))).await;
        assert_eq!(recording.events(), [expected(false)], "{query}");
    }
}

/// Returns every kind, its level, and a request that `verify_by_name` or the parser rejects with
/// it.
fn rejections() -> [(InvalidCallbackKind, Level, Method, String); 16] {
    use InvalidCallbackKind as Kind;
    let long = format!("code={}", "1".repeat(8192));
    let many = format!("code=1{}", "&a=1".repeat(256));
    [
        (
            Kind::DuplicateParameter,
            Level::INFO,
            Method::GET,
            "code=1&code=2",
        ),
        (
            Kind::ConflictingOutcome,
            Level::INFO,
            Method::GET,
            "code=1&error=access_denied",
        ),
        (Kind::EmptyParameter, Level::INFO, Method::GET, "code="),
        (
            Kind::MalformedError,
            Level::INFO,
            Method::GET,
            "error=%1b%5B2J",
        ),
        (Kind::QueryTooLong, Level::INFO, Method::GET, &long),
        (Kind::TooManyParameters, Level::INFO, Method::GET, &many),
        (Kind::NoResult, Level::INFO, Method::GET, "page=2"),
        (Kind::UnexpectedMethod, Level::INFO, Method::POST, "code=1"),
        (Kind::NonCanonicalPath, Level::INFO, Method::GET, "code=1"),
        (Kind::StateMissing, Level::INFO, Method::GET, "code=1"),
        (
            Kind::StateMismatch,
            Level::INFO,
            Method::GET,
            "code=1&state=state_mismatch",
        ),
        (
            Kind::StateUnknown,
            Level::INFO,
            Method::GET,
            "code=1&state=state_unknown",
        ),
        (
            Kind::StateUnreadable,
            Level::WARN,
            Method::GET,
            "code=1&state=state_unreadable",
        ),
        (
            Kind::StateExpired,
            Level::INFO,
            Method::GET,
            "code=1&state=state_expired",
        ),
        (
            Kind::StateForOtherPath,
            Level::WARN,
            Method::GET,
            "code=1&state=state_for_other_path",
        ),
        (
            Kind::StateStoreUnavailable,
            Level::ERROR,
            Method::GET,
            "code=1&state=state_store_unavailable",
        ),
    ]
    .map(|(kind, level, method, query)| {
        let path = match kind {
            Kind::NonCanonicalPath => "/%63allback",
            _ => "/callback",
        };
        (kind, level, method, format!("{path}?{query}"))
    })
}

/// Rejects a state that is the name of a kind with that kind.
fn verify_by_name(_request: &Parts, state: &str) -> Result<Verified, InvalidCallbackKind> {
    match rejections()
        .into_iter()
        .find(|(kind, ..)| kind.as_str() == state)
    {
        Some((kind, ..)) => Err(kind),
        None => Ok(Verified::new()),
    }
}

#[tokio::test]
async fn an_invalid_callback_event_has_a_kind_and_no_code() {
    let recording = Recording::start();
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state(verify_by_name)
        .require_result(true);
    for (kind, level, method, target) in rejections() {
        serve(
            &layer,
            Request::builder()
                .method(method)
                .uri(&target)
                .body(String::new())
                .unwrap(),
        )
        .await;
        let (path, _query) = target.split_once('?').unwrap();
        let expected = Logged::new(
            level,
            [
                ("outcome", text("invalid")),
                ("kind", text(kind.as_str())),
                ("cookies", text("none")),
                ("path", text(path)),
            ],
        );
        assert_eq!(recording.events(), [expected], "{kind:?}");
    }
}

#[tokio::test]
async fn an_event_and_a_label_say_which_cookies_a_rejected_callback_had() {
    let recording = Recording::start();
    let layer = ConnectCallbackLayer::new("/callback").verify_state(verify_by_name);
    for (cookies, label) in [
        (&[][..], "none"),
        (&["session=1"], "other"),
        (&[""], "other"),
        (&["session=1; theme=dark", "a=smartcar-connect-b"], "other"),
        (&["smartcar-connect-mLqN0s3y=x"], "flow"),
        (&["__Host-smartcar-connect-mLqN0s3y=x"], "flow"),
        (&["session=1; __Host-smartcar-connect-mLqN0s3y=x"], "flow"),
        (&["session=1", "smartcar-connect-mLqN0s3y=x"], "flow"),
        // A proxy has joined two headers with a comma.
        (&["session=1, __Host-smartcar-connect-mLqN0s3y=x"], "other"),
    ] {
        let mut request = get("/callback?code=1&state=state_unknown");
        for cookie in cookies {
            let cookie = http::HeaderValue::from_static(cookie);
            request.headers_mut().append(http::header::COOKIE, cookie);
        }
        serve(&layer, request).await;
        let events = recording.events();
        assert_eq!(events[0].fields["cookies"], text(label), "{cookies:?}");
        let expected = format!(
            "smartcar_connect_invalid_callbacks_total{{kind=state_unknown,cookies={label}}}"
        );
        assert_eq!(recording.counts(), [(expected, 1)], "{cookies:?}");
    }
}

#[tokio::test]
async fn callbacks_are_counted_by_outcome() {
    let recording = Recording::start();
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state(verify_by_name)
        .require_result(true);

    for (text, ..) in ERRORS {
        serve(&layer, get(&format!("/callback?error={text}&state=1"))).await;
        let code: ErrorCode = text.parse().unwrap();
        let expected =
            format!("smartcar_connect_callbacks_total{{outcome=error,code={code},verified=true}}");
        assert_eq!(recording.counts(), [(expected, 1)], "{text}");
    }
    for query in [
        "code=1&state=1",
        "user_id=1&state=1",
        "vehicle_id=1&state=1",
    ] {
        serve(&layer, get(&format!("/callback?{query}"))).await;
        let expected = "smartcar_connect_callbacks_total{outcome=success,code=none,verified=true}";
        assert_eq!(recording.counts(), [(expected.to_owned(), 1)], "{query}");
    }
    for (kind, _, method, target) in rejections() {
        serve(
            &layer,
            Request::builder()
                .method(method)
                .uri(target)
                .body(String::new())
                .unwrap(),
        )
        .await;
        let expected = format!(
            "smartcar_connect_invalid_callbacks_total{{kind={},cookies=none}}",
            kind.as_str()
        );
        assert_eq!(recording.counts(), [(expected, 1)], "{kind:?}");
    }
}

#[tokio::test]
async fn undocumented_codes_share_one_series() {
    let recording = Recording::start();
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    for number in 0..1000 {
        serve(&layer, get(&format!("/callback?error=code_{number}"))).await;
    }
    let expected = "smartcar_connect_callbacks_total{outcome=error,code=unknown,verified=false}";
    assert_eq!(recording.counts(), [(expected.to_owned(), 1000)]);
}

#[tokio::test]
async fn counters_are_described_with_their_unit() {
    let recording = Recording::start();
    telemetry::describe_metrics();
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    serve(&layer, get("/callback?code=1")).await;
    serve(&layer, get("/callback?code=")).await;
    let described: BTreeMap<_, _> = recording
        .counters
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, unit, description, _)| {
            (
                key.key().name().to_owned(),
                (unit, description.map(|text| text.to_string())),
            )
        })
        .collect();
    let described_as = |text: &str| (Some(Unit::Count), Some(text.to_owned()));
    let expected = BTreeMap::from([
        (
            "smartcar_connect_callbacks_total".to_owned(),
            described_as("Smartcar Connect callbacks, by outcome and by error code"),
        ),
        (
            "smartcar_connect_invalid_callbacks_total".to_owned(),
            described_as(
                "Smartcar Connect callbacks that were rejected, by kind and by the cookies that came with them",
            ),
        ),
    ]);
    assert_eq!(described, expected);
}

/// Asserts that this layer reports each callback of the table once, and does not report other
/// requests.
async fn assert_reports_once<L, S>(layer: L, settings: &str)
where
    L: Layer<App, Service = S>,
    S: Service<Request<String>, Response = Response<String>, Error = Infallible>,
{
    let recording = Recording::start();
    for (target, callbacks) in [
        ("/callback?code=1&state=1", 1),
        ("/callback?error=access_denied&state=1", 1),
        ("/callback?error=server_error&state=1", 1),
        ("/callback?code=1&state=state_unknown", 1),
        ("/callback?code=&state=1", 1),
        ("/callback/?code=1&state=1", 1),
        ("/callback", 0),
        ("/callback?page=2", 0),
        ("/garage?code=1&state=1", 0),
        ("/garage//?page=2", 0),
    ] {
        serve(&layer, get(target)).await;
        assert_eq!(
            recording.events().len(),
            callbacks,
            "events of {target} through a layer with {settings}"
        );
        let count: u64 = recording.counts().iter().map(|(_, count)| count).sum();
        assert_eq!(
            count, callbacks as u64,
            "counts of {target} through a layer with {settings}"
        );
    }
}

#[tokio::test]
async fn a_callback_is_reported_once_whichever_handler_responds() {
    let layer = || ConnectCallbackLayer::new("/callback").verify_state(verify_by_name);
    assert_reports_once(layer(), "verify_state").await;
    assert_reports_once(layer().on_error(respond_to_error), "on_error").await;
    let is_user_exit = |error: &ConnectError| error.code().is_user_exit();
    assert_reports_once(
        layer().on_error_matching(is_user_exit, respond_to_error),
        "on_error_matching",
    )
    .await;
    assert_reports_once(layer().on_invalid(respond_to_invalid), "on_invalid").await;
    let respond_to_success = async |_: ConnectSuccess, _: Parts| Response::default();
    assert_reports_once(layer().on_success(respond_to_success), "on_success").await;
    let later = async |request: Parts, state: String| {
        tokio::task::yield_now().await;
        verify_by_name(&request, &state)
    };
    let layer = ConnectCallbackLayer::new("/callback").verify_state_async(later);
    assert_reports_once(layer.clone(), "verify_state_async").await;
    assert_reports_once(
        layer
            .on_error(respond_to_error)
            .on_invalid(respond_to_invalid),
        "all of them",
    )
    .await;
}

#[tokio::test]
async fn a_callback_that_passes_two_layers_is_reported_once() {
    let passing = || ConnectCallbackLayer::new("/callback").app_verifies_state();
    let verifying =
        || ConnectCallbackLayer::new("/callback").verify_state(|_request, state| state != "forged");
    let recording = Recording::start();
    for uri in [
        "/callback?code=1&state=s",
        "/callback?error=access_denied&state=s",
        "/callback?code=1&state=forged",
        "/callback?code=1",
        "/callback?code=",
    ] {
        let request = || get(uri);
        let Ok(_) = passing()
            .layer(passing().layer(app()))
            .oneshot(request())
            .await;
        let passed = (recording.events().len(), recording.counts().len());
        let Ok(_) = verifying()
            .layer(passing().layer(app()))
            .oneshot(request())
            .await;
        let verified_outside = (recording.events().len(), recording.counts().len());
        let Ok(_) = passing()
            .layer(verifying().layer(app()))
            .oneshot(request())
            .await;
        let verified_inside = (recording.events().len(), recording.counts().len());
        assert_eq!(
            [passed, verified_outside, verified_inside],
            [(1, 1); 3],
            "{uri}"
        );
    }
}

#[tokio::test]
async fn a_callback_is_not_reported_before_its_verdict() {
    let recording = Recording::start();
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_async(|_request, _state| pending::<bool>());
    let mut waiting =
        tokio_test::task::spawn(layer.layer(app()).oneshot(get("/callback?code=1&state=1")));
    tokio_test::assert_pending!(waiting.poll());
    drop(waiting);
    assert_eq!(recording.events(), []);
}

/// Returns the log of one request through a layer that takes every path for a callback path.
async fn log_of(uri: &str) -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let layer = ConnectCallbackLayer::matching(|_| true).app_verifies_state();
    serve(&layer, get(uri)).await;
    log.text()
}

#[tokio::test]
async fn no_value_of_a_request_can_forge_or_flood_log_lines() {
    let code_of = |code: &str| {
        format!(
            " INFO tower_smartcar_connect: Smartcar Connect callback outcome=\"error\" code=\"{code}\" user_exit=false \
             resolution=\"contact_support\" verified=false path=\"/callback\"\n"
        )
    };
    let path_of = |path: &str| {
        format!(
            "DEBUG tower_smartcar_connect: Smartcar Connect callback outcome=\"success\" verified=false path=\"{path}\"\n"
        )
    };
    let long = "x".repeat(300);
    let cut = "x".repeat(256);
    let cases = [
        (
            "/callback?error=new+outcome=success",
            code_of("new outcome=success"),
        ),
        (
            "/callback?error=it's%20%3Cb%3Enew%60",
            code_of("it's <b>new`"),
        ),
        (
            &format!("/callback?error={long}"),
            code_of(&format!("{cut}…")),
        ),
        (
            "/callback?error=new&error_description=a%0D%0AERROR+%1b%5B2J",
            code_of("new"),
        ),
        (
            "/callback?error=new&a%0D%0AERROR%20%1b%5B2J",
            code_of("new"),
        ),
        (
            "/a%0D%0AERROR%1b%5B2J?code=1",
            path_of("/a%0D%0AERROR%1b%5B2J"),
        ),
        // Characters that a server accepts unencoded. The formatter escapes the backslashes once
        // more.
        ("/a\u{202e}\u{a0}b?code=1", path_of(r"/a\\u{202e}\\u{a0}b")),
        ("/a\",outcome=\"x?code=1", path_of(r#"/a\",outcome=\"x"#)),
        (
            &format!("/{long}?code=1"),
            path_of(&format!("/{}…", &cut[1..])),
        ),
    ];
    for (uri, expected) in cases {
        assert_eq!(log_of(uri).await, expected, "{uri}");
    }
}

#[tokio::test]
async fn the_path_of_an_event_is_the_requested_one_if_it_is_known() {
    let recording = Recording::start();
    let layer = || ConnectCallbackLayer::new("/callback").app_verifies_state();
    let told_of = layer().match_original_uri(|extensions| {
        extensions.get::<OriginalUri>().map(|original| &original.0)
    });
    for (layer, expected) in [(layer(), "/callback"), (told_of, "/api/callback")] {
        let nested = Router::new()
            .route("/callback", axum::routing::get(async || ""))
            .layer(layer);
        let request = Request::get("/api/callback?code=1")
            .body(Body::empty())
            .unwrap();
        let Ok(_response) = Router::new().nest("/api", nested).oneshot(request).await;
        let [logged] = <[Logged; 1]>::try_from(recording.events()).unwrap();
        assert_eq!(logged.fields["path"], text(expected));
    }
}

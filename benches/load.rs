//! Sends requests over real connections, by HTTP/1.1 and HTTP/2, and checks every answer.
//!
//! ```text
//! cargo bench --package benches --bench load
//! cargo bench --package benches --bench load -- soak
//! ```
//!
//! `soak` sends 100 MB of hostile requests of each shape, and fails if the process keeps them.

use std::time::{Duration, Instant};
use std::{env, fs};

use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::{Router, routing::get};
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{Request, Response, StatusCode};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower_smartcar_connect::responses::ErrorPage;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect, StateCookie,
};

/// How many requests are sent at once.
const TASKS: usize = 16;
/// How many bytes a process may keep: buffers of connections, and what the allocator holds back.
const KEPT_MEGABYTES: f64 = 10.0;

#[tokio::main]
async fn main() {
    let has = |name| env::args().any(|argument| argument == name);
    // Cargo passes `--test` to run each bench once.
    let is_short = has("--test");
    if is_short || !has("soak") {
        load(Duration::from_millis(if is_short { 50 } else { 5000 })).await;
    }
    if is_short || has("soak") {
        soak(if is_short { 1.0 } else { 100.0 }).await;
    }
}

/// A server, and a client of it.
#[derive(Clone)]
struct Connection {
    client: Client<HttpConnector, Body>,
    origin: String,
}

impl Connection {
    async fn open(has_layer: bool, is_http2: bool) -> Self {
        let url = ConnectUrl::new("application-1", "https://app.example/callback").unwrap();
        let states = StateCookie::new(Key::generate());
        let code = async |success: ConnectSuccess| success.code().unwrap_or_default().to_owned();
        let mut app = Router::new()
            .route("/garage/{id}", get(async |Path(id): Path<String>| id))
            .route("/callback", get(code));
        if has_layer {
            let callbacks = ConnectCallbackLayer::new(&url, states.clone());
            app = app.layer(callbacks.on_failure(ErrorPage::new("/garage/7")));
        }
        let app = app.route_service("/connect", StartConnect::new(url, states));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, app).await });
        let mut client = Client::builder(TokioExecutor::new());
        let client = client.http2_only(is_http2).build_http();
        Self { client, origin }
    }

    async fn send(&self, method: &str, path: &str, cookies: &str) -> Response<String> {
        let request = Request::builder().method(method).header(COOKIE, cookies);
        let request = request.uri(format!("{}{path}", self.origin));
        let request = request.body(Body::empty()).unwrap();
        let (head, body) = self.client.request(request).await.unwrap().into_parts();
        let body = to_bytes(Body::new(body), 64_000).await.unwrap();
        Response::from_parts(head, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Starts a flow, and returns its cookie and its state.
    async fn start(&self, cookies: &str) -> (String, String) {
        let started = self.send("POST", "/connect", cookies).await;
        assert_eq!(started.status(), StatusCode::SEE_OTHER);
        let text = |name| started.headers()[name].to_str().unwrap();
        let (cookie, _) = text(SET_COOKIE).split_once(';').unwrap();
        let (_, state) = text(LOCATION).split_once("state=").unwrap();
        let (state, _) = state.split_once('&').unwrap_or((state, ""));
        (cookie.to_owned(), state.to_owned())
    }

    async fn assert_rejected(&self, path: &str, cookies: &str) {
        let rejected = self.send("GET", path, cookies).await;
        assert_eq!(rejected.status(), StatusCode::BAD_REQUEST, "{path}");
        assert!(rejected.body().contains("<h1>"), "{}", rejected.body());
    }

    async fn check(&self, work: Work, number: usize) {
        match work {
            Work::Other => {
                let page = self.send("GET", &format!("/garage/{number}"), "").await;
                assert_eq!(page.status(), StatusCode::OK);
                assert_eq!(*page.body(), number.to_string());
            }
            Work::Forged => self.assert_rejected("/callback?code=1&state=2", "").await,
            Work::Flow => {
                let (cookie, state) = self.start("").await;
                let callback = format!("/callback?code={number}&state={state}");
                let page = self.send("GET", &callback, &cookie).await;
                assert_eq!(page.status(), StatusCode::OK);
                assert_eq!(*page.body(), number.to_string());
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Work {
    Other,
    Forged,
    Flow,
}

async fn load(duration: Duration) {
    println!("| | HTTP/1.1, per second | 99 % within | HTTP/2, per second | 99 % within |");
    println!("| --- | --- | --- | --- | --- |");
    for (name, has_layer, work) in [
        ("another request, no layer", false, Work::Other),
        ("another request", true, Work::Other),
        ("a forged callback", true, Work::Forged),
        ("a start and its callback", true, Work::Flow),
    ] {
        print!("| {name} |");
        for is_http2 in [false, true] {
            let connection = Connection::open(has_layer, is_http2).await;
            let end = Instant::now() + duration;
            let mut tasks = JoinSet::new();
            for task in 0..TASKS {
                let connection = connection.clone();
                tasks.spawn(async move {
                    let mut times = Vec::new();
                    while Instant::now() < end {
                        let start = Instant::now();
                        connection.check(work, TASKS * times.len() + task).await;
                        times.push(start.elapsed());
                    }
                    times
                });
            }
            let mut times = tasks.join_all().await.concat();
            times.sort();
            let rate = times.len() as f64 / duration.as_secs_f64();
            print!(" {rate:.0} | {:.1?} |", times[times.len() * 99 / 100]);
        }
        println!();
    }
}

async fn soak(megabytes: f64) {
    let connection = Connection::open(true, false).await;
    let (cookie, state) = connection.start("").await;
    let cookies = "a=;".repeat(133_000);
    let flow = |flow: usize| format!("__Host-smartcar-connect-{flow:08}=; ");
    let flows: String = (0..11_765).map(flow).collect();
    let (name, value) = cookie.split_once('=').unwrap();
    let value: String = value.chars().rev().collect();
    let made_up = format!("{name}={value}; ").repeat(8);
    let callback = format!("/callback?code=1&state={state}");
    let in_bound = format!("{callback}&make={}", "%41".repeat(2_600));
    let too_long = format!("{callback}&make={}", "%41".repeat(20_000));
    for (shape, path, cookies) in [
        ("starts, 399 KB of cookies", "/connect", &*cookies),
        ("starts, 11,765 flows by name", "/connect", &flows),
        ("callbacks, 399 KB of cookies", &callback, &cookies),
        ("callbacks, made-up flows", &callback, &made_up),
        ("callbacks, queries of 8 KB", &in_bound, ""),
        ("callbacks, queries of 60 KB", &too_long, ""),
    ] {
        let send = async |megabytes: f64| {
            let bytes = (path.len() + cookies.len()) as f64;
            for _ in 0..(megabytes * 1e6 / bytes).ceil() as usize {
                match path {
                    "/connect" => drop(connection.start(cookies).await),
                    _ => connection.assert_rejected(path, cookies).await,
                }
            }
        };
        // The buffers of the connection grow once.
        send(megabytes / 10.0).await;
        let before = resident_megabytes();
        send(megabytes).await;
        let after = resident_megabytes();
        println!("{shape}: {before:.1} MB of memory before {megabytes} MB, {after:.1} MB after");
        assert!(after - before < KEPT_MEGABYTES, "the process keeps {shape}");
    }
}

fn resident_megabytes() -> f64 {
    let pages = fs::read_to_string("/proc/self/statm").expect("this is Linux");
    let resident = pages.split(' ').nth(1).unwrap();
    resident.parse::<f64>().unwrap() * 4096e-6
}

//! The demo as a program: its output, and its shutdown.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};

/// How long the demo may make no progress before it counts as stuck. No test waits for it to pass.
const STUCK: Duration = Duration::from_secs(60);

fn command(port: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.env("PORT", port).stdin(Stdio::null());
    command
}

/// A running demo.
struct Demo {
    process: Child,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Demo {
    fn start() -> Self {
        let mut process = command("0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let mut output = BufReader::new(process.stdout.take().expect("the output is a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let port = line
            .strip_prefix("Open http://localhost:")
            .and_then(|rest| rest.strip_suffix(" in a browser. Ctrl-C stops.\n"))
            .unwrap_or_else(|| panic!("no address in {line:?}"));
        let port = port.parse().expect(port);
        Self {
            process,
            output,
            address: (Ipv4Addr::LOCALHOST, port).into(),
        }
    }

    /// Sends the signal of Ctrl-C.
    fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.process.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    /// Waits until it has exited, and returns the output until then.
    fn wait(mut self) -> (ExitStatus, String) {
        let process = self.process.id();
        let (ended, end) = mpsc::channel::<()>();
        let watchdog = thread::spawn(move || {
            if end.recv_timeout(STUCK) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = Command::new("sh")
                    .args(["-c", &format!("kill -KILL {process}")])
                    .status();
            }
        });
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let status = self.process.wait().unwrap();
        drop(ended);
        watchdog.join().unwrap();
        (status, rest)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn get(target: &str) -> Request<Empty<Bytes>> {
    Request::get(target)
        .header("host", "localhost")
        .body(Empty::new())
        .unwrap()
}

const STOPPING: &str = "Stopping after the requests in progress. Press Ctrl-C again to stop now.\n";

#[tokio::test]
async fn the_demo_serves_its_address_and_stops_with_an_open_connection() {
    let demo = Demo::start();
    let stream = TokioIo::new(TcpStream::connect(demo.address).await.unwrap());
    let (mut connection, driven) = http1::handshake(stream).await.unwrap();
    tokio::spawn(driven);
    let response = connection.send_request(get("/")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let page = response.into_body().collect().await.unwrap().to_bytes();
    let page = String::from_utf8(page.into()).unwrap();
    assert!(page.contains("Connect your car"), "{page}");
    // The connection is kept alive: another request uses it.
    let response = connection.send_request(get("/icon.svg")).await.unwrap();
    response.into_body().collect().await.unwrap();

    demo.interrupt();
    let (status, printed) = demo.wait();
    assert!(status.success(), "{status}");
    assert_eq!(
        printed, STOPPING,
        "it waits for no connection without a request"
    );
    drop(connection);
}

/// Starts a demo with a request that never completes: the response has started, and this client
/// does not read its body.
async fn start_with_endless_request() -> (Demo, Response<Incoming>) {
    let demo = Demo::start();
    let stream = TokioIo::new(TcpStream::connect(demo.address).await.unwrap());
    let (mut sender, connection) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(0)
        .handshake(stream)
        .await
        .unwrap();
    tokio::spawn(connection);
    let target = format!("http://{}/", demo.address);
    let response = sender.send_request(get(&target)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    (demo, response)
}

#[tokio::test]
async fn an_endless_request_delays_the_shutdown_for_a_few_seconds() {
    let (demo, response) = start_with_endless_request().await;
    demo.interrupt();
    let (status, printed) = demo.wait();
    assert!(status.success(), "{status}");
    assert_eq!(
        printed,
        format!("{STOPPING}Some requests did not finish.\n")
    );
    drop(response);
}

#[tokio::test]
async fn a_second_ctrl_c_stops_the_demo_immediately() {
    let (mut demo, response) = start_with_endless_request().await;
    demo.interrupt();
    assert_eq!(demo.line(), STOPPING);
    demo.interrupt();
    let (status, printed) = demo.wait();
    assert!(status.success(), "{status}");
    assert_eq!(printed, "");
    drop(response);
}

#[tokio::test]
async fn an_unavailable_port_is_explained_in_one_line() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let taken = taken.local_addr().unwrap().port();
    let another = |port: u16| format!("PORT={port} cargo run --package demo\n");
    let no_number = format!(
        "PORT has to be a number from 0 to 65535, such as: {}",
        another(8001)
    );
    for (port, words) in [
        (
            taken.to_string(),
            format!(
                "Port {taken} is in use. Choose another one: {}",
                another(taken.wrapping_add(1))
            ),
        ),
        ("garage".to_owned(), no_number.clone()),
        ("65536".to_owned(), no_number.clone()),
        (String::new(), no_number),
    ] {
        let output = command(&port).output().unwrap();
        assert!(!output.status.success(), "PORT={port}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            words,
            "PORT={port}"
        );
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "PORT={port}");
    }
}

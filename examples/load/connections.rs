//! The clients: connections that are kept alive, each of which sends one request after another.

use std::error::Error;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CACHE_CONTROL, HOST};
use http_body_util::BodyExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::server::NUMBER;
use super::traffic::Exchange;

const CONNECTIONS: usize = 256;

/// Connections to one server.
pub(crate) struct Connections {
    senders: Vec<Arc<Mutex<SendRequest<Body>>>>,
}

/// What came of some requests.
pub(crate) struct Report {
    pub(crate) right: usize,
    /// What is wrong with each of the other answers.
    pub(crate) wrong: Vec<String>,
    pub(crate) elapsed: Duration,
}

impl Connections {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let mut senders = Vec::new();
        for _ in 0..CONNECTIONS {
            let (sender, connection) = handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
            tokio::spawn(connection);
            senders.push(Arc::new(Mutex::new(sender)));
        }
        Ok(Self { senders })
    }

    /// Sends the requests with these numbers, each over whatever connection is free, and waits for all answers.
    pub(crate) async fn send(&self, numbers: Range<usize>, exchange: fn(usize) -> Exchange) -> Report {
        let next = Arc::new(AtomicUsize::new(numbers.start));
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for sender in &self.senders {
            let (next, sender) = (next.clone(), sender.clone());
            tasks.spawn(async move {
                let mut sender = sender.lock().await;
                let (mut right, mut wrong) = (0, Vec::new());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        return (right, wrong);
                    }
                    match fulfil(&mut sender, &exchange(number)).await {
                        Ok(()) => right += 1,
                        Err(reason) => wrong.push(format!("request {number}: {reason}")),
                    }
                }
            });
        }
        let (mut right, mut wrong) = (0, Vec::new());
        for (right_there, wrong_there) in tasks.join_all().await {
            right += right_there;
            wrong.extend(wrong_there);
        }
        if right + wrong.len() != numbers.len() {
            wrong.push(format!(
                "{} requests, but {right} answers and {} failures",
                numbers.len(),
                wrong.len()
            ));
        }
        Report {
            right,
            wrong,
            elapsed: begun.elapsed(),
        }
    }
}

/// Sends one request, and compares its answer.
async fn fulfil(sender: &mut SendRequest<Body>, exchange: &Exchange) -> Result<(), Box<dyn Error + Send + Sync>> {
    let request = Request::builder()
        .method(exchange.method.clone())
        .uri(&exchange.target)
        .header(HOST, "app.example")
        .header(NUMBER, exchange.number)
        .body(Body::empty())?;
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let is_private = response
        .headers()
        .get(CACHE_CONTROL)
        .is_some_and(|value| value == "no-store");
    let body = response.into_body().collect().await?.to_bytes();
    let expected = (exchange.status, exchange.is_private, exchange.answer.as_bytes());
    if (status, is_private, &*body) != expected {
        let expected = (exchange.status, exchange.is_private, &exchange.answer);
        return Err(format!("{:?}, but expected {expected:?}", (status, is_private, body)).into());
    }
    Ok(())
}

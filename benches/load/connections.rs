//! The clients: connections that are kept alive, over which one request follows another.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, HOST};
use axum::http::{Request, Version};
use http_body_util::BodyExt;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::server::NUMBER;
use super::traffic::Exchange;

/// How many requests share an HTTP/2 connection, as streams.
const STREAMS: usize = 16;

const HOST_NAME: &str = "app.example";

#[derive(Clone, Copy)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        })
    }
}

/// Connections to one server, over one version of HTTP.
pub(crate) struct Connections {
    senders: Vec<Arc<Mutex<Sender>>>,
}

/// Sends one request at a time.
enum Sender {
    /// Over its own connection.
    Http1(http1::SendRequest<Body>),
    /// Over a connection that it shares.
    Http2(http2::SendRequest<Body>),
}

/// The results of some requests.
pub(crate) struct Report {
    pub(crate) right: usize,
    /// The difference from the expected response, for each wrong response.
    pub(crate) wrong: Vec<String>,
    pub(crate) elapsed: Duration,
}

impl Connections {
    /// Opens connections for this many concurrent requests.
    pub(crate) async fn open(
        protocol: Protocol,
        address: SocketAddr,
        concurrency: usize,
    ) -> Result<Self, Box<dyn Error>> {
        match protocol {
            Protocol::Http1 => Self::http1(address, concurrency).await,
            Protocol::Http2 => Self::http2(address, concurrency).await,
        }
    }

    /// Opens HTTP/1.1 connections, one for each concurrent request.
    async fn http1(address: SocketAddr, concurrency: usize) -> Result<Self, Box<dyn Error>> {
        let mut senders = Vec::new();
        for _ in 0..concurrency {
            let stream = TokioIo::new(connect(address).await?);
            let (sender, connection) = http1::handshake(stream).await?;
            tokio::spawn(connection);
            senders.push(Sender::Http1(sender));
        }
        Ok(Self::from_senders(senders))
    }

    /// Opens HTTP/2 connections with prior knowledge, with a stream for each concurrent request.
    async fn http2(address: SocketAddr, concurrency: usize) -> Result<Self, Box<dyn Error>> {
        let mut senders = Vec::new();
        for _ in 0..concurrency / STREAMS {
            let stream = TokioIo::new(connect(address).await?);
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
            tokio::spawn(connection);
            senders.extend((0..STREAMS).map(|_| Sender::Http2(sender.clone())));
        }
        Ok(Self::from_senders(senders))
    }

    fn from_senders(senders: Vec<Sender>) -> Self {
        let senders = senders
            .into_iter()
            .map(|sender| Arc::new(Mutex::new(sender)));
        Self {
            senders: senders.collect(),
        }
    }

    /// Sends the requests with these numbers, each with the next free sender, and waits for all
    /// responses.
    pub(crate) async fn send(
        &self,
        numbers: Range<usize>,
        exchange: fn(usize) -> Exchange,
    ) -> Report {
        let next = Arc::new(AtomicUsize::new(numbers.start));
        let start = Instant::now();
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
                    match sender.send_and_compare(&exchange(number)).await {
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
                "{} requests, but {right} right responses and {} failures",
                numbers.len(),
                wrong.len()
            ));
        }
        Report {
            right,
            wrong,
            elapsed: start.elapsed(),
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Report {
    /// # Errors
    ///
    /// The first wrong responses.
    pub(crate) fn check(&self) -> Result<(), Box<dyn Error>> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        let first = &self.wrong[..self.wrong.len().min(5)];
        Err(format!(
            "{} wrong responses, such as {}",
            self.wrong.len(),
            first.join("\n")
        )
        .into())
    }
}

impl Sender {
    /// Sends one request, and compares its response.
    async fn send_and_compare(
        &mut self,
        exchange: &Exchange,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let request = Request::builder()
            .method(exchange.method.clone())
            .header(NUMBER, exchange.number);
        let target = &exchange.target;
        let (response, version) = match self {
            Self::Http1(sender) => {
                let request = request
                    .uri(target)
                    .header(HOST, HOST_NAME)
                    .body(Body::empty())?;
                sender.ready().await?;
                (sender.send_request(request).await?, Version::HTTP_11)
            }
            Self::Http2(sender) => {
                let uri = format!("http://{HOST_NAME}{target}");
                let request = request.uri(uri).body(Body::empty())?;
                sender.ready().await?;
                (sender.send_request(request).await?, Version::HTTP_2)
            }
        };
        if response.version() != version {
            return Err(format!("the response comes over {:?}", response.version()).into());
        }
        let status = response.status();
        let is_private = response
            .headers()
            .get(CACHE_CONTROL)
            .is_some_and(|value| value == "no-store");
        let body = response.into_body().collect().await?.to_bytes();
        let expected = (
            exchange.status,
            exchange.is_private,
            exchange.body.as_bytes(),
        );
        if (status, is_private, &*body) != expected {
            let expected = (exchange.status, exchange.is_private, &exchange.body);
            return Err(format!(
                "{:?}, but expected {expected:?}",
                (status, is_private, body)
            )
            .into());
        }
        Ok(())
    }
}

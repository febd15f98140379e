//! A browser, over real sockets.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http::uri::InvalidUri;
use http::{HeaderMap, Method, Request, Response, Version};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Channel, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

use crate::response::equal;

/// How long a stream may make no progress before it counts as stuck. A passing test never waits for
/// it.
const STUCK: Duration = Duration::from_secs(60);

/// A client of one server that speaks one version of HTTP.
pub struct Client {
    address: SocketAddr,
    version: Version,
    connections: legacy::Client<HttpConnector, UnsyncBoxBody<Bytes, Infallible>>,
}

impl Client {
    /// Creates a client for HTTP/1.1, or for HTTP/2 with prior knowledge.
    pub fn new(address: SocketAddr, version: Version) -> Self {
        let connections = legacy::Client::builder(TokioExecutor::new())
            .http2_only(version == Version::HTTP_2)
            .build_http();
        Self {
            address,
            version,
            connections,
        }
    }

    /// Sends a request without a body and waits for the whole response. For `HEAD`, the response
    /// has no body.
    ///
    /// # Errors
    ///
    /// A message about what failed.
    pub async fn send(&self, method: &Method, target: &str) -> Result<Response<Bytes>, String> {
        self.send_with(method, target, HeaderMap::new()).await
    }

    /// [`send`](Self::send), with headers.
    ///
    /// # Errors
    ///
    /// A message about what failed.
    pub async fn send_with(
        &self,
        method: &Method,
        target: &str,
        headers: HeaderMap,
    ) -> Result<Response<Bytes>, String> {
        let (parts, body) = self
            .stream(method, target, headers, Empty::new())
            .await?
            .into_parts();
        if *method == Method::HEAD {
            // Over HTTP/2, hyper sends the body of the app anyway.
            return Ok(Response::from_parts(parts, Bytes::new()));
        }
        let body = body.collect().await.map_err(|error| error.to_string())?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }

    /// Sends a request and waits for the head of the response.
    async fn stream<B>(
        &self,
        method: &Method,
        target: &str,
        headers: HeaderMap,
        body: B,
    ) -> Result<Response<Incoming>, String>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        let uri = format!("http://{}{target}", self.address);
        let mut request = Request::new(body.boxed_unsync());
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri.parse().map_err(|error: InvalidUri| error.to_string())?;
        *request.headers_mut() = headers;
        let response = timeout(STUCK, self.connections.request(request)).await;
        let response = response
            .map_err(|_| "no response".to_owned())?
            .map_err(|error| format!("no response: {error:?}"))?;
        equal("the version", response.version(), self.version)?;
        Ok(response)
    }

    /// Sends a body chunk by chunk, and expects each chunk back before it sends the next one.
    ///
    /// # Errors
    ///
    /// A message about what failed, such as a stream that is stuck because something collects it.
    pub async fn echo(&self, method: &Method, target: &str) -> Result<Response<Bytes>, String> {
        let (mut sender, body) = Channel::new(1);
        let mut response = self.stream(method, target, HeaderMap::new(), body).await?;
        for chunk in ["first", "second", "third"] {
            sender
                .send_data(Bytes::from(chunk))
                .await
                .map_err(|error| error.to_string())?;
            let mut echoed = Vec::new();
            while echoed.len() < chunk.len() {
                let frame = timeout(STUCK, response.frame()).await;
                let frame = frame.map_err(|_| format!("{chunk:?} does not come back"))?;
                let frame = frame
                    .ok_or("the response ends too early")?
                    .map_err(|error| error.to_string())?;
                echoed.extend(frame.into_data().map_err(|_| "trailers come too early")?);
            }
            equal(
                "the chunk",
                String::from_utf8_lossy(&echoed).as_ref(),
                chunk,
            )?;
        }
        drop(sender);
        let (parts, body) = response.into_parts();
        let rest = timeout(STUCK, body.collect())
            .await
            .map_err(|_| "the response does not end")?;
        let rest = rest.map_err(|error| error.to_string())?;
        Ok(Response::from_parts(parts, rest.to_bytes()))
    }
}

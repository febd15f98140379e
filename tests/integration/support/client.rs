//! Clients over real sockets, and assertions for every server.

use std::convert::Infallible;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, DATE, REFERRER_POLICY};
use http::{HeaderMap, Request, Response, StatusCode, Uri, Version};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Channel, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// As published by Smartcar, without the name of the description.
pub(crate) const OEM_CANCELLED_LOGIN: &str = "/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM";

/// How long a stream may pause before it counts as stuck. No test waits for it to pass.
const STUCK: Duration = Duration::from_secs(60);

/// Binds a listener to a free port, and returns it with its address.
pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A client of one server that speaks one version of HTTP. `Display` writes the version, to name a
/// case that failed.
pub(crate) struct Client {
    address: SocketAddr,
    version: Version,
    connections: legacy::Client<HttpConnector, UnsyncBoxBody<Bytes, Infallible>>,
}

impl Client {
    /// Returns one client for HTTP/1.1 and one for HTTP/2 with prior knowledge.
    pub(crate) fn of_each_version(address: SocketAddr) -> [Self; 2] {
        [Version::HTTP_11, Version::HTTP_2].map(|version| Self {
            address,
            version,
            connections: legacy::Client::builder(TokioExecutor::new())
                .http2_only(version == Version::HTTP_2)
                .build_http(),
        })
    }

    pub(crate) async fn get(&self, target: &str) -> Response<Bytes> {
        self.send("GET", target).await
    }

    /// Sends a request without a body and waits for the whole response.
    pub(crate) async fn send(&self, method: &str, target: &str) -> Response<Bytes> {
        self.send_with(method, target, HeaderMap::new()).await
    }

    /// Sends a request with these headers.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        target: &str,
        headers: HeaderMap,
    ) -> Response<Bytes> {
        let (parts, body) = self
            .stream(method, target, headers, Empty::new())
            .await
            .into_parts();
        Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }

    /// Sends a request and waits for the head of the response.
    async fn stream<B>(
        &self,
        method: &str,
        target: &str,
        headers: HeaderMap,
        body: B,
    ) -> Response<Incoming>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        let uri: Uri = format!("http://{}{target}", self.address).parse().unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .body(body.boxed_unsync())
            .unwrap();
        request.headers_mut().extend(headers);
        let response = self.connections.request(request).await.unwrap();
        assert_eq!(response.version(), self.version);
        response
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.version)
    }
}

/// Asserts that an echo at `target` returns each chunk before the next one is sent, so that neither
/// body is buffered.
pub(crate) async fn assert_streams_both_ways(client: &Client, target: &str) {
    let case = format!("{client} {target}");
    let (mut sender, body) = Channel::new(1);
    let response = client.stream("POST", target, HeaderMap::new(), body);
    let mut response = timeout(STUCK, response).await.expect(&case);
    assert_eq!(response.status(), StatusCode::OK, "{case}");
    for chunk in ["first", "second", "third"] {
        sender.send_data(Bytes::from(chunk)).await.unwrap();
        let mut echoed = Vec::new();
        while echoed.len() < chunk.len() {
            let frame = timeout(STUCK, response.frame()).await.expect(&case);
            echoed.extend(frame.expect(&case).unwrap().into_data().unwrap());
        }
        assert_eq!(echoed, chunk.as_bytes(), "{case}");
    }
    drop(sender);
    let rest = timeout(STUCK, response.collect())
        .await
        .expect(&case)
        .unwrap();
    assert!(rest.to_bytes().is_empty(), "{case}");
}

/// Asserts that this is the response to a rejected callback: a status, no body, and no header that
/// could reflect the request.
pub(crate) fn assert_rejected(response: &Response<Bytes>, case: &str) {
    assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{case}");
    assert!(response.body().is_empty(), "{case}: {:?}", response.body());
    let headers = response.headers();
    assert_eq!(headers[CACHE_CONTROL], "no-store", "{case}");
    assert_eq!(headers[REFERRER_POLICY], "no-referrer", "{case}");
    // hyper adds the other headers, and axum adds `Allow` if the route does not accept the method.
    let expected = [ALLOW, CACHE_CONTROL, CONTENT_LENGTH, DATE, REFERRER_POLICY];
    for name in headers.keys() {
        assert!(expected.contains(name), "{case}: {name}");
    }
}

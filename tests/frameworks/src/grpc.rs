//! Calls, their status and their trailers on a gRPC server with the layer.

use std::net::{Ipv4Addr, SocketAddr};

use http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY};
use http::{Method, Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Status;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::{HealthReporter, health_reporter};

use crate::client::Client;
use crate::outcome::HANDLED;
use crate::placements::Checked;
use crate::response::equal;

/// Calls the services inside the layer.
pub async fn check() -> Vec<Checked> {
    let (reporter, health) = health_reporter();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let server = tokio::spawn(crate::tonic::server(listener, health));
    let checked = [
        ("a unary call passes unchanged", unary(address).await),
        (
            "an error status arrives with its message",
            status(address).await,
        ),
        ("trailers arrive as they were sent", trailers(address).await),
        (
            "a streaming call goes on while a browser comes back",
            streaming(address, reporter).await,
        ),
    ];
    server.abort();
    let without_pages = (
        "handlers respond to callbacks on a server without pages",
        without_pages().await,
    );
    let checked = checked.into_iter().chain([without_pages]);
    checked
        .map(|(name, result)| (name.to_owned(), result))
        .collect()
}

async fn health_client(address: SocketAddr) -> Result<HealthClient<Channel>, String> {
    let endpoint =
        Endpoint::from_shared(format!("http://{address}")).map_err(|error| error.to_string())?;
    Ok(HealthClient::new(
        endpoint
            .connect()
            .await
            .map_err(|error| error.to_string())?,
    ))
}

fn health_request(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

async fn unary(address: SocketAddr) -> Result<(), String> {
    let mut client = health_client(address).await?;
    let response = client
        .check(health_request(""))
        .await
        .map_err(|status| status.to_string())?;
    for header in [CACHE_CONTROL, REFERRER_POLICY] {
        equal(
            header.as_str(),
            response.metadata().contains_key(header.as_str()),
            false,
        )?;
    }
    equal(
        "the response",
        response.into_inner().status(),
        Status::Serving,
    )
}

async fn status(address: SocketAddr) -> Result<(), String> {
    let mut client = health_client(address).await?;
    let Err(status) = client.check(health_request("boats")).await else {
        return Err("an unknown service is known".to_owned());
    };
    equal("the code", status.code(), Code::NotFound)?;
    equal("the message", status.message(), "service not registered")
}

/// Calls with an outcome in the query of a path that is not a callback path.
async fn trailers(address: SocketAddr) -> Result<(), String> {
    let socket = TcpStream::connect(address)
        .await
        .map_err(|error| error.to_string())?;
    let handshake =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await;
    let (mut calls, connection) = handshake.map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    let empty_message = Bytes::from_static(&[0; 5]);
    let request = Request::post(format!(
        "http://{address}/grpc.health.v1.Health/Check?error=access_denied&code=c-1"
    ))
    .header(CONTENT_TYPE, "application/grpc")
    .header("te", "trailers")
    .body(Full::new(empty_message))
    .map_err(|error| error.to_string())?;
    let response = calls
        .send_request(request)
        .await
        .map_err(|error| error.to_string())?;
    let body = response
        .into_body()
        .collect()
        .await
        .map_err(|error| error.to_string())?;
    connection.abort();
    let trailers = body.trailers().ok_or("there are no trailers")?;
    equal(
        "grpc-status",
        trailers.get("grpc-status").map(|status| status.as_bytes()),
        Some(&b"0"[..]),
    )?;
    // A frame of one message: field 1, `SERVING`.
    equal(
        "the message",
        body.to_bytes().as_ref(),
        &[0, 0, 0, 0, 2, 8, 1][..],
    )
}

async fn streaming(address: SocketAddr, mut reporter: HealthReporter) -> Result<(), String> {
    let mut client = health_client(address).await?;
    reporter
        .set_service_status("cars", ServingStatus::Serving)
        .await;
    let response = client
        .watch(health_request("cars"))
        .await
        .map_err(|status| status.to_string())?;
    let mut updates = response.into_inner();
    let mut next = async || {
        let update = updates
            .message()
            .await
            .map_err(|status| status.to_string())?;
        Ok::<_, String>(update.map(|update| update.status()))
    };
    equal("the first update", next().await?, Some(Status::Serving))?;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let browser = Client::new(address, version);
        let page = browser
            .send(&Method::GET, "/reauth?error=access_denied")
            .await?;
        equal("the browser's status", page.status(), HANDLED)?;
        reporter
            .set_service_status("cars", ServingStatus::NotServing)
            .await;
        equal("an update", next().await?, Some(Status::NotServing))?;
        reporter
            .set_service_status("cars", ServingStatus::Serving)
            .await;
        equal("an update", next().await?, Some(Status::Serving))?;
    }
    reporter.clear_service_status("cars").await;
    equal("the end", next().await?, None)
}

/// Sends callbacks of all kinds, and a call between them.
async fn without_pages() -> Result<(), String> {
    let (_reporter, health) = health_reporter();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let server = tokio::spawn(crate::tonic::without_pages(listener, health));
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let browser = Client::new(address, version);
        for (query, expected_status, expected_body) in [
            ("code=c-1", StatusCode::OK, r#"success Some("c-1")"#),
            (
                "error=access_denied",
                StatusCode::UNPROCESSABLE_ENTITY,
                "failure access_denied",
            ),
            ("code=", StatusCode::BAD_REQUEST, "failure empty_parameter"),
        ] {
            let response = browser
                .send(&Method::GET, &format!("/callback?{query}"))
                .await?;
            equal("the status", response.status(), expected_status)?;
            equal(
                "the body",
                response.body().as_ref(),
                expected_body.as_bytes(),
            )?;
            let is_private = response
                .headers()
                .get(CACHE_CONTROL)
                .is_some_and(|value| value == "no-store");
            equal("whether the response is private", is_private, true)?;
        }
        unary(address).await?;
    }
    server.abort();
    Ok(())
}

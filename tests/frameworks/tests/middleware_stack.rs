//! An app with all of these layers. `middleware_order.rs`, `cors.rs` and `sessions.rs` have the
//! reasons for their order.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use frameworks::client::Client;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ORIGIN, REFERRER_POLICY};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower::make::Shared;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::normalize_path::NormalizePathLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess, ErrorCode};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Checks the session. The documentation of `verify_state_async` shows what an app compares.
fn verify(request: &Parts, _state: &str) -> bool {
    request.extensions.get::<Session>().is_some()
}

async fn not_connected(error: ConnectError, _request: Parts) -> Response {
    match error.code() {
        ErrorCode::ServerError => panic!("the handler panics"),
        code => format!("{code}\n").repeat(20).into_response(),
    }
}

async fn connected(request: Request) -> String {
    match request.extensions().get::<ConnectSuccess>() {
        Some(success) if success.user_id().is_some() => panic!("the route panics"),
        success => format!("{:?}\n", success.map(ConnectSuccess::is_verified)).repeat(20),
    }
}

/// Serves the app, and returns a client of it.
async fn serve() -> Client {
    let app = Router::new()
        .route("/callback", get(connected))
        .route("/other", get(connected))
        // Inside, so that the response to a panic of a route gets the headers of a callback.
        .layer(CatchPanicLayer::new());
    let app = ServiceBuilder::new()
        // `axum::serve` needs its own body.
        .map_response(|response: http::Response<_>| response.map(Body::new))
        // The outermost layers, in the order in which they see a request.
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        // The path, without the query that has the code.
        .layer(
            TraceLayer::new_for_http().make_span_with(|request: &Request| {
                tracing::info_span!("request", path = request.uri().path())
            }),
        )
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new())
        .layer(CorsLayer::new().allow_origin(HeaderValue::from_static("https://app.example")))
        .layer(SessionManagerLayer::new(MemoryStore::default()))
        .layer(
            ConnectCallbackLayer::new("/callback")
                .on_error(not_connected)
                .verify_state(verify),
        )
        // Inside: it changes the path.
        .layer(NormalizePathLayer::trim_trailing_slash())
        .service(app);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Shared::new(app)).await });
    Client::new(address, Version::HTTP_11)
}

#[tokio::test]
async fn every_response_to_a_callback_has_an_id_and_the_callback_headers() {
    let client = serve().await;
    let headers = HeaderMap::from_iter([
        (ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
        (ORIGIN, HeaderValue::from_static("https://other.example")),
    ]);
    // Whether the response is compressed. Short responses are not.
    for (target, status, is_compressed) in [
        ("/callback?code=c-1&state=s-1", StatusCode::OK, true),
        (
            "/callback?error=access_denied&state=s-1",
            StatusCode::OK,
            true,
        ),
        ("/callback?code=c-1", StatusCode::BAD_REQUEST, false),
        (
            "/callback?code=c-1&code=c-2&state=s-1",
            StatusCode::BAD_REQUEST,
            false,
        ),
        (
            "/callback/?code=c-1&state=s-1",
            StatusCode::BAD_REQUEST,
            false,
        ),
        (
            "/callback?user_id=u-1&state=s-1",
            StatusCode::INTERNAL_SERVER_ERROR,
            false,
        ),
    ] {
        let response = client
            .send_with(&Method::GET, target, headers.clone())
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{target}");
        let headers = response.headers();
        assert_eq!(
            headers.contains_key(CONTENT_ENCODING),
            is_compressed,
            "{target}"
        );
        assert_eq!(headers[CACHE_CONTROL], "no-store", "{target}");
        assert_eq!(headers[REFERRER_POLICY], "no-referrer", "{target}");
        assert!(headers.contains_key(REQUEST_ID), "{target}");
    }
}

#[tokio::test]
async fn other_requests_and_handler_panics_get_no_callback_headers() {
    let client = serve().await;
    for (target, status) in [
        ("/other/?code=c-1", StatusCode::OK),
        (
            "/callback?error=server_error&state=s-1",
            StatusCode::INTERNAL_SERVER_ERROR,
        ),
    ] {
        let response = client.send(&Method::GET, target).await.unwrap();
        assert_eq!(response.status(), status, "{target}");
        for header in [CACHE_CONTROL, REFERRER_POLICY] {
            assert!(
                !response.headers().contains_key(&header),
                "{target} {header}"
            );
        }
        assert!(response.headers().contains_key(REQUEST_ID), "{target}");
    }
}

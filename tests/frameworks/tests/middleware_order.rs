//! The layer with tower-http's middleware: which goes outside, which goes inside, and what each one
//! sees.
//!
//! In axum, a layer that is added later is outside the earlier ones.

#[path = "../../integration/support/log.rs"]
mod log;

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use frameworks::client::Client;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, REFERRER_POLICY};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use hyper::body::Bytes;
use tokio::net::TcpListener;
use tower::make::Shared;
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::normalize_path::NormalizePathLayer;
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::trace::TraceLayer;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, HandleCallback, InvalidCallback,
};
use tracing::Span;

use self::log::Log;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Serves an app, and returns a client of it.
async fn serve(app: Router) -> Client {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Client::new(address, Version::HTTP_11)
}

async fn get_from(client: &Client, target: &str) -> http::Response<Bytes> {
    client.send(&Method::GET, target).await.unwrap()
}

/// Returns whether the request has a success and an id.
async fn route(request: Request) -> String {
    let is_success = request.extensions().get::<ConnectSuccess>().is_some();
    format!(
        "route, success: {is_success}, id: {}",
        has_id(request.extensions())
    )
}

/// Responds to errors, and checks the id of the request.
async fn handler(_error: ConnectError, request: Parts) -> Response {
    format!("handler, id: {}", has_id(&request.extensions)).into_response()
}

fn has_id(extensions: &Extensions) -> bool {
    extensions.get::<RequestId>().is_some()
}

fn routes() -> Router {
    Router::new()
        .route("/callback", any(route))
        .route("/other", any(route))
}

fn callbacks() -> ConnectCallbackLayer<
    Infallible,
    impl HandleCallback<ConnectError, Body, Future: Send> + Send + Sync + 'static,
> {
    ConnectCallbackLayer::new("/callback")
        .on_error(handler)
        .app_verifies_state()
}

#[tokio::test]
async fn the_default_span_of_trace_layer_logs_the_code_and_a_path_span_does_not() {
    let default = routes()
        .layer(callbacks())
        .layer(TraceLayer::new_for_http());
    let of_path = routes()
        .layer(callbacks())
        .layer(
            TraceLayer::new_for_http().make_span_with(|request: &Request| {
                tracing::debug_span!("request", path = request.uri().path())
            }),
        );
    for (name, app, is_logged) in [("default", default, true), ("of the path", of_path, false)] {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(log.clone())
            .finish();
        // The server runs on the test's only thread too.
        let _guard = tracing::subscriber::set_default(subscriber);
        let client = serve(app).await;
        get_from(&client, "/callback?code=5ecret").await;
        assert!(log.text().contains("/callback"), "{name}: {}", log.text());
        assert_eq!(
            log.text().contains("5ecret"),
            is_logged,
            "{name}: {}",
            log.text()
        );
    }
}

#[tokio::test]
async fn only_an_outer_trace_layer_sees_responses_of_handlers() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let trace = |place: &'static str| {
        let seen = Arc::clone(&seen);
        TraceLayer::new_for_http().on_response(
            move |response: &http::Response<_>, _: Duration, _: &Span| {
                let error = response
                    .extensions()
                    .get::<ConnectError>()
                    .map(|error| error.code().to_string());
                let invalid = response
                    .extensions()
                    .get::<InvalidCallback>()
                    .map(|invalid| format!("{:?}", invalid.kind()));
                seen.lock().unwrap().push((place, error.or(invalid)));
            },
        )
    };
    let app = routes()
        .layer(trace("inside"))
        .layer(callbacks())
        .layer(trace("outside"));
    let client = serve(app).await;
    for (target, expected) in [
        (
            "/callback?code=c-1",
            vec![("inside", None), ("outside", None)],
        ),
        (
            "/callback?error=access_denied",
            vec![("outside", Some("access_denied".to_owned()))],
        ),
        (
            "/callback?code=",
            vec![("outside", Some("EmptyParameter".to_owned()))],
        ),
    ] {
        get_from(&client, target).await;
        assert_eq!(
            std::mem::take(&mut *seen.lock().unwrap()),
            expected,
            "{target}"
        );
    }
}

#[tokio::test]
async fn outer_compression_covers_responses_of_handlers() {
    async fn long(_error: ConnectError, _request: Parts) -> Response {
        "handler ".repeat(100).into_response()
    }
    let routes = || Router::new().route("/callback", get(async || "route ".repeat(100)));
    let callbacks = || {
        ConnectCallbackLayer::new("/callback")
            .on_error(long)
            .app_verifies_state()
    };
    let outside = routes().layer(callbacks()).layer(CompressionLayer::new());
    let inside = routes().layer(CompressionLayer::new()).layer(callbacks());
    for (place, app, of_handler) in [("outside", outside, true), ("inside", inside, false)] {
        let client = serve(app).await;
        for (target, is_compressed) in [
            ("/callback?code=c-1", true),
            ("/callback?error=access_denied", of_handler),
        ] {
            let headers =
                HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]);
            let response = client
                .send_with(&Method::GET, target, headers)
                .await
                .unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{place} {target}");
            assert_eq!(
                response.headers().contains_key(CONTENT_ENCODING),
                is_compressed,
                "{place} {target}"
            );
            assert_eq!(
                response.headers()[CACHE_CONTROL],
                "no-store",
                "{place} {target}"
            );
        }
    }
}

#[tokio::test]
async fn outer_path_normalization_hides_the_original_path_from_the_layer() {
    let listener = async || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = Client::new(listener.local_addr().unwrap(), Version::HTTP_11);
        (listener, client)
    };
    let normalize = NormalizePathLayer::trim_trailing_slash();
    let (for_outside, outside) = listener().await;
    let app = normalize.layer(callbacks().layer(routes()));
    tokio::spawn(async move {
        axum::serve(
            for_outside,
            axum::ServiceExt::<Request>::into_make_service(app),
        )
        .await
    });
    let (for_inside, inside) = listener().await;
    let app = callbacks().layer(normalize.layer(routes()));
    tokio::spawn(async move { axum::serve(for_inside, Shared::new(app)).await });

    for (place, client, status) in [
        ("outside", outside, StatusCode::OK),
        ("inside", inside, StatusCode::BAD_REQUEST),
    ] {
        let non_canonical = get_from(&client, "/callback/?code=c-1").await;
        assert_eq!(non_canonical.status(), status, "{place}");
        let other = get_from(&client, "/other/?code=c-1").await;
        assert_eq!(other.status(), StatusCode::OK, "{place}");
    }
}

#[tokio::test]
async fn catch_panic_inside_keeps_the_headers_and_outside_catches_handlers() {
    async fn panicking(request: Request) -> String {
        panic!("the route panics at {}", request.uri().path())
    }
    async fn panicking_handler(_error: ConnectError, request: Parts) -> Response {
        panic!("the handler panics at {}", request.uri.path())
    }
    let routes = || Router::new().route("/callback", any(panicking));
    let callbacks = || {
        ConnectCallbackLayer::new("/callback")
            .on_error(panicking_handler)
            .app_verifies_state()
    };
    let inside = routes().layer(CatchPanicLayer::new()).layer(callbacks());
    let outside = routes().layer(callbacks()).layer(CatchPanicLayer::new());
    let both = routes()
        .layer(CatchPanicLayer::new())
        .layer(callbacks())
        .layer(CatchPanicLayer::new());

    // Whether the response to a panic of the route has the headers, and whether a panic of the
    // handler gets a response.
    for (place, app, has_headers, has_response) in [
        ("inside", inside, true, false),
        ("outside", outside, false, true),
        ("both", both, true, true),
    ] {
        let client = serve(app).await;
        let response = get_from(&client, "/callback?code=c-1").await;
        assert_eq!(
            response.status(),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{place}"
        );
        for header in [CACHE_CONTROL, REFERRER_POLICY] {
            assert_eq!(
                response.headers().contains_key(&header),
                has_headers,
                "{place} {header}"
            );
        }
        let response = client
            .send(&Method::GET, "/callback?error=access_denied")
            .await;
        let status = response.ok().map(|response| response.status());
        assert_eq!(
            status,
            has_response.then_some(StatusCode::INTERNAL_SERVER_ERROR),
            "{place}"
        );
    }
}

#[tokio::test]
async fn an_outer_request_id_is_on_rejections_and_visible_to_handlers() {
    let set = SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid);
    let ids = || {
        ServiceBuilder::new()
            .layer(set.clone())
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
    };
    let outside = routes().layer(callbacks()).layer(ids());
    let inside = routes().layer(ids()).layer(callbacks());
    for (place, app, is_known) in [("outside", outside, true), ("inside", inside, false)] {
        let client = serve(app).await;
        let response = get_from(&client, "/callback?code=c-1").await;
        assert_eq!(response.body(), "route, success: true, id: true", "{place}");
        assert!(response.headers().contains_key(REQUEST_ID), "{place}");
        let response = get_from(&client, "/callback?error=access_denied").await;
        assert_eq!(
            *response.body(),
            format!("handler, id: {is_known}"),
            "{place}"
        );
        assert_eq!(
            response.headers().contains_key(REQUEST_ID),
            is_known,
            "{place}"
        );
        let response = get_from(&client, "/callback?code=").await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{place}");
        assert_eq!(
            response.headers().contains_key(REQUEST_ID),
            is_known,
            "{place}"
        );
    }
}

/// A handler responds with the body of the inner service, so layers that change the body go
/// outside.
#[tokio::test]
async fn layers_that_change_the_body_go_outside_in_a_service_builder() {
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(CompressionLayer::new())
        .layer(callbacks())
        .service_fn(async |request: Request| {
            Ok::<_, Infallible>(route(request).await.into_response())
        });
    let request = http::Request::get("/callback?error=access_denied").body(Body::empty());
    let response = service.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
}

//! The order of layers that the guide advises: what each does outside of this one, and inside.
//!
//! In axum, a layer that is added later is outside the earlier ones.

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::header::{ACCEPT_ENCODING, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::request::Parts;
use http::{Method, Request, StatusCode};
use tower::{Layer, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::normalize_path::NormalizePathLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure};

use super::support::log::Log;

/// A route that serves successes, and panics if the code says so.
fn routes() -> Router {
    let route = async |request: Request<Body>| {
        let query = request.uri().query().unwrap_or_default();
        assert!(!query.contains("panic"), "as the code says");
        "route ".repeat(100)
    };
    Router::new().route("/callback", any(route))
}

/// Adds the layer, whose handler responds to failures.
fn connect(routes: Router) -> Router {
    let respond = async |failure: ConnectFailure, _: Parts| -> Response {
        (failure.status(), "handler ".repeat(100)).into_response()
    };
    let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    routes.layer(layer.on_failure(respond))
}

/// What a response to an error, which a handler makes, has in each order.
#[tokio::test]
async fn only_layers_outside_see_what_a_handler_responds() {
    let failure = "/callback?error=access_denied";
    let with_ids = |app: Router| {
        app.layer(PropagateRequestIdLayer::x_request_id())
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
    };
    let compressed = |app: Router| app.layer(CompressionLayer::new());
    for (header, outside, inside) in [
        (
            "x-request-id",
            with_ids(connect(routes())),
            connect(with_ids(routes())),
        ),
        (
            "content-encoding",
            compressed(connect(routes())),
            connect(compressed(routes())),
        ),
    ] {
        for (app, is_expected) in [(outside, true), (inside, false)] {
            let request = Request::get(failure).header(ACCEPT_ENCODING, "gzip");
            let response = app
                .oneshot(request.body(Body::empty()).unwrap())
                .await
                .unwrap();
            assert_eq!(
                response.headers().contains_key(header),
                is_expected,
                "{header}"
            );
        }
    }
}

#[tokio::test]
async fn a_preflight_is_answered_by_cors_outside_and_rejected_by_the_layer_outside() {
    let cors = CorsLayer::permissive;
    for (app, status) in [
        (connect(routes()).layer(cors()), StatusCode::OK),
        (connect(routes().layer(cors())), StatusCode::BAD_REQUEST),
    ] {
        let preflight = Request::builder()
            .method(Method::OPTIONS)
            .uri("/callback?code=c-1")
            .header(ORIGIN, "https://other.example")
            .header(ACCESS_CONTROL_REQUEST_METHOD, "GET");
        let response = app.oneshot(preflight.body(Body::empty()).unwrap()).await;
        assert_eq!(response.unwrap().status(), status);
    }
}

#[tokio::test]
async fn the_response_to_a_panic_is_not_cached_if_it_is_caught_inside() {
    let catch = CatchPanicLayer::new;
    for (app, is_private) in [
        (connect(routes().layer(catch())), true),
        (connect(routes()).layer(catch()), false),
    ] {
        let request = Request::get("/callback?code=panic").body(Body::empty());
        let response = app.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers().contains_key("cache-control"), is_private);
    }
}

#[tokio::test]
async fn a_path_that_is_normalized_inside_is_rejected_as_it_was_sent() {
    let trim = NormalizePathLayer::trim_trailing_slash;
    let request = || {
        Request::get("/callback/?code=c-1")
            .body(Body::empty())
            .unwrap()
    };
    let outside = trim().layer(connect(routes())).oneshot(request()).await;
    assert_eq!(outside.unwrap().status(), StatusCode::OK);
    let inside = Router::new().fallback_service(trim().layer(routes()));
    let inside = connect(inside).oneshot(request()).await;
    assert_eq!(inside.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_default_span_of_trace_layer_logs_the_code_and_a_path_span_does_not() {
    let default = connect(routes()).layer(TraceLayer::new_for_http());
    let of_path = TraceLayer::new_for_http().make_span_with(|request: &Request<Body>| {
        tracing::debug_span!("request", path = request.uri().path())
    });
    let of_path = connect(routes()).layer(of_path);
    for (app, is_logged) in [(default, true), (of_path, false)] {
        let (log, _guard) = Log::record(tracing::Level::DEBUG);
        let request = Request::get("/callback?code=5ecret").body(Body::empty());
        app.oneshot(request.unwrap()).await.unwrap();
        assert!(log.text().contains("/callback"), "{}", log.text());
        assert_eq!(log.text().contains("5ecret"), is_logged, "{}", log.text());
    }
}

//! The layer with tower-http's `CorsLayer`: which responds to a preflight, and which origins can
//! read the response to a callback.
//!
//! In axum, a layer that is added later is outside the earlier ones.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::any;
use frameworks::client::Client;
use http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD,
    CACHE_CONTROL, ORIGIN,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};
use tokio::net::TcpListener;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_smartcar_connect::ConnectCallbackLayer;

const OURS: HeaderValue = HeaderValue::from_static("https://app.example");
const OTHER: HeaderValue = HeaderValue::from_static("https://other.example");

/// A server, and the number of calls of its routes.
struct Server {
    client: Client,
    reached: Arc<AtomicUsize>,
}

impl Server {
    async fn start(layered: impl FnOnce(Router) -> Router) -> Self {
        let reached = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reached);
        let route = any(async move || {
            count.fetch_add(1, Ordering::Relaxed);
            "route"
        });
        let app = layered(
            Router::new()
                .route("/callback", route.clone())
                .route("/other", route),
        );
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = Client::new(listener.local_addr().unwrap(), Version::HTTP_11);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { client, reached }
    }

    /// Sends a request from a page of this origin.
    async fn send(&self, method: Method, target: &str, origin: HeaderValue) -> Received {
        let mut headers = HeaderMap::from_iter([(ORIGIN, origin)]);
        if method == Method::OPTIONS {
            headers.insert(
                ACCESS_CONTROL_REQUEST_METHOD,
                HeaderValue::from_static("GET"),
            );
        }
        let reached = self.reached.load(Ordering::Relaxed);
        let response = self
            .client
            .send_with(&method, target, headers)
            .await
            .unwrap();
        Received {
            status: response.status(),
            headers: response.headers().clone(),
            is_of_route: self.reached.load(Ordering::Relaxed) > reached,
        }
    }
}

struct Received {
    status: StatusCode,
    headers: HeaderMap,
    is_of_route: bool,
}

fn callbacks() -> ConnectCallbackLayer<Infallible> {
    ConnectCallbackLayer::new("/callback").app_verifies_state()
}

#[tokio::test]
async fn cors_responds_to_preflights_of_callbacks_only_if_it_is_outside() {
    let ours = || {
        CorsLayer::new()
            .allow_origin(OURS)
            .allow_methods([Method::GET])
    };
    let outside = Server::start(|routes| routes.layer(callbacks()).layer(ours())).await;
    let inside = Server::start(|routes| routes.layer(ours()).layer(callbacks())).await;
    for (place, server, target, has_preflight_response) in [
        ("outside", &outside, "/callback?code=c-1", true),
        ("outside", &outside, "/callback?error=access_denied", true),
        ("inside", &inside, "/callback?code=c-1", false),
        ("inside", &inside, "/callback?error=access_denied", false),
        // Without an outcome, it is not a callback.
        ("inside", &inside, "/callback", true),
        ("inside", &inside, "/other?code=c-1", true),
    ] {
        let preflight = server.send(Method::OPTIONS, target, OURS).await;
        let status = if has_preflight_response {
            StatusCode::OK
        } else {
            StatusCode::BAD_REQUEST
        };
        assert_eq!(preflight.status, status, "{place} {target}");
        for header in [ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN] {
            assert_eq!(
                preflight.headers.contains_key(&header),
                has_preflight_response,
                "{place} {target} {header}"
            );
        }
        assert!(!preflight.is_of_route, "{place} {target}");
    }
}

#[tokio::test]
async fn rejections_are_readable_only_if_cors_is_outside() {
    let outside =
        Server::start(|routes| routes.layer(callbacks()).layer(CorsLayer::permissive())).await;
    let inside =
        Server::start(|routes| routes.layer(CorsLayer::permissive()).layer(callbacks())).await;
    for (place, server, is_readable) in [("outside", outside, true), ("inside", inside, false)] {
        let rejected = server
            .send(Method::GET, "/callback?code=c-1&code=c-2", OTHER)
            .await;
        assert_eq!(rejected.status, StatusCode::BAD_REQUEST, "{place}");
        assert_eq!(
            rejected.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN),
            is_readable,
            "{place}"
        );
        assert!(!rejected.is_of_route, "{place}");
    }
}

/// A `GET` needs no preflight. It reaches the route from any origin, but the page that sent it
/// cannot read the response.
#[tokio::test]
async fn pages_of_other_origins_reach_a_callback_but_cannot_read_the_response() {
    // A single origin is in every response, and the browser compares it. With a list, the response
    // has the origin of the request if it is in the list.
    for (allowed, origins, named_to_other) in [
        ("one", AllowOrigin::exact(OURS), Some(OURS)),
        ("a list", AllowOrigin::list([OURS]), None),
    ] {
        let server = Server::start(|routes| {
            routes
                .layer(callbacks())
                .layer(CorsLayer::new().allow_origin(origins))
        })
        .await;
        for (origin, named) in [(OURS, Some(OURS)), (OTHER, named_to_other)] {
            let received = server
                .send(Method::GET, "/callback?code=c-1", origin.clone())
                .await;
            assert_eq!(received.status, StatusCode::OK, "{allowed} {origin:?}");
            assert_eq!(
                received.headers.get(ACCESS_CONTROL_ALLOW_ORIGIN),
                named.as_ref(),
                "{allowed} {origin:?}"
            );
            assert_eq!(
                received.headers[CACHE_CONTROL], "no-store",
                "{allowed} {origin:?}"
            );
            assert!(received.is_of_route, "{allowed} {origin:?}");
        }
    }
}

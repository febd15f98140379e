//! axum takes the layer wherever it takes layers.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tokio::net::TcpListener;
use tower::Layer;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

use crate::outcome::{self, HANDLED};
use crate::verifiers::{in_store, state_cookie};

/// A route: says what the layer gave it, or sends the body back.
async fn connected(request: Request) -> Response {
    match outcome::in_extensions(request.extensions()) {
        Some(text) => text.into_response(),
        None => request.into_body().into_response(),
    }
}

/// Answers the errors that are kept from the route.
async fn not_connected(error: ConnectError, request: Request) -> Response {
    (HANDLED, outcome::of_handler(&error, request.method())).into_response()
}

fn routes() -> Router {
    Router::new()
        .route("/callback", any(connected))
        .route("/reauth", any(connected))
        .route("/other", any(connected))
}

/// The layer is on all routes, and on what has none.
pub async fn layer(listener: TcpListener) {
    let app = routes()
        .layer(ConnectCallbackLayer::new("/callback"))
        .layer(ConnectCallbackLayer::new("/reauth").on_error(not_connected));
    axum::serve(listener, app).await.unwrap();
}

/// With the feature `axum`, a layer inside of `nest` knows the paths in full.
pub async fn nest(listener: TcpListener) {
    let nested = routes()
        .layer(ConnectCallbackLayer::new("/api/callback"))
        .layer(ConnectCallbackLayer::new("/api/reauth").on_error(not_connected));
    let app = Router::new().nest("/api", nested);
    axum::serve(listener, app).await.unwrap();
}

/// Only requests that have a route come to the layer.
pub async fn route_layer(listener: TcpListener) {
    let app = routes()
        .route_layer(ConnectCallbackLayer::new("/callback"))
        .route_layer(ConnectCallbackLayer::new("/reauth").on_error(not_connected));
    axum::serve(listener, app).await.unwrap();
}

/// Where there are no routes, the fallback is the app.
pub async fn fallback(listener: TcpListener) {
    let app = Router::new()
        .fallback(connected)
        .layer(ConnectCallbackLayer::new("/callback"))
        .layer(ConnectCallbackLayer::new("/reauth").on_error(not_connected));
    axum::serve(listener, app).await.unwrap();
}

/// Each router keeps its layer when they are merged. Requests without a route go to the fallback of the last one.
pub async fn merge(listener: TcpListener) {
    let callback = Router::new()
        .route("/callback", any(connected))
        .layer(ConnectCallbackLayer::new("/callback"));
    let reauth = Router::new()
        .route("/reauth", any(connected))
        .layer(ConnectCallbackLayer::new("/reauth").on_error(not_connected));
    let pages = Router::new().route("/other", any(connected));
    axum::serve(listener, callback.merge(reauth).merge(pages))
        .await
        .unwrap();
}

/// The layer is around the whole router, and sees requests before they are routed.
pub async fn around(listener: TcpListener) {
    let callback = ConnectCallbackLayer::new("/callback");
    let reauth = ConnectCallbackLayer::new("/reauth").on_error(not_connected);
    let app = callback.layer(reauth.layer(routes()));
    axum::serve(listener, tower::make::Shared::new(app)).await.unwrap();
}

/// The same with states verified: by a cookie at once, and by a store that takes a while.
pub mod verified {
    use super::*;

    fn verified(app: Router, prefix: &str) -> Router {
        app.layer(ConnectCallbackLayer::new(format!("{prefix}/callback")).verify_state(state_cookie()))
            .layer(
                ConnectCallbackLayer::new(format!("{prefix}/reauth"))
                    .on_error(not_connected)
                    .verify_state_async(in_store),
            )
    }

    pub async fn layer(listener: TcpListener) {
        let app = verified(routes(), "");
        axum::serve(listener, app).await.unwrap();
    }

    pub async fn nest(listener: TcpListener) {
        let app = Router::new().nest("/api", verified(routes(), "/api"));
        axum::serve(listener, app).await.unwrap();
    }

    pub async fn route_layer(listener: TcpListener) {
        let app = routes()
            .route_layer(ConnectCallbackLayer::new("/callback").verify_state(state_cookie()))
            .route_layer(
                ConnectCallbackLayer::new("/reauth")
                    .on_error(not_connected)
                    .verify_state_async(in_store),
            );
        axum::serve(listener, app).await.unwrap();
    }

    pub async fn fallback(listener: TcpListener) {
        let app = verified(Router::new().fallback(connected), "");
        axum::serve(listener, app).await.unwrap();
    }

    pub async fn merge(listener: TcpListener) {
        let callback = Router::new()
            .route("/callback", any(connected))
            .layer(ConnectCallbackLayer::new("/callback").verify_state(state_cookie()));
        let reauth = Router::new().route("/reauth", any(connected)).layer(
            ConnectCallbackLayer::new("/reauth")
                .on_error(not_connected)
                .verify_state_async(in_store),
        );
        let pages = Router::new().route("/other", any(connected));
        axum::serve(listener, callback.merge(reauth).merge(pages))
            .await
            .unwrap();
    }

    pub async fn around(listener: TcpListener) {
        let callback = ConnectCallbackLayer::new("/callback").verify_state(state_cookie());
        let reauth = ConnectCallbackLayer::new("/reauth")
            .on_error(not_connected)
            .verify_state_async(in_store);
        let app = callback.layer(reauth.layer(routes()));
        axum::serve(listener, tower::make::Shared::new(app)).await.unwrap();
    }
}

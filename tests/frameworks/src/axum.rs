//! axum takes the layer wherever it takes layers.

use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tokio::net::TcpListener;
use tower::Layer;
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure, verify_fn};

use crate::outcome;
use crate::verifiers::{in_store, state_cookie};

/// A route: describes what the layer inserted, or echoes the body.
async fn connected(request: Request) -> Response {
    match outcome::in_extensions(request.extensions()) {
        Some(text) => text.into_response(),
        None => request.into_body().into_response(),
    }
}

/// Responds to errors in place of the route.
async fn not_connected(failure: ConnectFailure, request: Parts) -> Response {
    outcome::describe_failure(&failure, &request.method).into_response()
}

fn routes() -> Router {
    Router::new()
        .route("/callback", any(connected))
        .route("/reauth", any(connected))
        .route("/other", any(connected))
}

/// The layer is on all routes and on the fallback.
pub async fn layer(listener: TcpListener) {
    let app = routes()
        .layer(ConnectCallbackLayer::new("/callback", AppVerifiesState))
        .layer(ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected));
    axum::serve(listener, app).await.unwrap();
}

/// Inside `nest`, a layer has the paths of the redirect URIs, and names the prefix.
pub async fn nest(listener: TcpListener) {
    let nested = routes()
        .layer(ConnectCallbackLayer::new("/api/callback", AppVerifiesState).stripped_prefix("/api"))
        .layer(
            ConnectCallbackLayer::new("/api/reauth", AppVerifiesState)
                .stripped_prefix("/api")
                .on_failure(not_connected),
        );
    let app = Router::new().nest("/api", nested);
    axum::serve(listener, app).await.unwrap();
}

/// Only requests that have a route reach the layer.
pub async fn route_layer(listener: TcpListener) {
    let app = routes()
        .route_layer(ConnectCallbackLayer::new("/callback", AppVerifiesState))
        .route_layer(
            ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected),
        );
    axum::serve(listener, app).await.unwrap();
}

/// The fallback is the app, without routes.
pub async fn fallback(listener: TcpListener) {
    let app = Router::new()
        .fallback(connected)
        .layer(ConnectCallbackLayer::new("/callback", AppVerifiesState))
        .layer(ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected));
    axum::serve(listener, app).await.unwrap();
}

/// Merged routers keep their layers. Requests without a route go to the fallback of the router that
/// was merged last.
pub async fn merge(listener: TcpListener) {
    let callback = Router::new()
        .route("/callback", any(connected))
        .layer(ConnectCallbackLayer::new("/callback", AppVerifiesState));
    let reauth = Router::new()
        .route("/reauth", any(connected))
        .layer(ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected));
    let pages = Router::new().route("/other", any(connected));
    axum::serve(listener, callback.merge(reauth).merge(pages))
        .await
        .unwrap();
}

/// The layer wraps the whole router, and sees requests before they are routed.
pub async fn around(listener: TcpListener) {
    let callback = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    let reauth = ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected);
    let app = callback.layer(reauth.layer(routes()));
    axum::serve(listener, tower::make::Shared::new(app))
        .await
        .unwrap();
}

/// The same with verifiers: a cookie, which is synchronous, and a store, which is not.
pub mod verified {
    use super::*;

    fn verified(app: Router) -> Router {
        app.layer(ConnectCallbackLayer::new("/callback", state_cookie()))
            .layer(
                ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected),
            )
    }

    pub async fn layer(listener: TcpListener) {
        let app = verified(routes());
        axum::serve(listener, app).await.unwrap();
    }

    pub async fn nest(listener: TcpListener) {
        let nested = routes()
            .layer(
                ConnectCallbackLayer::new("/api/callback", state_cookie()).stripped_prefix("/api"),
            )
            .layer(
                ConnectCallbackLayer::new("/api/reauth", verify_fn(in_store))
                    .stripped_prefix("/api")
                    .on_failure(not_connected),
            );
        let app = Router::new().nest("/api", nested);
        axum::serve(listener, app).await.unwrap();
    }

    pub async fn route_layer(listener: TcpListener) {
        let app = routes()
            .route_layer(ConnectCallbackLayer::new("/callback", state_cookie()))
            .route_layer(
                ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected),
            );
        axum::serve(listener, app).await.unwrap();
    }

    pub async fn fallback(listener: TcpListener) {
        let app = verified(Router::new().fallback(connected));
        axum::serve(listener, app).await.unwrap();
    }

    pub async fn merge(listener: TcpListener) {
        let callback = Router::new()
            .route("/callback", any(connected))
            .layer(ConnectCallbackLayer::new("/callback", state_cookie()));
        let reauth = Router::new().route("/reauth", any(connected)).layer(
            ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected),
        );
        let pages = Router::new().route("/other", any(connected));
        axum::serve(listener, callback.merge(reauth).merge(pages))
            .await
            .unwrap();
    }

    pub async fn around(listener: TcpListener) {
        let callback = ConnectCallbackLayer::new("/callback", state_cookie());
        let reauth =
            ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected);
        let app = callback.layer(reauth.layer(routes()));
        axum::serve(listener, tower::make::Shared::new(app))
            .await
            .unwrap();
    }
}

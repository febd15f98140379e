//! poem has its own request type. Its adapter for layers forwards that type unchanged, so a layer
//! for `http::Request` needs another adapter, such as [`through`].
//!
//! ```compile_fail,E0277
//! use poem::middleware::TowerLayerCompatExt;
//! use poem::{EndpointExt, Route};
//! use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
//!
//! let app = Route::new().with(ConnectCallbackLayer::new("/callback", AppVerifiesState).compat());
//! ```

use std::sync::Arc;

use http::request::Parts;
use http_body_util::combinators::BoxBody;
use hyper::body::Bytes;
use poem::endpoint::TowerCompatExt;
use poem::listener::TcpAcceptor;
use poem::{Body, Endpoint, EndpointExt, IntoResponse, Request, Response, Route, Server, handler};
use tokio::net::TcpListener;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure, verify_fn};

use crate::outcome;
use crate::verifiers::{in_store, state_cookie};

type TowerBody = BoxBody<Bytes, std::io::Error>;

/// An endpoint: describes what the layer inserted, or echoes the body.
#[handler]
fn connected(request: &Request, body: Body) -> Response {
    match outcome::in_extensions(request.extensions()) {
        Some(text) => text.into_response(),
        None => body.into_response(),
    }
}

/// Responds to errors in place of the endpoint.
async fn not_connected(failure: ConnectFailure, request: Parts) -> http::Response<TowerBody> {
    let (status, body) = outcome::describe_failure(&failure, &request.method);
    Response::builder().status(status).body(body).into()
}

/// Sends a request to an endpoint through a tower layer. The layer sees an `http::Request` whose
/// body is poem's request.
async fn through<E, L>(layer: L, endpoint: Arc<E>, request: Request) -> poem::Result<Response>
where
    E: Endpoint + 'static,
    L: Layer<BoxCloneSyncService<http::Request<Request>, http::Response<TowerBody>, poem::Error>>,
    L::Service:
        Service<http::Request<Request>, Response = http::Response<TowerBody>, Error = poem::Error>,
{
    let inner = service_fn(move |seen: http::Request<Request>| {
        let endpoint = Arc::clone(&endpoint);
        async move {
            let (parts, mut request) = seen.into_parts();
            *request.extensions_mut() = parts.extensions;
            let response = endpoint.call(request).await?.into_response();
            Ok(http::Response::<TowerBody>::from(response))
        }
    });
    let mut head = http::Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    *head.extensions_mut() = request.extensions().clone();
    let service = layer.layer(BoxCloneSyncService::new(inner));
    Ok(service.oneshot(head.map(|()| request)).await?.into())
}

fn routes() -> Route {
    Route::new()
        .at("/callback", connected)
        .at("/reauth", connected)
        .at("/other", connected)
}

/// The layer wraps the routes.
pub async fn around(listener: TcpListener) {
    let callback = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    let reauth = ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected);
    let app = routes()
        .around(move |endpoint, request| through(callback.clone(), endpoint, request))
        .around(move |endpoint, request| through(reauth.clone(), endpoint, request));
    serve(listener, app).await;
}

/// A tower service that does the same as the endpoint.
async fn app(request: http::Request<TowerBody>) -> Result<http::Response<TowerBody>, poem::Error> {
    Ok(http::Response::new(
        match outcome::in_extensions(request.extensions()) {
            Some(text) => Body::from(text).into(),
            None => request.into_body(),
        },
    ))
}

/// The layer wraps a tower service, which poem's adapter for services turns into an endpoint.
pub async fn endpoint(listener: TcpListener) {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback", AppVerifiesState))
        .layer(ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected))
        .service_fn(app);
    serve(listener, service.compat()).await;
}

async fn serve(listener: TcpListener, app: impl Endpoint + 'static) {
    let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
    Server::new_with_acceptor(acceptor).run(app).await.unwrap();
}

/// The same with verifiers: a cookie, which is synchronous, and a store, which is not.
pub mod verified {
    use super::*;

    pub async fn around(listener: TcpListener) {
        let callback = ConnectCallbackLayer::new("/callback", state_cookie());
        let reauth =
            ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected);
        let app = routes()
            .around(move |endpoint, request| through(callback.clone(), endpoint, request))
            .around(move |endpoint, request| through(reauth.clone(), endpoint, request));
        serve(listener, app).await;
    }

    pub async fn endpoint(listener: TcpListener) {
        let service = ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback", state_cookie()))
            .layer(
                ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected),
            )
            .service_fn(app);
        serve(listener, service.compat()).await;
    }
}

//! The places where layers stand.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::{Route, get};
use http::{Request, Response};
use tonic::service::Routes;
use tonic_health::server::health_reporter;
use tower::Layer;
use tower::util::MapResponse;

use super::requests::CALLBACK_PATH;
use super::services::{App, Trivial, serve};

/// Serves a request.
pub(crate) type Serve = Box<dyn Fn(Request<Body>) -> Response<Body>>;

/// A server that layers can be added to.
pub(crate) trait Place {
    const NAME: &'static str;

    /// What a layer wraps here.
    type Inner: App;

    fn with<L, S>(&self, layer: L) -> Serve
    where
        L: Layer<Self::Inner, Service = S> + Clone + Send + Sync + 'static,
        S: App;

    fn without_layer(&self) -> Serve;
}

/// An axum router with two routes.
pub(crate) struct AxumRouter;

impl Place for AxumRouter {
    const NAME: &'static str = "axum router";

    type Inner = Route;

    fn with<L, S>(&self, layer: L) -> Serve
    where
        L: Layer<Route, Service = S> + Clone + Send + Sync + 'static,
        S: App,
    {
        // As `axum::serve` does.
        let router: Router = pages().layer(layer).with_state(());
        served(router)
    }

    fn without_layer(&self) -> Serve {
        let router: Router = pages().with_state(());
        served(router)
    }
}

/// An axum router that is called as a service, without `Router::with_state` or `axum::serve`, as on
/// AWS Lambda and in tests: it makes its routes, with their layers, anew for each request.
pub(crate) struct RouterWithoutState;

impl Place for RouterWithoutState {
    const NAME: &'static str = "axum router without state";

    type Inner = Route;

    fn with<L, S>(&self, layer: L) -> Serve
    where
        L: Layer<Route, Service = S> + Clone + Send + Sync + 'static,
        S: App,
    {
        served(pages().layer(layer))
    }

    fn without_layer(&self) -> Serve {
        served(pages())
    }
}

/// The routes of a tonic server, with pages beside them, as `tonic::transport::Server::layer` wraps
/// them.
///
/// Their body becomes axum's, since a ready-made page needs a body that is `From<String>`.
pub(crate) struct TonicServer;

impl Place for TonicServer {
    const NAME: &'static str = "tonic server";

    type Inner = MapResponse<Routes, fn(Response<tonic::body::Body>) -> Response<Body>>;

    fn with<L, S>(&self, layer: L) -> Serve
    where
        L: Layer<Self::Inner, Service = S> + Clone + Send + Sync + 'static,
        S: App,
    {
        served(layer.layer(Self::routes()))
    }

    fn without_layer(&self) -> Serve {
        served(Self::routes())
    }
}

impl TonicServer {
    fn routes() -> <Self as Place>::Inner {
        let (_reporter, health) = health_reporter();
        let routes = Routes::from(pages()).add_service(health).prepare();
        MapResponse::new(routes, |response| response.map(Body::new))
    }
}

/// A service that responds at once, without a router: what a layer costs shows most here.
pub(crate) struct BareStack;

impl Place for BareStack {
    const NAME: &'static str = "bare stack";

    type Inner = Trivial;

    fn with<L, S>(&self, layer: L) -> Serve
    where
        L: Layer<Trivial, Service = S> + Clone + Send + Sync + 'static,
        S: App,
    {
        served(layer.layer(Trivial))
    }

    fn without_layer(&self) -> Serve {
        served(Trivial)
    }
}

fn pages() -> Router {
    Router::new()
        .route("/garage/{id}", get(async |Path(id): Path<String>| id))
        .route(CALLBACK_PATH, get(async || "Your car is connected."))
}

/// Servers clone their service for each request.
pub(crate) fn served(service: impl App) -> Serve {
    Box::new(move |request| serve(&mut service.clone(), request))
}

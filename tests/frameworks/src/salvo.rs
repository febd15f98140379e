//! salvo takes the layer as a hoop, through its own adapter.

use futures_util::TryStreamExt;
use http::request::Parts;
use http_body_util::BodyExt;
use hyper::Response as TowerResponse;
use salvo::conn::tcp::TcpAcceptor;
use salvo::http::ResBody;
use salvo::prelude::{Request, Response, Router, Server, Service, TowerLayerCompat, handler};
use tokio::net::TcpListener;
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure, verify_fn};

use crate::outcome;
use crate::verifiers::{in_store, state_cookie};

/// A page: describes what the layer inserted, or echoes the body.
#[handler]
async fn connected(request: &mut Request, response: &mut Response) {
    match outcome::in_extensions(request.extensions()) {
        Some(text) => response.render(text),
        None => {
            let chunks = request.take_body().into_data_stream();
            response.stream(chunks.map_err(Box::<dyn std::error::Error + Send + Sync>::from));
        }
    }
}

/// Responds to errors in place of the page.
async fn not_connected(failure: ConnectFailure, request: Parts) -> TowerResponse<ResBody> {
    let (status, body) = outcome::describe_failure(&failure, &request.method);
    let mut response = TowerResponse::new(ResBody::from(body));
    *response.status_mut() = status;
    response
}

fn routes() -> Router {
    Router::new()
        .push(Router::with_path("callback").goal(connected))
        .push(Router::with_path("reauth").goal(connected))
        .push(Router::with_path("other").goal(connected))
}

/// A hoop of the service sees every request.
pub async fn service_hoop(listener: TcpListener) {
    let service = Service::new(routes())
        .hoop(ConnectCallbackLayer::new("/callback", AppVerifiesState).compat())
        .hoop(
            ConnectCallbackLayer::new("/reauth", AppVerifiesState)
                .on_failure(not_connected)
                .compat(),
        );
    serve(listener, service).await;
}

/// A hoop of a router sees the requests that have a route in it, even if their path is not
/// canonical.
pub async fn router_hoop(listener: TcpListener) {
    let router = Router::new()
        .hoop(ConnectCallbackLayer::new("/callback", AppVerifiesState).compat())
        .hoop(
            ConnectCallbackLayer::new("/reauth", AppVerifiesState)
                .on_failure(not_connected)
                .compat(),
        )
        .push(routes());
    serve(listener, Service::new(router)).await;
}

async fn serve(listener: TcpListener, service: Service) {
    let acceptor = TcpAcceptor::try_from(listener).unwrap();
    Server::new(acceptor).serve(service).await;
}

/// The same with verifiers: a cookie, which is synchronous, and a store, which is not.
pub mod verified {
    use super::*;

    pub async fn service_hoop(listener: TcpListener) {
        let callback = ConnectCallbackLayer::new("/callback", state_cookie());
        let reauth =
            ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected);
        let service = Service::new(routes())
            .hoop(callback.compat())
            .hoop(reauth.compat());
        serve(listener, service).await;
    }

    pub async fn router_hoop(listener: TcpListener) {
        let callback = ConnectCallbackLayer::new("/callback", state_cookie());
        let reauth =
            ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected);
        let router = Router::new()
            .hoop(callback.compat())
            .hoop(reauth.compat())
            .push(routes());
        serve(listener, Service::new(router)).await;
    }
}

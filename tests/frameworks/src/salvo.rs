//! salvo takes the layer as a hoop, through its own adapter.

use futures_util::TryStreamExt;
use http::request::Parts;
use http_body_util::BodyExt;
use hyper::Response as TowerResponse;
use salvo::conn::tcp::TcpAcceptor;
use salvo::http::ResBody;
use salvo::prelude::{Request, Response, Router, Server, Service, TowerLayerCompat, handler};
use tokio::net::TcpListener;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

use crate::outcome::{self, HANDLED};
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
async fn not_connected(error: ConnectError, request: Parts) -> TowerResponse<ResBody> {
    let mut response = TowerResponse::new(ResBody::from(outcome::describe_handled(
        &error,
        &request.method,
    )));
    *response.status_mut() = HANDLED;
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
        .hoop(
            ConnectCallbackLayer::new("/callback")
                .app_verifies_state()
                .compat(),
        )
        .hoop(
            ConnectCallbackLayer::new("/reauth")
                .on_error(not_connected)
                .app_verifies_state()
                .compat(),
        );
    serve(listener, service).await;
}

/// A hoop of a router sees the requests that have a route in it, even if their path is not
/// canonical.
pub async fn router_hoop(listener: TcpListener) {
    let router = Router::new()
        .hoop(
            ConnectCallbackLayer::new("/callback")
                .app_verifies_state()
                .compat(),
        )
        .hoop(
            ConnectCallbackLayer::new("/reauth")
                .on_error(not_connected)
                .app_verifies_state()
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
        let callback = ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie());
        let reauth = ConnectCallbackLayer::new("/reauth")
            .on_error(not_connected)
            .verify_state_async(in_store);
        let service = Service::new(routes())
            .hoop(callback.compat())
            .hoop(reauth.compat());
        serve(listener, service).await;
    }

    pub async fn router_hoop(listener: TcpListener) {
        let callback = ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie());
        let reauth = ConnectCallbackLayer::new("/reauth")
            .on_error(not_connected)
            .verify_state_async(in_store);
        let router = Router::new()
            .hoop(callback.compat())
            .hoop(reauth.compat())
            .push(routes());
        serve(listener, Service::new(router)).await;
    }
}

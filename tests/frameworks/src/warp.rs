//! warp takes no layers, but `warp::service` turns a filter into a service, which the layer can
//! wrap.

use http::request::Parts;
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectError, ConnectFailure, ConnectSuccess, verify_fn,
};
use warp::reply::Response;
use warp::{Buf, Filter, Rejection, Reply, Stream};

use crate::outcome;
use crate::verifiers::{in_store, state_cookie};

/// A page: describes what the layer inserted, or echoes the body.
fn connected(
    error: Option<ConnectError>,
    success: Option<ConnectSuccess>,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + Sync + 'static,
) -> Response {
    use futures_util::TryStreamExt;

    match outcome::describe(error.as_ref(), success.as_ref()) {
        Some(text) => text.into_response(),
        None => {
            warp::reply::stream(body.map_ok(|mut chunk| chunk.copy_to_bytes(chunk.remaining())))
                .into_response()
        }
    }
}

/// Responds to errors in place of the page.
async fn not_connected(failure: ConnectFailure, request: Parts) -> Response {
    let (status, text) = outcome::describe_failure(&failure, &request.method);
    warp::reply::with_status(text, status).into_response()
}

fn pages() -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::path("callback")
        .or(warp::path("reauth"))
        .unify()
        .or(warp::path("other"))
        .unify()
        .and(warp::path::end())
        .and(warp::ext::optional::<ConnectError>())
        .and(warp::ext::optional::<ConnectSuccess>())
        .and(warp::body::stream())
        .map(connected)
}

/// hyper serves the service, because warp's own server only takes filters.
pub async fn service(listener: TcpListener) {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback", AppVerifiesState))
        .layer(ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected))
        .service(warp::service(pages()));
    crate::hyper::serve(listener, service).await;
}

/// The same with verifiers: a cookie, which is synchronous, and a store, which is not.
pub mod verified {
    use super::*;

    pub async fn service(listener: TcpListener) {
        let service = ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback", state_cookie()))
            .layer(
                ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected),
            )
            .service(warp::service(pages()));
        crate::hyper::serve(listener, service).await;
    }
}

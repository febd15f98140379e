//! warp takes no layers, but `warp::service` turns its filters into a service that does.

use http::Request;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess};
use warp::reply::Response;
use warp::{Buf, Filter, Rejection, Reply, Stream};

use crate::outcome::{self, HANDLED};
use crate::verifiers::{in_store, state_cookie};

/// A page: says what the layer gave it, or sends the body back.
fn connected(
    error: Option<ConnectError>,
    success: Option<ConnectSuccess>,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + Sync + 'static,
) -> Response {
    use futures_util::TryStreamExt;

    match outcome::in_words(error.as_ref(), success.as_ref()) {
        Some(text) => text.into_response(),
        None => warp::reply::stream(body.map_ok(|mut chunk| chunk.copy_to_bytes(chunk.remaining()))).into_response(),
    }
}

/// Answers the errors that are kept from the page.
async fn not_connected(error: ConnectError, request: Request<Incoming>) -> Response {
    let text = outcome::of_handler(&error, request.method());
    warp::reply::with_status(text, HANDLED).into_response()
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

/// warp's own server takes filters only, so hyper serves them.
pub async fn service(listener: TcpListener) {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback"))
        .layer(ConnectCallbackLayer::new("/reauth").on_error(not_connected))
        .service(warp::service(pages()));
    crate::hyper::serve(listener, service).await;
}

/// The same with states verified: by a cookie at once, and by a store that takes a while.
pub mod verified {
    use super::*;

    pub async fn service(listener: TcpListener) {
        let service = ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback").verify_state(state_cookie()))
            .layer(
                ConnectCallbackLayer::new("/reauth")
                    .on_error(not_connected)
                    .verify_state_async(in_store),
            )
            .service(warp::service(pages()));
        crate::hyper::serve(listener, service).await;
    }
}

//! hyper serves the layer around any service, by way of hyper-util.

use std::convert::Infallible;

use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Service, ServiceBuilder};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

use crate::outcome::{self, HANDLED};
use crate::verifiers::{in_store, state_cookie};

type ResponseBody = BoxBody<Bytes, hyper::Error>;

/// Any body will do that has a `Default`, which is what an invalid callback is answered with.
fn text(text: String) -> ResponseBody {
    Full::from(text).map_err(|never| match never {}).boxed()
}

/// The app: says what the layer gave it, or sends the body back.
async fn app(request: Request<Incoming>) -> Result<Response<ResponseBody>, Infallible> {
    let body = match outcome::in_extensions(request.extensions()) {
        Some(outcome) => text(outcome),
        None => request.into_body().boxed(),
    };
    Ok(Response::new(body))
}

/// Answers the errors that are kept from the app.
async fn not_connected(error: ConnectError, request: Request<Incoming>) -> Response<ResponseBody> {
    let mut response = Response::new(text(outcome::of_handler(&error, request.method())));
    *response.status_mut() = HANDLED;
    response
}

/// The layer is around the one service that there is.
pub async fn service(listener: TcpListener) {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback"))
        .layer(ConnectCallbackLayer::new("/reauth").on_error(not_connected))
        .service_fn(app);
    serve(listener, service).await;
}

/// Serves each connection with a clone of `service`.
pub async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send> + Clone + Send + 'static,
    B: Body<Data: Send, Error: std::error::Error + Send + Sync> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await
        });
    }
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
            .service_fn(app);
        serve(listener, service).await;
    }
}

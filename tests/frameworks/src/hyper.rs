//! hyper serves any service with the layer, through hyper-util.

use std::convert::Infallible;

use http::request::Parts;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Service, ServiceBuilder};
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure, verify_fn};

use crate::outcome;
use crate::verifiers::{in_store, state_cookie};

type ResponseBody = BoxBody<Bytes, hyper::Error>;

/// Any body with a `Default` works. A rejected callback has it as the body of its response.
fn text(text: String) -> ResponseBody {
    Full::from(text).map_err(|never| match never {}).boxed()
}

/// The app: describes what the layer inserted, or echoes the body.
async fn app(request: Request<Incoming>) -> Result<Response<ResponseBody>, Infallible> {
    let body = match outcome::in_extensions(request.extensions()) {
        Some(outcome) => text(outcome),
        None => request.into_body().boxed(),
    };
    Ok(Response::new(body))
}

/// Responds to errors in place of the app.
async fn not_connected(failure: ConnectFailure, request: Parts) -> Response<ResponseBody> {
    let (status, body) = outcome::describe_failure(&failure, &request.method);
    let mut response = Response::new(text(body));
    *response.status_mut() = status;
    response
}

/// The layer wraps the service.
pub async fn service(listener: TcpListener) {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback", AppVerifiesState))
        .layer(ConnectCallbackLayer::new("/reauth", AppVerifiesState).on_failure(not_connected))
        .service_fn(app);
    serve(listener, service).await;
}

/// Serves each connection with a clone of `service`.
pub async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
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

/// The same with verifiers: a cookie, which is synchronous, and a store, which is not.
pub mod verified {
    use super::*;

    pub async fn service(listener: TcpListener) {
        let service = ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new("/callback", state_cookie()))
            .layer(
                ConnectCallbackLayer::new("/reauth", verify_fn(in_store)).on_failure(not_connected),
            )
            .service_fn(app);
        serve(listener, service).await;
    }
}

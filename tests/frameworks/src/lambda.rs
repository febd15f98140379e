//! AWS Lambda: `lambda_http` converts events to requests, and the layer wraps the service that
//! receives them.

use std::convert::Infallible;

use http::request::Parts;
use lambda_http::{Body, Request, Response};
use tower::{Service, ServiceBuilder};
use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer, ConnectFailure, verify_fn};

use crate::outcome;
use crate::verifiers::{in_store, state_cookie};

/// The app: describes what the layer inserted, or echoes the body.
async fn app(request: Request) -> Result<Response<Body>, Infallible> {
    let body = match outcome::in_extensions(request.extensions()) {
        Some(text) => text.into(),
        None => request.into_body(),
    };
    Ok(Response::new(body))
}

/// Responds to errors in place of the app.
async fn not_connected(failure: ConnectFailure, request: Parts) -> Response<Body> {
    let (status, body) = outcome::describe_failure(&failure, &request.method);
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

/// The service for `lambda_http::run`. `lambda_http` puts the stage of an API in front of the path,
/// unless it is `$default`.
pub fn service()
-> impl Service<Request, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ 'static {
    ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new(
            ["/callback", "/Prod/callback"],
            AppVerifiesState,
        ))
        .layer(
            ConnectCallbackLayer::new(["/reauth", "/Prod/reauth"], AppVerifiesState)
                .on_failure(not_connected),
        )
        .service_fn(app)
}

/// The same with verifiers: a cookie, which is synchronous, and a store, which is not.
pub mod verified {
    use super::*;

    pub fn service()
    -> impl Service<Request, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static {
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new(
                ["/callback", "/Prod/callback"],
                state_cookie(),
            ))
            .layer(
                ConnectCallbackLayer::new(["/reauth", "/Prod/reauth"], verify_fn(in_store))
                    .on_failure(not_connected),
            )
            .service_fn(app)
    }
}

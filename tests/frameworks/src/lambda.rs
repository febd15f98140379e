//! AWS Lambda: `lambda_http` converts events to requests, and the layer wraps the service that
//! receives them.

use std::convert::Infallible;

use http::request::Parts;
use lambda_http::{Body, Request, Response};
use tower::{Service, ServiceBuilder};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

use crate::outcome::{self, HANDLED};
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
async fn not_connected(error: ConnectError, request: Parts) -> Response<Body> {
    let mut response = Response::new(outcome::describe_handled(&error, &request.method).into());
    *response.status_mut() = HANDLED;
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
        .layer(ConnectCallbackLayer::new(["/callback", "/Prod/callback"]).app_verifies_state())
        .layer(
            ConnectCallbackLayer::new(["/reauth", "/Prod/reauth"])
                .on_error(not_connected)
                .app_verifies_state(),
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
            .layer(
                ConnectCallbackLayer::new(["/callback", "/Prod/callback"])
                    .verify_state_with(state_cookie()),
            )
            .layer(
                ConnectCallbackLayer::new(["/reauth", "/Prod/reauth"])
                    .on_error(not_connected)
                    .verify_state_async(in_store),
            )
            .service_fn(app)
    }
}

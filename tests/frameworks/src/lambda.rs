//! AWS Lambda: `lambda_http` makes requests of events, and the layer is around the service that takes them.

use std::convert::Infallible;

use lambda_http::{Body, Request, Response};
use tower::{Service, ServiceBuilder};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError};

use crate::outcome::{self, HANDLED};
use crate::verifiers::{in_store, state_cookie};

/// The app: says what the layer gave it, or sends the body back.
async fn app(request: Request) -> Result<Response<Body>, Infallible> {
    let body = match outcome::in_extensions(request.extensions()) {
        Some(text) => text.into(),
        None => request.into_body(),
    };
    Ok(Response::new(body))
}

/// Answers the errors that are kept from the app.
async fn not_connected(error: ConnectError, request: Request) -> Response<Body> {
    let mut response = Response::new(outcome::of_handler(&error, request.method()).into());
    *response.status_mut() = HANDLED;
    response
}

/// The service that `lambda_http::run` serves. `lambda_http` puts the stage of an API before the path, unless it is
/// `$default`.
pub fn service()
-> impl Service<Request, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + 'static {
    ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new(["/callback", "/Prod/callback"]))
        .layer(ConnectCallbackLayer::new(["/reauth", "/Prod/reauth"]).on_error(not_connected))
        .service_fn(app)
}

/// The same with states verified: by a cookie at once, and by a store that takes a while.
pub mod verified {
    use super::*;

    pub fn service()
    -> impl Service<Request, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + 'static {
        ServiceBuilder::new()
            .layer(ConnectCallbackLayer::new(["/callback", "/Prod/callback"]).verify_state(state_cookie()))
            .layer(
                ConnectCallbackLayer::new(["/reauth", "/Prod/reauth"])
                    .on_error(not_connected)
                    .verify_state_async(in_store),
            )
            .service_fn(app)
    }
}

//! The surroundings of the mistakes: an app, and a server that requires the bounds of real servers.

use std::convert::Infallible;

use http::{Request, Response};
use tower::Service;

/// The body of requests and responses.
#[derive(Default)]
pub struct Body;

/// The app behind the layer.
pub async fn app(_request: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body))
}

/// Serves a service, with the bounds of a server.
pub fn serve<S>(_service: S)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
}

//! What people use today in place of this crate: typed queries, and middleware of other crates or of their own.

use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{Query, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri};
use serde::Deserialize;
use tower::{BoxError, Layer, Service};
use tower_smartcar_connect::ConnectResponse;

use super::requests::CALLBACK_PATH;

/// A callback as an app would write it down for `axum::extract::Query`, with every parameter that Connect defines.
#[derive(Clone, Deserialize)]
pub(crate) struct Callback {
    pub(crate) error: Option<String>,
    pub(crate) error_description: Option<String>,
    pub(crate) error_message: Option<String>,
    pub(crate) status_code: Option<u16>,
    pub(crate) vin: Option<String>,
    pub(crate) make: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) year: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) vehicle_id: Option<String>,
    pub(crate) virtual_key_url: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) state: Option<String>,
}

/// The middleware that people write by hand, for `axum::middleware::from_fn`: on the callback path it puts the typed
/// query into the extensions.
pub(crate) async fn by_hand(mut request: Request, next: Next) -> Response {
    if request.uri().path() == CALLBACK_PATH {
        match Query::<Callback>::try_from_uri(request.uri()) {
            Ok(Query(callback)) => request.extensions_mut().insert(callback),
            Err(rejection) => return rejection.into_response(),
        };
    }
    next.run(request).await
}

/// The predicate of a `tower::filter` that keeps requests from the callback path.
pub(crate) fn keep_from_callback_path(request: Request) -> Result<Request, BoxError> {
    if request.uri().path() == CALLBACK_PATH {
        return Err("the callback path".into());
    }
    Ok(request)
}

/// The check of a `tower_http::validate_request` layer that keeps requests from the callback path.
#[expect(clippy::result_large_err, reason = "the layer asks for it")]
pub(crate) fn validate_path(request: &mut Request) -> Result<(), Response> {
    if request.uri().path() == CALLBACK_PATH {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Err(response);
    }
    Ok(())
}

/// The least that any middleware for callbacks has to do: it puts an outcome into the extensions that somebody else has
/// read before.
#[derive(Clone)]
pub(crate) struct InsertLayer(ConnectResponse);

impl InsertLayer {
    pub(crate) fn outcome_of(uri: &Uri) -> Self {
        let outcome = ConnectResponse::from_uri(uri).expect("the callback is valid");
        Self(outcome.expect("the request is a callback"))
    }
}

impl<S> Layer<S> for InsertLayer {
    type Service = Insert<S>;

    fn layer(&self, inner: S) -> Insert<S> {
        Insert {
            outcome: self.0.clone(),
            inner,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Insert<S> {
    outcome: ConnectResponse,
    inner: S,
}

impl<S> Service<Request> for Insert<S>
where
    S: Service<Request>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        match &self.outcome {
            ConnectResponse::Success(success) => request.extensions_mut().insert(success.clone()).is_some(),
            ConnectResponse::Error(error) => request.extensions_mut().insert(error.clone()).is_some(),
        };
        self.inner.call(request)
    }
}

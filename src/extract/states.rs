//! Flows as parts of responses, and the extractor of their payload.

use std::convert::Infallible;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::request::Parts;

use super::outcome::outcome;
use super::rejection::OutcomeRejection;
use crate::start::StartedFlow;
use crate::states::{FlowPayload, NotStarted};

/// Adds the headers of the flow, such as its cookie: `(flow, Redirect::to(&address))`.
impl IntoResponseParts for StartedFlow {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        for (name, value) in self.headers() {
            response.headers_mut().append(name, value.clone());
        }
        Ok(response)
    }
}

/// Responds with a line of plain text. With the feature `tracing`, the error is logged.
impl IntoResponse for NotStarted {
    fn into_response(self) -> Response {
        self.into()
    }
}

/// Extracts the payload of the flow. If the callback has none, the rejection is
/// [`OutcomeRejection::NoPayload`].
impl<S: Send + Sync> FromRequestParts<S> for FlowPayload {
    type Rejection = OutcomeRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        match parts.extensions.get::<Self>() {
            Some(payload) => Ok(payload.clone()),
            None => Err(match outcome(parts)? {
                Some(_) => OutcomeRejection::NoPayload,
                None => OutcomeRejection::NoCallback,
            }),
        }
    }
}

/// Extracts the payload of the flow, if it has one.
impl<S: Send + Sync> OptionalFromRequestParts<S> for FlowPayload {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get().cloned())
    }
}

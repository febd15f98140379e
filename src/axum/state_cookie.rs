//! Issued states as parts of responses, and the extractor of their payloads.

use std::convert::Infallible;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::StatusCode;
use http::request::Parts;

use super::rejection::ConnectRejection;
use crate::state_cookie::{IssueError, IssuedState, StatePayload};

/// Adds the cookies to the response: `(issued, Redirect::to(&address))`.
impl IntoResponseParts for IssuedState {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        self.add_to(response.headers_mut());
        Ok(response)
    }
}

/// Responds with `500 Internal Server Error` and an empty body, because an owner can do nothing about
/// the error. With the feature `tracing`, it is logged.
impl IntoResponse for IssueError {
    fn into_response(self) -> Response {
        #[cfg(feature = "tracing")]
        tracing::error!(target: "tower_smartcar_connect", "{self}");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// Extracts the payload of the verified state. Without a payload, the rejection is
/// [`ConnectRejection::NoPayload`].
impl<S: Send + Sync> FromRequestParts<S> for StatePayload {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get()
            .cloned()
            .ok_or(ConnectRejection::NoPayload)
    }
}

/// Extracts the payload of the verified state, if it has one.
impl<S: Send + Sync> OptionalFromRequestParts<S> for StatePayload {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get().cloned())
    }
}

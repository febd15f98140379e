//! States of flows as parts of responses, and their payloads as arguments of a handler.

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

/// `500 Internal Server Error` with an empty body. The error is a mistake of the app or a failure
/// of the system, which says nothing to an owner; with the feature `tracing` it is an event.
impl IntoResponse for IssueError {
    fn into_response(self) -> Response {
        #[cfg(feature = "tracing")]
        tracing::error!(target: "tower_smartcar_connect", "{self}");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// Returns the payload of the state that was verified. Without one, it is
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

/// Returns the payload of the state that was verified, if it has one.
impl<S: Send + Sync> OptionalFromRequestParts<S> for StatePayload {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get().cloned())
    }
}

//! Extractors of outcomes.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::rejection::ConnectRejection;
use crate::error::ConnectError;
use crate::outcome::ConnectOutcome;
use crate::success::ConnectSuccess;

/// Returns the outcome that a layer has inserted, or `None` if the request is not a callback.
fn outcome(parts: &Parts) -> Result<Option<ConnectOutcome>, ConnectRejection> {
    if let Some(outcome) = ConnectOutcome::from_extensions(&parts.extensions) {
        return Ok(Some(outcome));
    }
    // A layer may accept longer queries than the default. If this one has no result, the layer has
    // found none.
    match ConnectOutcome::from_uri_within(&parts.uri, usize::MAX) {
        Ok(None) => Ok(None),
        Ok(Some(_)) | Err(_) => Err(ConnectRejection::LayerMissing),
    }
}

/// Extracts the outcome that the layer has inserted. See [`ConnectRejection`] for an example.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectOutcome {
    type Rejection = ConnectRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        outcome(parts)
    }
}

/// Extracts the outcome that the layer has inserted. See [`ConnectRejection`] for an example.
impl<S: Send + Sync> FromRequestParts<S> for ConnectOutcome {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        outcome(parts)?.ok_or(ConnectRejection::NoCallback)
    }
}

/// Extracts the error that the layer has inserted. See [`ConnectRejection`] for an example.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectError {
    type Rejection = ConnectRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectOutcome::Error(error)) => Ok(Some(error)),
            Some(ConnectOutcome::Success(_)) | None => Ok(None),
        }
    }
}

/// Extracts the error that the layer has inserted. See [`ConnectRejection`] for an example.
impl<S: Send + Sync> FromRequestParts<S> for ConnectError {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectOutcome::Error(error)) => Ok(error),
            Some(ConnectOutcome::Success(_)) => Err(ConnectRejection::FlowSucceeded),
            None => Err(ConnectRejection::NoCallback),
        }
    }
}

/// Extracts the success that the layer has inserted, or `None` if the request is not a callback. An
/// error is rejected. See [`ConnectRejection`] for an example.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectSuccess {
    type Rejection = ConnectRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectOutcome::Success(success)) => Ok(Some(success)),
            Some(ConnectOutcome::Error(error)) => Err(ConnectRejection::FlowFailed(error.code())),
            None => Ok(None),
        }
    }
}

/// Extracts the success that the layer has inserted. See [`ConnectRejection`] for an example.
impl<S: Send + Sync> FromRequestParts<S> for ConnectSuccess {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let success =
            <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        success.ok_or(ConnectRejection::NoCallback)
    }
}

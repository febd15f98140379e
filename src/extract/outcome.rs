//! Extractors of outcomes.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::rejection::OutcomeRejection;
use crate::outcome::ConnectOutcome;
use crate::outcome::error::ConnectError;
use crate::outcome::success::ConnectSuccess;

/// Returns the outcome that a layer has inserted, or `None` if the request is not a callback.
pub(super) fn outcome(parts: &Parts) -> Result<Option<ConnectOutcome>, OutcomeRejection> {
    if let Some(outcome) = ConnectOutcome::from_extensions(&parts.extensions) {
        return Ok(Some(outcome));
    }
    match ConnectOutcome::read(parts.uri.query().unwrap_or_default()) {
        Ok(None) => Ok(None),
        Ok(Some(_)) | Err(_) => Err(OutcomeRejection::LayerMissing),
    }
}

/// Extracts the outcome that the layer has inserted.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectOutcome {
    type Rejection = OutcomeRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        outcome(parts)
    }
}

/// Extracts the outcome that the layer has inserted.
impl<S: Send + Sync> FromRequestParts<S> for ConnectOutcome {
    type Rejection = OutcomeRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        outcome(parts)?.ok_or(OutcomeRejection::NoCallback)
    }
}

/// Extracts the error that the layer has inserted.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectError {
    type Rejection = OutcomeRejection;

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

/// Extracts the error that the layer has inserted.
impl<S: Send + Sync> FromRequestParts<S> for ConnectError {
    type Rejection = OutcomeRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectOutcome::Error(error)) => Ok(error),
            Some(ConnectOutcome::Success(_)) => Err(OutcomeRejection::FlowSucceeded),
            None => Err(OutcomeRejection::NoCallback),
        }
    }
}

/// Extracts the success that the layer has inserted, or `None` if the request is not a callback. An
/// error is rejected.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectSuccess {
    type Rejection = OutcomeRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectOutcome::Success(success)) => Ok(Some(success)),
            Some(ConnectOutcome::Error(error)) => Err(OutcomeRejection::FlowFailed(error.code())),
            None => Ok(None),
        }
    }
}

/// Extracts the success that the layer has inserted.
impl<S: Send + Sync> FromRequestParts<S> for ConnectSuccess {
    type Rejection = OutcomeRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let success =
            <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        success.ok_or(OutcomeRejection::NoCallback)
    }
}

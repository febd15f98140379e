//! Extractors for axum: outcomes as arguments of a handler.

use std::error::Error;
use std::fmt;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;

use crate::catalogue::ErrorCode;
use crate::error::ConnectError;
use crate::response::ConnectResponse;
use crate::success::ConnectSuccess;

/// Why a handler of axum did not get the outcome that it asks for.
///
/// [`ConnectResponse`], [`ConnectError`] and [`ConnectSuccess`] are extractors, and so are `Option`s of them. They hand
/// on what [`ConnectCallbackLayer`] has found and read nothing themselves, so the layer has to be around the route:
///
/// | argument | after a success | after an error | no callback | a callback that no layer has read |
/// | --- | --- | --- | --- | --- |
/// | `ConnectResponse` | `Success` | `Error` | 400 | 500 |
/// | `ConnectSuccess` | the success | [by its code](ConnectRejectionKind::FlowFailed) | 400 | 500 |
/// | `ConnectError` | 500 | the error | 400 | 500 |
/// | `Option<ConnectResponse>` | `Success` | `Error` | `None` | 500 |
/// | `Option<ConnectSuccess>` | the success | `None` | `None` | 500 |
/// | `Option<ConnectError>` | `None` | the error | `None` | 500 |
///
/// As a response it is a line of plain text that is never cached. It carries nothing of the request, so it can be
/// logged and shown. To answer in another way, take a `Result<_, ConnectRejection>` as the argument and look at its
/// [`kind`](Self::kind).
///
/// Needs the feature `axum`.
///
/// ```
/// use axum::{Router, routing::get};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectResponse, ConnectSuccess};
///
/// let app: Router = Router::new()
///     .route("/callback", get(connected))
///     .route("/reauth", get(welcome_back))
///     .layer(ConnectCallbackLayer::new(["/callback", "/reauth"]));
///
/// async fn connected(response: ConnectResponse) -> &'static str {
///     match response {
///         ConnectResponse::Success(_) => "Your car is connected.",
///         ConnectResponse::Error(error) => error.suggested_user_message(),
///     }
/// }
///
/// // Runs after successes only: errors get the rejection's answer.
/// async fn welcome_back(_success: ConnectSuccess) -> &'static str {
///     "Welcome back."
/// }
/// ```
///
/// [`ConnectCallbackLayer`]: crate::ConnectCallbackLayer
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectRejection {
    kind: ConnectRejectionKind,
}

/// The reasons of a [`ConnectRejection`], each with the status of the response that it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectRejectionKind {
    /// `500 Internal Server Error`: the query has a result of Connect, but no layer has read it. A developer puts a
    /// [`ConnectCallbackLayer`](crate::ConnectCallbackLayer) with the path of the route around the route.
    LayerMissing,
    /// `400 Bad Request`: the request is no callback. Somebody came to the address in another way than from Connect,
    /// such as by a bookmark. Ask for an `Option` where that is welcome.
    NoCallback,
    /// The flow ended with this error, and the handler asks for a [`ConnectSuccess`]. The text is
    /// [`ErrorCode::suggested_user_message`], and the status that of its [resolution](crate::Resolution::status), which
    /// tells who can do something about it.
    FlowFailed(ErrorCode),
    /// `500 Internal Server Error`: the flow succeeded, and the handler asks for a [`ConnectError`] and nothing else. A
    /// developer has it ask for an `Option<ConnectError>` or a [`ConnectResponse`].
    FlowSucceeded,
}

impl ConnectRejection {
    fn new(kind: ConnectRejectionKind) -> Self {
        Self { kind }
    }

    /// Why the handler did not get the outcome.
    #[must_use]
    pub fn kind(&self) -> ConnectRejectionKind {
        self.kind
    }

    fn reason(&self) -> &'static str {
        match self.kind {
            ConnectRejectionKind::LayerMissing => {
                "no layer has read this Smartcar Connect callback: put a `ConnectCallbackLayer` with the path of this \
                 route around this route"
            }
            ConnectRejectionKind::NoCallback => "this request is no Smartcar Connect callback",
            ConnectRejectionKind::FlowFailed(_) => "this Smartcar Connect flow did not succeed",
            ConnectRejectionKind::FlowSucceeded => {
                "this Smartcar Connect flow succeeded, and its handler takes errors only: extract an \
                 `Option<ConnectError>` or a `ConnectResponse`"
            }
        }
    }
}

impl fmt::Display for ConnectRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())?;
        match self.kind {
            ConnectRejectionKind::FlowFailed(code) => write!(f, " (`{code}`)"),
            _ => Ok(()),
        }
    }
}

impl Error for ConnectRejection {}

/// A line of plain text, with the status of its [kind](ConnectRejectionKind) and `Cache-Control: no-store`.
impl IntoResponse for ConnectRejection {
    fn into_response(self) -> Response {
        let (status, text) = match self.kind {
            ConnectRejectionKind::LayerMissing | ConnectRejectionKind::FlowSucceeded => {
                (StatusCode::INTERNAL_SERVER_ERROR, self.reason())
            }
            ConnectRejectionKind::NoCallback => (StatusCode::BAD_REQUEST, self.reason()),
            ConnectRejectionKind::FlowFailed(code) => (code.resolution().status(), code.suggested_user_message()),
        };
        let headers = [(CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
        (status, headers, text).into_response()
    }
}

/// The outcome that a layer has left in the extensions; `None` where the request is no callback.
fn outcome(parts: &Parts) -> Result<Option<ConnectResponse>, ConnectRejection> {
    if let Some(error) = parts.extensions.get::<ConnectError>() {
        return Ok(Some(ConnectResponse::Error(error.clone())));
    }
    if let Some(success) = parts.extensions.get::<ConnectSuccess>() {
        return Ok(Some(ConnectResponse::Success(success.clone())));
    }
    // A layer may read longer queries than the default, and has then found no result in this one.
    match ConnectResponse::from_uri_within(&parts.uri, usize::MAX) {
        Ok(None) => Ok(None),
        Ok(Some(_)) | Err(_) => Err(ConnectRejection::new(ConnectRejectionKind::LayerMissing)),
    }
}

/// Needs the feature `axum`. [`ConnectRejection`] has an example and the rules.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectResponse {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        outcome(parts)
    }
}

/// Needs the feature `axum`. [`ConnectRejection`] has an example and the rules.
impl<S: Send + Sync> FromRequestParts<S> for ConnectResponse {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        outcome(parts)?.ok_or(ConnectRejection::new(ConnectRejectionKind::NoCallback))
    }
}

/// Needs the feature `axum`. [`ConnectRejection`] has an example and the rules.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectError {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectResponse::Error(error)) => Ok(Some(error)),
            Some(ConnectResponse::Success(_)) | None => Ok(None),
        }
    }
}

/// Needs the feature `axum`. [`ConnectRejection`] has an example and the rules.
impl<S: Send + Sync> FromRequestParts<S> for ConnectError {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectResponse::Error(error)) => Ok(error),
            Some(ConnectResponse::Success(_)) => Err(ConnectRejection::new(ConnectRejectionKind::FlowSucceeded)),
            None => Err(ConnectRejection::new(ConnectRejectionKind::NoCallback)),
        }
    }
}

/// Needs the feature `axum`. [`ConnectRejection`] has an example and the rules.
impl<S: Send + Sync> OptionalFromRequestParts<S> for ConnectSuccess {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectResponse::Success(success)) => Ok(Some(success)),
            Some(ConnectResponse::Error(_)) | None => Ok(None),
        }
    }
}

/// Needs the feature `axum`. [`ConnectRejection`] has an example and the rules.
impl<S: Send + Sync> FromRequestParts<S> for ConnectSuccess {
    type Rejection = ConnectRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        match outcome(parts)? {
            Some(ConnectResponse::Success(success)) => Ok(success),
            Some(ConnectResponse::Error(error)) => {
                Err(ConnectRejection::new(ConnectRejectionKind::FlowFailed(error.code())))
            }
            None => Err(ConnectRejection::new(ConnectRejectionKind::NoCallback)),
        }
    }
}

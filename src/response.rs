//! Reading one callback.

use std::borrow::Cow;

use http::Uri;

use crate::catalogue::ErrorCode;
use crate::error::ConnectError;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::parameter::Parameter;
use crate::query::{DEFAULT_MAX_BYTES, Located, Parameters, Text, decode};
use crate::success::ConnectSuccess;

/// What Smartcar Connect sent an owner's browser back with.
///
/// This is the pure core: it needs no service and nothing asynchronous, so a server that is not built on tower can use
/// it as it is. Inside a tower stack, [`ConnectCallbackLayer`] does the reading.
///
/// [`ConnectCallbackLayer`]: crate::ConnectCallbackLayer
#[derive(Clone, Debug)]
pub enum ConnectResponse {
    /// The owner granted access.
    Success(ConnectSuccess),
    /// The flow ended without access.
    Error(ConnectError),
}

impl ConnectResponse {
    /// Reads the query of a request's URI.
    ///
    /// `Ok(None)` means that the query has none of `error`, `code`, `user_id` and `vehicle_id`, so the request is no
    /// callback. The path is not looked at. The text stays where it is and is shared, not copied.
    ///
    /// # Errors
    ///
    /// An [`InvalidCallback`] where the query cannot be trusted to mean one thing; [`InvalidCallbackKind`] lists the
    /// reasons. One of them is a query of more than 8192 bytes, which is not read at all.
    ///
    /// ```
    /// use http::Uri;
    /// use tower_smartcar_connect::{ConnectResponse, ErrorCode};
    ///
    /// // As published by Smartcar: the description has lost its name.
    /// let uri = Uri::from_static(
    ///     "/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
    /// );
    /// match ConnectResponse::from_uri(&uri)? {
    ///     Some(ConnectResponse::Error(error)) => {
    ///         assert_eq!(error.code(), ErrorCode::OemCancelledLogin);
    ///         assert_eq!(
    ///             error.description().as_deref(),
    ///             Some("the user did not complete authorization with the OEM"),
    ///         );
    ///     }
    ///     other => panic!("unexpected {other:?}"),
    /// }
    /// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
    /// ```
    #[inline]
    pub fn from_uri(uri: &Uri) -> Result<Option<Self>, InvalidCallback> {
        Self::from_uri_within(uri, DEFAULT_MAX_BYTES)
    }

    /// Reads a query, without the `?` before it, and keeps a copy of it if it has a result.
    ///
    /// Otherwise the same as [`from_uri`](Self::from_uri).
    ///
    /// # Errors
    ///
    /// Those of [`from_uri`](Self::from_uri).
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectResponse;
    ///
    /// assert!(ConnectResponse::from_query("page=2")?.is_none());
    /// assert!(ConnectResponse::from_query("error=access_denied&code=1234").is_err());
    /// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
    /// ```
    pub fn from_query(query: &str) -> Result<Option<Self>, InvalidCallback> {
        let result = ConnectResult::in_query(query, DEFAULT_MAX_BYTES)?;
        Ok(result.map(|result| result.with_text(Text::Query(query.into()))))
    }

    /// The `state` of the callback, decoded.
    #[must_use]
    pub fn state(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Success(success) => success.state(),
            Self::Error(error) => error.state(),
        }
    }

    /// The `state` that a verifier can be asked about: one that is there and not empty.
    pub(crate) fn state_to_verify(&self) -> Option<Cow<'_, str>> {
        self.state().filter(|state| !state.is_empty())
    }

    /// Notes that a verifier has accepted the `state`.
    pub(crate) fn set_verified(&mut self) {
        match self {
            Self::Success(success) => success.set_verified(),
            Self::Error(error) => error.set_verified(),
        }
    }

    /// [`from_uri`](Self::from_uri) with a limit of its own, in bytes of the query.
    #[inline]
    pub(crate) fn from_uri_within(uri: &Uri, max_query_bytes: usize) -> Result<Option<Self>, InvalidCallback> {
        let Some(path_and_query) = uri.path_and_query() else {
            return Ok(None);
        };
        let query = path_and_query.query().unwrap_or_default();
        let result = ConnectResult::in_query(query, max_query_bytes)?;
        Ok(result.map(|result| result.with_text(Text::Uri(path_and_query.clone()))))
    }
}

/// What a query means, before its text is kept.
struct ConnectResult {
    /// The code of an error; `None` for a success.
    error: Option<ErrorCode>,
    located: Located,
}

impl ConnectResult {
    #[inline]
    fn in_query(query: &str, max_bytes: usize) -> Result<Option<Self>, InvalidCallback> {
        let Some(located) = Located::in_query(query, max_bytes)? else {
            return Ok(None);
        };
        let mut success = None;
        for parameter in Parameter::SUCCESSES {
            if let Some(text) = located.text(parameter, query) {
                if text.is_empty() {
                    return Err(InvalidCallback::of(InvalidCallbackKind::EmptyParameter, parameter));
                }
                success = Some(parameter);
            }
        }
        let error = match (located.text(Parameter::Error, query), success) {
            (None, _) => None,
            (Some(text), None) => Some(error_code(text)?),
            (Some(_), Some(parameter)) => {
                return Err(InvalidCallback::of(InvalidCallbackKind::ConflictingOutcome, parameter));
            }
        };
        Ok(Some(Self { error, located }))
    }

    #[inline]
    fn with_text(self, text: Text) -> ConnectResponse {
        let parameters = Parameters::new(text, self.located);
        match self.error {
            Some(code) => ConnectResponse::Error(ConnectError::new(code, parameters)),
            None => ConnectResponse::Success(ConnectSuccess::new(parameters)),
        }
    }
}

/// The code of an `error` that is not decoded yet, unless it has other text than RFC 6749 allows there.
#[inline]
fn error_code(text: &str) -> Result<ErrorCode, InvalidCallback> {
    // A documented code is the same before and after.
    let code = ErrorCode::from_text(text);
    if code != ErrorCode::Unknown {
        return Ok(code);
    }
    let decoded = decode(text);
    match ErrorCode::from_text(&decoded) {
        ErrorCode::Unknown if !is_error_text(&decoded) => {
            Err(InvalidCallback::new(InvalidCallbackKind::MalformedError))
        }
        code => Ok(code),
    }
}

/// Whether the text is what RFC 6749 allows as an `error`: one or more of %x20-21 / %x23-5B / %x5D-7E.
pub(crate) fn is_error_text(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}

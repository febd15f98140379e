//! Reading one callback.

use http::Uri;

use crate::catalogue::ErrorCode;
use crate::error::ConnectError;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::parameter::Parameter;
use crate::query::{DEFAULT_MAX_BYTES, Parameters};
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
        let parameters = Parameters::from_query(query, DEFAULT_MAX_BYTES)?;
        parameters.map(Self::from_parameters).transpose()
    }

    /// [`from_uri`](Self::from_uri) with a limit of its own, in bytes of the query.
    #[inline]
    pub(crate) fn from_uri_within(uri: &Uri, max_query_bytes: usize) -> Result<Option<Self>, InvalidCallback> {
        let parameters = Parameters::from_uri(uri, max_query_bytes)?;
        parameters.map(Self::from_parameters).transpose()
    }

    /// What the parameters of a callback mean, at least one of which is a result.
    fn from_parameters(parameters: Parameters) -> Result<Self, InvalidCallback> {
        let success = Parameter::SUCCESSES
            .into_iter()
            .find(|&parameter| parameters.contains(parameter));
        let empty = Parameter::SUCCESSES
            .into_iter()
            .find(|&parameter| parameters.value(parameter).is_some_and(|text| text.is_empty()));

        let Some(error) = parameters.value(Parameter::Error) else {
            return match empty {
                Some(parameter) => Err(InvalidCallback::of(InvalidCallbackKind::EmptyParameter, parameter)),
                None => Ok(Self::Success(ConnectSuccess::new(parameters))),
            };
        };
        if let Some(parameter) = success {
            let kind = InvalidCallbackKind::ConflictingOutcome;
            return Err(InvalidCallback::of(kind, parameter));
        }
        if !is_error_text(&error) {
            return Err(InvalidCallback::new(InvalidCallbackKind::MalformedError));
        }
        let code = ErrorCode::from_text(&error);
        Ok(Self::Error(ConnectError::new(code, parameters)))
    }
}

/// Whether the text is what RFC 6749 allows as an `error`: one or more of %x20-21 / %x23-5B / %x5D-7E.
fn is_error_text(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}

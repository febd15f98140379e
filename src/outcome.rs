//! Reading one callback.

use std::borrow::Cow;

use http::{Extensions, Uri};

use crate::error::ConnectError;
use crate::error_code::ErrorCode;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::parameter::Parameter;
use crate::query::{DEFAULT_MAX_BYTES, Located, Parameters, Text, decode};
use crate::success::ConnectSuccess;
use crate::verified::Verified;

/// What Smartcar Connect sent an owner's browser back with.
///
/// This is the pure core: it needs no service and nothing asynchronous, so a server that is not
/// built on tower can use it as it is. Inside a tower stack, [`ConnectCallbackLayer`] does the
/// reading.
///
/// [`ConnectCallbackLayer`]: crate::ConnectCallbackLayer
#[derive(Clone, Debug)]
pub enum ConnectOutcome {
    /// The owner granted access.
    Success(ConnectSuccess),
    /// The flow ended without access.
    Error(ConnectError),
}

impl ConnectOutcome {
    /// Reads the query of a request's URI.
    ///
    /// `Ok(None)` means that the query has none of `error`, `code`, `user_id` and `vehicle_id`, so
    /// the request is no callback. The path is not looked at. The text stays where it is and is
    /// shared, not copied.
    ///
    /// # Errors
    ///
    /// An [`InvalidCallback`] where the query cannot be trusted to mean one thing;
    /// [`InvalidCallbackKind`] lists the reasons. One of them is a query of more than 8192 bytes,
    /// which is not read at all.
    ///
    /// ```
    /// use http::Uri;
    /// use tower_smartcar_connect::{ConnectOutcome, ErrorCode};
    ///
    /// // As published by Smartcar: the description has lost its name.
    /// let uri = Uri::from_static(
    ///     "/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
    /// );
    /// match ConnectOutcome::from_uri(&uri)? {
    ///     Some(ConnectOutcome::Error(error)) => {
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

    /// Reads a query and keeps a copy of it if it has a result. A `?` in front of it is ignored.
    ///
    /// Otherwise the same as [`from_uri`](Self::from_uri).
    ///
    /// # Errors
    ///
    /// Those of [`from_uri`](Self::from_uri).
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectOutcome;
    ///
    /// assert!(ConnectOutcome::from_query("page=2")?.is_none());
    /// assert!(ConnectOutcome::from_query("error=access_denied&code=1234").is_err());
    /// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
    /// ```
    pub fn from_query(query: &str) -> Result<Option<Self>, InvalidCallback> {
        let query = query.strip_prefix('?').unwrap_or(query);
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

    /// Returns whether a verifier has accepted the `state`, so that this browser started the flow.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Success(success) => success.is_verified(),
            Self::Error(error) => error.is_verified(),
        }
    }

    /// Verifies the `state` with `verify`, and marks the outcome as verified if it is accepted.
    ///
    /// This is what the layer does for you. Use it in a middleware of your own, and apply the
    /// [`Verified`]: its extensions belong to the request, its headers to the response. If the
    /// verification is asynchronous, await it first and return its result from the closure.
    ///
    /// # Errors
    ///
    /// An [`InvalidCallback`] of the kind that `verify` returned. Without a `state`, or with an
    /// empty one, it is [`StateMissing`](InvalidCallbackKind::StateMissing), and `verify` is not
    /// called.
    ///
    /// ```
    /// use tower_smartcar_connect::{ConnectOutcome, InvalidCallbackKind, Verified};
    ///
    /// let outcome = ConnectOutcome::from_query("code=1234&state=0facda3319")?.expect("the query has a code");
    /// let (outcome, _verified) = outcome.verify(|state| Verified::by_comparing("0facda3319", state))?;
    /// assert!(outcome.is_verified());
    ///
    /// let outcome = ConnectOutcome::from_query("code=1234")?.expect("the query has a code");
    /// let invalid = outcome.verify(|_state| Ok(Verified::new())).unwrap_err();
    /// assert_eq!(invalid.kind(), InvalidCallbackKind::StateMissing);
    /// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
    /// ```
    pub fn verify<F>(mut self, verify: F) -> Result<(Self, Verified), InvalidCallback>
    where
        F: FnOnce(&str) -> Result<Verified, InvalidCallbackKind>,
    {
        let verified = verify(&self.state_to_verify()?)?;
        match &mut self {
            Self::Success(success) => success.set_verified(),
            Self::Error(error) => error.set_verified(),
        }
        Ok((self, verified))
    }

    /// The `state` to ask a verifier about: one that is present and not empty.
    pub(crate) fn state_to_verify(&self) -> Result<Cow<'_, str>, InvalidCallbackKind> {
        self.state()
            .filter(|state| !state.is_empty())
            .ok_or(InvalidCallbackKind::StateMissing)
    }

    /// The outcome that a layer has put into the extensions of a request.
    pub(crate) fn from_extensions(extensions: &Extensions) -> Option<Self> {
        if let Some(error) = extensions.get::<ConnectError>() {
            return Some(Self::Error(error.clone()));
        }
        extensions
            .get::<ConnectSuccess>()
            .cloned()
            .map(Self::Success)
    }

    /// Puts the outcome into the extensions of a request.
    pub(crate) fn insert_into(self, extensions: &mut Extensions) {
        match self {
            Self::Success(success) => {
                extensions.insert(success);
            }
            Self::Error(error) => {
                extensions.insert(error);
            }
        }
    }

    /// [`from_uri`](Self::from_uri) with a limit of its own, in bytes of the query.
    #[inline]
    pub(crate) fn from_uri_within(
        uri: &Uri,
        max_query_bytes: usize,
    ) -> Result<Option<Self>, InvalidCallback> {
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
        let error = located.text(Parameter::Error, query).map(error_code);
        let own = match &error {
            Some(Ok(code)) => code.own_parameters(),
            _ => &[],
        };
        for parameter in Parameter::SUCCESSES {
            let Some(text) = located.text(parameter, query) else {
                continue;
            };
            if text.is_empty() {
                return Err(InvalidCallback::of(
                    InvalidCallbackKind::EmptyParameter,
                    parameter,
                ));
            }
            if error.is_some() && !own.contains(&parameter) {
                return Err(InvalidCallback::of(
                    InvalidCallbackKind::ConflictingOutcome,
                    parameter,
                ));
            }
        }
        Ok(Some(Self {
            error: error.transpose()?,
            located,
        }))
    }

    #[inline]
    fn with_text(self, text: Text) -> ConnectOutcome {
        let parameters = Parameters::new(text, self.located);
        match self.error {
            Some(code) => ConnectOutcome::Error(ConnectError::new(code, parameters)),
            None => ConnectOutcome::Success(ConnectSuccess::new(parameters)),
        }
    }
}

/// The code of an `error` that is not decoded yet, unless it has other text than RFC 6749 allows
/// there.
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
            Err(InvalidCallbackKind::MalformedError.into())
        }
        code => Ok(code),
    }
}

/// Whether the text is what RFC 6749 allows as an `error`: one or more of %x20-21 / %x23-5B /
/// %x5D-7E.
pub(crate) fn is_error_text(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}

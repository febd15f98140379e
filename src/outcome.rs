//! The outcome of a flow, read from the query of its callback.

use std::borrow::Cow;

use http::{Extensions, Uri};

use crate::error::ConnectError;
use crate::error_code::ErrorCode;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::parameter::Parameter;
use crate::query::{DEFAULT_MAX_BYTES, Parameters, ParsedQuery, QueryText, decode};
use crate::success::ConnectSuccess;
use crate::verified::Verified;

/// How a flow ended: with a success or with an error.
///
/// In a tower stack, [`ConnectCallbackLayer`] reads the outcome of each callback. With axum,
/// extract it: [`ConnectRejection`] has an example. To read callbacks without tower, see
/// [`framework_authors`](crate::framework_authors).
///
/// ```
/// use tower_smartcar_connect::ConnectOutcome;
///
/// fn message(outcome: &ConnectOutcome) -> &'static str {
///     match outcome {
///         ConnectOutcome::Success(_) => "Your car is connected.",
///         ConnectOutcome::Error(error) => error.suggested_user_message(),
///     }
/// }
/// ```
///
/// [`ConnectCallbackLayer`]: crate::ConnectCallbackLayer
/// [`ConnectRejection`]: crate::ConnectRejection
#[derive(Clone, Debug)]
pub enum ConnectOutcome {
    /// The owner granted access.
    Success(ConnectSuccess),
    /// The flow ended without access.
    Error(ConnectError),
}

impl ConnectOutcome {
    /// Returns the outcome in the query of a URI, or `None` if the query has none of `error`,
    /// `code`, `user_id` and `vehicle_id`.
    ///
    /// The path does not matter: [`CallbackPaths::read`](crate::CallbackPaths::read) checks it too.
    /// The outcome shares the text of the URI and copies nothing.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidCallback`] if the query is ambiguous. [`InvalidCallbackKind`] lists the
    /// reasons. A query of more than 8192 bytes is invalid too, and is not read.
    ///
    /// ```
    /// use http::Uri;
    /// use tower_smartcar_connect::{ConnectOutcome, ErrorCode};
    ///
    /// // As Smartcar publishes it: the description has no name.
    /// let uri = Uri::from_static(
    ///     "/callback?error=oem_cancelled_login\
    ///      &the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
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

    /// Returns the outcome in a query, like [`from_uri`](Self::from_uri). A leading `?` is ignored.
    ///
    /// The outcome has a copy of the query.
    ///
    /// # Errors
    ///
    /// The same as for [`from_uri`](Self::from_uri).
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
        let result = OutcomeInQuery::parse(query, DEFAULT_MAX_BYTES)?;
        Ok(result.map(|result| result.with_text(QueryText::Query(query.into()))))
    }

    /// Returns the decoded `state`.
    #[must_use]
    pub fn state(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Success(success) => success.state(),
            Self::Error(error) => error.state(),
        }
    }

    /// Returns whether a verifier has accepted the `state`. If so, this browser started the flow.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Success(success) => success.is_verified(),
            Self::Error(error) => error.is_verified(),
        }
    }

    /// Verifies the `state` with `verify`, and marks the outcome as verified if it is accepted.
    ///
    /// The layer does this for you. Call it in a middleware of your own, and apply the
    /// [`Verified`]: its extensions belong to the request, and its headers to the response. If your
    /// verification is asynchronous, await it first, and return its result from the closure.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidCallback`] of the kind that `verify` returned. If the `state` is missing
    /// or empty, the kind is [`StateMissing`](InvalidCallbackKind::StateMissing), and `verify` is
    /// not called.
    ///
    /// ```
    /// use tower_smartcar_connect::{ConnectOutcome, InvalidCallbackKind, Verified};
    ///
    /// let outcome = ConnectOutcome::from_query("code=1234&state=0facda3319")?;
    /// let outcome = outcome.expect("the query has a code");
    /// // The state that was issued to this browser.
    /// let issued = "0facda3319";
    /// let (outcome, _) = outcome.verify(|state| Verified::by_comparing(issued, state))?;
    /// assert!(outcome.is_verified());
    ///
    /// let outcome = ConnectOutcome::from_query("code=1234")?;
    /// let outcome = outcome.expect("the query has a code");
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

    /// The `state` for a verifier, which is not empty.
    pub(crate) fn state_to_verify(&self) -> Result<Cow<'_, str>, InvalidCallbackKind> {
        self.state()
            .filter(|state| !state.is_empty())
            .ok_or(InvalidCallbackKind::StateMissing)
    }

    /// The outcome that a layer has inserted into the extensions.
    pub(crate) fn from_extensions(extensions: &Extensions) -> Option<Self> {
        if let Some(error) = extensions.get::<ConnectError>() {
            return Some(Self::Error(error.clone()));
        }
        extensions
            .get::<ConnectSuccess>()
            .cloned()
            .map(Self::Success)
    }

    /// Inserts the outcome into the extensions of a request or a response.
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

    /// Like [`from_uri`](Self::from_uri), with another limit for the query.
    #[inline]
    pub(crate) fn from_uri_within(
        uri: &Uri,
        max_query_bytes: usize,
    ) -> Result<Option<Self>, InvalidCallback> {
        let Some(path_and_query) = uri.path_and_query() else {
            return Ok(None);
        };
        let query = path_and_query.query().unwrap_or_default();
        let result = OutcomeInQuery::parse(query, max_query_bytes)?;
        Ok(result.map(|result| result.with_text(QueryText::Uri(path_and_query.clone()))))
    }
}

/// The outcome in a query, without the text that it refers to.
struct OutcomeInQuery {
    /// The code of an error; `None` for a success.
    error: Option<ErrorCode>,
    parsed: ParsedQuery,
}

impl OutcomeInQuery {
    #[inline]
    fn parse(query: &str, max_bytes: usize) -> Result<Option<Self>, InvalidCallback> {
        let Some(parsed) = ParsedQuery::parse(query, max_bytes)? else {
            return Ok(None);
        };
        let error = parsed.text(Parameter::Error, query).map(error_code);
        let own = match &error {
            Some(Ok(code)) => code.own_parameters(),
            _ => &[],
        };
        for parameter in Parameter::SUCCESSES {
            let Some(text) = parsed.text(parameter, query) else {
                continue;
            };
            if text.is_empty() {
                return Err(InvalidCallback::about(
                    InvalidCallbackKind::EmptyParameter,
                    parameter,
                ));
            }
            if error.is_some() && !own.contains(&parameter) {
                return Err(InvalidCallback::about(
                    InvalidCallbackKind::ConflictingOutcome,
                    parameter,
                ));
            }
        }
        Ok(Some(Self {
            error: error.transpose()?,
            parsed,
        }))
    }

    #[inline]
    fn with_text(self, text: QueryText) -> ConnectOutcome {
        let parameters = Parameters::new(text, self.parsed);
        match self.error {
            Some(code) => ConnectOutcome::Error(ConnectError::new(code, parameters)),
            None => ConnectOutcome::Success(ConnectSuccess::new(parameters)),
        }
    }
}

/// The code of a percent-encoded `error`, unless it has characters that RFC 6749 does not allow.
#[inline]
fn error_code(text: &str) -> Result<ErrorCode, InvalidCallback> {
    // Documented codes are the same when they are percent-encoded.
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

/// Whether RFC 6749 allows the text as an `error`: one or more of %x20-21 / %x23-5B / %x5D-7E.
pub(crate) fn is_error_text(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}

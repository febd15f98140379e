//! Callbacks that are rejected.

use std::error::Error;
use std::fmt;

use http::StatusCode;

use crate::parameter::Parameter;

/// A callback that was rejected, because it is ambiguous or its `state` was not accepted.
///
/// It contains nothing from the request, so you can log and show it. [`kind`](Self::kind) says what
/// was wrong.
///
/// ```
/// use tower_smartcar_connect::{ConnectOutcome, InvalidCallbackKind};
///
/// let invalid = ConnectOutcome::from_query("code=one&code=two").unwrap_err();
/// assert_eq!(invalid.kind(), InvalidCallbackKind::DuplicateParameter);
/// assert_eq!(invalid.parameter(), Some("code"));
/// assert_eq!(
///     invalid.to_string(),
///     "invalid Connect callback: a parameter appears more than once (`code`)",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCallback {
    kind: InvalidCallbackKind,
    parameter: Option<Parameter>,
}

/// Why a callback was rejected.
///
/// The kinds about `state` are everyday events: an owner reloads the page, or takes too long. The
/// others come from forged or damaged links, and from routers or proxies that rewrite requests. If
/// nobody gets through, see [every callback is rejected](crate::guide::every_callback_is_rejected).
///
/// ```
/// use tower_smartcar_connect::{InvalidCallback, InvalidCallbackKind};
///
/// fn message(invalid: &InvalidCallback) -> &'static str {
///     match invalid.kind() {
///         InvalidCallbackKind::StateExpired => "That took too long. Please start again.",
///         _ => "This link does not work. Please start again.",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidCallbackKind {
    /// A Connect parameter appears more than once, so two readers could take different values.
    DuplicateParameter,
    /// `error` appears together with `code`, `user_id` or `vehicle_id`, so this is both an error
    /// and a success. Only the error `battery_capacity_no_selection` has a `vehicle_id`.
    ConflictingOutcome,
    /// `code`, `user_id` or `vehicle_id` has no value.
    EmptyParameter,
    /// `error` is empty or has characters that [RFC 6749, section 4.1.2.1] does not allow. It
    /// allows printable ASCII without `"` and `\`.
    ///
    /// [RFC 6749, section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    MalformedError,
    /// The query on a callback path is longer than the limit. It was not read.
    QueryTooLong,
    /// The query of a callback has more than 256 parameters, including empty ones.
    TooManyParameters,
    /// A visit to a callback path has no Connect result, although
    /// [`require_result`](crate::ConnectCallbackLayer::require_result) is on: a bookmark, a link,
    /// or a flow with a wrong `response_type`.
    NoResult,
    /// The method is neither `GET` nor `HEAD`. Connect redirects, so browsers send a `GET`.
    UnexpectedMethod,
    /// The path is not a callback path as it was sent, but becomes one when it is percent-decoded,
    /// when its slashes are merged, or when a slash at its end is added or removed. Some routers
    /// would deliver it to the callback's route. If all callbacks are rejected like this, a proxy
    /// or a layer outside changes the path: see [something
    /// rewrites paths](crate::guide::every_callback_is_rejected#something-rewrites-paths).
    NonCanonicalPath,
    /// There is a verifier, and the `state` is missing or empty.
    StateMissing,
    /// The `state` is not the one that was issued to this browser.
    StateMismatch,
    /// This browser has nothing to compare the `state` with: it did not start this flow, the flow
    /// has ended, or the cookie or session is lost.
    StateUnknown,
    /// The cookie to compare the `state` with cannot be read: it was changed, or encrypted with a
    /// key that this server does not have.
    StateUnreadable,
    /// The `state` was issued to this browser, but has expired.
    StateExpired,
    /// The `state` was issued to this browser for another callback path. If all callbacks are
    /// rejected like this, see
    /// [the paths differ](crate::guide::every_callback_is_rejected#the-paths-differ).
    StateForOtherPath,
    /// The verifier's store did not answer. This is a failure of the server, and the callback may
    /// be valid.
    StateStoreUnavailable,
}

impl InvalidCallbackKind {
    /// Returns a name for logs, metrics and JSON, such as `state_expired`. Names never change.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateParameter => "duplicate_parameter",
            Self::ConflictingOutcome => "conflicting_outcome",
            Self::EmptyParameter => "empty_parameter",
            Self::MalformedError => "malformed_error",
            Self::QueryTooLong => "query_too_long",
            Self::TooManyParameters => "too_many_parameters",
            Self::NoResult => "no_result",
            Self::UnexpectedMethod => "unexpected_method",
            Self::NonCanonicalPath => "non_canonical_path",
            Self::StateMissing => "state_missing",
            Self::StateMismatch => "state_mismatch",
            Self::StateUnknown => "state_unknown",
            Self::StateUnreadable => "state_unreadable",
            Self::StateExpired => "state_expired",
            Self::StateForOtherPath => "state_for_other_path",
            Self::StateStoreUnavailable => "state_store_unavailable",
        }
    }
}

impl InvalidCallback {
    #[cold]
    pub(crate) fn about(kind: InvalidCallbackKind, parameter: Parameter) -> Self {
        Self {
            kind,
            parameter: Some(parameter),
        }
    }

    /// Returns why the callback was rejected.
    #[must_use]
    pub fn kind(&self) -> InvalidCallbackKind {
        self.kind
    }

    /// Returns the name of the parameter that was wrong, or `None` if the kind is not about one.
    #[must_use]
    pub fn parameter(&self) -> Option<&'static str> {
        self.parameter.map(Parameter::name)
    }

    /// The status of a response to a program, or of one without a page.
    pub(crate) fn status(&self) -> StatusCode {
        match self.kind {
            InvalidCallbackKind::StateStoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Creates an invalid callback that is not about a single parameter.
impl From<InvalidCallbackKind> for InvalidCallback {
    #[cold]
    fn from(kind: InvalidCallbackKind) -> Self {
        Self {
            kind,
            parameter: None,
        }
    }
}

impl fmt::Display for InvalidCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.kind {
            InvalidCallbackKind::DuplicateParameter => "a parameter appears more than once",
            InvalidCallbackKind::ConflictingOutcome => "it has both an `error` and a success",
            InvalidCallbackKind::EmptyParameter => "a parameter has no value",
            InvalidCallbackKind::MalformedError => {
                "`error` is empty or has characters that RFC 6749 does not allow"
            }
            InvalidCallbackKind::QueryTooLong => "its query is too long",
            InvalidCallbackKind::TooManyParameters => "it has too many parameters",
            InvalidCallbackKind::NoResult => "it has no Connect result",
            InvalidCallbackKind::UnexpectedMethod => "its method is neither GET nor HEAD",
            InvalidCallbackKind::NonCanonicalPath => {
                "its path is a non-canonical form of a callback path"
            }
            InvalidCallbackKind::StateMissing => "it has no `state`",
            InvalidCallbackKind::StateMismatch => "its `state` was not issued to this browser",
            InvalidCallbackKind::StateUnknown => {
                "this browser has nothing to compare its `state` with"
            }
            InvalidCallbackKind::StateUnreadable => "the cookie of its `state` cannot be read",
            InvalidCallbackKind::StateExpired => "its `state` has expired",
            InvalidCallbackKind::StateForOtherPath => {
                "its `state` was issued for another callback path"
            }
            InvalidCallbackKind::StateStoreUnavailable => "the store of states did not answer",
        };
        write!(f, "invalid Connect callback: {reason}")?;
        match self.parameter() {
            Some(parameter) => write!(f, " (`{parameter}`)"),
            None => Ok(()),
        }
    }
}

impl Error for InvalidCallback {}

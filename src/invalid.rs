//! What a callback is that cannot be trusted to mean one thing.

use std::error::Error;
use std::fmt;

use http::StatusCode;

use crate::parameter::Parameter;

/// A callback that was refused, because it cannot be trusted to mean one thing.
///
/// It carries nothing of the request, so it can be logged and shown. [`kind`](Self::kind) says what
/// was wrong.
///
/// ```
/// use tower_smartcar_connect::{ConnectOutcome, InvalidCallbackKind};
///
/// let invalid = ConnectOutcome::from_query("code=one&code=two").unwrap_err();
/// assert_eq!(invalid.kind(), InvalidCallbackKind::DuplicateParameter);
/// assert_eq!(invalid.to_string(), "invalid Connect callback: a parameter is given more than once (`code`)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCallback {
    kind: InvalidCallbackKind,
    parameter: Option<Parameter>,
}

/// Why a callback was refused.
///
/// Connect itself causes none of these in regular use. They come from links that were forged or
/// damaged, and from routers or proxies that rewrite requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidCallbackKind {
    /// A parameter that Connect defines is given more than once, so two readers could take
    /// different values.
    DuplicateParameter,
    /// `error` comes together with `code`, `user_id` or `vehicle_id`: both a failure and a success.
    /// Only `battery_capacity_no_selection` has a `vehicle_id`.
    ConflictingOutcome,
    /// `code`, `user_id` or `vehicle_id` is there, but has no value.
    EmptyParameter,
    /// `error` is empty or has characters that [RFC 6749, section 4.1.2.1] does not allow there:
    /// only printable ASCII without `"` and `\` is.
    ///
    /// [RFC 6749, section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    MalformedError,
    /// The query on a callback path is longer than the limit. It was not read.
    QueryTooLong,
    /// The query of a callback has more than 256 parameters, empty ones counted.
    TooManyParameters,
    /// The request on a callback path has no Connect result, although
    /// [`require_result`](crate::ConnectCallbackLayer::require_result) is on: a bookmark, a link,
    /// or a flow with a wrong `response_type`.
    NoResult,
    /// The request's method is neither `GET` nor `HEAD`, but Connect only redirects.
    UnexpectedMethod,
    /// The path is not a callback path as it was sent, but becomes one when it is percent-decoded,
    /// when its slashes are merged, or when a slash at its end is added or removed. Some routers
    /// would deliver it to the callback's route. If all callbacks end like this, a proxy or a layer
    /// outside changes the path: see [where the layer goes](crate::callback#where-the-layer-goes).
    NonCanonicalPath,
    /// A verifier is set, and the callback has no `state` or an empty one.
    StateMissing,
    /// The `state` is not the one that was issued to this browser.
    StateMismatch,
    /// This browser has nothing to compare the `state` with: it began no flow with it, has ended
    /// that flow already, or has lost its cookie or session.
    StateUnknown,
    /// What the browser keeps to compare the `state` with cannot be read: it was tampered with, or
    /// made with a key that this server does not have.
    StateUnreadable,
    /// The `state` was issued to this browser, but its time is over.
    StateExpired,
    /// The `state` was issued to this browser for another callback path. If all callbacks end like
    /// this, the path that was passed to `StateCookie::issue` is not the one that the layer is
    /// configured with, or a proxy or a router strips a prefix from the path: name it with
    /// [`stripped_prefix`](crate::ConnectCallbackLayer::stripped_prefix).
    StateForOtherPath,
    /// The store that the verifier asks did not answer. The callback may be fine: this is a failure
    /// of the server.
    StateStoreUnavailable,
}

impl InvalidCallbackKind {
    /// A name for logs, metrics and JSON, such as `state_expired`. It stays the same between
    /// versions.
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
    pub(crate) fn of(kind: InvalidCallbackKind, parameter: Parameter) -> Self {
        Self {
            kind,
            parameter: Some(parameter),
        }
    }

    /// Why the callback was refused.
    #[must_use]
    pub fn kind(&self) -> InvalidCallbackKind {
        self.kind
    }

    /// Returns the name of the parameter that was wrong, if the kind is about one.
    #[must_use]
    pub fn parameter(&self) -> Option<&'static str> {
        self.parameter.map(Parameter::name)
    }

    /// The status of a response to a program.
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
            InvalidCallbackKind::DuplicateParameter => "a parameter is given more than once",
            InvalidCallbackKind::ConflictingOutcome => "it has an `error` and a success at once",
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
            InvalidCallbackKind::StateUnreadable => {
                "what this browser keeps for its `state` is not readable"
            }
            InvalidCallbackKind::StateExpired => "the time of its `state` is over",
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

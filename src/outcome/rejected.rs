//! Callbacks that are rejected, and the table of the reasons.

use std::error::Error;
use std::fmt;

use http::StatusCode;

use crate::outcome::parameter::Parameter;

/// A callback that was rejected, because it is ambiguous, or its `state` or its ids were not accepted.
///
/// It contains nothing from the request, so you can log and show it. [`reason`](Self::reason) says
/// what was wrong.
///
/// ```
/// use tower_smartcar_connect::{ConnectOutcome, RejectionReason};
///
/// let rejected = ConnectOutcome::from_query("code=one&code=two").unwrap_err();
/// assert_eq!(rejected.reason(), RejectionReason::DuplicateParameter);
/// assert_eq!(rejected.parameter(), Some("code"));
/// assert_eq!(
///     rejected.to_string(),
///     "rejected Connect callback: a parameter appears more than once (`code`)",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedCallback {
    reason: RejectionReason,
    parameter: Option<Parameter>,
}

impl RejectedCallback {
    pub(crate) fn about(reason: RejectionReason, parameter: Parameter) -> Self {
        Self {
            reason,
            parameter: Some(parameter),
        }
    }

    /// Returns why the callback was rejected.
    #[must_use]
    pub fn reason(&self) -> RejectionReason {
        self.reason
    }

    /// Returns the name of the parameter that was wrong, or `None` if the reason is not about one.
    #[must_use]
    pub fn parameter(&self) -> Option<&'static str> {
        self.parameter.map(Parameter::name)
    }
}

/// Creates a rejected callback that is not about a single parameter.
impl From<RejectionReason> for RejectedCallback {
    fn from(reason: RejectionReason) -> Self {
        Self {
            reason,
            parameter: None,
        }
    }
}

/// Writes the reason and the parameter.
impl fmt::Display for RejectedCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rejected Connect callback: {}", self.reason)?;
        match self.parameter() {
            Some(parameter) => write!(f, " (`{parameter}`)"),
            None => Ok(()),
        }
    }
}

impl Error for RejectedCallback {}

/// Defines [`RejectionReason`] from one row per reason.
macro_rules! rejection_reasons {
    ($(
        $(#[$documentation:meta])+
        $variant:ident {
            name: $name:literal,
            message: $message:literal,
            keeps_state: $keeps_state:literal $(,)?
        }
    )+) => {
        /// Why a callback was rejected.
        ///
        /// The reasons about `state` are everyday events: an owner reloads the page, or takes too
        /// long. Most others come from forged or damaged links, and from routers or proxies that
        /// rewrite requests. If every callback is rejected, see
        /// [the guide](crate::guide::troubleshooting).
        ///
        /// A verifier returns a reason, too, as its error. [`Display`](fmt::Display) writes it for
        /// developers, such as "its `state` has expired".
        ///
        /// ```
        /// use tower_smartcar_connect::{RejectedCallback, RejectionReason};
        ///
        /// fn message(rejected: &RejectedCallback) -> &'static str {
        ///     match rejected.reason() {
        ///         RejectionReason::StateExpired => "That took too long. Please start again.",
        ///         _ => "This link does not work. Please start again.",
        ///     }
        /// }
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RejectionReason {
            $($(#[$documentation])+ $variant,)+
        }

        impl RejectionReason {
            /// All reasons.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns a name for logs, metrics and JSON, such as `state_expired`. Names never
            /// change.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns `true` if the rejection leaves the state of the flow in place, so the owner
            /// can come back with the same callback.
            ///
            /// That is so for everything that is decided before the state is accepted, and for what
            /// can change: the owner logs in, or a store responds again. It is `false` if the state
            /// was accepted and the ids were not. Such a flow has ended, and the owner starts
            /// another one.
            ///
            /// The reason decides, whatever the status of the response is.
            ///
            /// ```
            /// use tower_smartcar_connect::RejectionReason;
            ///
            /// assert!(RejectionReason::StateMismatch.keeps_state());
            /// assert!(RejectionReason::ConfirmationUnavailable.keeps_state());
            /// assert!(!RejectionReason::NotConfirmed.keeps_state());
            /// ```
            #[must_use]
            pub const fn keeps_state(self) -> bool {
                match self {
                    $(Self::$variant => $keeps_state,)+
                }
            }
        }

        /// Writes the reason in a few words, such as "its `state` has expired".
        impl fmt::Display for RejectionReason {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$variant => $message,)+
                })
            }
        }
    };
}

rejection_reasons! {
    /// The method is neither `GET` nor `HEAD`. Connect redirects, so browsers send a `GET`.
    UnexpectedMethod {
        name: "unexpected_method",
        message: "its method is neither GET nor HEAD",
        keeps_state: true,
    }
    /// The path is not a callback path as it was sent, but becomes one when it is percent-decoded,
    /// when its slashes are merged, or when a slash at its end is added or removed. Some routers
    /// would deliver it to the callback's route. If every callback is rejected like this, a proxy
    /// or a layer outside changes the path: see [paths](crate::guide::layer_order#paths).
    NonCanonicalPath {
        name: "non_canonical_path",
        message: "its path is a non-canonical form of a callback path",
        keeps_state: true,
    }
    /// The query on a callback path has more than 8192 bytes. It was not read.
    QueryTooLong { name: "query_too_long", message: "its query is too long", keeps_state: true }
    /// A visit to a callback path has no outcome: a bookmark, a link, or a flow that did not report
    /// one. An app of API v3 saw such flows until it stopped asking for a `code`.
    NoOutcome { name: "no_outcome", message: "it has no outcome", keeps_state: true }
    /// The query of a callback has more than 256 parameters, including empty ones.
    TooManyParameters {
        name: "too_many_parameters",
        message: "it has too many parameters",
        keeps_state: true,
    }
    /// A parameter that Connect defines appears more than once, so two readers could take different
    /// values.
    DuplicateParameter {
        name: "duplicate_parameter",
        message: "a parameter appears more than once",
        keeps_state: true,
    }
    /// `code`, `user_id` or `vehicle_id` has no value.
    EmptyParameter {
        name: "empty_parameter",
        message: "a parameter has no value",
        keeps_state: true,
    }
    /// `error` appears together with `code`, `user_id` or `vehicle_id`, so this is both an error
    /// and a success. Only the error `battery_capacity_no_selection` has a `vehicle_id`.
    ConflictingOutcome {
        name: "conflicting_outcome",
        message: "it has both an `error` and a success",
        keeps_state: true,
    }
    /// `error` is empty or has characters that [RFC 6749, section 4.1.2.1] does not allow. It
    /// allows printable ASCII without `"` and `\`.
    ///
    /// [RFC 6749, section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    MalformedError {
        name: "malformed_error",
        message: "`error` is empty or has characters that RFC 6749 does not allow",
        keeps_state: true,
    }
    /// The `state` is to be verified, and it is missing or empty.
    StateMissing { name: "state_missing", message: "it has no `state`", keeps_state: true }
    /// The `state` is not the one that was issued to this browser.
    StateMismatch {
        name: "state_mismatch",
        message: "its `state` was not issued to this browser",
        keeps_state: true,
    }
    /// This browser has nothing to compare the `state` with: it did not start this flow, the flow
    /// has ended, or the cookie or session is lost.
    StateUnknown {
        name: "state_unknown",
        message: "this browser has nothing to compare its `state` with",
        keeps_state: true,
    }
    /// What was kept for the `state` cannot be read: its cookie was changed, or encrypted with a key
    /// that this server does not have, or another version of the crate has written it.
    StateUnreadable {
        name: "state_unreadable",
        message: "what was kept for its `state` cannot be read",
        keeps_state: true,
    }
    /// The `state` was issued to this browser for another callback path. If every callback is
    /// rejected like this, something strips a prefix from the path: see
    /// [paths](crate::guide::layer_order#paths).
    StateForOtherPath {
        name: "state_for_other_path",
        message: "its `state` was issued for another callback path",
        keeps_state: true,
    }
    /// The `state` was issued to this browser, but has expired.
    StateExpired { name: "state_expired", message: "its `state` has expired", keeps_state: true }
    /// The store of states did not respond. This is a failure of the server, and the callback may
    /// be valid.
    StateStoreUnavailable {
        name: "state_store_unavailable",
        message: "the store of states did not respond",
        keeps_state: true,
    }
    /// The flow is bound to a user of your app, and no user is logged in. If every callback is
    /// rejected like this, the browser does not send the cookie of the login, which must not be
    /// `SameSite=Strict`.
    NotLoggedIn { name: "not_logged_in", message: "no user is logged in", keeps_state: true }
    /// The flow is bound to another user of your app than the one who is logged in.
    OtherUser { name: "other_user", message: "another user started the flow", keeps_state: true }
    /// The `vehicle_id` is not the one that the flow was started for.
    OtherVehicle {
        name: "other_vehicle",
        message: "its `vehicle_id` is not the one of its flow",
        keeps_state: false,
    }
    /// The `external_id` is not the one that the flow was started for.
    OtherExternalId {
        name: "other_external_id",
        message: "its `external_id` is not the one of its flow",
        keeps_state: false,
    }
    /// Smartcar does not confirm the ids in the query: the owner did not grant what the callback
    /// claims.
    NotConfirmed { name: "not_confirmed", message: "its ids are not confirmed", keeps_state: false }
    /// The ids in the query cannot be confirmed now, because Smartcar's API or a server of yours
    /// did not respond. The callback may be valid.
    ConfirmationUnavailable {
        name: "confirmation_unavailable",
        message: "its ids cannot be confirmed now",
        keeps_state: true,
    }
}

impl RejectionReason {
    /// Returns `true` if a server failed, and the callback may be valid.
    pub(crate) fn is_unavailable(self) -> bool {
        matches!(
            self,
            Self::StateStoreUnavailable | Self::ConfirmationUnavailable
        )
    }

    /// Returns the status of a response.
    pub(crate) fn status(self) -> StatusCode {
        if self.is_unavailable() {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::BAD_REQUEST
        }
    }
}

impl Error for RejectionReason {}

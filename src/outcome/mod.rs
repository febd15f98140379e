//! The outcome of a flow, read from the query of its callback.

pub(crate) mod error;
pub(crate) mod error_code;
pub(crate) mod escaped;
pub(crate) mod failure;
pub(crate) mod parameter;
pub(crate) mod query;
pub(crate) mod rejected;
pub(crate) mod resolution;
#[cfg(feature = "serde")]
mod serialize;
pub(crate) mod success;
mod unverified;
pub(crate) mod value;

use http::Extensions;

use crate::outcome::error::ConnectError;
use crate::outcome::error_code::ErrorCode;
use crate::outcome::parameter::Parameter;
use crate::outcome::query::Parameters;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};
use crate::outcome::success::ConnectSuccess;

#[cfg(feature = "serde")]
pub use self::serialize::WithPrivateFields;
pub use self::unverified::Unverified;

/// How a flow ended: with a success or with an error.
///
/// In a tower stack, [`ConnectCallbackLayer`] reads the outcome of each callback. With axum,
/// extract it: [`OutcomeRejection`] has an example. To read callbacks without tower, see
/// [`framework_authors`](crate::guide::framework_authors).
///
/// There will be no other variant, so a `match` needs no last arm.
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
/// [`OutcomeRejection`]: crate::extract::OutcomeRejection
#[derive(Clone, Debug)]
pub enum ConnectOutcome {
    /// The owner granted access.
    Success(ConnectSuccess),
    /// The flow ended without access.
    Error(ConnectError),
}

impl ConnectOutcome {
    /// Reads the outcome in a query. Returns `None` if the query has none of `error`, `code`,
    /// `user_id` and `vehicle_id`. A leading `?` is ignored.
    ///
    /// Use it where a callback arrives in another way than as a request, such as in a message from
    /// a single-page app. [`CallbackPaths::read`](crate::paths::CallbackPaths::read) also checks
    /// the method and the path of a request.
    ///
    /// # Errors
    ///
    /// Returns a [`RejectedCallback`] if the query is ambiguous, or has more than 8192 bytes or 256
    /// parameters. [`RejectionReason`] lists the reasons.
    ///
    /// ```
    /// use tower_smartcar_connect::{ConnectOutcome, ErrorCode};
    ///
    /// // As Smartcar publishes it: the description has no name.
    /// let query = "error=oem_cancelled_login\
    ///     &the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM";
    /// let unverified = ConnectOutcome::from_query(query)?.expect("the query has an error");
    /// match unverified.skip_verification() {
    ///     ConnectOutcome::Error(error) => {
    ///         assert_eq!(error.code(), ErrorCode::OemCancelledLogin);
    ///         assert_eq!(
    ///             error.description(),
    ///             Some("the user did not complete authorization with the OEM"),
    ///         );
    ///     }
    ///     other => panic!("unexpected {other:?}"),
    /// }
    ///
    /// assert!(ConnectOutcome::from_query("page=2")?.is_none());
    /// assert!(ConnectOutcome::from_query("error=access_denied&code=1234").is_err());
    /// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
    /// ```
    pub fn from_query(query: &str) -> Result<Option<Unverified>, RejectedCallback> {
        let query = query.strip_prefix('?').unwrap_or(query);
        Ok(Self::read(query)?.map(Unverified))
    }

    /// Reads the outcome in a query without its `?`.
    pub(crate) fn read(query: &str) -> Result<Option<Self>, RejectedCallback> {
        let Some(parameters) = Parameters::read(query)? else {
            return Ok(None);
        };
        let error = parameters.value(Parameter::Error);
        let code = error.map(ErrorCode::from);
        for parameter in Parameter::SUCCESSES {
            let Some(value) = parameters.value(parameter) else {
                continue;
            };
            let is_own = |code: ErrorCode| code.own_parameters().contains(&parameter);
            let reason = if value.is_empty() {
                RejectionReason::EmptyParameter
            } else if !code.is_none_or(is_own) {
                RejectionReason::ConflictingOutcome
            } else {
                continue;
            };
            return Err(RejectedCallback::about(reason, parameter));
        }
        if !error.is_none_or(value::is_error_text) {
            return Err(RejectionReason::MalformedError.into());
        }
        Ok(Some(match code {
            Some(code) => Self::Error(ConnectError::new(code, parameters)),
            None => Self::Success(ConnectSuccess::new(parameters)),
        }))
    }

    /// Returns the decoded `state`.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        match self {
            Self::Success(success) => success.state(),
            Self::Error(error) => error.state(),
        }
    }

    /// Returns whether the `state` was accepted, which does not confirm any id: the ids in the
    /// query are still claims of the visitor.
    ///
    /// If it was, this browser started the flow. See [`ConnectSuccess`] for what proves the ids.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Success(success) => success.is_verified(),
            Self::Error(error) => error.is_verified(),
        }
    }

    /// Marks the `state` as accepted.
    pub(crate) fn set_verified(&mut self) {
        match self {
            Self::Success(success) => success.set_verified(),
            Self::Error(error) => error.set_verified(),
        }
    }

    /// The `state` for a verifier, which is not empty.
    pub(crate) fn state_to_verify(&self) -> Result<&str, RejectionReason> {
        self.state()
            .filter(|state| !state.is_empty())
            .ok_or(RejectionReason::StateMissing)
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
}

//! What helps after a flow that brought no access.

use std::fmt;

use http::StatusCode;

/// The next step after a Connect error, for the app to offer or to take.
///
/// [`ErrorCode::resolution`](crate::ErrorCode::resolution) has the one for each code. New ones may
/// come with new codes, so a `match` needs a last arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resolution {
    /// Explain why the app needs access and offer to try again: the owner walked away.
    AskAgain,
    /// Go on without what the owner did not provide. Asking again hardly helps.
    ContinueWithout,
    /// The owner renews the subscription to the car maker's connected services, then tries again.
    FixSubscription,
    /// The owner adds a vehicle to their account with the car maker, then tries again.
    AddVehicle,
    /// This car cannot be connected. Offer another one, or a way to go on without.
    OfferAnotherVehicle,
    /// The owner tries again after a while.
    RetryLater,
    /// A developer of the app mends its set-up. Asking the owner again does not help.
    FixConfiguration,
    /// Nobody knows yet. The owner may try again, and ask the app's support if that does not help.
    ContactSupport,
}

impl Resolution {
    /// A name for logs, metrics and JSON, such as `ask_again`. It stays the same between versions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AskAgain => "ask_again",
            Self::ContinueWithout => "continue_without",
            Self::FixSubscription => "fix_subscription",
            Self::AddVehicle => "add_vehicle",
            Self::OfferAnotherVehicle => "offer_another_vehicle",
            Self::RetryLater => "retry_later",
            Self::FixConfiguration => "fix_configuration",
            Self::ContactSupport => "contact_support",
        }
    }

    /// The status of an answer to an error with this resolution. It says what happened and who can
    /// do something about it; an owner who walked away is no server error.
    ///
    /// | resolution | what happened | status |
    /// | --- | --- | --- |
    /// | `AskAgain` | the owner walked away | `422 Unprocessable Entity` |
    /// | `ContinueWithout`, `FixSubscription`, `AddVehicle`, `OfferAnotherVehicle` | something is missing, or does not fit | `422 Unprocessable Entity` |
    /// | `ContactSupport` | a code that is not documented | `422 Unprocessable Entity` |
    /// | `FixConfiguration` | the app's set-up is wrong | `500 Internal Server Error` |
    /// | `RetryLater` | Smartcar fails | `503 Service Unavailable` |
    ///
    /// None of them is 403, 404, 502 or 504, which proxies replace: the answers module says which do.
    ///
    /// ```
    /// use http::StatusCode;
    /// use tower_smartcar_connect::ErrorCode;
    ///
    /// assert_eq!(ErrorCode::ServerError.resolution().status(), StatusCode::SERVICE_UNAVAILABLE);
    /// ```
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::AskAgain
            | Self::ContinueWithout
            | Self::FixSubscription
            | Self::AddVehicle
            | Self::OfferAnotherVehicle
            | Self::ContactSupport => StatusCode::UNPROCESSABLE_ENTITY,
            Self::FixConfiguration => StatusCode::INTERNAL_SERVER_ERROR,
            Self::RetryLater => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Prints [`as_str`](Resolution::as_str).
impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

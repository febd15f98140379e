//! The next step after an error.

use std::fmt;

/// The next step after a Connect error, which your app offers or takes.
///
/// [`ErrorCode::resolution`](crate::ErrorCode::resolution) returns it for each code. New codes can
/// bring new variants, so a `match` needs a last arm.
///
/// ```
/// use tower_smartcar_connect::{ErrorCode, Resolution};
///
/// let button = match ErrorCode::OemCancelledLogin.resolution() {
///     Resolution::ContinueWithout => "Continue",
///     Resolution::OfferAnotherVehicle => "Try another car",
///     Resolution::FixConfiguration => "Contact support",
///     _ => "Try again",
/// };
/// assert_eq!(button, "Try again");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resolution {
    /// The owner left. Explain why your app needs access, and offer to try again.
    AskAgain,
    /// Continue without what the owner did not provide. Asking again rarely helps.
    ContinueWithout,
    /// The owner renews the subscription to the manufacturer's connected services, then tries again.
    FixSubscription,
    /// The owner adds a vehicle to the account with the manufacturer, then tries again.
    AddVehicle,
    /// This vehicle cannot be connected. Offer to try another one, or to continue without.
    OfferAnotherVehicle,
    /// The owner tries again after a few minutes.
    RetryLater,
    /// You fix a setting of your app. Asking the owner again does not help.
    FixConfiguration,
    /// The cause is unknown. The owner tries again, and contacts your support if that does not help.
    ContactSupport,
}

impl Resolution {
    /// Returns a name for logs, metrics and JSON, such as `ask_again`. Names never change.
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
}

/// Writes [`as_str`](Resolution::as_str).
impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

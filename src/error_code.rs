//! The one table of the documented error codes: what is known of a code is a column here.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::parameter::Parameter;
use crate::resolution::Resolution;

/// Defines [`ErrorCode`] from one row a code.
macro_rules! error_codes {
    ($(
        $(#[$documentation:meta])+
        $variant:ident {
            text: $text:literal,
            user_exit: $user_exit:literal,
            own: [$($own:ident),*],
            resolution: $resolution:ident,
            user_message: $user_message:literal,
            page: $page:literal,
            description: $description:literal,
            step: $step:ident,
            action: $action:literal,
        }
    )+) => {
        /// The error that Smartcar Connect reports, without its parameters.
        ///
        /// Decide by this code, never by a description: Smartcar rewords descriptions between
        /// versions. New codes appear without notice, so a `match` needs a last arm in any case; a
        /// code that is not documented is [`ErrorCode::Unknown`], and [`ConnectError::error`] has
        /// its text.
        ///
        /// The codes are those of <https://smartcar.com/docs/api-reference/api-errors>, of the
        /// pages that [`documentation_url`](Self::documentation_url) leads to, and of Smartcar's
        /// mobile SDKs.
        ///
        /// ```
        /// use tower_smartcar_connect::ErrorCode;
        ///
        /// let code: ErrorCode = "oem_cancelled_login".parse().unwrap();
        /// assert_eq!(code, ErrorCode::OemCancelledLogin);
        /// assert!(code.is_user_exit());
        /// assert_eq!(code.as_str(), "oem_cancelled_login");
        /// ```
        ///
        /// [`ConnectError::error`]: crate::ConnectError::error
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$documentation])+ $variant,)+
            /// A code that is not in the catalogue. Treat it as a failure that the app has no words
            /// for yet.
            Unknown,
        }

        impl ErrorCode {
            /// The documented codes, in alphabetical order of their text, without
            /// [`ErrorCode::Unknown`].
            ///
            /// ```
            /// use tower_smartcar_connect::ErrorCode;
            ///
            /// for code in ErrorCode::ALL {
            ///     println!("{code}");
            /// }
            /// assert_eq!(ErrorCode::ALL.len(), 10);
            /// ```
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant),+];

            /// The text of the code in a query, and `unknown` for [`ErrorCode::Unknown`].
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown => "unknown",
                }
            }

            /// The code of a decoded `error` parameter.
            #[inline]
            pub(crate) fn from_text(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Unknown,
                }
            }

            /// Whether the owner walked away, which is an everyday event and no failure of
            /// anybody's.
            ///
            /// ```
            /// use tower_smartcar_connect::ErrorCode;
            ///
            /// assert!(ErrorCode::AccessDenied.is_user_exit());
            /// assert!(!ErrorCode::ServerError.is_user_exit());
            /// assert!(!ErrorCode::Unknown.is_user_exit());
            /// ```
            #[must_use]
            pub const fn is_user_exit(self) -> bool {
                match self {
                    $(Self::$variant => $user_exit,)+
                    Self::Unknown => false,
                }
            }

            /// The parameters that are a part of this error, although they make a success
            /// otherwise.
            pub(crate) const fn own_parameters(self) -> &'static [Parameter] {
                match self {
                    $(Self::$variant => &[$(Parameter::$own),*],)+
                    Self::Unknown => &[],
                }
            }

            /// What helps against this error. For a code that is not documented, asking support.
            ///
            /// ```
            /// use tower_smartcar_connect::{ErrorCode, Resolution};
            ///
            /// assert_eq!(ErrorCode::OemCancelledLogin.resolution(), Resolution::AskAgain);
            /// assert_eq!(ErrorCode::Unknown.resolution(), Resolution::ContactSupport);
            /// ```
            #[must_use]
            pub const fn resolution(self) -> Resolution {
                match self {
                    $(Self::$variant => Resolution::$resolution,)+
                    Self::Unknown => Resolution::ContactSupport,
                }
            }

            /// One plain English sentence for the owner: what happened, without blame. It is fixed
            /// text of this crate and holds nothing of the request, so it is safe in any page.
            ///
            /// ```
            /// use tower_smartcar_connect::ErrorCode;
            ///
            /// let message = ErrorCode::OemCancelledLogin.suggested_user_message();
            /// assert_eq!(message, "You left your car maker’s sign-in page before finishing.");
            /// ```
            #[must_use]
            pub const fn suggested_user_message(self) -> &'static str {
                match self {
                    $(Self::$variant => $user_message,)+
                    Self::Unknown => "We couldn’t connect your car.",
                }
            }

            /// The address of Smartcar's page about this error, for developers; that of the list of
            /// all errors for a code that has no page of its own, which are
            /// [`UserCancelled`](Self::UserCancelled) and those that are not documented.
            ///
            /// ```
            /// use tower_smartcar_connect::ErrorCode;
            ///
            /// assert_eq!(
            ///     ErrorCode::AccessDenied.documentation_url(),
            ///     "https://smartcar.com/docs/errors/connect-errors/access-denied",
            /// );
            /// ```
            #[must_use]
            pub const fn documentation_url(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("https://smartcar.com/docs/", $page),)+
                    Self::Unknown => "https://smartcar.com/docs/api-reference/api-errors",
                }
            }

            /// The `error_description` that is documented for the code.
            #[cfg(feature = "simulator")]
            pub(crate) const fn documented_description(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($description),)+
                    Self::Unknown => None,
                }
            }

            /// The step of Connect on which a flow ends with this error.
            #[cfg(feature = "simulator")]
            pub(crate) const fn step(self) -> Step {
                match self {
                    $(Self::$variant => Step::$step,)+
                    Self::Unknown => Step::Anywhere,
                }
            }

            /// What the owner does there, or what happens to them, in a few words.
            #[cfg(feature = "simulator")]
            pub(crate) const fn action(self) -> &'static str {
                match self {
                    $(Self::$variant => $action,)+
                    Self::Unknown => "Something new happens",
                }
            }
        }
    };
}

error_codes! {
    /// The owner declined the permissions that the app asks for. Explain why it needs them and ask
    /// again.
    AccessDenied {
        text: "access_denied",
        user_exit: true,
        own: [],
        resolution: AskAgain,
        user_message: "You didn’t grant the permissions needed to connect your car.",
        page: "errors/connect-errors/access-denied",
        description: "User denied access to application.",
        step: Permissions,
        action: "Decline",
    }

    /// The owner of [`vehicle_id`](crate::ConnectError::vehicle_id) does not know the size of its
    /// battery, or skipped the question. Go on without it; asking again hardly helps.
    BatteryCapacityNoSelection {
        text: "battery_capacity_no_selection",
        user_exit: true,
        own: [VehicleId],
        resolution: ContinueWithout,
        user_message: "You didn’t choose a battery size.",
        page: "connect/user-selected-batcap",
        description: "user did not know battery capacity",
        step: Anywhere,
        action: "Skip the question about the battery",
    }

    /// The app's set-up is wrong, or the owner skipped a step of Connect. The developer has to act,
    /// asking again does not help. [`status_code`](crate::ConnectError::status_code) and
    /// [`error_message`](crate::ConnectError::error_message) say what Connect showed to the owner.
    ConfigurationError {
        text: "configuration_error",
        user_exit: false,
        own: [],
        resolution: FixConfiguration,
        user_message: "We can’t connect cars right now because of a problem on our side.",
        page: "errors/connect-errors/configuration-error",
        description: "There has been an error in the configuration of your application.",
        step: Anywhere,
        action: "Leave Connect’s own error page",
    }

    /// The owner's subscription to the car maker's connected services is not active. They renew it
    /// and try again.
    InvalidSubscription {
        text: "invalid_subscription",
        user_exit: false,
        own: [],
        resolution: FixSubscription,
        user_message: "Your subscription to your car maker’s connected services isn’t active.",
        page: "errors/connect-errors/invalid-subscription",
        description: "User does not have an active connected vehicle subscription.",
        step: Login,
        action: "Log in without an active subscription",
    }

    /// The owner's account with the car maker has no vehicle. They add one to that account and try
    /// again.
    NoVehicles {
        text: "no_vehicles",
        user_exit: false,
        own: [],
        resolution: AddVehicle,
        user_message: "There’s no car in your account with the car maker.",
        page: "errors/connect-errors/no-vehicles",
        description: "User does not have an active connected vehicle subscription.",
        step: Login,
        action: "Log in to an account without a car",
    }

    /// The owner left the car maker's login page. Ask again.
    OemCancelledLogin {
        text: "oem_cancelled_login",
        user_exit: true,
        own: [],
        resolution: AskAgain,
        user_message: "You left your car maker’s sign-in page before finishing.",
        page: "errors/connect-errors/oem-login-cancelled",
        description: "The user did not complete authorization with the OEM",
        step: Login,
        action: "Leave the login page",
    }

    /// Smartcar failed, or no other code fits. The owner tries again later.
    ServerError {
        text: "server_error",
        user_exit: false,
        own: [],
        resolution: RetryLater,
        user_message: "The service that connects your car is having problems right now.",
        page: "errors/connect-errors/server-error",
        description: "Unexpected server error. Please try again.",
        step: Anywhere,
        action: "Smartcar fails",
    }

    /// The owner left the car maker's login page, as Smartcar's mobile SDKs report it. Ask again.
    UserCancelled {
        text: "user_cancelled",
        user_exit: true,
        own: [],
        resolution: AskAgain,
        user_message: "You left your car maker’s sign-in page before finishing.",
        page: "api-reference/api-errors",
        description: "User cancelled or denied login at OEM's login screen",
        step: Login,
        action: "Cancel the login, in a mobile app",
    }

    /// The owner chose "Back to application" before they granted access. Ask again.
    UserManuallyReturnedToApplication {
        text: "user_manually_returned_to_application",
        user_exit: true,
        own: [],
        resolution: AskAgain,
        user_message: "You returned before your car was connected.",
        page: "errors/connect-errors/returned-to-application",
        description: "The user exited Connect before granting your application access",
        step: Brand,
        action: "Go back to the application",
    }

    /// Smartcar cannot connect to this car, which [`vin`](crate::ConnectError::vin),
    /// [`make`](crate::ConnectError::make), [`model`](crate::ConnectError::model) and
    /// [`year`](crate::ConnectError::year) may name. Asking again does not help, so offer something
    /// else.
    VehicleIncompatible {
        text: "vehicle_incompatible",
        user_exit: false,
        own: [],
        resolution: OfferAnotherVehicle,
        user_message: "This car isn’t compatible.",
        page: "errors/connect-errors/vehicle-incompatible",
        description: "The user’s vehicle is not compatible.",
        step: Brand,
        action: "The car is incompatible",
    }
}

/// A step of Connect, in the order in which an owner meets them.
#[cfg(feature = "simulator")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Brand,
    Login,
    Permissions,
    /// No step: what can happen on each of them.
    Anywhere,
}

/// Prints [`as_str`](ErrorCode::as_str).
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Never fails: text that is no documented code is [`ErrorCode::Unknown`].
impl FromStr for ErrorCode {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from_text(text))
    }
}

//! The one table of the documented error codes: what is known of a code is a column here.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Defines [`ErrorCode`] from one row a code.
macro_rules! error_codes {
    ($($(#[$documentation:meta])+ ($variant:ident, $text:literal, user_exit: $user_exit:literal);)+) => {
        /// The error that Smartcar Connect reports, without its parameters.
        ///
        /// Decide by this code, never by a description: Smartcar rewords descriptions between versions. New codes
        /// appear without notice, so a `match` needs a last arm in any case; a code that is not documented is
        /// [`ErrorCode::Unknown`], and [`ConnectError::error`] has its text.
        ///
        /// The codes are those of <https://smartcar.com/docs/errors/connect-errors>.
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
            /// A code that is not in the catalogue. Treat it as a failure that the app has no words for yet.
            Unknown,
        }

        impl ErrorCode {
            /// The documented codes, in alphabetical order of their text, without [`ErrorCode::Unknown`].
            ///
            /// ```
            /// use tower_smartcar_connect::ErrorCode;
            ///
            /// for code in ErrorCode::ALL {
            ///     println!("{code}");
            /// }
            /// assert_eq!(ErrorCode::ALL.len(), 9);
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

            /// Whether the owner walked away, which is an everyday event and no failure of anybody's.
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
        }
    };
}

error_codes! {
    /// The owner declined the permissions that the app asks for. Explain why it needs them and ask again.
    (AccessDenied, "access_denied", user_exit: true);

    /// The app's set-up is wrong, or the owner skipped a step of Connect. The developer has to act, asking again does
    /// not help. [`status_code`](crate::ConnectError::status_code) and
    /// [`error_message`](crate::ConnectError::error_message) say what Connect showed to the owner.
    (ConfigurationError, "configuration_error", user_exit: false);

    /// The owner's subscription to the car maker's connected services is not active. They renew it and try again.
    (InvalidSubscription, "invalid_subscription", user_exit: false);

    /// The owner's account with the car maker has no vehicle. They add one to that account and try again.
    (NoVehicles, "no_vehicles", user_exit: false);

    /// The owner left the car maker's login page. Ask again.
    (OemCancelledLogin, "oem_cancelled_login", user_exit: true);

    /// Smartcar failed, or no other code fits. The owner tries again later.
    (ServerError, "server_error", user_exit: false);

    /// The owner left the car maker's login page, as Smartcar's mobile SDKs report it. Ask again.
    (UserCancelled, "user_cancelled", user_exit: true);

    /// The owner chose "Back to application" before they granted access. Ask again.
    (UserManuallyReturnedToApplication, "user_manually_returned_to_application", user_exit: true);

    /// Smartcar cannot connect to this car, which [`vin`](crate::ConnectError::vin),
    /// [`make`](crate::ConnectError::make), [`model`](crate::ConnectError::model) and
    /// [`year`](crate::ConnectError::year) may name. Asking again does not help, so offer something else.
    (VehicleIncompatible, "vehicle_incompatible", user_exit: false);
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

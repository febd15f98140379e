//! The table of the documented error codes. Everything that is known of a code is a column.

use std::fmt;

use crate::outcome::parameter::Parameter;
use crate::outcome::resolution::Resolution;

/// Defines [`ErrorCode`] from one row per code.
macro_rules! error_codes {
    ($(
        $(#[$documentation:meta])+
        $variant:ident {
            text: $text:literal,
            owner_exit: $owner_exit:literal,
            own: [$($own:ident),*],
            resolution: $resolution:ident,
            user_message: $user_message:literal,
            page: $page:literal,
        }
    )+) => {
        /// Why a Connect flow failed: the documented values of `error`.
        ///
        /// | `error` | who ended the flow | what helps |
        /// | --- | --- | --- |
        /// | [`access_denied`](Self::AccessDenied) | the owner, on the permissions page | explain why, ask again |
        /// | [`battery_capacity_no_selection`](Self::BatteryCapacityNoSelection) | the owner, who does not know the size | continue without it |
        /// | [`configuration_error`](Self::ConfigurationError) | a wrong setting of your app, or a skipped step | fix the setting |
        /// | [`invalid_subscription`](Self::InvalidSubscription) | the manufacturer: the subscription is not active | the owner renews it |
        /// | [`no_vehicles`](Self::NoVehicles) | the manufacturer: the account has no vehicle | the owner adds one |
        /// | [`oem_cancelled_login`](Self::OemCancelledLogin) | the owner, on the manufacturer's sign-in page | ask again |
        /// | [`server_error`](Self::ServerError) | Smartcar, or no other code fits | try again later |
        /// | [`user_cancelled`](Self::UserCancelled) | the owner, on the manufacturer's sign-in page | ask again |
        /// | [`user_manually_returned_to_application`](Self::UserManuallyReturnedToApplication) | the owner | ask again |
        /// | [`vehicle_incompatible`](Self::VehicleIncompatible) | Smartcar: it does not support the vehicle | offer something else |
        /// | anything else: [`Unknown`](Self::Unknown) | not documented yet | treat it as a failure |
        ///
        /// The table is available at run time: see [`is_owner_exit`], [`resolution`],
        /// [`suggested_user_message`] and [`documentation_url`].
        ///
        /// Decide by this code, never by a description: Smartcar rewords descriptions. New codes
        /// appear without notice, so a `match` always needs a last arm. [`ConnectError::raw_code`]
        /// returns the value of an unknown code.
        ///
        /// The source is Smartcar's documentation of [errors], the pages to which
        /// [`documentation_url`] links, and Smartcar's mobile SDKs.
        ///
        /// ```
        /// use tower_smartcar_connect::ErrorCode;
        ///
        /// let code = ErrorCode::from("oem_cancelled_login");
        /// assert_eq!(code, ErrorCode::OemCancelledLogin);
        /// assert!(code.is_owner_exit());
        /// assert_eq!(code.as_str(), "oem_cancelled_login");
        /// ```
        ///
        /// [`ConnectError::raw_code`]: crate::ConnectError::raw_code
        /// [`documentation_url`]: Self::documentation_url
        /// [`is_owner_exit`]: Self::is_owner_exit
        /// [`resolution`]: Self::resolution
        /// [`suggested_user_message`]: Self::suggested_user_message
        /// [errors]: https://smartcar.com/docs/api-reference/api-errors
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$documentation])+ $variant,)+
            /// A code that is not documented. Treat it as a failure.
            ///
            /// So is `user_exited`, which Smartcar's SDK for Android reports when the owner closes
            /// the web view. No redirect has it, but a phone app can pass it on to your server.
            Unknown,
        }

        impl ErrorCode {
            /// All documented codes, sorted by [`as_str`](Self::as_str), without
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

            /// Returns the value of `error`, such as `access_denied`, or `unknown` for
            /// [`ErrorCode::Unknown`].
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown => "unknown",
                }
            }

            /// Returns `true` if the owner left the flow. This is an everyday event, and nothing
            /// failed.
            ///
            /// ```
            /// use tower_smartcar_connect::ErrorCode;
            ///
            /// assert!(ErrorCode::AccessDenied.is_owner_exit());
            /// assert!(!ErrorCode::ServerError.is_owner_exit());
            /// assert!(!ErrorCode::Unknown.is_owner_exit());
            /// ```
            #[must_use]
            pub const fn is_owner_exit(self) -> bool {
                match self {
                    $(Self::$variant => $owner_exit,)+
                    Self::Unknown => false,
                }
            }

            /// Returns the parameters that belong to this error, although they indicate a success
            /// everywhere else.
            pub(crate) const fn own_parameters(self) -> &'static [Parameter] {
                match self {
                    $(Self::$variant => &[$(Parameter::$own),*],)+
                    Self::Unknown => &[],
                }
            }

            /// Returns the next step after this error. For a code that is not documented, it is
            /// [`Resolution::ContactSupport`].
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

            /// Returns an English sentence that tells the owner what happened.
            ///
            /// It is a constant of this crate, so you can show it on any page.
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

            /// Returns the address of Smartcar's page about this error, for developers.
            ///
            /// [`UserCancelled`](Self::UserCancelled) and undocumented codes have no page of their
            /// own. For them, it is the address of the list of all errors.
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
        }

        /// Reads the value of `error`. One that is not documented is [`ErrorCode::Unknown`].
        impl From<&str> for ErrorCode {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Unknown,
                }
            }
        }
    };
}

error_codes! {
    /// The owner declined the permissions. Explain why your app needs them, and ask again.
    AccessDenied {
        text: "access_denied",
        owner_exit: true,
        own: [],
        resolution: AskAgain,
        user_message: "You didn’t grant the permissions needed to connect your car.",
        page: "errors/connect-errors/access-denied",
    }

    /// The owner does not know the battery size of
    /// [`vehicle_id`](crate::ConnectError::vehicle_id). Continue without it: asking again rarely
    /// helps.
    BatteryCapacityNoSelection {
        text: "battery_capacity_no_selection",
        owner_exit: true,
        own: [VehicleId],
        resolution: ContinueWithout,
        user_message: "You didn’t choose a battery size.",
        page: "connect/user-selected-batcap",
    }

    /// A setting of your app is wrong, or the owner skipped a step of Connect. You have to fix the
    /// setting; asking the owner again does not help.
    /// [`status_code`](crate::ConnectError::status_code) and
    /// [`error_message`](crate::ConnectError::error_message) are what Connect showed to the owner.
    ConfigurationError {
        text: "configuration_error",
        owner_exit: false,
        own: [],
        resolution: FixConfiguration,
        user_message: "We can’t connect cars right now because of a problem on our side.",
        page: "errors/connect-errors/configuration-error",
    }

    /// The owner's subscription to the manufacturer's connected services is not active. Ask the
    /// owner to renew it and to try again.
    InvalidSubscription {
        text: "invalid_subscription",
        owner_exit: false,
        own: [],
        resolution: FixSubscription,
        user_message: "Your subscription to your car maker’s connected services isn’t active.",
        page: "errors/connect-errors/invalid-subscription",
    }

    /// The owner's account with the manufacturer has no vehicle. Ask the owner to add one to that
    /// account and to try again.
    NoVehicles {
        text: "no_vehicles",
        owner_exit: false,
        own: [],
        resolution: AddVehicle,
        user_message: "We couldn’t find a car in that account.",
        page: "errors/connect-errors/no-vehicles",
    }

    /// The owner left the manufacturer's sign-in page. Ask again.
    OemCancelledLogin {
        text: "oem_cancelled_login",
        owner_exit: true,
        own: [],
        resolution: AskAgain,
        user_message: "You left your car maker’s sign-in page before finishing.",
        page: "errors/connect-errors/oem-login-cancelled",
    }

    /// Smartcar failed, or no other code fits. Ask the owner to try again later.
    ServerError {
        text: "server_error",
        owner_exit: false,
        own: [],
        resolution: RetryLater,
        user_message: "The service that connects your car is having problems right now.",
        page: "errors/connect-errors/server-error",
    }

    /// The owner left the manufacturer's sign-in page, as Smartcar's mobile SDKs report it. Ask
    /// again.
    UserCancelled {
        text: "user_cancelled",
        owner_exit: true,
        own: [],
        resolution: AskAgain,
        user_message: "You left your car maker’s sign-in page before finishing.",
        page: "api-reference/api-errors",
    }

    /// The owner chose "Back to application" before granting access. Ask again.
    UserManuallyReturnedToApplication {
        text: "user_manually_returned_to_application",
        owner_exit: true,
        own: [],
        resolution: AskAgain,
        user_message: "You returned before your car was connected.",
        page: "errors/connect-errors/returned-to-application",
    }

    /// Smartcar does not support this vehicle. Asking again does not help, so offer something else.
    /// [`vin`](crate::ConnectError::vin), [`make`](crate::ConnectError::make),
    /// [`model`](crate::ConnectError::model) and [`year`](crate::ConnectError::year) may say which
    /// vehicle it is.
    VehicleIncompatible {
        text: "vehicle_incompatible",
        owner_exit: false,
        own: [],
        resolution: OfferAnotherVehicle,
        user_message: "This car isn’t compatible.",
        page: "errors/connect-errors/vehicle-incompatible",
    }
}

/// Writes [`as_str`](ErrorCode::as_str).
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

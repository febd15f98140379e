//! The table of the parameters that Connect defines.

use percent_encoding::percent_decode_str;

/// Defines [`Parameter`] from one row per parameter.
macro_rules! parameters {
    ($($variant:ident {
        name: $name:literal,
        $(also: $also:literal,)?
        error: $error:literal,
        success: $success:literal,
        private: $private:literal $(,)?
    })+) => {
        /// A parameter that Connect defines, for errors or for successes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Parameter {
            $($variant,)+
        }

        impl Parameter {
            /// All parameters, in the order of the table.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// All names, with the parameter of each.
            const NAMES: &'static [(&'static str, Self)] = &[
                $(($name, Self::$variant), $(($also, Self::$variant),)?)+
            ];

            /// Returns the name in a query.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the parameter with this name. Names are case-sensitive.
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $also)? => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Returns `true` if an error can have it.
            #[cfg(feature = "serde")]
            pub(crate) fn is_error_field(self) -> bool {
                match self {
                    $(Self::$variant => $error,)+
                }
            }

            /// Returns `true` if a success can have it.
            #[cfg(feature = "serde")]
            pub(crate) fn is_success_field(self) -> bool {
                match self {
                    $(Self::$variant => $success,)+
                }
            }

            /// Returns `true` if it is a secret, or about one owner or one vehicle. Such a parameter
            /// is only serialized on request.
            #[cfg(feature = "serde")]
            pub(crate) fn is_private(self) -> bool {
                match self {
                    $(Self::$variant => $private,)+
                }
            }
        }
    };
}

parameters! {
    Error { name: "error", error: true, success: false, private: false }
    ErrorDescription { name: "error_description", error: true, success: false, private: false }
    ErrorMessage { name: "error_message", error: true, success: false, private: true }
    StatusCode { name: "status_code", error: true, success: false, private: false }
    Vin { name: "vin", error: true, success: false, private: true }
    Make { name: "make", error: true, success: false, private: true }
    Model { name: "model", error: true, success: false, private: true }
    Year { name: "year", error: true, success: false, private: true }
    Code { name: "code", error: false, success: true, private: true }
    UserId { name: "user_id", error: false, success: true, private: true }
    VehicleId { name: "vehicle_id", error: true, success: true, private: true }
    // Smartcar's documentation once had the second name, and programs still write it.
    SelectedCapacity {
        name: "selected_capacity",
        also: "selected_capcity",
        error: false,
        success: true,
        private: true,
    }
    Reason { name: "reason", error: false, success: true, private: false }
    VirtualKeyUrl { name: "virtual_key_url", error: false, success: true, private: true }
    ExternalId { name: "external_id", error: true, success: true, private: true }
    State { name: "state", error: true, success: true, private: true }
}

impl Parameter {
    /// The parameters that make a request a success.
    pub(crate) const SUCCESSES: [Self; 3] = [Self::Code, Self::UserId, Self::VehicleId];

    /// The parameters that make a query an outcome.
    pub(crate) const OUTCOMES: [Self; 4] = [Self::Error, Self::Code, Self::UserId, Self::VehicleId];

    /// Returns the parameter with this name, which can be percent-encoded.
    pub(crate) fn from_encoded_name(name: &str) -> Option<Self> {
        if !name.contains('%') {
            return Self::from_name(name);
        }
        // No name has a space, so `+` does not have to be decoded.
        let mut names = Self::NAMES.iter();
        names
            .find(|(known, _)| {
                name.len() <= 3 * known.len() && percent_decode_str(name).eq(known.bytes())
            })
            .map(|(_, parameter)| *parameter)
    }
}

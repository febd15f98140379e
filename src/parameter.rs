//! The table of the parameters that Connect defines.

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

            /// Returns the name in a query.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the parameter with this decoded name. Names are case-sensitive.
            #[inline]
            pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
                match name {
                    $(_ if name == $name.as_bytes() $(|| name == $also.as_bytes())? => Some(Self::$variant),)+
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

        const _: () = {
            $(assert!($name.len() <= Parameter::LONGEST_NAME);)+
            $($(assert!($also.len() <= Parameter::LONGEST_NAME);)?)+
        };
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

    /// The length of the longest name, in bytes.
    pub(crate) const LONGEST_NAME: usize = "error_description".len();
}

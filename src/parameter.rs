//! The names that Smartcar Connect gives to the parameters of a callback.

/// Defines [`Parameter`] from one row a name.
macro_rules! parameters {
    ($($variant:ident = $name:literal,)+) => {
        /// A parameter that Connect defines, for errors or for successes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Parameter {
            $($variant,)+
        }

        impl Parameter {
            /// Every parameter, in the order of the table.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as it stands in a query.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The parameter of this decoded name. Names are case-sensitive.
            #[inline]
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        const _: () = {
            $(assert!($name.len() <= Parameter::LONGEST_NAME);)+
        };
    };
}

parameters! {
    Error = "error",
    ErrorDescription = "error_description",
    ErrorMessage = "error_message",
    StatusCode = "status_code",
    Vin = "vin",
    Make = "make",
    Model = "model",
    Year = "year",
    Code = "code",
    UserId = "user_id",
    VehicleId = "vehicle_id",
    VirtualKeyUrl = "virtual_key_url",
    ExternalId = "external_id",
    State = "state",
}

impl Parameter {
    /// The parameters that make a request a callback that succeeded.
    pub(crate) const SUCCESSES: [Self; 3] = [Self::Code, Self::UserId, Self::VehicleId];

    /// No name is longer than this many bytes.
    pub(crate) const LONGEST_NAME: usize = "error_description".len();
}

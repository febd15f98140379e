//! What is known of each error code: its published texts, and where in Connect it happens.

use tower_smartcar_connect::ErrorCode;

/// A step of Connect. The variants are in the order of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Brand,
    Login,
    Permissions,
    Battery,
    /// Any of the steps.
    Anywhere,
}

/// What the pages and the redirects need to know of an error.
pub(crate) struct ErrorRow {
    code: ErrorCode,
    /// The documented `error_description`.
    pub(crate) description: &'static str,
    /// The step on which a flow ends with this error.
    pub(crate) step: Step,
    /// What the owner does on that step, or what happens there, in a few words.
    pub(crate) action: &'static str,
}

static ROWS: [ErrorRow; 10] = [
    ErrorRow {
        code: ErrorCode::AccessDenied,
        description: "User denied access to application.",
        step: Step::Permissions,
        action: "Decline",
    },
    ErrorRow {
        code: ErrorCode::BatteryCapacityNoSelection,
        description: "user did not know battery capacity",
        step: Step::Battery,
        action: "Do not know the battery size",
    },
    ErrorRow {
        code: ErrorCode::ConfigurationError,
        description: "There has been an error in the configuration of your application.",
        step: Step::Anywhere,
        action: "Leave Connect’s own error page",
    },
    ErrorRow {
        code: ErrorCode::InvalidSubscription,
        description: "User does not have an active connected vehicle subscription.",
        step: Step::Login,
        action: "Log in without an active subscription",
    },
    ErrorRow {
        code: ErrorCode::NoVehicles,
        description: "User does not have an active connected vehicle subscription.",
        step: Step::Login,
        action: "Log in to an account without a vehicle",
    },
    ErrorRow {
        code: ErrorCode::OemCancelledLogin,
        description: "The user did not complete authorization with the OEM",
        step: Step::Login,
        action: "Leave the login page",
    },
    ErrorRow {
        code: ErrorCode::ServerError,
        description: "Unexpected server error. Please try again.",
        step: Step::Anywhere,
        action: "Smartcar fails",
    },
    ErrorRow {
        code: ErrorCode::UserCancelled,
        description: "User cancelled or denied login at OEM's login screen",
        step: Step::Login,
        action: "Cancel the login, in a mobile app",
    },
    // Smartcar documents it for the second factor, the PIN and missing permissions.
    ErrorRow {
        code: ErrorCode::UserManuallyReturnedToApplication,
        description: "The user exited Connect before granting your application access",
        step: Step::Login,
        action: "Go back to the application",
    },
    ErrorRow {
        code: ErrorCode::VehicleIncompatible,
        description: "The user’s vehicle is not compatible.",
        step: Step::Brand,
        action: "The vehicle is incompatible",
    },
];

/// The row of every code that is not in the table.
static UNKNOWN: ErrorRow = ErrorRow {
    code: ErrorCode::Unknown,
    description: "This error is not documented yet.",
    step: Step::Anywhere,
    action: "Fail with an undocumented error",
};

/// Returns the row of a code.
pub(crate) fn row(code: ErrorCode) -> &'static ErrorRow {
    ROWS.iter().find(|row| row.code == code).unwrap_or(&UNKNOWN)
}

/// Returns the code of an `error`.
pub(crate) fn code(error: &str) -> ErrorCode {
    let mut codes = ErrorCode::ALL.iter().copied();
    codes
        .find(|code| code.as_str() == error)
        .unwrap_or(ErrorCode::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_code_has_a_row() {
        for &documented in ErrorCode::ALL {
            assert_eq!(row(documented).code, documented, "{documented}");
            assert_eq!(code(documented.as_str()), documented, "{documented}");
        }
        assert_eq!(row(ErrorCode::Unknown).code, ErrorCode::Unknown);
        assert_eq!(code("oem_on_holiday"), ErrorCode::Unknown);
    }
}

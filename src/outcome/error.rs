//! A flow that ended with an error.

use std::error::Error;
use std::fmt;

use crate::outcome::error_code::ErrorCode;
use crate::outcome::escaped::Escaped;
use crate::outcome::parameter::Parameter;
use crate::outcome::query::Parameters;
use crate::outcome::resolution::Resolution;

/// An error from Smartcar Connect: its code and its parameters.
///
/// Decide by [`code`](Self::code). Everything else is from the query of a request, which anybody
/// can write: escape it before you put it into a page, a header or a log.
///
/// Texts are decoded. `None` means that the parameter is absent; an empty string means that it has
/// no value.
///
/// A clone shares the texts and allocates nothing.
///
/// [`Display`](fmt::Display) writes the code and the description, escaped and truncated. [`Debug`]
/// writes which parameters are present, without their values.
///
/// ```
/// use tower_smartcar_connect::{ConnectOutcome, ErrorCode};
///
/// let query = "error=vehicle_incompatible&error_description=Not+compatible.\
///     &make=TESLA&year=2015&state=0facda3319";
/// let unverified = ConnectOutcome::from_query(query)?.expect("the query has an error");
/// let ConnectOutcome::Error(error) = unverified.skip_verification() else {
///     panic!("this is an error");
/// };
/// assert_eq!(error.code(), ErrorCode::VehicleIncompatible);
/// assert_eq!(error.description(), Some("Not compatible."));
/// assert_eq!(error.make(), Some("TESLA"));
/// assert_eq!(error.year(), Some(2015));
/// assert_eq!(error.vin(), None);
/// assert_eq!(error.to_string(), "vehicle_incompatible: Not compatible.");
/// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
/// ```
#[derive(Clone)]
pub struct ConnectError {
    code: ErrorCode,
    parameters: Parameters,
    is_verified: bool,
}

impl ConnectError {
    pub(crate) fn new(code: ErrorCode, parameters: Parameters) -> Self {
        Self {
            code,
            parameters,
            is_verified: false,
        }
    }

    /// Returns the code. It is [`ErrorCode::Unknown`] if it is not documented.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Returns the next step: [`ErrorCode::resolution`] of the code.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        self.code.resolution()
    }

    /// Returns an English sentence that tells the owner what happened:
    /// [`ErrorCode::suggested_user_message`] of the code, never text from the request.
    #[must_use]
    pub fn suggested_user_message(&self) -> &'static str {
        self.code.suggested_user_message()
    }

    /// Returns the address of Smartcar's page about this error, for developers:
    /// [`ErrorCode::documentation_url`] of the code.
    #[must_use]
    pub fn documentation_url(&self) -> &'static str {
        self.code.documentation_url()
    }

    /// Returns the value of `error`, even if it is not documented.
    ///
    /// It is not empty, and only has the characters that [RFC 6749, section 4.1.2.1][rfc] allows:
    /// printable ASCII without `"` and `\`. To decide, use [`code`](Self::code).
    ///
    /// [rfc]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    #[must_use]
    pub fn raw_code(&self) -> &str {
        self.parameters.value(Parameter::Error).unwrap_or_default()
    }

    /// Returns the `error_description`, for developers. Smartcar rewords descriptions, so do not
    /// decide by them.
    ///
    /// Smartcar documents a redirect for `oem_cancelled_login` whose description has lost its name:
    /// `?error=oem_cancelled_login&the%20user%20did%20not…`. So if `error_description` is absent and
    /// exactly one parameter has neither a `=` nor a known name, that parameter is the description.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.parameters.value(Parameter::ErrorDescription)
    }

    /// Returns the `state`: the one that your app sent, or a forged one. See
    /// [`is_verified`](Self::is_verified).
    ///
    /// Expect errors without one: some of the redirects that Smartcar publishes have none, and so
    /// do those of the battery flow.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.parameters.value(Parameter::State)
    }

    /// Returns whether the [`state`](Self::state) was accepted, which does not confirm any id: the
    /// ids in the query are still claims of the visitor.
    ///
    /// If it was, this browser started the flow. It was not if the app verifies `state` itself, if
    /// the layer accepted the error without a `state`, and after
    /// [`skip_verification`](crate::outcome::Unverified::skip_verification).
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_verified
    }

    pub(crate) fn set_verified(&mut self) {
        self.is_verified = true;
    }

    /// Returns the `vehicle_id` of the vehicle whose battery size the owner does not know. Only
    /// [`ErrorCode::BatteryCapacityNoSelection`] has it.
    #[must_use]
    pub fn vehicle_id(&self) -> Option<&str> {
        self.parameters.value(Parameter::VehicleId)
    }

    /// Returns the `vin`, the vehicle identification number of an incompatible vehicle.
    #[must_use]
    pub fn vin(&self) -> Option<&str> {
        self.parameters.value(Parameter::Vin)
    }

    /// Returns the `make` of an incompatible vehicle, such as `TESLA`.
    #[must_use]
    pub fn make(&self) -> Option<&str> {
        self.parameters.value(Parameter::Make)
    }

    /// Returns the `model` of an incompatible vehicle. Only some flows send it.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.parameters.value(Parameter::Model)
    }

    /// Returns the model `year` of an incompatible vehicle. Only some flows send it. It is `None` if
    /// the value is not a number.
    #[must_use]
    pub fn year(&self) -> Option<u16> {
        self.parameters.number(Parameter::Year)
    }

    /// Returns the `external_id`, your app's own identifier of the owner, if your app sent one.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.parameters.value(Parameter::ExternalId)
    }

    /// Returns the `status_code` of the page on which Connect showed a configuration error. It is
    /// `None` if the value is not a number.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        self.parameters.number(Parameter::StatusCode)
    }

    /// Returns the `error_message` with which Connect explained a configuration error to the owner.
    #[must_use]
    pub fn error_message(&self) -> Option<&str> {
        self.parameters.value(Parameter::ErrorMessage)
    }

    /// Returns the value of any parameter.
    #[cfg(any(feature = "responses", feature = "serde"))]
    pub(crate) fn text(&self, parameter: Parameter) -> Option<&str> {
        self.parameters.value(parameter)
    }
}

/// Writes the value of `error`, and the description if there is one.
///
/// Both are from a request, so each is truncated after 256 characters, and then its control and
/// invisible characters are escaped. It is safe to write them to a terminal or a log. Glyphs that
/// merely look blank, such as `U+2800` and `U+3164`, are not invisible to Unicode, and pass.
impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(self.raw_code()))?;
        match self.description() {
            Some(description) => write!(f, ": {}", Escaped(description)),
            None => Ok(()),
        }
    }
}

/// Writes the code and which parameters are present, without their values.
impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectError")
            .field("code", &self.code)
            .field("parameters", &self.parameters)
            .field("is_verified", &self.is_verified)
            .finish()
    }
}

impl Error for ConnectError {}

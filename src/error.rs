//! A flow that ended with an error.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::error_code::ErrorCode;
use crate::escaped::Escaped;
use crate::parameter::Parameter;
use crate::query::Parameters;
use crate::resolution::Resolution;

/// An error from Smartcar Connect: its code and its parameters.
///
/// Decide by [`code`](Self::code). Everything else is from the query of a request, which anybody
/// can write: escape it before you put it into a page, a header or a log.
///
/// Parameters are decoded when you call their method. `None` means that the parameter is absent; an
/// empty string means that it has no value.
///
/// A clone allocates nothing.
///
/// [`Display`](fmt::Display) writes the code and the description, escaped and truncated. [`Debug`]
/// writes which parameters are present, without their values.
///
/// ```
/// use tower_smartcar_connect::{ConnectOutcome, ErrorCode};
///
/// let query = "error=vehicle_incompatible&error_description=Not+compatible.\
///     &make=TESLA&year=2015&state=0facda3319";
/// let Some(ConnectOutcome::Error(error)) = ConnectOutcome::from_query(query)? else {
///     panic!("the query has an error");
/// };
/// assert_eq!(error.code(), ErrorCode::VehicleIncompatible);
/// assert_eq!(error.description().as_deref(), Some("Not compatible."));
/// assert_eq!(error.make().as_deref(), Some("TESLA"));
/// assert_eq!(error.year(), Some(2015));
/// assert_eq!(error.vin(), None);
/// assert_eq!(error.to_string(), "vehicle_incompatible: Not compatible.");
/// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
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
    #[inline]
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
    /// printable ASCII without `"` and `\`.
    ///
    /// [rfc]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    #[must_use]
    pub fn error(&self) -> Cow<'_, str> {
        match self.code {
            ErrorCode::Unknown => self.parameters.value(Parameter::Error).unwrap_or_default(),
            code => Cow::Borrowed(code.as_str()),
        }
    }

    /// Returns the `error_description`, for developers. Smartcar rewords descriptions, so do not
    /// decide by them.
    ///
    /// Smartcar documents a redirect for `oem_cancelled_login` whose description has lost its name:
    /// `?error=oem_cancelled_login&the%20user%20did%20not…`. So if `error_description` is absent and
    /// exactly one parameter has neither a `=` nor a known name, that parameter is the description.
    #[must_use]
    pub fn description(&self) -> Option<Cow<'_, str>> {
        self.parameters
            .value(Parameter::ErrorDescription)
            .or_else(|| self.parameters.bare())
    }

    /// Returns the `state`: the one that your app sent, or a forged one. See
    /// [`is_verified`](Self::is_verified).
    ///
    /// It is absent if Connect failed before it read your app's request.
    #[must_use]
    pub fn state(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::State)
    }

    /// Returns `true` if the layer's verifier has accepted the [`state`](Self::state), so this
    /// browser started the flow.
    ///
    /// It is `false` if the layer has no verifier, if [`errors_without_state`] accepted the error,
    /// and if you parsed the query with [`ConnectOutcome`](crate::ConnectOutcome) yourself.
    ///
    /// [`errors_without_state`]: crate::ConnectCallbackLayer::errors_without_state
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
    pub fn vehicle_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::VehicleId)
    }

    /// Returns the `vin`, the vehicle identification number of an incompatible vehicle.
    #[must_use]
    pub fn vin(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::Vin)
    }

    /// Returns the `make` of an incompatible vehicle, such as `TESLA`.
    #[must_use]
    pub fn make(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::Make)
    }

    /// Returns the `model` of an incompatible vehicle. Only some flows send it.
    #[must_use]
    pub fn model(&self) -> Option<Cow<'_, str>> {
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
    pub fn external_id(&self) -> Option<Cow<'_, str>> {
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
    pub fn error_message(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::ErrorMessage)
    }

    /// Returns the decoded value of any parameter, and the [`description`](Self::description) for
    /// `error_description`.
    #[cfg(any(feature = "answers", feature = "serde"))]
    pub(crate) fn text(&self, parameter: Parameter) -> Option<Cow<'_, str>> {
        match parameter {
            Parameter::ErrorDescription => self.description(),
            _ => self.parameters.value(parameter),
        }
    }
}

/// Writes the value of `error`, and the description if there is one.
///
/// Both are from a request, so control characters are escaped, and each is truncated after 256
/// characters. It is safe to write them to a terminal or a log.
impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(&self.error()))?;
        match self.description() {
            Some(description) => write!(f, ": {}", Escaped(&description)),
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

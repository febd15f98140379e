//! A flow that ended with an error.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::error_code::ErrorCode;
use crate::escaped::Escaped;
use crate::parameter::Parameter;
use crate::query::Parameters;
use crate::resolution::Resolution;

/// How a Connect flow failed: the `error` that Smartcar Connect redirected with, and its
/// parameters.
///
/// [`code`](Self::code) is what to decide by. Everything else is text from the query of a request,
/// which anybody can write: never put it into a page, a header or a log without escaping it. Texts
/// are decoded when they are asked for; `None` means that the parameter is absent, and an empty
/// text that it has no value.
///
/// Cloning is cheap and allocates nothing.
///
/// [`Display`](fmt::Display) prints the code and the description, escaped and cut to a fixed
/// length. [`Debug`] prints which parameters are there but none of their values.
///
/// ```
/// use tower_smartcar_connect::{ConnectOutcome, ErrorCode};
///
/// let query = "error=vehicle_incompatible&error_description=Not+compatible.&make=TESLA&year=2015&state=0facda3319";
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

    /// What went wrong; [`ErrorCode::Unknown`] for a code that is not documented.
    #[must_use]
    #[inline]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// What helps against it: [`ErrorCode::resolution`] of its code.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        self.code.resolution()
    }

    /// One plain English sentence for the owner: [`ErrorCode::suggested_user_message`] of its code,
    /// so never text from the request.
    #[must_use]
    pub fn suggested_user_message(&self) -> &'static str {
        self.code.suggested_user_message()
    }

    /// Smartcar's page about it, for developers: [`ErrorCode::documentation_url`] of its code.
    #[must_use]
    pub fn documentation_url(&self) -> &'static str {
        self.code.documentation_url()
    }

    /// The text of `error`, also of a code that is not documented.
    ///
    /// It is not empty, and has only the characters that RFC 6749, section 4.1.2.1 allows:
    /// printable ASCII without `"` and `\`.
    #[must_use]
    pub fn error(&self) -> Cow<'_, str> {
        match self.code {
            ErrorCode::Unknown => self.parameters.value(Parameter::Error).unwrap_or_default(),
            code => Cow::Borrowed(code.as_str()),
        }
    }

    /// The text of `error_description`, for developers.
    ///
    /// Where that parameter is absent and there is exactly one parameter that has no `=` and no
    /// known name, it is that one's text: Smartcar publishes a redirect for `oem_cancelled_login`
    /// that has lost the name of its description.
    ///
    /// Descriptions change between versions of Connect. Decide nothing by them.
    #[must_use]
    pub fn description(&self) -> Option<Cow<'_, str>> {
        self.parameters
            .value(Parameter::ErrorDescription)
            .or_else(|| self.parameters.bare())
    }

    /// The `state` that the app sent, or whatever somebody put in its place.
    ///
    /// It can be absent although the app sent one, where Connect failed before it read the request.
    #[must_use]
    pub fn state(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::State)
    }

    /// Whether a verifier of the layer has accepted the [`state`](Self::state), so that this
    /// browser began the flow.
    ///
    /// `false` where the layer has no verifier, where [`errors_without_state`] let the error
    /// through, and for what [`ConnectOutcome`](crate::ConnectOutcome) has read.
    ///
    /// [`errors_without_state`]: crate::ConnectCallbackLayer::errors_without_state
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_verified
    }

    pub(crate) fn set_verified(&mut self) {
        self.is_verified = true;
    }

    /// Returns the `vehicle_id` of the vehicle whose battery size the owner does not know. Other
    /// errors have none.
    #[must_use]
    pub fn vehicle_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::VehicleId)
    }

    /// The `vin`, the vehicle identification number of a car that is not compatible.
    #[must_use]
    pub fn vin(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::Vin)
    }

    /// The `make` of a car that is not compatible, such as `TESLA`.
    #[must_use]
    pub fn make(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::Make)
    }

    /// The `model` of a car that is not compatible, on the flows that send it.
    #[must_use]
    pub fn model(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::Model)
    }

    /// The model `year` of a car that is not compatible, on the flows that send it; `None` if it is
    /// no such number.
    #[must_use]
    pub fn year(&self) -> Option<u16> {
        self.parameters.number(Parameter::Year)
    }

    /// The `external_id`, the app's own identifier of the owner, if the app gave Connect one.
    #[must_use]
    pub fn external_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::ExternalId)
    }

    /// The `status_code` of the page on which Connect showed a configuration error; `None` if it is
    /// no such number.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        self.parameters.number(Parameter::StatusCode)
    }

    /// The `error_message`, what the owner read on the page on which Connect showed a configuration
    /// error.
    #[must_use]
    pub fn error_message(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::ErrorMessage)
    }

    /// The decoded text of any parameter. That of `error_description` is the
    /// [`description`](Self::description).
    #[cfg(any(feature = "answers", feature = "serde"))]
    pub(crate) fn text(&self, parameter: Parameter) -> Option<Cow<'_, str>> {
        match parameter {
            Parameter::ErrorDescription => self.description(),
            _ => self.parameters.value(parameter),
        }
    }
}

/// Prints the code, or the text of one that is not documented, and the description if there is one.
///
/// Both are text from a request: control characters are escaped, and either is cut after 256
/// characters, so that neither a terminal nor a log can be tampered with.
impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(&self.error()))?;
        match self.description() {
            Some(description) => write!(f, ": {}", Escaped(&description)),
            None => Ok(()),
        }
    }
}

/// Prints the code and which parameters are there, without their values.
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

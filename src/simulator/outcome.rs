//! The ways in which a flow ends.

use std::borrow::Cow;
use std::fmt;

use crate::catalogue::ErrorCode;
use crate::parameter::Parameter;
use crate::response::is_error_text;

/// The text of an error that no documentation has yet.
const UNDOCUMENTED: &str = "not_documented_yet";

/// One way in which a flow ends: the parameters that Connect adds to the redirect URI, and how it writes them.
///
/// [`Outcome::all`] has every way that is known. An outcome is displayed as its [`name`](Self::name).
///
/// ```
/// use tower_smartcar_connect::ErrorCode;
/// use tower_smartcar_connect::simulator::Outcome;
///
/// let outcome = Outcome::error(ErrorCode::VehicleIncompatible).make("TESLA").year(2015);
/// assert_eq!(outcome.error_code(), Some(ErrorCode::VehicleIncompatible));
/// assert!(outcome.parameters().any(|parameter| parameter == ("make", "TESLA")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    name: String,
    /// What the owner does, or what happens to them, in a few words.
    pub(super) action: &'static str,
    /// In the order in which Connect writes them.
    parameters: Vec<(Parameter, Cow<'static, str>)>,
    has_state: bool,
    pub(super) is_plus_for_space: bool,
    pub(super) is_description_bare: bool,
    pub(super) is_virtual_key_url_unencoded: bool,
}

impl Outcome {
    /// The success of the authorization code flow: a `code`.
    ///
    /// The code, like the other identifiers here, is one that Smartcar's documentation shows, and always the same.
    pub fn authorization_code() -> Self {
        Self::new("authorization_code", "Allow access").with(Parameter::Code, "90abecb6-e7ab-4b85-864a-e1c8bf67f2ad")
    }

    /// The success of the authorization code flow for a Tesla that has no virtual key yet: a `code`, a `user_id` and a
    /// `virtual_key_url`.
    pub fn authorization_code_with_virtual_key() -> Self {
        Self::authorization_code()
            .with(Parameter::UserId, "725146a3-69f4-46c8-965d-54b3b6f81eb7")
            .with(Parameter::VirtualKeyUrl, "https://www.tesla.com/_ak/example.com")
            .variant("with_virtual_key", "Allow access to a Tesla")
    }

    /// The success of the current Connect, without a code exchange: a `user_id`.
    pub fn user_id() -> Self {
        Self::new("user_id", "Allow access, without a code exchange")
            .with(Parameter::UserId, "725146a3-69f4-46c8-965d-54b3b6f81eb7")
    }

    /// The success of a re-authentication: a `vehicle_id`, which is that of the request if it has one.
    pub fn vehicle_id() -> Self {
        Self::new("vehicle_id", "Allow access again")
            .with(Parameter::VehicleId, "sc4a1b01e5-0497-417c-a30e-6df6ba33ba46")
    }

    /// An error as Smartcar publishes it, with the parameters that it always has.
    ///
    /// Where a redirect with this error is published, this is that redirect to the byte; otherwise the description is
    /// the documented one, and spaces are `%20`. [`ErrorCode::Unknown`] is an error that is not documented yet.
    pub fn error(code: ErrorCode) -> Self {
        match code {
            ErrorCode::AccessDenied => Self::documented_error(code).plus_for_space(true),
            ErrorCode::ConfigurationError => Self::documented_error(code).with(Parameter::StatusCode, "400").with(
                Parameter::ErrorMessage,
                "You have entered a test mode VIN. Please enter a VIN that belongs to a real vehicle.",
            ),
            ErrorCode::NoVehicles => Self::documented_error(code)
                .description("No vehicles found. Please add vehicles to your account and try again."),
            ErrorCode::OemCancelledLogin => Self::documented_error(code)
                .description("the user did not complete authorization with the OEM")
                .bare_description(true),
            ErrorCode::Unknown => Self::undocumented_error(UNDOCUMENTED),
            _ => Self::documented_error(code),
        }
    }

    /// An error with this text, which Smartcar has not documented.
    ///
    /// # Panics
    ///
    /// If the text is empty or has characters that RFC 6749, section 4.1.2.1 does not allow in an `error`.
    #[track_caller]
    pub fn undocumented_error(error: impl Into<String>) -> Self {
        let error = error.into();
        assert!(is_error_text(&error), "RFC 6749 does not allow the `error` {error:?}");
        Self::new(&error, ErrorCode::from_text(&error).action())
            .with(Parameter::Error, error)
            .description("This error is not documented yet.")
    }

    fn documented_error(code: ErrorCode) -> Self {
        let outcome = Self::new(code.as_str(), code.action()).with(Parameter::Error, code.as_str());
        match code.documented_description() {
            Some(description) => outcome.description(description),
            None => outcome,
        }
    }

    fn new(name: &str, action: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            action,
            parameters: Vec::new(),
            has_state: true,
            is_plus_for_space: false,
            is_description_bare: false,
            is_virtual_key_url_unencoded: false,
        }
    }

    /// Extends the name of an outcome that [`all`](Self::all) has beside another, and says what brings it about.
    pub(super) fn variant(mut self, suffix: &str, action: &'static str) -> Self {
        self.action = action;
        self.named(suffix)
    }

    /// Extends the name.
    pub(super) fn named(mut self, suffix: &str) -> Self {
        self.name = format!("{}.{suffix}", self.name);
        self
    }

    /// Sets the `error_description`.
    pub fn description(self, description: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::ErrorDescription, description)
    }

    /// Sets the `vin` of a car that is not compatible.
    pub fn vin(self, vin: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Vin, vin)
    }

    /// Sets the `make` of a car that is not compatible.
    pub fn make(self, make: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Make, make)
    }

    /// Sets the `model` of a car that is not compatible.
    pub fn model(self, model: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Model, model)
    }

    /// Sets the model `year` of a car that is not compatible.
    pub fn year(self, year: u16) -> Self {
        self.with(Parameter::Year, year.to_string())
    }

    fn with(mut self, parameter: Parameter, text: impl Into<Cow<'static, str>>) -> Self {
        match self.parameters.iter_mut().find(|(other, _)| *other == parameter) {
            Some((_, former)) => *former = text.into(),
            None => self.parameters.push((parameter, text.into())),
        }
        self
    }

    /// Leaves the `state` out, although the request has one, as Connect does where it fails before it has read the
    /// request.
    pub fn without_state(mut self, is_lost: bool) -> Self {
        self.has_state = !is_lost;
        self
    }

    /// Writes spaces as `+` instead of `%20`, and the other texts as HTML forms do. Smartcar publishes both.
    pub fn plus_for_space(mut self, is_plus: bool) -> Self {
        self.is_plus_for_space = is_plus;
        self
    }

    /// Writes the description without `error_description=` before it, as Smartcar publishes it for
    /// `oem_cancelled_login`.
    ///
    /// A description that is empty, or the name of a parameter of Connect, keeps its name: without it, it would mean
    /// something else. Beside a text without `=` in the redirect URI's own query, a bare description cannot be told
    /// from that, and is lost to the app.
    pub fn bare_description(mut self, is_bare: bool) -> Self {
        self.is_description_bare = is_bare;
        self
    }

    /// Writes the `virtual_key_url` as it is instead of percent-encoded. Connect sends both. Without a URL, it changes
    /// nothing.
    pub fn unencoded_virtual_key_url(mut self, is_unencoded: bool) -> Self {
        self.is_virtual_key_url_unencoded = is_unencoded;
        self
    }

    /// A short name, such as `oem_cancelled_login`, that no other outcome of [`all`](Self::all) and no spelling of one
    /// has.
    ///
    /// In the address of the [`Simulator`](super::Simulator), `simulated_outcome` with this name ends the flow at once.
    /// The name stands for the outcome as it is listed: one that was changed, as by [`description`](Self::description),
    /// keeps its name and is not what that address ends with.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The code of the error; `None` for a success.
    #[must_use]
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.text(Parameter::Error).map(ErrorCode::from_text)
    }

    /// Whether Connect sends back the `state` of the request. Without it, a verifier of the layer refuses the callback,
    /// unless it is an error and [`errors_without_state`] was chosen.
    ///
    /// ```
    /// use tower_smartcar_connect::simulator::Outcome;
    ///
    /// assert!(Outcome::user_id().has_state());
    /// assert!(Outcome::all().iter().any(|outcome| !outcome.has_state()));
    /// ```
    ///
    /// [`errors_without_state`]: crate::ConnectCallbackLayer::errors_without_state
    #[must_use]
    pub fn has_state(&self) -> bool {
        self.has_state
    }

    /// The parameters that Connect adds, with their values before encoding, in their order. `state` and `external_id`
    /// are not among them, since they come from the request.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let name_and_text = |(parameter, text)| (Parameter::name(parameter), text);
        self.texts().map(name_and_text)
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = (Parameter, &str)> {
        self.parameters.iter().map(|(parameter, text)| (*parameter, &**text))
    }

    pub(super) fn text(&self, parameter: Parameter) -> Option<&str> {
        self.texts()
            .find_map(|(other, text)| (other == parameter).then_some(text))
    }
}

/// Prints the name.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

//! How a flow ends.

use std::borrow::Cow;
use std::fmt;

use super::query_format::QueryFormat;
use crate::error_code::{ErrorCode, Step};
use crate::outcome::is_error_text;
use crate::parameter::Parameter;

/// An outcome of a flow: the parameters that Connect adds to the redirect URI, and how it writes
/// them.
///
/// [`Outcome::all`] returns every known one. [`Display`](fmt::Display) prints the
/// [`name`](Self::name).
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
    action: &'static str,
    /// Where the flow ends.
    step: Step,
    /// In the order in which Connect writes them.
    parameters: Vec<(Parameter, Cow<'static, str>)>,
    has_state: bool,
    format: QueryFormat,
}

/// The parameters of a request that come back, decoded.
#[derive(Clone, Copy, Default)]
pub(super) struct Returned<'a> {
    pub(super) vehicle_id: Option<&'a [u8]>,
    pub(super) state: Option<&'a [u8]>,
    pub(super) external_id: Option<&'a [u8]>,
}

impl Outcome {
    pub(super) fn new(name: &str, action: &'static str, step: Step) -> Self {
        Self {
            name: name.to_owned(),
            action,
            step,
            parameters: Vec::new(),
            has_state: true,
            format: QueryFormat::default(),
        }
    }

    /// Creates an error with a text that Smartcar does not document.
    ///
    /// # Panics
    ///
    /// If the text is empty or has characters that [RFC 6749, section 4.1.2.1] does not allow in an
    /// `error`.
    ///
    /// [RFC 6749, section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    #[track_caller]
    pub fn undocumented_error(error: impl Into<String>) -> Self {
        let error = error.into();
        assert!(
            is_error_text(&error),
            "RFC 6749 does not allow the `error` {error:?}"
        );
        Self::with_error(error.into()).description("This error is not documented yet.")
    }

    pub(super) fn with_error(error: Cow<'static, str>) -> Self {
        let code = ErrorCode::from_text(&error);
        Self::new(&error, code.action(), code.step()).with(Parameter::Error, error)
    }

    /// Extends the name of an outcome that [`all`](Self::all) has beside another, and says what
    /// leads to it.
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

    /// Sets the `vin` of an incompatible vehicle.
    pub fn vin(self, vin: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Vin, vin)
    }

    /// Sets the `make` of an incompatible vehicle.
    pub fn make(self, make: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Make, make)
    }

    /// Sets the `model` of an incompatible vehicle.
    pub fn model(self, model: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Model, model)
    }

    /// Sets the model `year` of an incompatible vehicle.
    pub fn year(self, year: u16) -> Self {
        self.with(Parameter::Year, year.to_string())
    }

    pub(super) fn with(mut self, parameter: Parameter, text: impl Into<Cow<'static, str>>) -> Self {
        match self
            .parameters
            .iter_mut()
            .find(|(other, _)| *other == parameter)
        {
            Some((_, former)) => *former = text.into(),
            None => self.parameters.push((parameter, text.into())),
        }
        self
    }

    /// Sets whether the `state` of the request is left out, as when Connect fails before it has
    /// read the request.
    pub fn drop_state(mut self, is_dropped: bool) -> Self {
        self.has_state = !is_dropped;
        self
    }

    /// Sets whether texts are encoded as in HTML forms, with spaces as `+` instead of `%20`.
    /// Smartcar publishes both.
    pub fn plus_for_space(mut self, is_plus: bool) -> Self {
        self.format.is_plus_for_space = is_plus;
        self
    }

    /// Sets whether the description is written without `error_description=`, as Smartcar publishes
    /// it for `oem_cancelled_login`.
    ///
    /// A description that is empty or the name of a Connect parameter keeps `error_description=`,
    /// because it would mean something else without it. If the query of the redirect URI has a
    /// parameter without `=`, an app cannot tell the two apart, and the description is lost.
    pub fn bare_description(mut self, is_bare: bool) -> Self {
        self.format.is_description_bare = is_bare;
        self
    }

    /// Sets whether the `virtual_key_url` is written as it is instead of percent-encoded. Connect
    /// sends both. Without a `virtual_key_url`, this has no effect.
    pub fn unencoded_virtual_key_url(mut self, is_unencoded: bool) -> Self {
        self.format.is_virtual_key_url_unencoded = is_unencoded;
        self
    }

    /// Returns the name, such as `oem_cancelled_login`. It is unique among [`all`](Self::all)
    /// outcomes and their spellings.
    ///
    /// An authorize request with `simulated_outcome=<name>` ends at once with the outcome of that
    /// name, as it is listed. An outcome that was changed, such as by
    /// [`description`](Self::description), keeps its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the code of the error, or `None` for a success.
    #[must_use]
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.text(Parameter::Error).map(ErrorCode::from_text)
    }

    /// Returns whether Connect sends the `state` of the request back. Without it, a layer with a
    /// verifier rejects the callback, unless it is an error and [`errors_without_state`] is set.
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

    /// Returns the names and the unencoded values of the parameters that Connect adds, in their
    /// order. `state` and `external_id` are not among them, because they come from the request.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let name_and_text = |(parameter, text)| (Parameter::name(parameter), text);
        self.texts().map(name_and_text)
    }

    fn texts(&self) -> impl Iterator<Item = (Parameter, &str)> {
        self.parameters
            .iter()
            .map(|(parameter, text)| (*parameter, &**text))
    }

    pub(super) fn text(&self, parameter: Parameter) -> Option<&str> {
        self.texts()
            .find_map(|(other, text)| (other == parameter).then_some(text))
    }

    /// The parameter that makes it a result: the `error`, or the one that a success begins with.
    pub(super) fn result(&self) -> Option<Parameter> {
        self.parameters.first().map(|(parameter, _)| *parameter)
    }

    pub(super) fn action(&self) -> &'static str {
        self.action
    }

    /// The step of Connect on which a flow ends with this outcome.
    pub(super) fn step(&self) -> Step {
        self.step
    }

    /// The query that Connect adds to the redirect URI.
    pub(super) fn query(&self, returned: &Returned<'_>) -> String {
        let mut query = String::new();
        for (parameter, text) in self.texts() {
            let value = match returned.vehicle_id {
                Some(vehicle_id) if parameter == Parameter::VehicleId => vehicle_id,
                _ => text.as_bytes(),
            };
            self.format.append(&mut query, parameter, value);
        }
        if let Some(state) = returned.state.filter(|_| self.has_state) {
            self.format.append(&mut query, Parameter::State, state);
        }
        if let Some(external_id) = returned.external_id {
            self.format
                .append(&mut query, Parameter::ExternalId, external_id);
        }
        query
    }
}

/// Prints the name.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

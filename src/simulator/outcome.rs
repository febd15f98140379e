//! The ways in which a flow ends.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};
use url::form_urlencoded;

use super::request::AuthorizeRequest;
use crate::error_code::{ErrorCode, Step};
use crate::outcome::is_error_text;
use crate::parameter::Parameter;

/// The text of an error that no documentation has yet.
const UNDOCUMENTED: &str = "not_documented_yet";

/// What JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// One way in which a flow ends: the parameters that Connect adds to the redirect URI, and how it
/// writes them.
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
    pub(super) action: &'static str,
    /// In the order in which Connect writes them.
    parameters: Vec<(Parameter, Cow<'static, str>)>,
    has_state: bool,
    is_plus_for_space: bool,
    is_description_bare: bool,
    is_virtual_key_url_unencoded: bool,
}

impl Outcome {
    /// Returns every way in which Connect is known to end a flow, as published: the successes, each
    /// error of [`ErrorCode::ALL`], the parameters that only some flows have, an error that is not
    /// documented, and one without the `state`.
    ///
    /// The list grows with the error codes of this crate, so a test that iterates over it covers
    /// new errors without a change. With [`spellings`](Self::spellings), it covers every form of
    /// each:
    ///
    /// ```
    /// use tower_smartcar_connect::simulator::Outcome;
    ///
    /// for outcome in Outcome::all().iter().flat_map(Outcome::spellings) {
    ///     println!("{outcome}");
    /// }
    /// ```
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::authorization_code(),
            Self::authorization_code_with_virtual_key(),
            Self::user_id(),
            Self::vehicle_id(),
            Self::selected_capacity(),
        ];
        for &code in ErrorCode::ALL {
            all.push(Self::error(code));
            if code == ErrorCode::VehicleIncompatible {
                let vin_and_make = Self::error(code).vin("5YJSA1CN5DFP00101").make("TESLA");
                let model_and_year = vin_and_make.clone().model("Model S").year(2013);
                let action = "The car is incompatible, known by its VIN";
                all.push(vin_and_make.variant("with_vin_and_make", action));
                let action = "The car is incompatible, known by model and year";
                all.push(model_and_year.variant("with_model_and_year", action));
            }
        }
        all.push(Self::error(ErrorCode::Unknown));
        all.push(
            Self::error(ErrorCode::ServerError)
                .drop_state(true)
                .variant("without_state", "Smartcar fails, and forgets the state"),
        );
        all
    }

    /// Creates the success of the authorization code flow: a `code`.
    ///
    /// The code and the other identifiers are constants from Smartcar's documentation.
    pub fn authorization_code() -> Self {
        Self::new("authorization_code", "Allow access")
            .with(Parameter::Code, "90abecb6-e7ab-4b85-864a-e1c8bf67f2ad")
    }

    /// Creates the success of the authorization code flow for a Tesla that has no virtual key yet:
    /// a `code`, a `user_id` and a `virtual_key_url`.
    pub fn authorization_code_with_virtual_key() -> Self {
        Self::authorization_code()
            .with(Parameter::UserId, "725146a3-69f4-46c8-965d-54b3b6f81eb7")
            .with(
                Parameter::VirtualKeyUrl,
                "https://www.tesla.com/_ak/example.com",
            )
            .variant("with_virtual_key", "Allow access to a Tesla")
    }

    /// Creates the success of the current Connect, without a code exchange: a `user_id`.
    pub fn user_id() -> Self {
        Self::new("user_id", "Allow access, without a code exchange")
            .with(Parameter::UserId, "725146a3-69f4-46c8-965d-54b3b6f81eb7")
    }

    /// Creates the success of a re-authentication: a `vehicle_id`. It is that of the request, if it
    /// has one.
    pub fn vehicle_id() -> Self {
        Self::new("vehicle_id", "Allow access again").with(
            Parameter::VehicleId,
            "sc4a1b01e5-0497-417c-a30e-6df6ba33ba46",
        )
    }

    /// Creates the success of a flow that asks for the size of a battery: a `vehicle_id`, a
    /// `selected_capacity` and a `reason`. The vehicle is that of the request if it has one.
    pub fn selected_capacity() -> Self {
        Self::new("selected_capacity", "Choose the size of the battery")
            .with(Parameter::VehicleId, "36ab27d0-fd9d-4455-823a-ce30af709ffc")
            .with(Parameter::SelectedCapacity, "80.9")
            .with(Parameter::Reason, "battery_capacity")
    }

    /// Creates an error as Smartcar publishes it, with the parameters that it always has.
    ///
    /// If Smartcar publishes a redirect with this error, the outcome reproduces it to the byte.
    /// Otherwise it has the documented description, with spaces as `%20`. [`ErrorCode::Unknown`] is
    /// an error that is not documented.
    pub fn error(code: ErrorCode) -> Self {
        match code {
            ErrorCode::AccessDenied => Self::documented_error(code).plus_for_space(true),
            ErrorCode::BatteryCapacityNoSelection => {
                Self::documented_error(code).with(Parameter::VehicleId, "36ab27d0-fd9d-4455-823a-ce30af709ffc")
            }
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

    /// Extends the name of an outcome that [`all`](Self::all) has beside another, and says what
    /// brings it about.
    fn variant(mut self, suffix: &str, action: &'static str) -> Self {
        self.action = action;
        self.named(suffix)
    }

    /// Extends the name.
    fn named(mut self, suffix: &str) -> Self {
        self.name = format!("{}.{suffix}", self.name);
        self
    }

    /// Sets the `error_description`.
    pub fn description(self, description: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::ErrorDescription, description)
    }

    /// Sets the `vin` of an incompatible car.
    pub fn vin(self, vin: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Vin, vin)
    }

    /// Sets the `make` of an incompatible car.
    pub fn make(self, make: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Make, make)
    }

    /// Sets the `model` of an incompatible car.
    pub fn model(self, model: impl Into<Cow<'static, str>>) -> Self {
        self.with(Parameter::Model, model)
    }

    /// Sets the model `year` of an incompatible car.
    pub fn year(self, year: u16) -> Self {
        self.with(Parameter::Year, year.to_string())
    }

    fn with(mut self, parameter: Parameter, text: impl Into<Cow<'static, str>>) -> Self {
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
        self.is_plus_for_space = is_plus;
        self
    }

    /// Sets whether the description is written without `error_description=`, as Smartcar publishes
    /// it for `oem_cancelled_login`.
    ///
    /// A description that is empty or the name of a Connect parameter keeps `error_description=`,
    /// because it would mean something else without it. If the query of the redirect URI has a
    /// parameter without `=`, an app cannot tell the two apart, and the description is lost.
    pub fn bare_description(mut self, is_bare: bool) -> Self {
        self.is_description_bare = is_bare;
        self
    }

    /// Sets whether the `virtual_key_url` is written as it is instead of percent-encoded. Connect
    /// sends both. Without a `virtual_key_url`, this has no effect.
    pub fn unencoded_virtual_key_url(mut self, is_unencoded: bool) -> Self {
        self.is_virtual_key_url_unencoded = is_unencoded;
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

    /// Returns this outcome in every form in which an app has to accept it. This form is the first,
    /// and no two are equal.
    ///
    /// They vary what Connect is known to vary:
    ///
    /// - spaces as `+` or `%20`,
    /// - the description with or without `error_description=`,
    /// - the documented description, if the published redirect has another one,
    /// - the full stop at the end of a description,
    /// - the `virtual_key_url` with or without percent-encoding.
    ///
    /// The first three are combined with each other, the last two are not.
    #[must_use]
    pub fn spellings(&self) -> Vec<Self> {
        let mut sources = vec![self.clone()];
        let code = self.error_code().unwrap_or(ErrorCode::Unknown);
        let documented = code
            .documented_description()
            .filter(|_| *self == Self::error(code));
        if let Some(documented) = documented {
            sources.push(self.clone().description(documented).named("documented"));
        }
        let mut spellings = vec![self.clone()];
        let mut add = |spelling: Self| {
            if spellings
                .iter()
                .all(|other| other.query(None) != spelling.query(None))
            {
                spellings.push(spelling);
            }
        };
        for source in sources {
            for (is_bare, description) in [(false, "named"), (true, "bare")] {
                for (is_plus, space) in [(false, "percent"), (true, "plus")] {
                    let spelling = source
                        .clone()
                        .bare_description(is_bare)
                        .plus_for_space(is_plus);
                    add(spelling.named(description).named(space));
                }
            }
            let description = source.text(Parameter::ErrorDescription).unwrap_or_default();
            match description.strip_suffix('.').map(str::to_owned) {
                Some(shorter) => add(source.description(shorter).named("without_full_stop")),
                None if description.is_empty() => {}
                None => {
                    let longer = format!("{description}.");
                    add(source.description(longer).named("with_full_stop"));
                }
            }
        }
        for (is_unencoded, url) in [(false, "encoded"), (true, "unencoded")] {
            add(self
                .clone()
                .unencoded_virtual_key_url(is_unencoded)
                .named(url));
        }
        spellings
    }

    /// The outcome of this name, among all and their spellings.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let mut spellings = Self::all()
            .into_iter()
            .flat_map(|outcome| outcome.spellings());
        spellings.find(|outcome| outcome.name() == name)
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

    /// The step of Connect on which a flow ends with this outcome.
    pub(super) fn step(&self) -> Step {
        match self.error_code() {
            None => Step::Permissions,
            Some(code) => code.step(),
        }
    }

    /// The query that Connect adds to the redirect URI, with the parameters of the request if there
    /// is one.
    pub(super) fn query(&self, request: Option<&AuthorizeRequest>) -> String {
        let mut query = String::new();
        for (parameter, text) in self.texts() {
            let requested = match parameter {
                Parameter::VehicleId => request.and_then(AuthorizeRequest::vehicle_id),
                _ => None,
            };
            let is_bare = parameter == Parameter::ErrorDescription
                && self.is_description_bare
                && is_no_name(text);
            self.append(
                &mut query,
                (!is_bare).then_some(parameter),
                requested.unwrap_or(text.as_bytes()),
            );
        }
        let state = request.and_then(AuthorizeRequest::state);
        if let Some(state) = state.filter(|_| self.has_state()) {
            self.append(&mut query, Some(Parameter::State), state);
        }
        let external_id = request.and_then(AuthorizeRequest::external_id);
        if let Some(external_id) = external_id.filter(|_| self.error_code().is_none()) {
            self.append(&mut query, Some(Parameter::ExternalId), external_id);
        }
        query
    }

    fn append(&self, query: &mut String, name: Option<Parameter>, value: &[u8]) {
        if !query.is_empty() {
            query.push('&');
        }
        if let Some(name) = name {
            query.push_str(name.name());
            query.push('=');
        }
        if name == Some(Parameter::VirtualKeyUrl) && self.is_virtual_key_url_unencoded {
            query.extend(percent_encode(value, CONTROLS));
        } else if self.is_plus_for_space {
            query.extend(form_urlencoded::byte_serialize(value));
        } else {
            query.extend(percent_encode(value, COMPONENT));
        }
    }
}

/// Prints the name.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// Whether a text without a name is a description still: neither the name of a parameter nor
/// nothing.
fn is_no_name(text: &str) -> bool {
    !text.is_empty() && Parameter::from_name(text.as_bytes()).is_none()
}

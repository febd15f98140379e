//! How a flow ends.

pub(crate) mod error_table;
mod known;
mod query_format;
mod spellings;

use std::borrow::Cow;
use std::fmt;

use tower_smartcar_connect::ErrorCode;

use self::error_table::Step;
pub(crate) use self::known::USER;
pub(crate) use self::query_format::PARAMETERS;
use self::query_format::QueryFormat;
pub(crate) use self::spellings::KNOWN;

/// How a flow ends: the parameters that Connect adds to the redirect URI, and how it writes them.
///
/// [`FlowEnd::all`] returns every known one. [`Display`](fmt::Display) prints the
/// [`name`](Self::name).
///
/// ```
/// use smartcar_connect_simulator::FlowEnd;
/// use tower_smartcar_connect::ErrorCode;
///
/// let end = FlowEnd::error(ErrorCode::VehicleIncompatible).make("TESLA").year(2015);
/// assert_eq!(end.error_code(), Some(ErrorCode::VehicleIncompatible));
/// assert!(end.parameters().any(|parameter| parameter == ("make", "TESLA")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct FlowEnd {
    name: String,
    /// What the owner does, or what happens to them, in a few words.
    action: &'static str,
    kind: Kind,
    /// Where the flow ends.
    step: Step,
    /// In the order in which Connect writes them.
    parameters: Vec<(&'static str, Cow<'static, str>)>,
    has_state: bool,
    format: QueryFormat,
}

/// An error, or a success of one kind of flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    AuthorizationCode,
    UserId,
    VehicleId,
    SelectedCapacity,
}

/// The parameters of a flow that come back, decoded.
#[derive(Clone, Copy, Default)]
pub(crate) struct Returned<'a> {
    pub(crate) user_id: Option<&'a [u8]>,
    pub(crate) vehicle_id: Option<&'a [u8]>,
    pub(crate) state: Option<&'a [u8]>,
    pub(crate) external_id: Option<&'a [u8]>,
}

impl FlowEnd {
    fn success(name: &str, action: &'static str, kind: Kind, step: Step) -> Self {
        Self {
            name: name.to_owned(),
            action,
            kind,
            step,
            parameters: Vec::new(),
            has_state: true,
            format: QueryFormat::default(),
        }
    }

    fn failure(error: Cow<'static, str>) -> Self {
        let row = error_table::row(error_table::code(&error));
        Self::success(&error, row.action, Kind::Error, row.step)
            .with("error", error)
            .description(row.description)
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
        let is_allowed = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        assert!(
            !error.is_empty() && error.bytes().all(is_allowed),
            "RFC 6749 does not allow the `error` {error:?}"
        );
        Self::failure(error.into())
    }

    /// Extends the name of an end that [`all`](Self::all) has beside another, and says what leads
    /// to it.
    fn variant(mut self, suffix: &str, action: &'static str) -> Self {
        self.action = action;
        self.named(suffix)
    }

    fn named(mut self, suffix: &str) -> Self {
        self.name = format!("{}.{suffix}", self.name);
        self
    }

    /// Sets the `error_description`.
    pub fn description(self, description: impl Into<Cow<'static, str>>) -> Self {
        self.with("error_description", description)
    }

    /// Sets the `vin` of an incompatible vehicle.
    pub fn vin(self, vin: impl Into<Cow<'static, str>>) -> Self {
        self.with("vin", vin)
    }

    /// Sets the `make` of an incompatible vehicle.
    pub fn make(self, make: impl Into<Cow<'static, str>>) -> Self {
        self.with("make", make)
    }

    /// Sets the `model` of an incompatible vehicle.
    pub fn model(self, model: impl Into<Cow<'static, str>>) -> Self {
        self.with("model", model)
    }

    /// Sets the model `year` of an incompatible vehicle.
    pub fn year(self, year: u16) -> Self {
        self.with("year", year.to_string())
    }

    fn with(mut self, name: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        let mut parameters = self.parameters.iter_mut();
        match parameters.find(|(other, _)| *other == name) {
            Some((_, former)) => *former = text.into(),
            None => self.parameters.push((name, text.into())),
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

    /// Returns the name, such as `oem_cancelled_login`. It is unique among [`all`](Self::all) ends
    /// and their spellings.
    ///
    /// An authorize request with `simulated_outcome=<name>` ends at once with the end of that name,
    /// as it is listed. An end that was changed, such as by [`description`](Self::description),
    /// keeps its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the code of the error, or `None` for a success.
    #[must_use]
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.text("error").map(error_table::code)
    }

    /// Returns whether Connect sends the `state` of the request back. An app that verifies states
    /// rejects a callback without it, or treats it as an error that nothing proves.
    ///
    /// ```
    /// use smartcar_connect_simulator::FlowEnd;
    ///
    /// assert!(FlowEnd::user_id().has_state());
    /// assert!(FlowEnd::all().iter().any(|end| !end.has_state()));
    /// ```
    #[must_use]
    pub fn has_state(&self) -> bool {
        self.has_state
    }

    /// Returns the names and the unencoded values of the parameters that Connect adds, in their
    /// order. `state` and `external_id` are not among them, because they come from the request.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parameters.iter().map(|(name, text)| (*name, &**text))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.parameters()
            .find_map(|(other, text)| (other == name).then_some(text))
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn action(&self) -> &'static str {
        self.action
    }

    /// The step of Connect on which a flow ends like this.
    pub(crate) fn step(&self) -> Step {
        self.step
    }

    /// The query that Connect adds to the redirect URI.
    pub(crate) fn query(&self, returned: &Returned<'_>) -> String {
        let mut query = String::new();
        for (name, text) in self.parameters() {
            let value = match name {
                "user_id" => returned.user_id,
                "vehicle_id" => returned.vehicle_id,
                _ => None,
            };
            self.format
                .append(&mut query, name, value.unwrap_or(text.as_bytes()));
        }
        if let Some(state) = returned.state.filter(|_| self.has_state) {
            self.format.append(&mut query, "state", state);
        }
        if let Some(external_id) = returned.external_id {
            self.format.append(&mut query, "external_id", external_id);
        }
        query
    }
}

/// Prints the name.
impl fmt::Display for FlowEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

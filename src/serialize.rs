//! Outcomes as JSON, or as whatever else serde writes.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ConnectError;
use crate::error_code::ErrorCode;
use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::outcome::ConnectOutcome;
use crate::parameter::Parameter;
use crate::query;
use crate::resolution::Resolution;
use crate::success::ConnectSuccess;

/// An outcome that is serialized with its private fields, which are left out otherwise.
///
/// The fields have the names that the parameters have in a query. Private are those that are a
/// secret or that tell of one owner or one vehicle, so that they get into no log and no answer
/// unless somebody asks for them:
///
/// - A [`ConnectError`] has `error`, `error_description` and `status_code`. Private are
///   `error_message`, `vehicle_id`, `vin`, `make`, `model`, `year`, `external_id` and `state`.
/// - A [`ConnectSuccess`] has `reason`. Private are `code`, `user_id`, `vehicle_id`,
///   `selected_capacity`, `virtual_key_url`, `external_id` and `state`.
///
/// `make`, `model` and `year` are private because they can single out a car together, and
/// `error_message` because it repeats what was shown to one owner.
///
/// A [`ConnectOutcome`] is written like what is in it, so it has an `error` if and only if it is
/// one. Values are those of the methods: an absent parameter is left out, as is a `status_code`, a
/// `year` or a `selected_capacity` that is not a number; one without a value is an empty text; and
/// `error_description` is also a description that has lost its name.
///
/// All of it is text from a request, as long as the query may be. A format escapes what would break
/// it, but not what could break the place where the output goes: a page that has JSON in a
/// `<script>` has to escape `<` itself.
///
/// Made by [`ConnectError::with_private_fields`], [`ConnectSuccess::with_private_fields`] and
/// [`ConnectOutcome::with_private_fields`]. Needs the feature `serde`.
///
/// ```
/// use tower_smartcar_connect::ConnectOutcome;
///
/// let query = "error=vehicle_incompatible&error_description=Not+compatible.&make=TESLA&year=2015&state=0facda3319";
/// let response = ConnectOutcome::from_query(query)?.expect("the query has an error");
/// assert_eq!(
///     serde_json::to_string(&response)?,
///     r#"{"error":"vehicle_incompatible","error_description":"Not compatible."}"#,
/// );
/// assert_eq!(
///     serde_json::to_value(response.with_private_fields())?,
///     serde_json::json!({
///         "error": "vehicle_incompatible",
///         "error_description": "Not compatible.",
///         "make": "TESLA",
///         "year": 2015,
///         "state": "0facda3319",
///     }),
/// );
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WithPrivateFields<'a, T>(&'a T);

impl ConnectError {
    /// This error, to be serialized with its private fields. Needs the feature `serde`.
    #[must_use]
    pub fn with_private_fields(&self) -> WithPrivateFields<'_, Self> {
        WithPrivateFields(self)
    }
}

impl ConnectSuccess {
    /// This success, to be serialized with its private fields. Needs the feature `serde`.
    #[must_use]
    pub fn with_private_fields(&self) -> WithPrivateFields<'_, Self> {
        WithPrivateFields(self)
    }
}

impl ConnectOutcome {
    /// This response, to be serialized with its private fields. Needs the feature `serde`.
    #[must_use]
    pub fn with_private_fields(&self) -> WithPrivateFields<'_, Self> {
        WithPrivateFields(self)
    }
}

/// Leaves out the private fields; [`WithPrivateFields`] says which. Needs the feature `serde`.
impl Serialize for ConnectError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_field = |parameter: Parameter| parameter.is_of_errors() && !parameter.is_private();
        serializer.collect_map(fields(is_field, |parameter| self.text(parameter)))
    }
}

impl Serialize for WithPrivateFields<'_, ConnectError> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(fields(Parameter::is_of_errors, |parameter| {
            self.0.text(parameter)
        }))
    }
}

/// Leaves out the private fields, which are all; [`WithPrivateFields`] has them. Needs the feature
/// `serde`.
impl Serialize for ConnectSuccess {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_field =
            |parameter: Parameter| parameter.is_of_successes() && !parameter.is_private();
        serializer.collect_map(fields(is_field, |parameter| self.text(parameter)))
    }
}

impl Serialize for WithPrivateFields<'_, ConnectSuccess> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(fields(Parameter::is_of_successes, |parameter| {
            self.0.text(parameter)
        }))
    }
}

/// What is in it, without the private fields; [`WithPrivateFields`] says which. Needs the feature
/// `serde`.
impl Serialize for ConnectOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Success(success) => success.serialize(serializer),
            Self::Error(error) => error.serialize(serializer),
        }
    }
}

impl Serialize for WithPrivateFields<'_, ConnectOutcome> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ConnectOutcome::Success(success) => success.with_private_fields().serialize(serializer),
            ConnectOutcome::Error(error) => error.with_private_fields().serialize(serializer),
        }
    }
}

/// The fields of an outcome, in the order of the table of parameters.
fn fields<'a>(
    is_field: impl Fn(Parameter) -> bool,
    text: impl Fn(Parameter) -> Option<Cow<'a, str>>,
) -> Vec<(&'static str, Value<'a>)> {
    let parameters = Parameter::ALL
        .iter()
        .copied()
        .filter(|&parameter| is_field(parameter));
    parameters
        .filter_map(|parameter| Some((parameter.name(), Value::of(parameter, text(parameter)?)?)))
        .collect()
}

/// What a field has.
enum Value<'a> {
    Number(u16),
    Decimal(f64),
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// The value of a parameter with this text; `None` where a number is asked for and it is none.
    fn of(parameter: Parameter, text: Cow<'a, str>) -> Option<Self> {
        match parameter {
            Parameter::StatusCode | Parameter::Year => query::number(&text).map(Self::Number),
            Parameter::SelectedCapacity => query::positive_decimal(&text).map(Self::Decimal),
            _ => Some(Self::Text(text)),
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u16(*number),
            Self::Decimal(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// The `kind`, and the `parameter` where the kind is about one. Needs the feature `serde`.
impl Serialize for InvalidCallback {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = vec![("kind", self.kind().as_str())];
        fields.extend(self.parameter().map(|parameter| ("parameter", parameter)));
        serializer.collect_map(fields)
    }
}

/// [`as_str`](InvalidCallbackKind::as_str). Needs the feature `serde`.
impl Serialize for InvalidCallbackKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// [`as_str`](Resolution::as_str). Needs the feature `serde`.
impl Serialize for Resolution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// [`as_str`](ErrorCode::as_str). Needs the feature `serde`.
impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// From a text; one that is no documented code is [`ErrorCode::Unknown`]. Needs the feature
/// `serde`.
impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from_text(&text))
    }
}

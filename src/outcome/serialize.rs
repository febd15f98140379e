//! Outcomes as JSON, or in another format of serde.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::outcome::ConnectOutcome;
use crate::outcome::error::ConnectError;
use crate::outcome::error_code::ErrorCode;
use crate::outcome::failure::ConnectFailure;
use crate::outcome::parameter::Parameter;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};
use crate::outcome::resolution::Resolution;
use crate::outcome::success::ConnectSuccess;
use crate::outcome::value;

/// Serializes an outcome with its private fields.
///
/// Outcomes are serialized without private fields by default, so secrets and personal data do not
/// get into logs and responses by accident:
///
/// | outcome | always | private |
/// | --- | --- | --- |
/// | [`ConnectError`] | `error`, `error_description`, `status_code` | `error_message`, `vehicle_id`, `vin`, `make`, `model`, `year`, `external_id`, `state` |
/// | [`ConnectSuccess`] | `reason` | `code`, `user_id`, `vehicle_id`, `selected_capacity`, `virtual_key_url`, `external_id`, `state` |
///
/// `make`, `model` and `year` are private because together they can identify a vehicle, and
/// `error_message` because it repeats what one owner saw.
///
/// ```
/// use tower_smartcar_connect::ConnectOutcome;
///
/// let query = "error=vehicle_incompatible&error_description=Not+compatible.\
///     &make=TESLA&year=2015&state=0facda3319";
/// let unverified = ConnectOutcome::from_query(query)?.expect("the query has an error");
/// let outcome = unverified.skip_verification();
/// assert_eq!(
///     serde_json::to_string(&outcome)?,
///     r#"{"error":"vehicle_incompatible","error_description":"Not compatible."}"#,
/// );
/// assert_eq!(
///     serde_json::to_value(outcome.with_private_fields())?,
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
///
/// Fields have the names of the parameters and the values of the methods. An absent parameter is
/// left out, and so is a `status_code`, `year` or `selected_capacity` that is not a number. A
/// parameter without a value is an empty string. `error_description` is the
/// [description](ConnectError::description), even if it has lost its name.
///
/// A [`ConnectOutcome`] is serialized like the error or the success in it, so it has an `error` if
/// and only if it is an error.
///
/// Create it with [`ConnectOutcome::with_private_fields`], [`ConnectError::with_private_fields`] or
/// [`ConnectSuccess::with_private_fields`].
///
/// The values are from a request. JSON escapes what would break JSON, but not what could break the
/// place where you put it: in a `<script>`, escape `<` as well.
#[derive(Clone, Debug)]
pub struct WithPrivateFields<'a, T>(&'a T);

impl ConnectError {
    /// Returns this error as a value that serializes with its private fields.
    #[must_use]
    pub fn with_private_fields(&self) -> WithPrivateFields<'_, Self> {
        WithPrivateFields(self)
    }
}

impl ConnectSuccess {
    /// Returns this success as a value that serializes with its private fields.
    #[must_use]
    pub fn with_private_fields(&self) -> WithPrivateFields<'_, Self> {
        WithPrivateFields(self)
    }
}

impl ConnectOutcome {
    /// Returns this outcome as a value that serializes with its private fields.
    #[must_use]
    pub fn with_private_fields(&self) -> WithPrivateFields<'_, Self> {
        WithPrivateFields(self)
    }
}

/// Serializes without the private fields. [`WithPrivateFields`] lists them.
impl Serialize for ConnectError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_field = |parameter: Parameter| parameter.is_error_field() && !parameter.is_private();
        serializer.collect_map(fields(is_field, |parameter| self.text(parameter)))
    }
}

impl Serialize for WithPrivateFields<'_, ConnectError> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(fields(Parameter::is_error_field, |parameter| {
            self.0.text(parameter)
        }))
    }
}

/// Serializes without the private fields. [`WithPrivateFields`] lists them.
impl Serialize for ConnectSuccess {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_field =
            |parameter: Parameter| parameter.is_success_field() && !parameter.is_private();
        serializer.collect_map(fields(is_field, |parameter| self.text(parameter)))
    }
}

impl Serialize for WithPrivateFields<'_, ConnectSuccess> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(fields(Parameter::is_success_field, |parameter| {
            self.0.text(parameter)
        }))
    }
}

/// Serializes without the private fields. [`WithPrivateFields`] lists them.
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

/// Serializes the error, without the private fields, or the rejected callback.
impl Serialize for ConnectFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Error(error) => error.serialize(serializer),
            Self::Rejected(rejected) => rejected.serialize(serializer),
        }
    }
}

/// Returns the fields of an outcome, in the order of the table of parameters.
fn fields<'a>(
    is_field: impl Fn(Parameter) -> bool,
    text: impl Fn(Parameter) -> Option<&'a str>,
) -> Vec<(&'static str, Value<'a>)> {
    let parameters = Parameter::ALL
        .iter()
        .copied()
        .filter(|&parameter| is_field(parameter));
    parameters
        .filter_map(|parameter| Some((parameter.name(), Value::of(parameter, text(parameter)?)?)))
        .collect()
}

/// The value of a field.
enum Value<'a> {
    Number(u16),
    Decimal(f64),
    Text(&'a str),
}

impl<'a> Value<'a> {
    /// Returns the value of a parameter, or `None` if it should be a number and is not.
    fn of(parameter: Parameter, text: &'a str) -> Option<Self> {
        match parameter {
            Parameter::StatusCode | Parameter::Year => value::number(text).map(Self::Number),
            Parameter::SelectedCapacity => value::positive_decimal(text).map(Self::Decimal),
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

/// Serializes the `reason`, and the `parameter` if the reason is about one.
impl Serialize for RejectedCallback {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = vec![("reason", self.reason().as_str())];
        fields.extend(self.parameter().map(|parameter| ("parameter", parameter)));
        serializer.collect_map(fields)
    }
}

/// Serializes [`as_str`](RejectionReason::as_str).
impl Serialize for RejectionReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Serializes [`as_str`](Resolution::as_str).
impl Serialize for Resolution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Serializes [`as_str`](ErrorCode::as_str).
impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Deserializes a string. If it is not a documented code, the result is [`ErrorCode::Unknown`].
impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(&*text))
    }
}

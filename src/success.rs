//! A flow that ended with access to a vehicle.

use std::borrow::Cow;
use std::fmt;

use crate::parameter::Parameter;
use crate::query::{self, Parameters};

/// How a Connect flow succeeded: what Smartcar Connect redirected with when the owner granted
/// access.
///
/// At least one of [`code`](Self::code), [`user_id`](Self::user_id) and
/// [`vehicle_id`](Self::vehicle_id) is there, and none of the three is empty. Which ones depends on
/// the flow:
///
/// | flow | parameters |
/// | --- | --- |
/// | authorization code | `code`, perhaps `user_id`, `virtual_key_url` |
/// | current Connect, without a code exchange | `user_id` |
/// | re-authentication, `response_type=vehicle_id` or `none` | `vehicle_id` |
/// | battery size | `vehicle_id`, `selected_capacity`, `reason` |
///
/// All of it is text from the query of a request, which anybody can write: only a verified
/// [`state`](Self::state) shows that the browser comes from a flow that the app began.
///
/// Cloning is cheap and allocates nothing. [`Debug`] prints which parameters are there and whether
/// the state is verified, but none of their values.
///
/// ```
/// use tower_smartcar_connect::ConnectOutcome;
///
/// let query = "code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319";
/// let Some(ConnectOutcome::Success(success)) = ConnectOutcome::from_query(query)? else {
///     panic!("the query has a code");
/// };
/// assert_eq!(success.code().as_deref(), Some("90abecb6-e7ab-4b85-864a-e1c8bf67f2ad"));
/// assert_eq!(success.user_id(), None);
/// assert_eq!(format!("{success:?}"), r#"ConnectSuccess { parameters: {"code", "state"}, is_verified: false }"#);
/// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
/// ```
#[derive(Clone)]
pub struct ConnectSuccess {
    parameters: Parameters,
    is_verified: bool,
}

impl ConnectSuccess {
    pub(crate) fn new(parameters: Parameters) -> Self {
        Self {
            parameters,
            is_verified: false,
        }
    }

    /// The authorization `code`, to be exchanged for tokens. A secret until then.
    #[must_use]
    pub fn code(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::Code)
    }

    /// The `user_id`, Smartcar's identifier of the owner.
    #[must_use]
    pub fn user_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::UserId)
    }

    /// The `vehicle_id` of the vehicle that was authorized again.
    #[must_use]
    pub fn vehicle_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::VehicleId)
    }

    /// Returns the `selected_capacity`, the size of the battery that the owner chose, in kilowatt
    /// hours.
    ///
    /// It is `None` if the text is not a positive decimal number.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectOutcome;
    ///
    /// let query = "vehicle_id=36ab27d0-fd9d-4455-823a-ce30af709ffc&selected_capacity=80.9&reason=battery_capacity";
    /// let Some(ConnectOutcome::Success(success)) = ConnectOutcome::from_query(query)? else {
    ///     panic!("the query has a vehicle");
    /// };
    /// assert_eq!(success.selected_capacity(), Some(80.9));
    /// assert_eq!(success.reason().as_deref(), Some("battery_capacity"));
    /// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
    /// ```
    #[must_use]
    pub fn selected_capacity(&self) -> Option<f64> {
        let text = self.parameters.value(Parameter::SelectedCapacity)?;
        query::positive_decimal(&text)
    }

    /// Returns the `reason` of the flow, which is `battery_capacity` if the owner was asked for the
    /// battery's size.
    #[must_use]
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::Reason)
    }

    /// The `external_id`, the app's own identifier of the owner, if the app gave Connect one.
    #[must_use]
    pub fn external_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::ExternalId)
    }

    /// The `virtual_key_url`, the page on which the owner adds the app's virtual key to a Tesla.
    ///
    /// It is unverified text: check its scheme and host before sending anybody there. Where Connect
    /// did not percent-encode it, what follows a `&` in it is not part of the value.
    #[must_use]
    pub fn virtual_key_url(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::VirtualKeyUrl)
    }

    /// The `state` that the app sent, or whatever somebody put in its place.
    #[must_use]
    pub fn state(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::State)
    }

    /// Whether a verifier of the layer has accepted the [`state`](Self::state), so that this
    /// browser began the flow.
    ///
    /// `false` where the layer has no verifier and for what
    /// [`ConnectOutcome`](crate::ConnectOutcome) has read.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_verified
    }

    pub(crate) fn set_verified(&mut self) {
        self.is_verified = true;
    }

    /// The decoded text of any parameter.
    #[cfg(any(feature = "answers", feature = "serde"))]
    pub(crate) fn text(&self, parameter: Parameter) -> Option<Cow<'_, str>> {
        self.parameters.value(parameter)
    }
}

/// Prints which parameters are there, without their values.
impl fmt::Debug for ConnectSuccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectSuccess")
            .field("parameters", &self.parameters)
            .field("is_verified", &self.is_verified)
            .finish()
    }
}

//! A flow that ended with access to a vehicle.

use std::borrow::Cow;
use std::fmt;

use crate::parameter::Parameter;
use crate::query::{self, Parameters};

/// A success from Smartcar Connect: the owner granted access.
///
/// At least one of [`code`](Self::code), [`user_id`](Self::user_id) and
/// [`vehicle_id`](Self::vehicle_id) is present, and none of them is empty. It depends on the flow:
///
/// | flow | parameters |
/// | --- | --- |
/// | authorization code | `code`, perhaps `user_id`, `virtual_key_url` |
/// | current Connect, without a code exchange | `user_id` |
/// | re-authentication, `response_type=vehicle_id` or `none` | `vehicle_id` |
/// | battery size | `vehicle_id`, `selected_capacity`, `reason` |
///
/// All of it is from the query of a request, which anybody can write. Only a verified
/// [`state`](Self::state) shows that your app started the flow in this browser.
///
/// A clone allocates nothing. [`Debug`] writes which parameters are present and whether the state is
/// verified, without values.
///
/// ```
/// use tower_smartcar_connect::ConnectOutcome;
///
/// let query = "code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319";
/// let Some(ConnectOutcome::Success(success)) = ConnectOutcome::from_query(query)? else {
///     panic!("the query has a code");
/// };
/// let code = success.code();
/// assert_eq!(code.as_deref(), Some("90abecb6-e7ab-4b85-864a-e1c8bf67f2ad"));
/// assert_eq!(success.user_id(), None);
/// assert!(!format!("{success:?}").contains("90abecb6"));
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

    /// Returns the authorization `code`, which your app exchanges for tokens. It is a secret until
    /// then, and expires after ten minutes.
    #[must_use]
    pub fn code(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::Code)
    }

    /// Returns the `user_id`, Smartcar's identifier of the owner.
    #[must_use]
    pub fn user_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::UserId)
    }

    /// Returns the `vehicle_id` of the vehicle that was authorized again, or whose battery
    /// size the owner chose.
    #[must_use]
    pub fn vehicle_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::VehicleId)
    }

    /// Returns the `selected_capacity`, the battery size that the owner chose, in kilowatt-hours.
    ///
    /// It is `None` if the value is not a positive decimal number.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectOutcome;
    ///
    /// let query = "vehicle_id=36ab27d0-fd9d-4455-823a-ce30af709ffc&selected_capacity=80.9\
    ///     &reason=battery_capacity";
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

    /// Returns the `external_id`, your app's own identifier of the owner, if your app sent one.
    #[must_use]
    pub fn external_id(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::ExternalId)
    }

    /// Returns the `virtual_key_url`, the page on which the owner adds your app's virtual key to a
    /// Tesla.
    ///
    /// It is not verified: check its scheme and host before you send an owner there. If Connect
    /// did not percent-encode it, the value ends at the first `&`.
    #[must_use]
    pub fn virtual_key_url(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::VirtualKeyUrl)
    }

    /// Returns the `state`: the one that your app sent, or a forged one. See
    /// [`is_verified`](Self::is_verified).
    #[must_use]
    pub fn state(&self) -> Option<Cow<'_, str>> {
        self.parameters.value(Parameter::State)
    }

    /// Returns `true` if the layer's verifier has accepted the [`state`](Self::state), so this
    /// browser started the flow.
    ///
    /// It is `false` if the layer has no verifier, and if you parsed the query with
    /// [`ConnectOutcome`](crate::ConnectOutcome) yourself.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_verified
    }

    pub(crate) fn set_verified(&mut self) {
        self.is_verified = true;
    }

    /// Returns the decoded value of any parameter.
    #[cfg(any(feature = "answers", feature = "serde"))]
    pub(crate) fn text(&self, parameter: Parameter) -> Option<Cow<'_, str>> {
        self.parameters.value(parameter)
    }
}

/// Writes which parameters are present, without their values.
impl fmt::Debug for ConnectSuccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectSuccess")
            .field("parameters", &self.parameters)
            .field("is_verified", &self.is_verified)
            .finish()
    }
}

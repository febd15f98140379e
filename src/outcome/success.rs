//! A flow that ended with access to a vehicle.

use std::fmt;

use crate::outcome::parameter::Parameter;
use crate::outcome::query::Parameters;
use crate::outcome::value;

/// A success from Smartcar Connect: the owner granted access.
///
/// At least one of [`code`](Self::code), [`user_id`](Self::user_id) and
/// [`vehicle_id`](Self::vehicle_id) is present, and none of them is empty. It depends on the flow:
///
/// | flow | parameters |
/// | --- | --- |
/// | current Connect, without a code exchange | `user_id` |
/// | authorization code | `code` and `user_id`, perhaps `virtual_key_url`; older flows only `code` |
/// | re-authentication, `response_type=vehicle_id` or `none` | `vehicle_id` |
/// | battery size | `vehicle_id`, `selected_capacity`, `reason` |
///
/// All of it is from the query of a request, so each part needs its own proof:
///
/// | what | is proven by |
/// | --- | --- |
/// | your app started this flow in this browser | the `state`, if [`is_verified`](Self::is_verified) |
/// | `user_id`, `vehicle_id` and `external_id` | a confirmation: ask Smartcar's API whether the user whom you know by your own `external_id` has this connection |
/// | `code` | its exchange for tokens, in API v2 |
///
/// A visitor who started a flow can replace an id beside a valid `state`. An app that stores an id
/// without a confirmation gives that visitor access to the vehicles of another owner.
///
/// A clone shares the texts and allocates nothing. [`Debug`] writes which parameters are present and
/// whether the state is verified, without values.
///
/// ```
/// use tower_smartcar_connect::ConnectOutcome;
///
/// let query = "code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319";
/// let unverified = ConnectOutcome::from_query(query)?.expect("the query has a code");
/// let ConnectOutcome::Success(success) = unverified.skip_verification() else {
///     panic!("this is a success");
/// };
/// assert_eq!(success.code(), Some("90abecb6-e7ab-4b85-864a-e1c8bf67f2ad"));
/// assert_eq!(success.user_id(), None);
/// assert!(!format!("{success:?}").contains("90abecb6"));
/// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
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

    /// Returns the authorization `code`, which an app of API v2 exchanges for tokens. It is a secret
    /// until then, and expires after ten minutes.
    ///
    /// Smartcar deprecates API v2 by the fourth quarter of 2026 ([migration guide]), and API v3 has no
    /// codes, so build nothing new on it: call [`without_code`](crate::ConnectUrl::without_code). An
    /// app that still needs a code exchanges it from its server, with the id and the secret of the
    /// *application*:
    ///
    /// ```text
    /// POST /oauth/token HTTP/1.1
    /// Host: auth.smartcar.com
    /// Authorization: Basic base64(application_id:application_secret)
    /// Content-Type: application/x-www-form-urlencoded
    ///
    /// grant_type=authorization_code&code=…&redirect_uri=https%3A%2F%2Fexample.com%2Fcallback
    /// ```
    ///
    /// `redirect_uri` is [`ConnectUrl::redirect_uri`](crate::ConnectUrl::redirect_uri). The response
    /// has an `access_token` for two hours and a `refresh_token` for sixty days, and is itself the
    /// proof of the code. Store the `user_id` beside them, which is what you keep when you migrate.
    ///
    /// [migration guide]: https://smartcar.com/docs/getting-started/how-to/m2m/migration-guide
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.parameters.value(Parameter::Code)
    }

    /// Returns the `user_id`, Smartcar's identifier of the owner. It never changes, and an app of API
    /// v3 sends it in the header `sc-user-id`. It is a claim until it is confirmed.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.parameters.value(Parameter::UserId)
    }

    /// Returns the `vehicle_id` of the vehicle that was authorized again, or whose battery
    /// size the owner chose.
    #[must_use]
    pub fn vehicle_id(&self) -> Option<&str> {
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
    /// let unverified = ConnectOutcome::from_query(query)?.expect("the query has a vehicle");
    /// let ConnectOutcome::Success(success) = unverified.skip_verification() else {
    ///     panic!("this is a success");
    /// };
    /// assert_eq!(success.selected_capacity(), Some(80.9));
    /// assert_eq!(success.reason(), Some("battery_capacity"));
    /// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
    /// ```
    #[must_use]
    pub fn selected_capacity(&self) -> Option<f64> {
        let text = self.parameters.value(Parameter::SelectedCapacity)?;
        value::positive_decimal(text)
    }

    /// Returns the `reason` of the flow, which is `battery_capacity` if the owner was asked for the
    /// battery's size.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.parameters.value(Parameter::Reason)
    }

    /// Returns the `external_id`, your app's own identifier of the owner, if your app sent one that
    /// Smartcar finds valid. It is a claim until it is compared with the one that your app sent.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.parameters.value(Parameter::ExternalId)
    }

    /// Returns the `virtual_key_url`, the page on which the owner of a Tesla adds a virtual key.
    ///
    /// Connect has already led the owner through it. Send the owner there for another vehicle, or
    /// if the key is lost.
    ///
    /// The value is not verified: check its scheme and host before you send an owner there. If
    /// Connect did not percent-encode it, the value ends at the first `&`.
    ///
    /// ```
    /// use http::Uri;
    /// use tower_smartcar_connect::ConnectSuccess;
    ///
    /// fn virtual_key(success: &ConnectSuccess) -> Option<Uri> {
    ///     let url: Uri = success.virtual_key_url()?.parse().ok()?;
    ///     let is_https = url.scheme_str() == Some("https");
    ///     let is_tesla = is_https && url.authority()? == "www.tesla.com";
    ///     is_tesla.then_some(url)
    /// }
    /// # use tower_smartcar_connect::ConnectOutcome;
    /// # for (url, expected) in [
    /// #     ("https://www.tesla.com/_ak/smartcar.com", true),
    /// #     ("https%3A%2F%2Fwww.tesla.com%2F_ak%2Fsmartcar.com", true),
    /// #     ("http://www.tesla.com/_ak/smartcar.com", false),
    /// #     ("https://www.tesla.com@evil.example/", false),
    /// #     ("https://www.tesla.com.evil.example/", false),
    /// #     ("javascript:alert(1)", false),
    /// # ] {
    /// #     let query = format!("code=1&virtual_key_url={url}");
    /// #     let outcome = ConnectOutcome::from_query(&query).unwrap().unwrap();
    /// #     match outcome.skip_verification() {
    /// #         ConnectOutcome::Success(it) => assert_eq!(virtual_key(&it).is_some(), expected),
    /// #         ConnectOutcome::Error(_) => panic!("{url}"),
    /// #     }
    /// # }
    /// ```
    #[must_use]
    pub fn virtual_key_url(&self) -> Option<&str> {
        self.parameters.value(Parameter::VirtualKeyUrl)
    }

    /// Returns the `state`: the one that your app sent, or a forged one. See
    /// [`is_verified`](Self::is_verified).
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.parameters.value(Parameter::State)
    }

    /// Returns whether the [`state`](Self::state) was accepted, which does not confirm any id: the
    /// ids in the query are still claims of the visitor.
    ///
    /// If it was, this browser started the flow. It was not if the app verifies `state` itself, and
    /// after [`skip_verification`](crate::outcome::Unverified::skip_verification).
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_verified
    }

    pub(crate) fn set_verified(&mut self) {
        self.is_verified = true;
    }

    /// Returns the value of any parameter.
    #[cfg(any(feature = "responses", feature = "serde"))]
    pub(crate) fn text(&self, parameter: Parameter) -> Option<&str> {
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

//! The address that asks an owner to connect a known vehicle again.

use percent_encoding::percent_decode_str;

use super::value::check;
use super::{ConnectUrl, InvalidConnectUrl};

pub(super) const PATH: &str = "/oauth/reauthenticate";

/// What is wrong with the address that Smartcar has returned.
const RESOLUTION: &str = "resolution.url";

/// Re-authentication of a vehicle, derived from the address of a first connection.
impl ConnectUrl {
    /// Asks the owner to connect this vehicle again: `/oauth/reauthenticate`.
    ///
    /// A vehicle needs it when Smartcar's API says so (`AUTHENTICATION_FAILED`), such as after the
    /// owner has changed a password. The flow ends with the `vehicle_id`. The address has the
    /// application, the redirect URI, the origin and the [`external_id`](Self::external_id), if there
    /// is one. Permissions and the other parameters of a first connection are not sent.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the id is empty, `null`, longer than 255 bytes, or has
    /// control characters or white space around it.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectUrl;
    ///
    /// let connect_url = ConnectUrl::new("8229df9f-91a0-4ff0", "https://example.com/callback")?
    ///     .scope(["read_odometer"])?;
    /// let again = connect_url.reauthentication("36ab27d0-fd9d-4455-823a-ce30af709ffc")?;
    /// assert_eq!(
    ///     again.with_state("0facda3319")?,
    ///     "https://connect.smartcar.com/oauth/reauthenticate?response_type=vehicle_id\
    ///      &application_id=8229df9f-91a0-4ff0\
    ///      &redirect_uri=https%3A%2F%2Fexample.com%2Fcallback\
    ///      &vehicle_id=36ab27d0-fd9d-4455-823a-ce30af709ffc&state=0facda3319",
    /// );
    /// # Ok::<_, tower_smartcar_connect::start::InvalidConnectUrl>(())
    /// ```
    pub fn reauthentication(
        mut self,
        vehicle_id: impl Into<String>,
    ) -> Result<Self, InvalidConnectUrl> {
        let vehicle_id = vehicle_id.into();
        check("vehicle_id", &vehicle_id)?;
        self.vehicle_id = Some(vehicle_id);
        self.bounded("vehicle_id")
    }

    /// Asks the owner to connect the vehicle again that the `resolution.url` names.
    ///
    /// Smartcar's API returns it with the error `AUTHENTICATION_FAILED`, and so does the webhook of
    /// that error. It lacks a redirect URI and a state, so it cannot start a flow by itself: this
    /// method takes the vehicle from it, and all else from the base, as
    /// [`reauthentication`](Self::reauthentication) does.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the address is not a re-authentication at the
    /// [origin](Self::origin) of the base, for the same application and for one vehicle.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectUrl;
    ///
    /// let connect_url = ConnectUrl::new("8229df9f-91a0-4ff0", "https://example.com/callback")?;
    /// let resolution_url = "https://connect.smartcar.com/oauth/reauthenticate\
    ///                       ?response_type=vehicle_id&client_id=8229df9f-91a0-4ff0\
    ///                       &vehicle_id=36ab27d0-fd9d-4455-823a-ce30af709ffc";
    /// assert_eq!(
    ///     connect_url.clone().reauthentication_by_url(resolution_url)?,
    ///     connect_url.reauthentication("36ab27d0-fd9d-4455-823a-ce30af709ffc")?,
    /// );
    /// # Ok::<_, tower_smartcar_connect::start::InvalidConnectUrl>(())
    /// ```
    pub fn reauthentication_by_url(self, resolution_url: &str) -> Result<Self, InvalidConnectUrl> {
        let invalid = |reason| Err(InvalidConnectUrl::new(RESOLUTION, reason));
        let address = format!("{}{PATH}?", self.origin);
        let Some(query) = resolution_url.strip_prefix(&address) else {
            return invalid(
                "is not a re-authentication at the origin of Connect; pass it as Smartcar's API returned it",
            );
        };
        let query = query.split('#').next().unwrap_or_default();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let values = |names: &'static [&str]| {
            let named = pairs.clone().filter(|(name, _)| names.contains(name));
            named.map(|(_, value)| percent_decode_str(value).decode_utf8_lossy())
        };
        let mut applications = values(&["application_id", "client_id"]).peekable();
        if applications.peek().is_none() || applications.any(|id| id != self.application_id) {
            return invalid(
                "is for another application; pass one of the application of this address",
            );
        }
        let mut vehicles = values(&["vehicle_id"]);
        let (Some(vehicle_id), None) = (vehicles.next(), vehicles.next()) else {
            return invalid("does not name one vehicle; pass one with a `vehicle_id`");
        };
        self.reauthentication(vehicle_id)
    }
}

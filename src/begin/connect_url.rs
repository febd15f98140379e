//! The address of Connect.

use std::fmt;

use http::Uri;

use super::invalid::InvalidConnectUrl;
use super::origin;
use super::parameters::{Parameters, encoded};
use crate::callback_paths::CallbackPaths;
use crate::redirect_uri;

/// The origin of Connect.
const ORIGIN: &str = "https://connect.smartcar.com";

/// The longest address without its state, in bytes.
const MAX_BYTES: usize = 4096;

/// The longest encoded state, in bytes. Together with the longest address, it stays below the 8 KB
/// that common servers accept in a request line, and that a layer accepts in a callback.
const MAX_STATE_BYTES: usize = 4000;

/// The address of Smartcar Connect, to which your app sends the owner's browser.
///
/// Create it when your app starts, and pass it to [`BeginConnect`](crate::BeginConnect) and to
/// [`ConnectCallbackLayer::new`](crate::ConnectCallbackLayer::new). What Connect would reject with
/// a page of its own, before any callback, is an error here. Values are percent-encoded. There is
/// no parameter for the application's secret, which never leaves the server.
///
/// The parameters are documented in Smartcar's pages on [starting a flow] and on
/// [re-authentication].
///
/// ```
/// use tower_smartcar_connect::ConnectUrl;
///
/// let application_id = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
/// let connect_url = ConnectUrl::new(application_id, "http://localhost:8000/callback")?
///     .scope(["read_vehicle_info", "read_location"])?
///     .required_scope(["read_odometer"])?
///     .simulated()?;
/// assert_eq!(
///     connect_url.with_state("0facda3319"),
///     "https://connect.smartcar.com/oauth/authorize?response_type=code\
///      &application_id=8229df9f-91a0-4ff0-a1ae-a1f38ee24d07\
///      &redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fcallback\
///      &scope=read_vehicle_info%20read_location%20required%3Aread_odometer\
///      &mode=simulated&state=0facda3319",
/// );
/// # Ok::<_, tower_smartcar_connect::InvalidConnectUrl>(())
/// ```
///
/// [starting a flow]: https://smartcar.com/docs/connect/redirect-to-connect
/// [re-authentication]: https://smartcar.com/docs/connect/re-auth/redirect-to-connect
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct ConnectUrl {
    origin: String,
    redirect_uri: String,
    callback_path: String,
    pub(super) parameters: Parameters,
}

impl ConnectUrl {
    /// Creates the address of a first connection, `/oauth/authorize`.
    ///
    /// `application_id` is the id of your application, a UUID, and not the id of an API credential.
    /// `redirect_uri` is one of the registered redirect URIs, letter for letter.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if one of them is empty, or if Connect cannot accept it.
    pub fn new(
        application_id: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> Result<Self, InvalidConnectUrl> {
        let parameters = Parameters::new(false, application_id.into())?;
        Self::to(parameters, redirect_uri.into())
    }

    /// Creates the address that asks an owner to connect a known vehicle again,
    /// `/oauth/reauthenticate`.
    ///
    /// The flow ends with the `vehicle_id`. It accepts [`external_id`](Self::external_id),
    /// [`clear_external_id`](Self::clear_external_id), [`without_code`](Self::without_code) and
    /// [`origin`](Self::origin), and no other parameter.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if an argument is empty, or if Connect cannot accept it.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectUrl;
    ///
    /// let connect_url = ConnectUrl::reauthenticate(
    ///     "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07",
    ///     "36ab27d0-fd9d-4455-823a-ce30af709ffc",
    ///     "https://example.com/reauth",
    /// )?;
    /// assert!(connect_url.with_state("0facda3319").path().ends_with("/oauth/reauthenticate"));
    /// # Ok::<_, tower_smartcar_connect::InvalidConnectUrl>(())
    /// ```
    pub fn reauthenticate(
        application_id: impl Into<String>,
        vehicle_id: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> Result<Self, InvalidConnectUrl> {
        let mut parameters = Parameters::new(true, application_id.into())?;
        parameters.set("vehicle_id", vehicle_id.into())?;
        Self::to(parameters, redirect_uri.into())
    }

    fn to(parameters: Parameters, redirect_uri: String) -> Result<Self, InvalidConnectUrl> {
        let callback_path =
            redirect_uri::callback_path(&redirect_uri).map_err(InvalidConnectUrl::RedirectUri)?;
        let url = Self {
            origin: ORIGIN.to_owned(),
            redirect_uri: redirect_uri.clone(),
            callback_path,
            parameters,
        };
        url.set("redirect_uri", redirect_uri)
    }

    /// Replaces the origin of Connect, `https://connect.smartcar.com`, for tests with a
    /// [simulator](crate::simulator).
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if `origin` is not an origin as browsers write it, such as
    /// `http://localhost:4000`.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectUrl;
    ///
    /// let connect_url = ConnectUrl::new("8229df9f-91a0-4ff0", "http://localhost:8000/callback")?
    ///     .origin("http://127.0.0.1:8000")?;
    /// assert_eq!(connect_url.with_state("0facda3319").host(), Some("127.0.0.1"));
    /// # Ok::<_, tower_smartcar_connect::InvalidConnectUrl>(())
    /// ```
    pub fn origin(mut self, origin: impl Into<String>) -> Result<Self, InvalidConnectUrl> {
        self.origin = origin.into();
        origin::check(&self.origin)?;
        self.checked()
    }

    /// Returns the address with the `state` of a flow.
    ///
    /// [`BeginConnect`](crate::BeginConnect) does this for you. Pass a new random state for each
    /// flow.
    ///
    /// # Panics
    ///
    /// If the state is empty, or longer than 4000 bytes when it is encoded.
    #[must_use]
    #[track_caller]
    pub fn with_state(&self, state: &str) -> Uri {
        match self.try_with_state(state) {
            Ok(uri) => uri,
            Err(reason) => panic!("{reason}"),
        }
    }

    pub(super) fn try_with_state(&self, state: &str) -> Result<Uri, &'static str> {
        let state = encoded(state);
        if state.is_empty() {
            return Err("the state of a flow is empty; make a random one for each flow");
        }
        if state.len() > MAX_STATE_BYTES {
            return Err(
                "the state of a flow is longer than 4000 bytes when it is encoded; keep the data on the server",
            );
        }
        let address = format!("{}&state={state}", self.without_state());
        Ok(address
            .parse()
            .expect("an encoded address of bounded length is a URI"))
    }

    /// Returns the origin of Connect, such as `https://connect.smartcar.com`.
    ///
    /// If the page with your form has a `Content-Security-Policy` with `form-action`, the policy
    /// must allow this origin. Otherwise the button does nothing, because browsers apply the policy
    /// to redirects too.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectUrl;
    ///
    /// let connect_url = ConnectUrl::new("8229df9f-91a0-4ff0", "https://example.com/callback")?;
    /// let policy = format!("form-action 'self' {}", connect_url.connect_origin());
    /// assert_eq!(policy, "form-action 'self' https://connect.smartcar.com");
    /// # Ok::<_, tower_smartcar_connect::InvalidConnectUrl>(())
    /// ```
    #[must_use]
    pub fn connect_origin(&self) -> &str {
        &self.origin
    }

    /// Returns the redirect URI.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Returns the path of the redirect URI, which is the callback path.
    #[must_use]
    pub fn callback_path(&self) -> &str {
        &self.callback_path
    }

    pub(super) fn set(
        mut self,
        name: &'static str,
        value: impl Into<String>,
    ) -> Result<Self, InvalidConnectUrl> {
        self.parameters.set(name, value.into())?;
        self.checked()
    }

    pub(super) fn replace(mut self, name: &'static str, value: &str) -> Self {
        let set = self.parameters.set(name, value.to_owned());
        set.expect("every flow has this parameter, and this value is documented");
        self
    }

    fn without_state(&self) -> String {
        format!("{}{}", self.origin, self.parameters.path_and_query())
    }

    pub(super) fn checked(self) -> Result<Self, InvalidConnectUrl> {
        if self.without_state().len() > MAX_BYTES {
            return Err(InvalidConnectUrl::TooLong);
        }
        Ok(self)
    }
}

/// Converts into the path of the redirect URI.
impl From<&ConnectUrl> for CallbackPaths {
    fn from(url: &ConnectUrl) -> Self {
        Self::from(url.callback_path())
    }
}

/// Prints which parameters are set, without their values, which can identify an owner or a vehicle.
impl fmt::Debug for ConnectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectUrl")
            .field("origin", &self.origin)
            .field("redirect_uri", &self.redirect_uri)
            .field("parameters", &self.parameters.names().collect::<Vec<_>>())
            .finish()
    }
}

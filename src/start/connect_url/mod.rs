//! The address of Connect.

mod invalid;
mod optional;
mod origin;
mod reauthentication;
mod value;

use std::fmt;

use http::Uri;

pub use self::invalid::InvalidConnectUrl;
use self::value::{check, encoded};
use crate::paths::{IntoPlace, Origin, Place, redirect_uri};

/// The longest address without its state, in bytes.
const MAX_BYTES: usize = 4096;

/// The longest encoded state, in bytes. Together with the longest address, it stays below the 8 KB
/// that common servers accept in a request line, and that a layer accepts in a callback.
const MAX_STATE_BYTES: usize = 4000;

/// The address of Smartcar Connect, to which your app sends the owner's browser.
///
/// Create one when your app starts: the base of all flows, with your application, your redirect URI
/// and the permissions that you ask for. [`StartConnect`](crate::StartConnect) and
/// [`ConnectCallbackLayer::new`](crate::ConnectCallbackLayer::new) take it. What depends on the
/// owner, such as an [`external_id`](Self::external_id), belongs to each flow:
/// [`StartConnect::flow`](crate::StartConnect::flow) derives an address from the base.
///
/// What Connect would reject with a page of its own, before any callback, is an error here. Values
/// are percent-encoded. There is no parameter for the application's secret, which never leaves the
/// server. Smartcar documents the parameters in its pages on [starting a flow] and on
/// [re-authentication].
///
/// ```
/// use tower_smartcar_connect::ConnectUrl;
///
/// let application_id = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
/// let connect_url = ConnectUrl::new(application_id, "http://localhost:8000/callback")?
///     .scope(["read_vehicle_info", "read_location"])?
///     .required_scope(["read_odometer"])?
///     .simulated();
/// assert_eq!(
///     connect_url.with_state("0facda3319")?,
///     "https://connect.smartcar.com/oauth/authorize?response_type=code\
///      &application_id=8229df9f-91a0-4ff0-a1ae-a1f38ee24d07\
///      &redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fcallback\
///      &scope=read_vehicle_info%20read_location%20required%3Aread_odometer\
///      &mode=simulated&state=0facda3319",
/// );
/// # Ok::<_, tower_smartcar_connect::start::InvalidConnectUrl>(())
/// ```
///
/// [starting a flow]: https://smartcar.com/docs/connect/redirect-to-connect
/// [re-authentication]: https://smartcar.com/docs/connect/re-auth/redirect-to-connect
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct ConnectUrl {
    origin: Origin,
    application_id: String,
    redirect_uri: String,
    callback_path: String,
    asks_for_code: bool,
    /// The text `null` clears the id that Smartcar has stored.
    external_id: Option<String>,
    /// Parameters that only a first connection has, in the order in which they were first set.
    optional: Vec<(&'static str, String)>,
    /// Makes the flow a re-authentication.
    vehicle_id: Option<String>,
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
        let (application_id, redirect_uri) = (application_id.into(), redirect_uri.into());
        check("application_id", &application_id)?;
        if application_id.starts_with("client_") {
            return Err(InvalidConnectUrl::new(
                "application_id",
                "is the id of an API credential (`client_…`); pass the id of the application, a UUID that the Smartcar \
                 dashboard shows",
            ));
        }
        let callback_path =
            redirect_uri::callback_path(&redirect_uri).map_err(InvalidConnectUrl::redirect_uri)?;
        let url = Self {
            origin: origin::of_smartcar(),
            application_id,
            redirect_uri,
            callback_path,
            asks_for_code: true,
            external_id: None,
            optional: Vec::new(),
            vehicle_id: None,
        };
        url.bounded("redirect_uri")
    }

    /// Returns the address with the `state` of a flow.
    ///
    /// [`Flow::start`](crate::Flow::start) does this for you, with a new random state. Call it if you
    /// keep states in your own way.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the state is empty, or longer than 4000 bytes when it is
    /// encoded.
    pub fn with_state(&self, state: &str) -> Result<Uri, InvalidConnectUrl> {
        let state = encoded(state);
        if state.is_empty() {
            return Err(InvalidConnectUrl::new(
                "state",
                "is empty; make a random one for each flow",
            ));
        }
        if state.len() > MAX_STATE_BYTES {
            return Err(InvalidConnectUrl::new(
                "state",
                "is longer than 4000 bytes when it is encoded; keep the data on the server",
            ));
        }
        let address = format!("{}&state={state}", self.without_state());
        // An origin can be of any length.
        address
            .parse()
            .map_err(|_| InvalidConnectUrl::too_long("origin"))
    }

    /// Returns the id of the application.
    #[must_use]
    pub fn application_id(&self) -> &str {
        &self.application_id
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

    /// The origin of the redirect URI. `None` if it is written in another way than browsers do.
    pub(crate) fn redirect_origin(&self) -> Option<Origin> {
        let (scheme, rest) = self.redirect_uri.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
        origin.parse().ok()
    }

    /// Whether callbacks arrive on `http://localhost`, where browsers drop cookies that need TLS.
    pub(crate) fn is_localhost(&self) -> bool {
        // Another host of `http` is not a redirect URI.
        let scheme = self.redirect_uri.split(':').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
    }

    /// The id that a success may bring back. `None` also if the flow clears the stored one.
    pub(crate) fn expected_external_id(&self) -> Option<&str> {
        self.external_id.as_deref().filter(|id| *id != value::NULL)
    }

    /// The vehicle of a re-authentication.
    pub(crate) fn expected_vehicle_id(&self) -> Option<&str> {
        self.vehicle_id.as_deref()
    }

    /// The parameters of the address, without the state.
    fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let response_type = match &self.vehicle_id {
            _ if !self.asks_for_code => "none",
            None => "code",
            Some(_) => "vehicle_id",
        };
        let optional = match &self.vehicle_id {
            None => self.optional.as_slice(),
            Some(_) => &[],
        };
        let optional = optional.iter().map(|(name, value)| (*name, &**value));
        let vehicle_id = self.vehicle_id.as_deref().map(|id| ("vehicle_id", id));
        let external_id = self.external_id.as_deref().map(|id| ("external_id", id));
        [
            ("response_type", response_type),
            ("application_id", &*self.application_id),
            ("redirect_uri", &*self.redirect_uri),
        ]
        .into_iter()
        .chain(vehicle_id)
        .chain(optional)
        .chain(external_id)
    }

    fn without_state(&self) -> String {
        let path = match &self.vehicle_id {
            None => "/oauth/authorize",
            Some(_) => reauthentication::PATH,
        };
        let pairs: Vec<_> = self
            .parameters()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        format!("{}{path}?{}", self.origin, pairs.join("&"))
    }

    /// Rejects an address that has become too long by this parameter.
    fn bounded(self, parameter: &'static str) -> Result<Self, InvalidConnectUrl> {
        if self.without_state().len() > MAX_BYTES {
            return Err(InvalidConnectUrl::too_long(parameter));
        }
        Ok(self)
    }
}

impl IntoPlace for &ConnectUrl {
    fn into_place(self) -> Place {
        Place::of_application(
            self.callback_path(),
            self.application_id(),
            self.is_localhost(),
        )
    }
}

/// Prints which parameters are set, without their values, which can identify an owner or a vehicle.
impl fmt::Debug for ConnectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.parameters().map(|(name, _)| name).collect();
        f.debug_struct("ConnectUrl")
            .field("origin", &format_args!("{}", self.origin))
            .field("redirect_uri", &self.redirect_uri)
            .field("parameters", &names)
            .finish()
    }
}

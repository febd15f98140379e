//! The request with which an app sends a browser to Connect, and the redirect that ends its flow.

use std::borrow::Cow;
use std::fmt;

use http::Uri;
use percent_encoding::percent_decode_str;
use url::{Url, form_urlencoded};

use super::invalid::InvalidAuthorizeRequest;
use super::outcome::Outcome;
use crate::parameter::Parameter;
use crate::query::DEFAULT_MAX_BYTES;

/// The parameters of an authorize request, as
/// <https://smartcar.com/docs/connect/redirect-to-connect> documents them. The first two are names
/// of one parameter.
const NAMES: [&str; 16] = [
    "client_id",
    "application_id",
    "redirect_uri",
    "response_type",
    "vehicle_id",
    "state",
    "scope",
    "mode",
    "user",
    "external_id",
    "make",
    "single_select",
    "single_select_vin",
    "approval_prompt",
    "flags",
    SIMULATED_OUTCOME,
];

/// The parameter that ends a simulated flow at once.
pub(super) const SIMULATED_OUTCOME: &str = "simulated_outcome";

/// The parameters of which only some values are documented.
const VALUES: [(&str, &[&str]); 4] = [
    ("response_type", &["code", "vehicle_id", "none"]),
    ("mode", &["live", "simulated", "test"]),
    ("single_select", &["true", "false"]),
    ("approval_prompt", &["auto", "force"]),
];

/// A valid request to Connect: its client is known and its redirect URI is registered.
///
/// [`Simulator::authorize`] reads it from the address that an app sends the browser to, and
/// [`redirect`](Self::redirect) ends its flow.
///
/// [`Debug`] prints which parameters it has, without their values.
///
/// [`Simulator::authorize`]: super::Simulator::authorize
#[derive(Clone)]
pub struct AuthorizeRequest {
    redirect_uri: Url,
    parameters: Parameters,
}

impl AuthorizeRequest {
    pub(super) fn new(redirect_uri: Url, parameters: Parameters) -> Self {
        Self {
            redirect_uri,
            parameters,
        }
    }

    /// Returns the decoded text of a parameter, such as `scope`. It is `None` if the parameter is
    /// absent or empty, and for a name that Smartcar does not document.
    ///
    /// `client_id` and `application_id` are two names of one parameter: each returns what the app
    /// sent under either.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = match name {
            "client_id" | "application_id" => self.parameters.client_id(),
            _ => self.parameters.value(name),
        };
        value.map(String::from_utf8_lossy)
    }

    /// Returns the URI that Connect redirects the browser to when the flow of this request ends
    /// with `outcome`.
    ///
    /// It is the redirect URI, whose own query comes first, with the parameters of the outcome and
    /// the `state` of the request, which decodes to the same bytes. A success also has the
    /// `external_id` of the request, if there is one. A `vehicle_id` is that of the request, if it
    /// has one.
    ///
    /// # Panics
    ///
    /// If the URI becomes longer than the 65,534 bytes that a [`Uri`] can have. Only a redirect URI
    /// or a text of the outcome can be that long.
    ///
    /// ```
    /// use http::Uri;
    /// use tower_smartcar_connect::ErrorCode;
    /// use tower_smartcar_connect::simulator::{Outcome, Simulator};
    ///
    /// let simulator = Simulator::new("client-1", ["http://localhost:8000/home?lang=en"])?;
    /// let request = simulator.authorize(&Uri::from_static(
    ///     "https://connect.smartcar.com/oauth/authorize?response_type=code&client_id=client-1\
    ///      &redirect_uri=http://localhost:8000/home?lang=en&state=0facda3319",
    /// ))?;
    /// assert_eq!(
    ///     request.redirect(&Outcome::error(ErrorCode::AccessDenied)),
    ///     "http://localhost:8000/home?lang=en&error=access_denied\
    ///      &error_description=User+denied+access+to+application.&state=0facda3319",
    /// );
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn redirect(&self, outcome: &Outcome) -> Uri {
        let location = self.location(outcome);
        location
            .parse()
            .expect("a URL that is short enough is a URI")
    }

    /// [`redirect`](Self::redirect) as text: printable ASCII.
    pub(super) fn location(&self, outcome: &Outcome) -> String {
        let mut location = self.redirect_uri().to_string();
        match self.redirect_uri().query() {
            None => location.push('?'),
            Some(query) if query.is_empty() || query.ends_with('&') => {}
            Some(_) => location.push('&'),
        }
        location + &outcome.query(Some(self))
    }

    /// Whether Connect ends flows of this `response_type` with the outcome.
    pub(super) fn expects(&self, outcome: &Outcome) -> bool {
        let is_vehicle = outcome.text(Parameter::VehicleId).is_some();
        // The flow that asks for the size of a battery has an address of its own.
        let is_battery = outcome.text(Parameter::SelectedCapacity).is_some();
        outcome.error_code().is_some() || (is_vehicle == self.is_reauthentication() && !is_battery)
    }

    /// All parameters that have a value, decoded, in their order.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let values = self.parameters.values.iter();
        values.map(|(name, value)| (*name, String::from_utf8_lossy(value)))
    }

    /// The query of this request, without the parameters that are ignored.
    pub(super) fn query(&self) -> String {
        let mut query = String::new();
        for (name, value) in &self.parameters.values {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            query.extend(form_urlencoded::byte_serialize(value));
        }
        query
    }

    /// Whether this is the re-authentication of a vehicle.
    pub(super) fn is_reauthentication(&self) -> bool {
        self.parameters.is_reauthentication()
    }

    pub(super) fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    pub(super) fn state(&self) -> Option<&[u8]> {
        self.parameters.value("state")
    }

    pub(super) fn external_id(&self) -> Option<&[u8]> {
        self.parameters.value("external_id")
    }

    /// The vehicle of a re-authentication.
    pub(super) fn vehicle_id(&self) -> Option<&[u8]> {
        self.parameters.value("vehicle_id")
    }
}

impl fmt::Debug for AuthorizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parameters.values.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

/// The known parameters of a query that have a value, decoded.
///
/// They are bytes, because the `state` has to come back as it was, even if it is not UTF-8.
#[derive(Clone)]
pub(super) struct Parameters {
    values: Vec<(&'static str, Vec<u8>)>,
}

impl Parameters {
    pub(super) fn in_query(query: &str) -> Result<Self, InvalidAuthorizeRequest> {
        if query.len() > DEFAULT_MAX_BYTES {
            return Err(InvalidAuthorizeRequest::QueryTooLong);
        }
        let mut values: Vec<(&'static str, Vec<u8>)> = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name);
            let Some(name) = NAMES.into_iter().find(|known| known.as_bytes() == name) else {
                continue;
            };
            if values.iter().any(|(other, _)| *other == name) {
                return Err(InvalidAuthorizeRequest::DuplicateParameter(name));
            }
            values.push((name, decode(value)));
        }
        values.retain(|(_, value)| !value.is_empty());
        let parameters = Self { values };
        if parameters.value("client_id").is_some() && parameters.value("application_id").is_some() {
            return Err(InvalidAuthorizeRequest::DuplicateParameter("client_id"));
        }
        Ok(parameters)
    }

    /// Rejects values that Smartcar does not document, and a request without what its
    /// `response_type` needs.
    pub(super) fn check(&self) -> Result<(), InvalidAuthorizeRequest> {
        for (name, documented) in VALUES {
            let is_documented = |value: &[u8]| {
                documented
                    .iter()
                    .any(|documented| documented.as_bytes() == value)
            };
            if self.value(name).is_some_and(|value| !is_documented(value)) {
                return Err(InvalidAuthorizeRequest::UnsupportedValue(name));
            }
        }
        let required: &[_] = if self.is_reauthentication() {
            &["redirect_uri", "vehicle_id"]
        } else {
            &["response_type"]
        };
        match required.iter().find(|name| self.value(name).is_none()) {
            Some(missing) => Err(InvalidAuthorizeRequest::MissingParameter(missing)),
            None => Ok(()),
        }
    }

    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.values.iter();
        values.find_map(|(other, value)| (*other == name).then_some(&**value))
    }

    /// The client, by either of its names.
    pub(super) fn client_id(&self) -> Option<&[u8]> {
        self.value("client_id")
            .or_else(|| self.value("application_id"))
    }

    /// Without a code, only the vehicle tells a re-authentication from a first connection.
    fn is_reauthentication(&self) -> bool {
        match self.value("response_type") {
            Some(b"vehicle_id") => true,
            Some(b"none") => self.value("vehicle_id").is_some(),
            _ => false,
        }
    }
}

/// Decodes a text as HTML forms encode it.
fn decode(text: &str) -> Vec<u8> {
    percent_decode_str(&text.replace('+', " ")).collect()
}

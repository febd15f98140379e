//! The request with which an app sends a browser to Connect.

use std::borrow::Cow;
use std::fmt;

use http::Uri;
use percent_encoding::percent_decode_str;
use url::{Url, form_urlencoded};

use super::invalid::InvalidAuthorizeRequest;
use super::registration::Simulator;
use crate::query::DEFAULT_MAX_BYTES;

/// The parameters of an authorize request, as <https://smartcar.com/docs/connect/redirect-to-connect> documents them.
/// The first two are names of one parameter.
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

/// A request to Connect that can be answered: its client is known and its redirect URI is registered.
///
/// [`Simulator::authorize`] makes one of the address that an app sends the browser to, and [`redirect`](Self::redirect)
/// ends it.
///
/// [`Debug`] prints which parameters are there but none of their values.
#[derive(Clone)]
pub struct AuthorizeRequest {
    redirect_uri: Url,
    parameters: Parameters,
}

impl AuthorizeRequest {
    /// The decoded text of a parameter, such as `scope`, that the request has with a value.
    ///
    /// `client_id` and `application_id` are names of one parameter: either finds what the app sent by the other.
    ///
    /// `None` as well for a name that Smartcar does not document.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = match name {
            "client_id" | "application_id" => self.parameters.client_id(),
            _ => self.parameters.value(name),
        };
        value.map(String::from_utf8_lossy)
    }

    /// All parameters that have a value, decoded, in their order.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let values = self.parameters.values.iter();
        values.map(|(name, value)| (*name, String::from_utf8_lossy(value)))
    }

    /// The query of this request once more, without what counts for nothing.
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

impl Simulator {
    /// Reads an authorize request: the address that an app sends the browser to. Only its query counts, so it can be
    /// that of the real Connect.
    ///
    /// Parameters without a value count as absent, and parameters that are not documented are ignored, as RFC 6749,
    /// section 3.1 asks for. Without a `redirect_uri`, it is the one that was registered first, except for a
    /// re-authentication (`response_type` is `vehicle_id` or `none`), which needs one.
    ///
    /// # Errors
    ///
    /// [`InvalidAuthorizeRequest`] where Connect would show an error page and redirect nowhere.
    pub fn authorize(&self, uri: &Uri) -> Result<AuthorizeRequest, InvalidAuthorizeRequest> {
        let parameters = Parameters::in_query(uri.query().unwrap_or_default())?;
        if parameters.value("client_id").is_some() && parameters.value("application_id").is_some() {
            return Err(InvalidAuthorizeRequest::DuplicateParameter("client_id"));
        }
        match parameters.client_id() {
            None => return Err(InvalidAuthorizeRequest::MissingParameter("client_id")),
            Some(client_id) if client_id != self.client_id().as_bytes() => {
                return Err(InvalidAuthorizeRequest::UnknownClient);
            }
            Some(_) => {}
        }
        for (name, documented) in VALUES {
            let is_documented = |value: &[u8]| documented.iter().any(|documented| documented.as_bytes() == value);
            if parameters.value(name).is_some_and(|value| !is_documented(value)) {
                return Err(InvalidAuthorizeRequest::UnsupportedValue(name));
            }
        }
        let required: &[_] = match parameters.is_reauthentication() {
            true => &["redirect_uri", "vehicle_id"],
            false => &["response_type"],
        };
        for &name in required {
            if parameters.value(name).is_none() {
                return Err(InvalidAuthorizeRequest::MissingParameter(name));
            }
        }
        let redirect_uri = match parameters.value("redirect_uri") {
            Some(text) => self.registered(text),
            None => self.default_redirect_uri(),
        };
        let redirect_uri = redirect_uri
            .ok_or(InvalidAuthorizeRequest::UnregisteredRedirectUri)?
            .clone();
        Ok(AuthorizeRequest {
            redirect_uri,
            parameters,
        })
    }
}

/// The known parameters of a query that have a value, decoded.
///
/// As bytes, because the `state` has to come back as it was, whatever it is.
#[derive(Clone)]
struct Parameters {
    values: Vec<(&'static str, Vec<u8>)>,
}

impl Parameters {
    fn in_query(query: &str) -> Result<Self, InvalidAuthorizeRequest> {
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
        Ok(Self { values })
    }

    fn value(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.values.iter();
        values.find_map(|(other, value)| (*other == name).then_some(&**value))
    }

    /// The client, by whichever of its names.
    fn client_id(&self) -> Option<&[u8]> {
        self.value("client_id").or_else(|| self.value("application_id"))
    }

    fn is_reauthentication(&self) -> bool {
        matches!(self.value("response_type"), Some(b"vehicle_id" | b"none"))
    }
}

/// Decodes a text as HTML forms encode it.
fn decode(text: &str) -> Vec<u8> {
    percent_decode_str(&text.replace('+', " ")).collect()
}

//! The request with which an app sends a browser to Connect, and the redirect that ends its flow.

use std::borrow::Cow;
use std::fmt;

use form_urlencoded::byte_serialize;
use http::Uri;

use super::endpoint::{APPLICATION_ID, Endpoint, ResponseType, WithoutRedirectUri};
use super::invalid::InvalidAuthorizeRequest;
use super::outcome::{Outcome, Returned};
use super::parameters::Parameters;
use super::registration::Registration;
use crate::parameter::Parameter;

/// A valid request to Connect: its application is known and its redirect URI is registered.
///
/// [`Simulator::authorize`] reads it from the address to which an app sends the browser, and
/// [`redirect`](Self::redirect) ends its flow.
///
/// [`Debug`] prints which parameters it has, without their values.
///
/// [`Simulator::authorize`]: super::Simulator::authorize
#[derive(Clone)]
pub struct AuthorizeRequest {
    endpoint: &'static Endpoint,
    response_type: &'static ResponseType,
    /// `None` if no callback comes.
    redirect_uri: Option<Uri>,
    parameters: Parameters,
}

impl AuthorizeRequest {
    pub(super) fn read(
        uri: &Uri,
        registration: &Registration,
    ) -> Result<Self, InvalidAuthorizeRequest> {
        let endpoint = Endpoint::of_path(uri.path()).ok_or(InvalidAuthorizeRequest::UnknownPath)?;
        let parameters = Parameters::in_query(uri.query().unwrap_or_default(), endpoint)?;
        match parameters.application_id() {
            None => {
                return Err(InvalidAuthorizeRequest::MissingParameter(APPLICATION_ID[0]));
            }
            Some(id) if id != registration.application_id().as_bytes() => {
                return Err(InvalidAuthorizeRequest::UnknownApplication);
            }
            Some(_) => {}
        }
        parameters.check(endpoint)?;
        let response_type = parameters.value("response_type").unwrap_or_default();
        let response_type = endpoint
            .response_type(response_type)
            .expect("each documented value has a row");
        let redirect_uri = match parameters.value("redirect_uri") {
            Some(text) => Some(
                registration
                    .redirect_uri(text)
                    .ok_or(InvalidAuthorizeRequest::UnregisteredRedirectUri)?,
            ),
            None => match response_type.without_redirect_uri {
                WithoutRedirectUri::Default => Some(registration.default_redirect_uri()),
                WithoutRedirectUri::NoCallback => None,
                WithoutRedirectUri::Rejected => {
                    return Err(InvalidAuthorizeRequest::MissingParameter("redirect_uri"));
                }
            },
        };
        Ok(Self {
            endpoint,
            response_type,
            redirect_uri: redirect_uri.cloned(),
            parameters,
        })
    }

    /// Returns the decoded text of a parameter, such as `scope`. It is `None` if the parameter is
    /// absent or empty, and for a name that Smartcar does not document for this path.
    ///
    /// `application_id` and `client_id` are two names of one parameter: each returns what the app
    /// sent under either.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = if APPLICATION_ID.contains(&name) {
            self.parameters.application_id()
        } else {
            self.parameters.value(name)
        };
        value.map(String::from_utf8_lossy)
    }

    /// Returns whether Connect redirects the browser when the flow of this request ends.
    ///
    /// It is `false` if the request has `response_type=none` and no `redirect_uri`. Such a flow ends
    /// on a page of Connect, and your app hears nothing of it.
    #[must_use]
    pub fn has_callback(&self) -> bool {
        self.redirect_uri.is_some()
    }

    /// Returns the URI that Connect redirects the browser to when the flow of this request ends
    /// with `outcome`.
    ///
    /// The URI is the redirect URI, whose own query comes first, with the parameters of the outcome
    /// and the `state` and the `external_id` of the request, if it has them. A `vehicle_id` is that
    /// of the request if it has one. Any outcome is accepted, even if Connect does not end this
    /// kind of request with it.
    ///
    /// # Panics
    ///
    /// If no callback comes: see [`has_callback`](Self::has_callback).
    ///
    /// If the URI becomes longer than the 65,534 bytes that a [`Uri`] can have. Only a redirect URI
    /// or a text of the outcome can be that long.
    ///
    /// ```
    /// # #[cfg(feature = "begin")] {
    /// use tower_smartcar_connect::simulator::{Outcome, Simulator};
    /// use tower_smartcar_connect::{ConnectUrl, ErrorCode};
    ///
    /// let connect_url = ConnectUrl::new("app-1", "http://localhost:8000/home?lang=en")?;
    /// let simulator = Simulator::new("app-1", [connect_url.redirect_uri()])?;
    /// let request = simulator.authorize(&connect_url.with_state("0facda3319"))?;
    /// assert_eq!(
    ///     request.redirect(&Outcome::error(ErrorCode::AccessDenied)),
    ///     "http://localhost:8000/home?lang=en&error=access_denied\
    ///      &error_description=User+denied+access+to+application.&state=0facda3319",
    /// );
    /// # }
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn redirect(&self, outcome: &Outcome) -> Uri {
        let location = self.location(outcome).expect(
            "no callback comes: the request has `response_type=none` and no `redirect_uri`; \
             add a `redirect_uri`, or ask `has_callback` first",
        );
        location
            .parse()
            .expect("a URL that is short enough is a URI")
    }

    /// [`redirect`](Self::redirect) as text: printable ASCII.
    pub(super) fn location(&self, outcome: &Outcome) -> Option<String> {
        let redirect_uri = self.redirect_uri.as_ref()?;
        let mut location = redirect_uri.to_string();
        match redirect_uri.query() {
            None => location.push('?'),
            Some(query) if query.is_empty() || query.ends_with('&') => {}
            Some(_) => location.push('&'),
        }
        Some(location + &self.added_query(outcome))
    }

    /// What the redirect adds to the redirect URI.
    pub(super) fn added_query(&self, outcome: &Outcome) -> String {
        outcome.query(&Returned {
            vehicle_id: self.parameters.value(Parameter::VehicleId.name()),
            state: self.parameters.value(Parameter::State.name()),
            external_id: self.parameters.value(Parameter::ExternalId.name()),
        })
    }

    /// Whether Connect ends this kind of request with the outcome.
    pub(super) fn expects(&self, outcome: &Outcome) -> bool {
        let is_result =
            |parameter| parameter == Parameter::Error || parameter == self.response_type.success;
        self.endpoint.steps.contains(&outcome.step()) && outcome.result().is_some_and(is_result)
    }

    pub(super) fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// All parameters that have a value, decoded, in their order.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let parameters = self.parameters.iter();
        parameters.map(|(name, value)| (name, String::from_utf8_lossy(value)))
    }

    /// The query of this request, without the parameters that are ignored.
    pub(super) fn query(&self) -> String {
        let mut query = String::new();
        for (name, value) in self.parameters.iter() {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            query.extend(byte_serialize(value));
        }
        query
    }

    /// `None` if no callback comes.
    pub(super) fn redirect_uri(&self) -> Option<&Uri> {
        self.redirect_uri.as_ref()
    }
}

impl fmt::Debug for AuthorizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parameters.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

//! The request with which an app sends a browser to Connect, and the redirect that ends its flow.

use std::borrow::Cow;
use std::fmt;

use form_urlencoded::byte_serialize;
use http::Uri;

use super::endpoint::{APPLICATION_ID, Effect, Endpoint, ResponseType, WithoutRedirectUri};
use super::invalid::InvalidAuthorizeRequest;
use super::parameters::Parameters;
use super::registration::Registration;
use crate::flow_end::{FlowEnd, Kind, Returned};
use crate::owner::Owner;

/// A valid request to Connect: its application is known and its redirect URI is registered.
///
/// [`Simulator::authorize`] reads it from the address to which an app sends the browser, and
/// [`redirect`](Self::redirect) ends its flow.
///
/// [`Debug`] prints which parameters it has, without their values.
///
/// [`Simulator::authorize`]: crate::Simulator::authorize
#[derive(Clone)]
pub struct AuthorizeRequest {
    endpoint: &'static Endpoint,
    response_type: &'static ResponseType,
    /// `None` if no callback comes.
    redirect_uri: Option<String>,
    parameters: Parameters,
}

impl AuthorizeRequest {
    pub(crate) fn read(
        uri: &Uri,
        registration: &Registration,
    ) -> Result<Self, InvalidAuthorizeRequest> {
        let query = uri.query().unwrap_or_default();
        let endpoint =
            Endpoint::of(uri.path(), query).ok_or(InvalidAuthorizeRequest::UnknownPath)?;
        let parameters = Parameters::in_query(query, endpoint)?;
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
        let response_type = match parameters.value("response_type") {
            Some(name) => endpoint
                .response_type(name)
                .expect("each documented value has a row"),
            None => &endpoint.response_types[0],
        };
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
            redirect_uri: redirect_uri.map(str::to_owned),
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
    /// It is `false` if the request has `response_type=none` and no `redirect_uri`, and for the
    /// re-authentication of a Tesla's permissions. Such a flow ends on a page of Connect, which says
    /// how your app can hear of it all the same.
    #[must_use]
    pub fn has_callback(&self) -> bool {
        self.redirect_uri.is_some()
    }

    /// Returns the ends that Smartcar documents for this request: its success, and the errors of
    /// the steps that its flow has. [`FlowEnd::all`] has all others too.
    ///
    /// ```
    /// use smartcar_connect_simulator::{FlowEnd, Simulator};
    ///
    /// let simulator = Simulator::new("app-1", ["http://localhost:8000/callback"])?;
    /// let uri = "/oauth/authorize?response_type=none&application_id=app-1".parse()?;
    /// let outcomes = simulator.authorize(&uri)?.outcomes();
    /// assert!(outcomes.contains(&FlowEnd::user_id()));
    /// assert!(!outcomes.contains(&FlowEnd::authorization_code()));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn outcomes(&self) -> Vec<FlowEnd> {
        let mut ends = FlowEnd::all();
        ends.retain(|end| self.expects(end));
        ends
    }

    /// Returns the URI that Connect redirects the browser to when the flow of this request ends
    /// with `end`.
    ///
    /// The URI is the redirect URI, whose own query comes first, with the parameters of the end and
    /// the `state` and the `external_id` of the request, if it has them. A `vehicle_id` is that of
    /// the request if it has one, and each `external_id` has a `user_id` of its own. Any end is
    /// accepted, even if Connect does not end this kind of request with it.
    ///
    /// This adds no connection to the simulator. A flow that a browser ends at the service does.
    ///
    /// # Panics
    ///
    /// If no callback comes: see [`has_callback`](Self::has_callback).
    ///
    /// If the URI becomes longer than the 65,534 bytes that a [`Uri`] can have. Only a text of the
    /// end can be that long.
    ///
    /// ```
    /// use smartcar_connect_simulator::{FlowEnd, Simulator};
    /// use tower_smartcar_connect::ErrorCode;
    ///
    /// let simulator = Simulator::new("app-1", ["http://localhost:8000/home?lang=en"])?;
    /// let uri = "/oauth/authorize?response_type=code&application_id=app-1&state=0facda3319";
    /// let request = simulator.authorize(&uri.parse()?)?;
    /// assert_eq!(
    ///     request.redirect(&FlowEnd::error(ErrorCode::AccessDenied)),
    ///     "http://localhost:8000/home?lang=en&error=access_denied\
    ///      &error_description=User+denied+access+to+application.&state=0facda3319",
    /// );
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn redirect(&self, end: &FlowEnd) -> Uri {
        let location = self.location(end, &Owner::of(self, None)).expect(
            "no callback comes: the request has no `redirect_uri`; add one, or ask `has_callback` first",
        );
        location
            .parse()
            .expect("a URL that is short enough is a URI")
    }

    /// [`redirect`](Self::redirect) as text: printable ASCII.
    pub(crate) fn location(&self, end: &FlowEnd, owner: &Owner) -> Option<String> {
        let redirect_uri = self.redirect_uri.as_deref()?;
        let separator = match redirect_uri.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        let added = self.added_query(end, owner);
        Some(format!("{redirect_uri}{separator}{added}"))
    }

    /// What the redirect adds to the redirect URI.
    pub(crate) fn added_query(&self, end: &FlowEnd, owner: &Owner) -> String {
        let external_id = self.parameters.value("external_id");
        end.query(&Returned {
            user_id: Some(owner.user_id.as_bytes()),
            vehicle_id: self.parameters.value("vehicle_id"),
            state: self.parameters.value("state"),
            // `null` clears the id, so none is left to return.
            external_id: external_id.filter(|&id| id != b"null"),
        })
    }

    /// Whether Smartcar documents the end for this kind of request.
    pub(crate) fn expects(&self, end: &FlowEnd) -> bool {
        let is_of_kind = match end.kind() {
            Kind::Error => true,
            success => success == self.response_type.success,
        };
        is_of_kind && self.endpoint.steps.contains(&end.step())
    }

    /// The name of the success that Smartcar documents for this kind of request.
    pub(crate) fn success(&self) -> FlowEnd {
        match self.response_type.success {
            Kind::AuthorizationCode => FlowEnd::authorization_code(),
            Kind::VehicleId => FlowEnd::vehicle_id(),
            Kind::SelectedCapacity => FlowEnd::selected_capacity(),
            Kind::UserId | Kind::Error => FlowEnd::user_id(),
        }
    }

    pub(crate) fn effect(&self) -> Effect {
        self.endpoint.effect
    }

    /// Whether Smartcar's test logins are ordinary logins, because the vehicles are real. A request
    /// for a known vehicle has no mode.
    pub(crate) fn is_live(&self) -> bool {
        self.endpoint.parameter(b"mode").is_some() && self.mode() == "live"
    }

    /// The mode of the vehicles, `live` or `simulated`.
    pub(crate) fn mode(&self) -> &'static str {
        match self.parameter("mode").as_deref() {
            None | Some("live") => "live",
            Some(_) => "simulated",
        }
    }

    pub(crate) fn is_single_select(&self) -> bool {
        self.parameter("single_select").as_deref() == Some("true")
    }

    /// The VIN, which counts with `single_select=true` only.
    pub(crate) fn single_select_vin(&self) -> Option<Cow<'_, str>> {
        self.parameter("single_select_vin")
            .filter(|_| self.is_single_select())
    }

    pub(crate) fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// All parameters that have a value, decoded, in their order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let parameters = self.parameters.iter();
        parameters.map(|(name, value)| (name, String::from_utf8_lossy(value)))
    }

    /// The query of this request, without the parameters that are ignored.
    pub(crate) fn query(&self) -> String {
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
    pub(crate) fn redirect_uri(&self) -> Option<&str> {
        self.redirect_uri.as_deref()
    }
}

impl fmt::Debug for AuthorizeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parameters.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

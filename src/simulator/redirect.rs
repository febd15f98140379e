//! Writing the redirect that ends a flow.

use http::Uri;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};
use url::form_urlencoded;

use super::outcome::Outcome;
use super::request::AuthorizeRequest;
use crate::parameter::Parameter;

/// What JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

impl AuthorizeRequest {
    /// Where Connect sends the browser when the flow that this request began ends with `outcome`.
    ///
    /// It is the redirect URI with the parameters of the outcome and the `state` of the request, which decodes to the
    /// same bytes again. A success has the `external_id` of the request too, if there is one, and one with a
    /// `vehicle_id` has that of the request. A query of the redirect URI's own comes first.
    ///
    /// # Panics
    ///
    /// If the URI becomes longer than the 65,534 bytes that an [`Uri`] can have. It takes a redirect URI or a text of
    /// the outcome of that kind.
    ///
    /// ```
    /// use http::Uri;
    /// use tower_smartcar_connect::ErrorCode;
    /// use tower_smartcar_connect::simulator::{Outcome, Simulator};
    ///
    /// let simulator = Simulator::new("client-1", "http://localhost:8000/home?lang=en")?;
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
        location.parse().expect("a URL that is short enough is a URI")
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
}

impl Outcome {
    /// The query, with what comes from the request if there is one.
    pub(super) fn query(&self, request: Option<&AuthorizeRequest>) -> String {
        let mut query = String::new();
        for (parameter, text) in self.texts() {
            let requested = match parameter {
                Parameter::VehicleId => request.and_then(AuthorizeRequest::vehicle_id),
                _ => None,
            };
            let is_bare = parameter == Parameter::ErrorDescription && self.is_description_bare && is_no_name(text);
            self.append(
                &mut query,
                (!is_bare).then_some(parameter),
                requested.unwrap_or(text.as_bytes()),
            );
        }
        if let Some(state) = request.and_then(AuthorizeRequest::state)
            && self.has_state()
        {
            self.append(&mut query, Some(Parameter::State), state);
        }
        if let Some(external_id) = request.and_then(AuthorizeRequest::external_id)
            && self.error_code().is_none()
        {
            self.append(&mut query, Some(Parameter::ExternalId), external_id);
        }
        query
    }

    fn append(&self, query: &mut String, name: Option<Parameter>, value: &[u8]) {
        if !query.is_empty() {
            query.push('&');
        }
        if let Some(name) = name {
            query.push_str(name.name());
            query.push('=');
        }
        if name == Some(Parameter::VirtualKeyUrl) && self.is_virtual_key_url_unencoded {
            query.extend(percent_encode(value, CONTROLS));
        } else if self.is_plus_for_space {
            query.extend(form_urlencoded::byte_serialize(value));
        } else {
            query.extend(percent_encode(value, COMPONENT));
        }
    }
}

/// Whether a text that stands without a name is not taken for the name of a parameter, or for nothing.
fn is_no_name(text: &str) -> bool {
    !text.is_empty() && Parameter::from_name(text.as_bytes()).is_none()
}

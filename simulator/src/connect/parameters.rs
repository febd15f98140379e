//! The parameters of an authorize request.

use percent_encoding::percent_decode_str;

use super::endpoint::{APPLICATION_ID, Endpoint};
use super::invalid::InvalidAuthorizeRequest;

/// The limit of a query, in bytes. Common servers accept no longer request lines.
pub(crate) const MAX_QUERY_BYTES: usize = 8 * 1024;

/// The parameters that have a value, decoded, in their order.
///
/// They are bytes, because the `state` has to come back as it was, even if it is not UTF-8.
#[derive(Clone)]
pub(super) struct Parameters {
    values: Vec<(&'static str, Vec<u8>)>,
}

impl Parameters {
    /// Reads the parameters that the endpoint knows, and rejects duplicates.
    pub(super) fn in_query(
        query: &str,
        endpoint: &Endpoint,
    ) -> Result<Self, InvalidAuthorizeRequest> {
        if query.len() > MAX_QUERY_BYTES {
            return Err(InvalidAuthorizeRequest::QueryTooLong);
        }
        let mut values: Vec<(&'static str, Vec<u8>)> = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(known) = endpoint.parameter(&decode(name)) else {
                continue;
            };
            if values.iter().any(|(other, _)| *other == known.name) {
                return Err(InvalidAuthorizeRequest::DuplicateParameter(known.name));
            }
            values.push((known.name, decode(value)));
        }
        values.retain(|(_, value)| !value.is_empty());
        let parameters = Self { values };
        if APPLICATION_ID
            .iter()
            .all(|name| parameters.value(name).is_some())
        {
            return Err(InvalidAuthorizeRequest::DuplicateParameter(
                APPLICATION_ID[0],
            ));
        }
        Ok(parameters)
    }

    /// Rejects a value that is not documented, and a request without what the endpoint requires.
    pub(super) fn check(&self, endpoint: &Endpoint) -> Result<(), InvalidAuthorizeRequest> {
        for known in endpoint.parameters {
            match self.value(known.name) {
                None if known.is_required => {
                    return Err(InvalidAuthorizeRequest::MissingParameter(known.name));
                }
                Some(value) if !known.values.is_empty() && !is_one_of(value, known.values) => {
                    return Err(InvalidAuthorizeRequest::UnsupportedValue {
                        parameter: known.name,
                        documented: known.values,
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.values.iter();
        values.find_map(|(other, value)| (*other == name).then_some(&**value))
    }

    /// The application id, under either of its names.
    pub(super) fn application_id(&self) -> Option<&[u8]> {
        APPLICATION_ID.iter().find_map(|name| self.value(name))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.values.iter().map(|(name, value)| (*name, &**value))
    }
}

/// Decodes a text as HTML forms encode it.
fn decode(text: &str) -> Vec<u8> {
    percent_decode_str(&text.replace('+', " ")).collect()
}

fn is_one_of(value: &[u8], documented: &[&str]) -> bool {
    documented.iter().any(|text| text.as_bytes() == value)
}

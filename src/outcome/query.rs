//! Reads the parameters of a query, and decodes their values once.

use std::fmt;
use std::sync::Arc;

use memchr::memchr;

use crate::outcome::parameter::Parameter;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};
use crate::outcome::value;

/// The longest query that is read, in bytes.
///
/// The longest published query has 276 bytes. 8 KiB leaves room for the app's own query and for a
/// long `state`. Common servers accept no longer request lines.
pub(crate) const MAX_BYTES: usize = 8 * 1024;

/// The largest number of parameters of a callback. Published redirects have up to 4.
const MAX_PARAMETERS: usize = 256;

/// The decoded values of the parameters that Connect defines. Clones share them.
#[derive(Clone)]
pub(crate) struct Parameters(Arc<Decoded>);

struct Decoded {
    /// The values, one after the other.
    text: String,
    /// Where the value of each parameter begins and ends in the text, which is no longer than the
    /// query.
    places: [Option<(u16, u16)>; Parameter::ALL.len()],
}

impl Parameters {
    /// Reads a query. `None` if it has no outcome.
    ///
    /// Nothing is allocated or decoded before it is known that the query has an outcome.
    pub(crate) fn read(query: &str) -> Result<Option<Self>, RejectedCallback> {
        if query.len() > MAX_BYTES {
            return Err(RejectionReason::QueryTooLong.into());
        }
        let mut values = [None; Parameter::ALL.len()];
        let mut duplicate = None;
        let mut count = 0;
        let mut bare = None;
        let mut bare_count = 0;
        let mut rest = Some(query);
        while let Some(text) = rest {
            let (pair, after) = split_at(text, memchr(b'&', text.as_bytes()));
            // Names are short, and `memchr` pays off for long texts.
            let (name, value) = split_at(pair, pair.bytes().position(|byte| byte == b'='));
            rest = after;
            count += 1;
            if let Some(parameter) = Parameter::from_encoded_name(name) {
                let former = values[parameter as usize].replace(value.unwrap_or_default());
                if former.is_some() {
                    duplicate.get_or_insert(parameter);
                }
            } else if value.is_none() && !name.is_empty() {
                bare = Some(name);
                bare_count += 1;
            }
        }
        let is_present = |&parameter: &Parameter| values[parameter as usize].is_some();
        if !Parameter::OUTCOMES.iter().any(is_present) {
            return Ok(None);
        }
        if count > MAX_PARAMETERS {
            return Err(RejectionReason::TooManyParameters.into());
        }
        if let Some(parameter) = duplicate {
            let reason = RejectionReason::DuplicateParameter;
            return Err(RejectedCallback::about(reason, parameter));
        }
        // A published error has its description without the name.
        let description = &mut values[Parameter::ErrorDescription as usize];
        if bare_count == 1 && description.is_none() {
            *description = bare;
        }
        Ok(Some(Self::decode(&values)))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a query is bounded")]
    fn decode(values: &[Option<&str>; Parameter::ALL.len()]) -> Self {
        let length = values.iter().flatten().map(|value| value.len()).sum();
        let mut text = String::with_capacity(length);
        let mut places = [None; Parameter::ALL.len()];
        for (place, value) in places.iter_mut().zip(values) {
            if let Some(value) = value {
                let start = text.len();
                text = value::append_decoded(text, value);
                *place = Some((start as u16, text.len() as u16));
            }
        }
        Self(Arc::new(Decoded { text, places }))
    }

    /// Returns the value of a parameter. It is empty if the parameter has no value.
    pub(crate) fn value(&self, parameter: Parameter) -> Option<&str> {
        let (start, end) = self.0.places[parameter as usize]?;
        self.0.text.get(start.into()..end.into())
    }

    /// Returns the value of a parameter, if it is a number in decimal digits that fits.
    pub(crate) fn number(&self, parameter: Parameter) -> Option<u16> {
        self.value(parameter).and_then(value::number)
    }
}

/// Splits a text around a delimiter, if there is one.
fn split_at(text: &str, delimiter: Option<usize>) -> (&str, Option<&str>) {
    match delimiter {
        Some(place) => (&text[..place], Some(&text[place + 1..])),
        None => (text, None),
    }
}

/// Prints the names of the parameters that are present, and nothing that a request can choose.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let present = Parameter::ALL
            .iter()
            .filter(|&&parameter| self.value(parameter).is_some());
        f.debug_set()
            .entries(present.map(|parameter| parameter.name()))
            .finish()
    }
}

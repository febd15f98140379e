//! Finding the parameters of a query. Accessors decode their values.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use http::uri::PathAndQuery;
use memchr::{memchr, memchr2};
use percent_encoding::{percent_decode, percent_decode_str};

use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::parameter::Parameter;

/// The default limit of a query, in bytes.
///
/// The longest published query has 276 bytes. 8 KiB leaves room for the app's own query and for a
/// long `state`. Common servers accept no longer request lines.
pub(crate) const DEFAULT_MAX_BYTES: usize = 8 * 1024;

/// The largest number of parameters of a callback. Published redirects have up to 4.
const MAX_PARAMETERS: usize = 256;

/// The parameters of a callback: the shared query, and the place of each parameter in it.
#[derive(Clone)]
pub(crate) struct Parameters {
    text: QueryText,
    parsed: ParsedQuery,
}

/// A query in its own allocation, which clones share.
#[derive(Clone)]
pub(crate) enum QueryText {
    Uri(PathAndQuery),
    Query(Arc<str>),
}

impl QueryText {
    #[inline]
    fn query(&self) -> &str {
        match self {
            QueryText::Uri(path_and_query) => path_and_query.query().unwrap_or_default(),
            QueryText::Query(query) => query,
        }
    }
}

impl Parameters {
    /// `parsed` is the result for the query of `text`.
    #[inline]
    pub(crate) fn new(text: QueryText, parsed: ParsedQuery) -> Self {
        Self { text, parsed }
    }

    /// The decoded value of a parameter. It is empty if the parameter has no value.
    #[inline]
    pub(crate) fn value(&self, parameter: Parameter) -> Option<Cow<'_, str>> {
        self.decoded(self.parsed.values[parameter as usize])
    }

    /// The value of a parameter, if it is a number in decimal digits that fits.
    pub(crate) fn number(&self, parameter: Parameter) -> Option<u16> {
        self.value(parameter).and_then(|text| number(&text))
    }

    /// The decoded text of the bare parameter without a known name, if there is exactly one.
    #[inline]
    pub(crate) fn bare(&self) -> Option<Cow<'_, str>> {
        self.decoded(self.parsed.bare)
    }

    #[inline]
    fn decoded(&self, span: Span) -> Option<Cow<'_, str>> {
        // Most parameters are absent, so this checks the span before it splits the URI.
        let place = span.range()?;
        self.text.query().get(place).map(decode)
    }
}

/// Prints the names of the parameters that are present, and nothing that a request can choose.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let present = Parameter::ALL
            .iter()
            .filter(|&&parameter| self.parsed.values[parameter as usize].is_present());
        f.debug_set()
            .entries(present.map(|parameter| parameter.name()))
            .finish()
    }
}

/// The places of the parameters in a query.
#[derive(Clone)]
pub(crate) struct ParsedQuery {
    values: [Span; Parameter::ALL.len()],
    bare: Span,
}

/// A range of bytes in a query.
///
/// An absent parameter ends at 0. No other can: a value has a name before it, and a bare parameter
/// is not empty.
#[derive(Clone, Copy, Default)]
struct Span {
    start: u16,
    end: u16,
}

impl Span {
    #[inline]
    fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u16,
            end: end as u16,
        }
    }

    #[inline]
    fn is_present(self) -> bool {
        self.end != 0
    }

    #[inline]
    fn range(self) -> Option<Range<usize>> {
        self.is_present()
            .then(|| usize::from(self.start)..usize::from(self.end))
    }
}

impl ParsedQuery {
    /// Finds the known parameters in `query`. `None` if none of them is a Connect result.
    #[inline]
    pub(crate) fn parse(query: &str, max_bytes: usize) -> Result<Option<Self>, InvalidCallback> {
        // Positions have 16 bits, which are enough for an `http::Uri`.
        if query.len() > max_bytes.min(usize::from(u16::MAX)) {
            return Err(InvalidCallbackKind::QueryTooLong.into());
        }

        let mut parsed = Self {
            values: [Span::default(); Parameter::ALL.len()],
            bare: Span::default(),
        };
        let mut count = 0_usize;
        let mut bare_count = 0_usize;
        let mut duplicate = None;
        let bytes = query.as_bytes();
        let place =
            |from: usize, found: Option<usize>| found.map_or(bytes.len(), |offset| from + offset);
        let mut start = 0;
        loop {
            count += 1;
            let name_end = place(start, memchr2(b'&', b'=', &bytes[start..]));
            let has_value = bytes.get(name_end) == Some(&b'=');
            let value_start = name_end + usize::from(has_value);
            let end = match has_value {
                true => place(value_start, memchr(b'&', &bytes[value_start..])),
                false => name_end,
            };
            if let Some(parameter) = parameter_with_name(&bytes[start..name_end]) {
                let value = &mut parsed.values[parameter as usize];
                if value.is_present() {
                    duplicate = duplicate.or(Some(parameter));
                }
                *value = Span::new(value_start, end);
            } else if !has_value && start < end {
                bare_count += 1;
                parsed.bare = Span::new(start, end);
            }
            if end == query.len() {
                break;
            }
            start = end + 1;
        }

        let is_present = |parameter: Parameter| parsed.values[parameter as usize].is_present();
        if !is_present(Parameter::Error) && !Parameter::SUCCESSES.into_iter().any(is_present) {
            return Ok(None);
        }
        if count > MAX_PARAMETERS {
            return Err(InvalidCallbackKind::TooManyParameters.into());
        }
        if let Some(parameter) = duplicate {
            let kind = InvalidCallbackKind::DuplicateParameter;
            return Err(InvalidCallback::about(kind, parameter));
        }
        if bare_count > 1 {
            parsed.bare = Span::default();
        }
        Ok(Some(parsed))
    }

    /// The percent-encoded value of a parameter in `query`. It is empty if and only if the decoded
    /// value is.
    #[inline]
    pub(crate) fn text<'q>(&self, parameter: Parameter, query: &'q str) -> Option<&'q str> {
        query.get(self.values[parameter as usize].range()?)
    }
}

/// The parameter with this name, which can be percent-encoded.
#[inline]
pub(crate) fn parameter_with_name(name: &[u8]) -> Option<Parameter> {
    Parameter::from_name(name).or_else(|| parameter_with_encoded_name(name))
}

fn parameter_with_encoded_name(name: &[u8]) -> Option<Parameter> {
    if name.len() > 3 * Parameter::LONGEST_NAME || !name.contains(&b'%') {
        return None;
    }
    // No known name has a space, so `+` does not have to be decoded.
    let mut decoded = [0; Parameter::LONGEST_NAME];
    let mut length = 0;
    for byte in percent_decode(name) {
        *decoded.get_mut(length)? = byte;
        length += 1;
    }
    Parameter::from_name(&decoded[..length])
}

/// Parses a number in decimal digits.
pub(crate) fn number(text: &str) -> Option<u16> {
    // `parse` accepts a sign.
    if text.starts_with('+') {
        return None;
    }
    text.parse().ok()
}

/// Parses a positive number in decimal digits, with or without a fraction.
pub(crate) fn positive_decimal(text: &str) -> Option<f64> {
    // `parse` accepts signs, exponents, infinities, and a point without digits on both sides.
    let is_digits =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number > 0.0)
}

/// Decodes like the URL standard's form parser: `+` is a space, `%` and two digits are a byte, and
/// invalid UTF-8 is replaced.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if memchr2(b'%', b'+', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let spaced = match memchr(b'+', text.as_bytes()) {
        Some(_) => Cow::Owned(text.replace('+', " ")),
        None => Cow::Borrowed(text),
    };
    // The decoded text is never longer, so this allocates once.
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend(percent_decode_str(&spaced));
    Cow::Owned(
        String::from_utf8(decoded)
            .unwrap_or_else(|invalid| String::from_utf8_lossy(invalid.as_bytes()).into()),
    )
}

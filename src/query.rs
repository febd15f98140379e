//! Locating the parameters of a query, and decoding them when somebody asks.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::Uri;
use http::uri::PathAndQuery;
use percent_encoding::percent_decode_str;

use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::parameter::Parameter;

/// The longest query, in bytes, that is read unless a layer is told otherwise.
///
/// The longest published redirect has 270 bytes. 8 KiB leaves room for the app's own query and for a long `state`,
/// and is what common servers accept for a whole request line.
pub(crate) const DEFAULT_MAX_BYTES: usize = 8 * 1024;

/// The parameters of one callback: the shared text, and where in it each parameter is.
#[derive(Clone)]
pub(crate) struct Parameters {
    text: Text,
    located: Located,
}

/// A query, in whatever allocation it came; cloning shares it.
#[derive(Clone)]
enum Text {
    Uri(PathAndQuery),
    Query(Arc<str>),
}

impl Parameters {
    /// The parameters of a request's URI, or `None` if it carries no Connect result.
    #[inline]
    pub(crate) fn from_uri(uri: &Uri, max_bytes: usize) -> Result<Option<Self>, InvalidCallback> {
        let Some(path_and_query) = uri.path_and_query() else {
            return Ok(None);
        };
        let query = path_and_query.query().unwrap_or_default();
        Ok(Located::in_query(query, max_bytes)?.map(|located| Self {
            text: Text::Uri(path_and_query.clone()),
            located,
        }))
    }

    /// The parameters of a query, or `None` if it carries no Connect result.
    pub(crate) fn from_query(query: &str, max_bytes: usize) -> Result<Option<Self>, InvalidCallback> {
        Ok(Located::in_query(query, max_bytes)?.map(|located| Self {
            text: Text::Query(query.into()),
            located,
        }))
    }

    /// Whether the query has this parameter, with or without a value.
    #[inline]
    pub(crate) fn contains(&self, parameter: Parameter) -> bool {
        !self.located.pairs[parameter as usize].is_absent()
    }

    /// The decoded value of a parameter; empty for one without a value.
    pub(crate) fn value(&self, parameter: Parameter) -> Option<Cow<'_, str>> {
        let pair = self.located.pairs[parameter as usize].text_in(self.query())?;
        Some(decode(pair)?.1)
    }

    /// The value of a parameter, but `None` where its text is no number in decimal digits that fits.
    pub(crate) fn number(&self, parameter: Parameter) -> Option<u16> {
        let text = self.value(parameter)?;
        // `parse` alone would accept a sign.
        if text.starts_with('+') {
            return None;
        }
        text.parse().ok()
    }

    /// The decoded text of the one bare parameter that has no known name, if there is exactly one.
    pub(crate) fn bare(&self) -> Option<Cow<'_, str>> {
        let pair = self.located.bare.text_in(self.query())?;
        Some(decode(pair)?.0)
    }

    fn query(&self) -> &str {
        match &self.text {
            Text::Uri(path_and_query) => path_and_query.query().unwrap_or_default(),
            Text::Query(query) => query,
        }
    }
}

/// Prints the names of the parameters that are there, but nothing that a request can choose.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let present = Parameter::ALL.iter().filter(|&&parameter| self.contains(parameter));
        f.debug_set()
            .entries(present.map(|parameter| parameter.name()))
            .finish()
    }
}

/// Name and value of one `name=value` pair, as the URL standard's form parser reads it.
fn decode(pair: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(pair.as_bytes()).next()
}

/// Where the parameters are in a query.
#[derive(Clone)]
struct Located {
    pairs: [Pair; Parameter::ALL.len()],
    bare: Pair,
}

/// The bytes of one `name=value` pair in a query; empty if the parameter is absent.
#[derive(Clone, Copy, Default)]
struct Pair {
    start: u16,
    end: u16,
}

impl Pair {
    #[inline]
    fn is_absent(self) -> bool {
        self.start == self.end
    }

    #[inline]
    fn text_in(self, query: &str) -> Option<&str> {
        if self.is_absent() {
            return None;
        }
        query.get(usize::from(self.start)..usize::from(self.end))
    }
}

impl Located {
    /// Finds the known parameters in `query`; `None` if none of them is a Connect result.
    #[inline]
    fn in_query(query: &str, max_bytes: usize) -> Result<Option<Self>, InvalidCallback> {
        // Positions are kept in 16 bits, which an `http::Uri` never exceeds.
        if query.len() > max_bytes.min(usize::from(u16::MAX)) {
            return Err(InvalidCallback::new(InvalidCallbackKind::QueryTooLong));
        }

        let mut located = Self {
            pairs: [Pair::default(); Parameter::ALL.len()],
            bare: Pair::default(),
        };
        let mut bare_count = 0_usize;
        let mut duplicate = None;
        let mut start = 0;
        for text in query.split('&') {
            let end = start + text.len();
            let pair = Pair {
                start: start as u16,
                end: end as u16,
            };
            start = end + 1;
            if pair.is_absent() {
                continue;
            }
            let (name, is_bare) = match text.split_once('=') {
                Some((name, _)) => (name, false),
                None => (text, true),
            };
            match known(name) {
                Some(parameter) => {
                    let slot = &mut located.pairs[parameter as usize];
                    if !slot.is_absent() {
                        duplicate = duplicate.or(Some(parameter));
                    }
                    *slot = pair;
                }
                None if is_bare => {
                    bare_count += 1;
                    located.bare = pair;
                }
                None => {}
            }
        }

        let is_present = |parameter: Parameter| !located.pairs[parameter as usize].is_absent();
        if !is_present(Parameter::Error) && !Parameter::SUCCESSES.into_iter().any(is_present) {
            return Ok(None);
        }
        if let Some(parameter) = duplicate {
            let kind = InvalidCallbackKind::DuplicateParameter;
            return Err(InvalidCallback::of(kind, parameter));
        }
        if bare_count > 1 {
            located.bare = Pair::default();
        }
        Ok(Some(located))
    }
}

/// The parameter that a name means once it is decoded.
#[inline]
fn known(name: &str) -> Option<Parameter> {
    if let Some(parameter) = Parameter::from_name(name) {
        return Some(parameter);
    }
    // A `+` would decode to a space, which no known name has, as it has no `+`.
    let mut decoded = [0; Parameter::LONGEST_NAME];
    let mut length = 0;
    if !name.as_bytes().contains(&b'%') {
        return None;
    }
    for byte in percent_decode_str(name) {
        *decoded.get_mut(length)? = byte;
        length += 1;
    }
    Parameter::from_name(std::str::from_utf8(&decoded[..length]).ok()?)
}

//! Paths of the app that responses redirect and link to.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::outcome::ConnectOutcome;
use crate::outcome::value;
use crate::paths::Origin;
use crate::paths::forms::is_dot_segment;

/// The characters that a URI may only have percent-encoded (RFC 3986, appendix A), except `%`, `#`
/// and those that are rejected. What is not ASCII is always encoded.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The characters that are percent-encoded in the name and the value of a parameter.
const ENCODED_IN_PARAMETER: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A path of the app with an optional query and fragment, in printable ASCII.
#[derive(Clone, Debug)]
pub(super) struct Target(String);

impl Target {
    /// # Panics
    ///
    /// Panics if `text` leads a browser to another host, or back to the app with the outcome of a
    /// flow, or if browsers change it.
    #[track_caller]
    pub(super) fn new(text: &str) -> Self {
        match Self::parse(text) {
            Ok(target) => target,
            Err(reason) => panic!(
                "`{}` is not a path of the app: {reason}",
                text.escape_debug()
            ),
        }
    }

    /// A path that begins with a single slash, and has nothing that is rejected here, never changes
    /// the host (URL standard, "path absolute URL" and "relative slash state").
    fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with('/') {
            return Err("it has to begin with `/`, like `/garage`");
        }
        // Browsers remove tabs and line breaks, and read a backslash as a slash.
        let mut read = text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r'));
        if matches!(read.nth(1), Some('/' | '\\')) {
            return Err(
                "browsers read it as the address of another host; begin it with a single `/`",
            );
        }
        if text
            .contains(|character: char| character.is_control() || matches!(character, ' ' | '\\'))
        {
            return Err("it has a space, a backslash or a control character; percent-encode it");
        }
        let target = Self(utf8_percent_encode(text, ENCODED).to_string());
        let (path, query, _) = target.parts();
        // Browsers resolve `/.//example.com` to the address of another host.
        if path.split('/').any(is_dot_segment) {
            return Err(
                "its path has a segment `.` or `..`, which browsers resolve; write the resolved path",
            );
        }
        if !matches!(ConnectOutcome::read(query.unwrap_or_default()), Ok(None)) {
            return Err(
                "its query has a parameter of a Connect callback, so the redirect could loop; rename it",
            );
        }
        Ok(target)
    }

    /// Returns the target as in a `Location` and in a link. Without an origin, browsers keep that of
    /// the page.
    pub(super) fn href(&self, origin: Option<&Origin>) -> String {
        match origin {
            Some(origin) => format!("{origin}{}", self.0),
            None => self.0.clone(),
        }
    }

    pub(super) fn path(&self) -> &str {
        self.parts().0
    }

    /// Returns `true` if its query has a parameter with this name, percent-encoded or not.
    pub(super) fn has_parameter(&self, name: &str) -> bool {
        let (_, query, _) = self.parts();
        let pairs = query.unwrap_or_default().split('&');
        let mut names = pairs.map(|pair| pair.split('=').next().unwrap_or_default());
        names.any(|encoded| value::append_decoded(String::new(), encoded) == name)
    }

    /// Returns the target with one more parameter in its query.
    pub(super) fn with_parameter(&self, name: &str, value: &str) -> Self {
        let (path, query, fragment) = self.parts();
        let mut target = format!("{path}?");
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            target.push_str(query);
            target.push('&');
        }
        target.extend(utf8_percent_encode(name, ENCODED_IN_PARAMETER));
        target.push('=');
        target.extend(utf8_percent_encode(value, ENCODED_IN_PARAMETER));
        if let Some(fragment) = fragment {
            target.push('#');
            target.push_str(fragment);
        }
        Self(target)
    }

    /// Returns the path, the query and the fragment.
    fn parts(&self) -> (&str, Option<&str>, Option<&str>) {
        let (rest, fragment) = match self.0.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (&*self.0, None),
        };
        match rest.split_once('?') {
            Some((path, query)) => (path, Some(query), fragment),
            None => (rest, None, fragment),
        }
    }
}

//! Paths of the app, to which responses redirect and link.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::callback_paths::is_dot_segment;
use crate::outcome::ConnectOutcome;
use crate::query;

/// What a URI has only encoded (RFC 3986, appendix A), except `%`, `#` and what is rejected.
/// Everything that is not ASCII is encoded as well.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What the name and the value of a parameter have only encoded.
const ENCODED_IN_PARAMETER: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A path of the app, perhaps with a query and a fragment: printable ASCII.
#[derive(Clone, Debug)]
pub(super) struct Target(String);

impl Target {
    /// # Panics
    ///
    /// If `text` leads a browser to another host, or back to the app with the result of a flow, or
    /// if browsers change it.
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

    /// A path that begins with one slash and has neither of what is rejected here keeps its host,
    /// whatever it is resolved against (URL standard, "path absolute URL" and "relative slash
    /// state").
    fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with('/') {
            return Err("it has to begin with `/`, such as `/garage`");
        }
        // Browsers remove tabs and line breaks, and read a backslash as a slash.
        let mut read = text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r'));
        if matches!(read.nth(1), Some('/' | '\\')) {
            return Err(
                "browsers take it for the address of another host; begin it with a single `/`",
            );
        }
        if text
            .contains(|character: char| character.is_control() || matches!(character, ' ' | '\\'))
        {
            return Err("it has a space, a backslash or a control character; percent-encode it");
        }
        let target = Self(utf8_percent_encode(text, ENCODED).to_string());
        let (path, query, _) = target.parts();
        // What is left of `/.//example.com` is the address of another host.
        if path.split('/').any(is_dot_segment) {
            return Err(
                "its path has a segment `.` or `..`, which browsers resolve; give the path that is left",
            );
        }
        if !matches!(
            ConnectOutcome::from_query(query.unwrap_or_default()),
            Ok(None)
        ) {
            return Err(
                "its query has the result of a Connect flow, so it could be a callback again and loop",
            );
        }
        Ok(target)
    }

    /// The target as it is written in a `Location` and in a link: printable ASCII.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its query has a parameter of this name, percent-encoded or not.
    pub(super) fn has_parameter(&self, name: &str) -> bool {
        let (_, query, _) = self.parts();
        let mut pairs = query.unwrap_or_default().split('&');
        pairs.any(|pair| query::decode(pair.split('=').next().unwrap_or_default()) == name)
    }

    /// The target with one more parameter in its query.
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

    /// The path, the query and the fragment.
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

//! Callback paths of registered redirect URIs.

#[cfg(feature = "url")]
use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use http::Uri;
use http::uri::Authority;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
#[cfg(feature = "url")]
use url::Url;

use super::forms;
use crate::outcome::parameter::Parameter;

/// Why a redirect URI, or a list of them, was rejected: no callback can reach this server.
///
/// It is a mistake in your app's configuration. The message names the URI, without a user name and
/// a password, and says what to change.
///
/// ```
/// # #[cfg(feature = "url")] {
/// use tower_smartcar_connect::paths::CallbackPaths;
///
/// let uris = ["http://example.com/callback"];
/// let error = CallbackPaths::for_redirect_uris(uris).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "redirect URI \"http://example.com/callback\": Smartcar accepts plain http for the \
///      host `localhost` only; register an https URI",
/// );
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRedirectUri {
    uri: String,
    kind: InvalidRedirectUriKind,
}

/// Why a redirect URI was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidRedirectUriKind {
    /// The list is empty, so no request would be a callback.
    #[cfg(feature = "url")]
    NoRedirectUri,
    /// The text is not an absolute URL.
    NotAUrl,
    /// The text is a list of URIs.
    Several,
    /// The text has characters that have to be encoded in a URL.
    NotEncoded,
    /// The path cannot be a callback path. The text says why.
    Path(&'static str),
    /// The scheme is neither `https` nor `http`, so it opens a mobile app and not a server.
    CustomScheme,
    /// The scheme is `http` but the host is not `localhost`, which Smartcar does not accept.
    PlainHttp,
    /// Smartcar serves this page for its JavaScript SDK.
    HostedBySmartcar,
    /// The URI has a user name or a password, which would be in an address that browsers are sent
    /// to.
    UserInfo,
    /// The URI has a fragment, which browsers do not send, and which [RFC 6749, section 3.1.2]
    /// forbids.
    ///
    /// [RFC 6749, section 3.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2
    Fragment,
    /// The query of the URI has a Connect parameter, so every callback would have it twice, or
    /// every visit would be a callback.
    ReservedParameter,
}

impl InvalidRedirectUri {
    pub(crate) fn new(uri: &str, kind: InvalidRedirectUriKind) -> Self {
        // Nor does the error contain the password that it may be about.
        let uri = match uri.rsplit_once('@') {
            Some((before, rest)) => {
                let scheme = before.split_once("//").map_or("", |(scheme, _)| scheme);
                format!("{scheme}//***@{rest}")
            }
            None => uri.to_owned(),
        };
        Self { uri, kind }
    }
}

impl fmt::Display for InvalidRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.kind {
            #[cfg(feature = "url")]
            InvalidRedirectUriKind::NoRedirectUri => {
                return f.write_str(
                    "no redirect URI is given; pass at least one that is registered in the Smartcar dashboard",
                );
            }
            InvalidRedirectUriKind::NotAUrl => {
                "it is not an absolute URL; write it as registered, such as `https://example.com/callback`"
            }
            InvalidRedirectUriKind::Several => {
                "it contains more than one URI; pass each of them on its own"
            }
            InvalidRedirectUriKind::NotEncoded => {
                "percent-encode the path and query, and write the host in punycode"
            }
            InvalidRedirectUriKind::Path(problem) => {
                return write!(f, "redirect URI {:?}: its path {problem}", self.uri);
            }
            InvalidRedirectUriKind::CustomScheme => {
                "its scheme is neither https nor http; write an https URI in full, or leave out the URI of a mobile app, \
                 which never reaches a server"
            }
            InvalidRedirectUriKind::PlainHttp => {
                "Smartcar accepts plain http for the host `localhost` only; register an https URI"
            }
            InvalidRedirectUriKind::HostedBySmartcar => {
                "Smartcar serves this page for its JavaScript SDK, so it never reaches this server; leave it out here"
            }
            InvalidRedirectUriKind::UserInfo => {
                "it has a user name or a password, which the address would show to every owner; register it without"
            }
            InvalidRedirectUriKind::Fragment => {
                "it has a fragment, which browsers never send; register it without `#` and what follows"
            }
            InvalidRedirectUriKind::ReservedParameter => {
                "its query has a parameter that Connect uses itself; register it with another name for that parameter"
            }
        };
        write!(f, "redirect URI {:?}: {advice}", self.uri)
    }
}

impl Error for InvalidRedirectUri {}

/// The paths on which the callbacks of these redirect URIs arrive. No two are spellings of one path.
#[cfg(feature = "url")]
pub(super) fn callback_paths<U>(uris: U) -> Result<Vec<String>, InvalidRedirectUri>
where
    U: IntoIterator<Item: AsRef<str>>,
{
    let mut paths: HashMap<String, String> = HashMap::new();
    for uri in uris {
        let uri = uri.as_ref();
        let path = browser_path(uri).map_err(|kind| InvalidRedirectUri::new(uri, kind))?;
        let canonical = forms::canonical_by_segment(&path);
        if *paths.entry(canonical).or_insert_with(|| path.clone()) != path {
            let problem = "is the path of another redirect URI in another spelling; register both with the same one";
            let kind = InvalidRedirectUriKind::Path(problem);
            return Err(InvalidRedirectUri::new(uri, kind));
        }
    }
    if paths.is_empty() {
        let kind = InvalidRedirectUriKind::NoRedirectUri;
        return Err(InvalidRedirectUri::new("", kind));
    }
    Ok(paths.into_values().collect())
}

/// The path of a redirect URI, as browsers ask for it. Like a browser, this encodes hosts and paths
/// that are not ASCII, and resolves dot segments.
#[cfg(feature = "url")]
fn browser_path(text: &str) -> Result<String, InvalidRedirectUriKind> {
    if is_list(text) {
        return Err(InvalidRedirectUriKind::Several);
    }
    let url = Url::parse(text).map_err(|_| InvalidRedirectUriKind::NotAUrl)?;
    path_of(url.as_str())
}

/// The path on which the callbacks of this redirect URI arrive. The URI has to be written as
/// browsers send it.
#[cfg(feature = "start")]
pub(crate) fn callback_path(text: &str) -> Result<String, InvalidRedirectUri> {
    path_of(text).map_err(|kind| InvalidRedirectUri::new(text, kind))
}

/// The characters that a [`Uri`] can have in its path, but that browsers encode.
const ENCODED: &AsciiSet = &CONTROLS.add(b'"');

/// The path of a redirect URI that Smartcar accepts and that can bring a callback to this server, as
/// browsers ask for it.
fn path_of(text: &str) -> Result<String, InvalidRedirectUriKind> {
    let uri = parse(text)?;
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    match (uri.scheme_str(), &*host) {
        (Some("https"), "javascript-sdk.smartcar.com") => {
            return Err(InvalidRedirectUriKind::HostedBySmartcar);
        }
        (Some("https"), _) | (Some("http"), "localhost") => {}
        _ => return Err(InvalidRedirectUriKind::PlainHttp),
    }
    check(text, &uri)?;
    check_user_info(text)?;
    Ok(utf8_percent_encode(uri.path(), ENCODED).to_string())
}

/// Parses an absolute `http` or `https` URI.
fn parse(text: &str) -> Result<Uri, InvalidRedirectUriKind> {
    if is_list(text) {
        return Err(InvalidRedirectUriKind::Several);
    }
    let (scheme, _) = text
        .split_once(':')
        .ok_or(InvalidRedirectUriKind::NotAUrl)?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(&*scheme, "http" | "https") {
        return Err(if is_scheme(&scheme) {
            InvalidRedirectUriKind::CustomScheme
        } else {
            InvalidRedirectUriKind::NotAUrl
        });
    }
    let uri: Uri = text.parse().map_err(|_| {
        if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            InvalidRedirectUriKind::NotAUrl
        } else {
            InvalidRedirectUriKind::NotEncoded
        }
    })?;
    let authority = uri.authority().ok_or(InvalidRedirectUriKind::NotAUrl)?;
    if authority.host().is_empty() || !has_valid_port(authority) {
        return Err(InvalidRedirectUriKind::NotAUrl);
    }
    Ok(uri)
}

/// Whether there is no port, an empty one, or one that fits into 16 bits. [`Authority::port`] does
/// not tell a missing port from one that is too large.
fn has_valid_port(authority: &Authority) -> bool {
    let authority = authority.as_str();
    let host_and_port = authority
        .rsplit_once('@')
        .map_or(authority, |(_, rest)| rest);
    // The colons of an IPv6 address are in brackets.
    let after_brackets = host_and_port
        .rsplit_once(']')
        .map_or(host_and_port, |(_, rest)| rest);
    let port = after_brackets.split_once(':').map_or("", |(_, port)| port);
    port.is_empty()
        || (port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok())
}

/// Whether this is a list of URIs, separated by commas, semicolons or white space.
fn is_list(text: &str) -> bool {
    let mut parts = text
        .trim()
        .split(|character: char| matches!(character, ',' | ';') || character.is_whitespace());
    parts.next();
    parts.any(|part| {
        part.split_once("://")
            .is_some_and(|(scheme, _)| is_scheme(scheme))
    })
}

/// Whether RFC 3986, section 3.1, allows the text as a scheme.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// Rejects a fragment, a parameter of Connect and a path that browsers never ask for, wherever the
/// redirect URI leads. `uri` is the parsed `text`.
fn check(text: &str, uri: &Uri) -> Result<(), InvalidRedirectUriKind> {
    if text.contains('#') {
        return Err(InvalidRedirectUriKind::Fragment);
    }
    let query = text.split_once('?').map_or("", |(_, query)| query);
    let mut names = query
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    if names.any(|name| Parameter::from_encoded_name(name).is_some()) {
        return Err(InvalidRedirectUriKind::ReservedParameter);
    }
    match forms::problem(uri.path()) {
        Some(problem) => Err(InvalidRedirectUriKind::Path(problem)),
        None => Ok(()),
    }
}

/// Rejects a user name and a password.
fn check_user_info(text: &str) -> Result<(), InvalidRedirectUriKind> {
    let authority = text.split(['/', '?', '#']).nth(2).unwrap_or_default();
    if authority.contains('@') {
        return Err(InvalidRedirectUriKind::UserInfo);
    }
    Ok(())
}

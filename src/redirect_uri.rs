//! Callback paths of registered redirect URIs.

use std::error::Error;
use std::fmt;

use http::Uri;
use http::uri::Authority;
#[cfg(any(feature = "begin", feature = "url"))]
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
#[cfg(feature = "url")]
use url::Url;

use crate::{callback_paths, query};

/// Why a redirect URI, or a list of them, was rejected: no callback can reach this server.
///
/// It is a mistake in your app's configuration. The message names the URI and says what to change.
///
/// ```
/// # #[cfg(feature = "url")] {
/// use tower_smartcar_connect::ConnectCallbackLayer;
///
/// let uris = ["http://example.com/callback"];
/// let error = ConnectCallbackLayer::for_redirect_uris(uris).unwrap_err();
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
    #[cfg(any(feature = "simulator", feature = "url"))]
    NoRedirectUri,
    /// The text is not an absolute URL.
    NotAUrl,
    /// The text has characters that have to be encoded in a URL.
    NotEncoded,
    /// Browsers never ask for the path. The text says why.
    Path(&'static str),
    /// The scheme is neither `https` nor `http`, so it opens a mobile app and not a server.
    CustomScheme,
    /// The scheme is `http` but the host is not `localhost`, which Smartcar does not accept.
    #[cfg(any(feature = "begin", feature = "url"))]
    PlainHttp,
    /// Smartcar serves this page for its JavaScript SDK.
    #[cfg(any(feature = "begin", feature = "url"))]
    HostedBySmartcar,
    /// The URI has a user name or a password, which would be in an address that browsers are sent
    /// to.
    #[cfg(any(feature = "begin", feature = "simulator"))]
    UserInfo,
    /// The URI has a fragment, which browsers do not send, and which [RFC 6749, section 3.1.2]
    /// forbids.
    ///
    /// [RFC 6749, section 3.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2
    Fragment,
    /// The query of the URI has a Connect parameter, so every callback would have it twice, or
    /// every visit would be a callback.
    ReservedParameter,
    /// The URI leads to another machine, which the simulator only accepts if it is told to.
    #[cfg(feature = "simulator")]
    NotLoopback,
}

impl InvalidRedirectUri {
    pub(crate) fn new(uri: &str, kind: InvalidRedirectUriKind) -> Self {
        Self {
            uri: uri.to_owned(),
            kind,
        }
    }
}

impl fmt::Display for InvalidRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.kind {
            #[cfg(any(feature = "simulator", feature = "url"))]
            InvalidRedirectUriKind::NoRedirectUri => {
                return f.write_str(
                    "no redirect URI is given; pass at least one that is registered in the Smartcar dashboard",
                );
            }
            InvalidRedirectUriKind::NotAUrl => {
                "it is not an absolute URL; write it as registered, such as `https://example.com/callback`"
            }
            InvalidRedirectUriKind::NotEncoded => {
                "it has a space, a control character, or one that is not ASCII in its host; write the host in punycode \
                 and the rest percent-encoded, as registered"
            }
            InvalidRedirectUriKind::Path(problem) => {
                return write!(f, "redirect URI {:?}: its path {problem}", self.uri);
            }
            InvalidRedirectUriKind::CustomScheme => {
                "its scheme is neither https nor http; write an https URI in full, or leave out the URI of a mobile app, \
                 which never reaches a server"
            }
            #[cfg(any(feature = "begin", feature = "url"))]
            InvalidRedirectUriKind::PlainHttp => {
                "Smartcar accepts plain http for the host `localhost` only; register an https URI"
            }
            #[cfg(any(feature = "begin", feature = "url"))]
            InvalidRedirectUriKind::HostedBySmartcar => {
                "Smartcar serves this page for its JavaScript SDK, so it never reaches this server; leave it out here"
            }
            #[cfg(any(feature = "begin", feature = "simulator"))]
            InvalidRedirectUriKind::UserInfo => {
                "it has a user name or a password, which everybody could read in the address; register it without"
            }
            InvalidRedirectUriKind::Fragment => {
                "it has a fragment, which browsers never send; register it without `#` and what follows"
            }
            InvalidRedirectUriKind::ReservedParameter => {
                "its query has a parameter that Connect uses itself; register it with another name for that parameter"
            }
            #[cfg(feature = "simulator")]
            InvalidRedirectUriKind::NotLoopback => {
                "its host is not this machine, and the simulator authenticates nobody; use it for development and \
                 tests, with `localhost`"
            }
        };
        write!(f, "redirect URI {:?}: {advice}", self.uri)
    }
}

impl Error for InvalidRedirectUri {}

/// The paths on which the callbacks of these redirect URIs arrive.
#[cfg(feature = "url")]
pub(crate) fn callback_paths<U>(uris: U) -> Result<Vec<String>, InvalidRedirectUri>
where
    U: IntoIterator<Item: AsRef<str>>,
{
    let path = |text: &str| {
        // Like a browser, this encodes hosts and paths that are not ASCII, and resolves dot segments.
        let url = Url::parse(text).map_err(|_| InvalidRedirectUriKind::NotAUrl);
        let path = url.and_then(|url| path_of(url.as_str()));
        path.map_err(|kind| InvalidRedirectUri::new(text, kind))
    };
    let paths = uris.into_iter().map(|uri| path(uri.as_ref()));
    let paths = paths.collect::<Result<Vec<_>, _>>()?;
    if paths.is_empty() {
        return Err(InvalidRedirectUri::new(
            "",
            InvalidRedirectUriKind::NoRedirectUri,
        ));
    }
    Ok(paths)
}

/// The path on which the callbacks of this redirect URI arrive. The URI has to be written as
/// browsers send it.
#[cfg(feature = "begin")]
pub(crate) fn callback_path(text: &str) -> Result<String, InvalidRedirectUri> {
    let path = path_of(text).and_then(|path| {
        check_user_info(text)?;
        Ok(path)
    });
    path.map_err(|kind| InvalidRedirectUri::new(text, kind))
}

/// The characters that a [`Uri`] can have in its path, but that browsers encode.
#[cfg(any(feature = "begin", feature = "url"))]
const ENCODED: &AsciiSet = &CONTROLS.add(b'"');

/// The path of a redirect URI that Smartcar accepts and that can bring a callback to this server, as
/// browsers ask for it.
#[cfg(any(feature = "begin", feature = "url"))]
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
    Ok(utf8_percent_encode(uri.path(), ENCODED).to_string())
}

/// Parses an absolute `http` or `https` URI.
pub(crate) fn parse(text: &str) -> Result<Uri, InvalidRedirectUriKind> {
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

/// Whether RFC 3986, section 3.1, allows the text as a scheme.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// Rejects a fragment, a parameter of Connect and a path that browsers never ask for, wherever the
/// redirect URI leads. `uri` is the parsed `text`.
pub(crate) fn check(text: &str, uri: &Uri) -> Result<(), InvalidRedirectUriKind> {
    if text.contains('#') {
        return Err(InvalidRedirectUriKind::Fragment);
    }
    let query = text.split_once('?').map_or("", |(_, query)| query);
    let mut names = query
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    if names.any(|name| query::parameter_with_name(name.as_bytes()).is_some()) {
        return Err(InvalidRedirectUriKind::ReservedParameter);
    }
    match callback_paths::problem(uri.path()) {
        Some(problem) => Err(InvalidRedirectUriKind::Path(problem)),
        None => Ok(()),
    }
}

/// Rejects a user name and a password.
#[cfg(any(feature = "begin", feature = "simulator"))]
pub(crate) fn check_user_info(text: &str) -> Result<(), InvalidRedirectUriKind> {
    let authority = text.split(['/', '?', '#']).nth(2).unwrap_or_default();
    if authority.contains('@') {
        return Err(InvalidRedirectUriKind::UserInfo);
    }
    Ok(())
}

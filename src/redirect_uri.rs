//! Callback paths from the redirect URIs that are registered with Smartcar.

use std::error::Error;
use std::fmt;

use url::{Host, Url};

use crate::parameter::Parameter;

/// A redirect URI that can never bring a callback to this server, or a list without any.
///
/// It is a mistake in the app's configuration. Its text names the URI and says what to change.
///
/// ```
/// use tower_smartcar_connect::ConnectCallbackLayer;
///
/// let error = ConnectCallbackLayer::for_redirect_uris("http://example.com/callback").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "redirect URI \"http://example.com/callback\": Smartcar accepts plain http for the host `localhost` only; \
///      register an https URI",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRedirectUri {
    uri: String,
    kind: InvalidRedirectUriKind,
}

/// Why a redirect URI was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidRedirectUriKind {
    /// There is no redirect URI at all, so no request would ever be a callback.
    NoRedirectUri,
    /// The text is not an absolute URL.
    NotAUrl,
    /// The scheme is neither `https` nor `http`, so it opens a mobile app and no server.
    CustomScheme,
    /// The scheme is `http` but the host is not `localhost`, which Smartcar does not accept.
    PlainHttp,
    /// The page of Smartcar's JavaScript SDK, which Smartcar serves and not this server.
    HostedBySmartcar,
    /// The URI has a fragment, which browsers keep to themselves and [RFC 6749, section 3.1.2] forbids.
    ///
    /// [RFC 6749, section 3.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2
    Fragment,
    /// The URI's own query uses a name that Connect uses, so every callback would have that parameter twice or would be
    /// taken for a result.
    ReservedParameter,
    /// The URI leads to another machine, which the simulator of Connect accepts only when it is told to.
    NotLoopback,
}

impl InvalidRedirectUri {
    pub(crate) fn new(uri: &str, kind: InvalidRedirectUriKind) -> Self {
        Self {
            uri: uri.to_owned(),
            kind,
        }
    }

    /// Why the redirect URI was refused.
    #[must_use]
    pub fn kind(&self) -> InvalidRedirectUriKind {
        self.kind
    }
}

impl fmt::Display for InvalidRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match self.kind {
            InvalidRedirectUriKind::NoRedirectUri => {
                return f.write_str(
                    "no redirect URI is given; give at least one that is registered in the Smartcar dashboard",
                );
            }
            InvalidRedirectUriKind::NotAUrl => {
                "it is not an absolute URL; write it as registered, such as `https://example.com/callback`"
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
            InvalidRedirectUriKind::Fragment => {
                "it has a fragment, which browsers never send; register it without `#` and what follows"
            }
            InvalidRedirectUriKind::ReservedParameter => {
                "its query has a parameter that Connect uses itself; register it with another name for that parameter"
            }
            InvalidRedirectUriKind::NotLoopback => {
                "its host is not this machine, and a simulator of Connect lets everybody in; use it for development and \
                 tests, with `localhost`"
            }
        };
        write!(f, "redirect URI {:?}: {advice}", self.uri)
    }
}

impl Error for InvalidRedirectUri {}

/// The paths on which the callbacks of these redirect URIs arrive.
pub(crate) fn callback_paths(uris: &[String]) -> Result<Vec<String>, InvalidRedirectUri> {
    if uris.is_empty() {
        let kind = InvalidRedirectUriKind::NoRedirectUri;
        return Err(InvalidRedirectUri::new("", kind));
    }
    uris.iter()
        .map(|uri| callback_path(uri).map_err(|kind| InvalidRedirectUri::new(uri, kind)))
        .collect()
}

fn callback_path(uri: &str) -> Result<String, InvalidRedirectUriKind> {
    let url = Url::parse(uri).map_err(|_| InvalidRedirectUriKind::NotAUrl)?;
    match (url.scheme(), url.host()) {
        ("https", Some(Host::Domain("javascript-sdk.smartcar.com"))) => {
            return Err(InvalidRedirectUriKind::HostedBySmartcar);
        }
        ("https", _) | ("http", Some(Host::Domain("localhost"))) => {}
        ("http", _) => return Err(InvalidRedirectUriKind::PlainHttp),
        _ => return Err(InvalidRedirectUriKind::CustomScheme),
    }
    check_url(&url)?;
    Ok(url.path().to_owned())
}

/// Refuses what no redirect URI may have, wherever it leads.
pub(crate) fn check_url(url: &Url) -> Result<(), InvalidRedirectUriKind> {
    if url.fragment().is_some() {
        return Err(InvalidRedirectUriKind::Fragment);
    }
    if url
        .query_pairs()
        .any(|(name, _)| Parameter::from_name(name.as_bytes()).is_some())
    {
        return Err(InvalidRedirectUriKind::ReservedParameter);
    }
    Ok(())
}

//! What an app has registered with the simulator: its id and its redirect URIs.

use std::error::Error;
use std::fmt;

use http::Uri;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::flow_end::PARAMETERS;

/// The longest redirect URI, in bytes. With the query of a request, it fits into a [`Uri`].
const MAX_BYTES: usize = 2048;

/// Why a redirect URI, or a list of them, was rejected.
///
/// It is a mistake in your app's configuration. The message names the URI and says what to change.
///
/// ```
/// use smartcar_connect_simulator::Simulator;
///
/// let invalid = Simulator::new("app-1", ["https://example.com/callback"]).unwrap_err();
/// let beginning = "redirect URI \"https://example.com/callback\": its host is not this machine";
/// assert!(invalid.to_string().starts_with(beginning));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRedirectUri {
    uri: String,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    NoRedirectUri,
    NotAUrl,
    CustomScheme,
    UserInfo,
    Fragment,
    /// Browsers write it like this.
    NotCanonical(String),
    ReservedParameter,
    TooLong,
    NotLoopback,
}

impl fmt::Display for InvalidRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = match &self.problem {
            Problem::NoRedirectUri => {
                return f.write_str(
                    "no redirect URI is given; pass at least one that is registered in the Smartcar dashboard",
                );
            }
            Problem::NotAUrl => {
                "it is not an absolute URL; write it as registered, such as `http://localhost:8000/callback`"
            }
            Problem::CustomScheme => {
                "its scheme is neither https nor http; write it in full, or leave out the URI of a mobile app, which \
                 never reaches a server"
            }
            Problem::UserInfo => {
                "it has a user name or a password, which everyone could read in the address; register it without"
            }
            Problem::Fragment => {
                "it has a fragment, which browsers never send; register it without `#` and what follows"
            }
            Problem::NotCanonical(canonical) => {
                return write!(
                    f,
                    "redirect URI {:?}: browsers write it as {canonical:?}; register that",
                    self.uri
                );
            }
            Problem::ReservedParameter => {
                "its query has a parameter that Connect uses itself; register it with another name for that parameter"
            }
            Problem::TooLong => "it has more than 2048 bytes; register a shorter one",
            Problem::NotLoopback => {
                "its host is not this machine, and the simulator authenticates nobody; use it for development and \
                 tests, with `localhost`"
            }
        };
        write!(f, "redirect URI {:?}: {advice}", self.uri)
    }
}

impl Error for InvalidRedirectUri {}

pub(crate) struct Registration {
    application_id: String,
    /// As they were registered, which is what requests are compared with. There is at least one.
    redirect_uris: Vec<String>,
}

impl Registration {
    /// Registers redirect URIs on hosts that `is_host_accepted`.
    pub(crate) fn new<U>(
        application_id: String,
        redirect_uris: U,
        is_host_accepted: fn(&Host<&str>) -> bool,
    ) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: Into<String>>,
    {
        let check = |uri: String| match check(&uri, is_host_accepted) {
            Ok(()) => Ok(uri),
            Err(problem) => Err(InvalidRedirectUri { uri, problem }),
        };
        let redirect_uris = redirect_uris.into_iter().map(|uri| check(uri.into()));
        let redirect_uris = redirect_uris.collect::<Result<Vec<_>, _>>()?;
        if redirect_uris.is_empty() {
            return Err(InvalidRedirectUri {
                uri: String::new(),
                problem: Problem::NoRedirectUri,
            });
        }
        Ok(Self {
            application_id,
            redirect_uris,
        })
    }

    pub(crate) fn application_id(&self) -> &str {
        &self.application_id
    }

    pub(crate) fn redirect_uris(&self) -> &[String] {
        &self.redirect_uris
    }

    /// The redirect URI that was registered with exactly this text.
    pub(crate) fn redirect_uri(&self, text: &[u8]) -> Option<&str> {
        let mut redirect_uris = self.redirect_uris.iter().map(String::as_str);
        redirect_uris.find(|uri| uri.as_bytes() == text)
    }

    /// The redirect URI of requests that name none, as the dashboard has a default.
    pub(crate) fn default_redirect_uri(&self) -> &str {
        &self.redirect_uris[0]
    }
}

fn check(text: &str, is_host_accepted: fn(&Host<&str>) -> bool) -> Result<(), Problem> {
    let url = Url::parse(text).map_err(|_| Problem::NotAUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Problem::CustomScheme);
    }
    let authority = text.split(['/', '?', '#']).nth(2).unwrap_or_default();
    if authority.contains('@') {
        return Err(Problem::UserInfo);
    }
    if text.contains('#') {
        return Err(Problem::Fragment);
    }
    // Browsers add the path if it is left out, and change nothing else.
    let after_authority = text.find(authority).unwrap_or_default() + authority.len();
    let (origin, target) = text.split_at(after_authority);
    let slash = if target.starts_with('/') { "" } else { "/" };
    if url.as_str() != format!("{origin}{slash}{target}") {
        return Err(Problem::NotCanonical(url.into()));
    }
    let names = url.query().unwrap_or_default().split('&');
    let mut names = names.map(|pair| pair.split('=').next().unwrap_or_default());
    let is_reserved = |name| {
        PARAMETERS
            .iter()
            .any(|known| percent_decode_str(name).eq(known.bytes()))
    };
    if names.any(is_reserved) {
        return Err(Problem::ReservedParameter);
    }
    if text.len() > MAX_BYTES {
        return Err(Problem::TooLong);
    }
    if text.parse::<Uri>().is_err() {
        return Err(Problem::NotAUrl);
    }
    match url.host() {
        Some(host) if is_host_accepted(&host) => Ok(()),
        _ => Err(Problem::NotLoopback),
    }
}

/// Whether a browser that is sent to this host stays on its own machine.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        // RFC 6761, section 6.3: names below `localhost` are loopback too.
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
    }
}

//! The app that a simulator knows: its client identifier and its redirect URIs.

use std::fmt;
use std::sync::Arc;

use url::{Host, Url};

use crate::one_or_many::OneOrMany;
use crate::redirect_uri::{InvalidRedirectUri, InvalidRedirectUriKind, check_url};

/// A stand-in for Smartcar Connect, for development and tests. **It is not Smartcar, and never belongs in production**:
/// whoever opens it is let in as whoever they like.
///
/// It is a tower service that answers authorize requests on every path: mount it where the app sends browsers to, in
/// place of `https://connect.smartcar.com/oauth/authorize`. Without a server, [`authorize`](Self::authorize) reads such
/// a request and [`AuthorizeRequest::redirect`](super::AuthorizeRequest::redirect) ends it. The [module page](super)
/// has an example of each.
///
/// Cloning is cheap.
#[derive(Clone)]
pub struct Simulator {
    registration: Arc<Registration>,
}

struct Registration {
    client_id: String,
    redirect_uris: Vec<RedirectUri>,
}

struct RedirectUri {
    /// As it was registered, which is what requests are compared with.
    text: String,
    url: Url,
}

impl Simulator {
    /// A simulator of Connect for one app, whose redirect URIs lead to this machine: their host is `localhost` or a
    /// name below it, `127.0.0.1` or another address of that network, or `[::1]`.
    ///
    /// So it refuses to start where the redirect URIs are those of a production server. The first redirect URI is the
    /// one of requests that name none.
    ///
    /// The real Connect accepts plain `http` for `localhost` only.
    ///
    /// # Errors
    ///
    /// [`InvalidRedirectUri`] if a redirect URI leads elsewhere, cannot be a redirect URI of a server, or there is
    /// none.
    ///
    /// ```
    /// use tower_smartcar_connect::InvalidRedirectUriKind;
    /// use tower_smartcar_connect::simulator::Simulator;
    ///
    /// let client_id = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
    /// assert!(Simulator::new(client_id, "http://localhost:8000/callback").is_ok());
    ///
    /// let invalid = Simulator::new(client_id, "https://example.com/callback").unwrap_err();
    /// assert_eq!(invalid.kind(), InvalidRedirectUriKind::NotLoopback);
    /// ```
    pub fn new(client_id: impl Into<String>, redirect_uris: impl OneOrMany) -> Result<Self, InvalidRedirectUri> {
        Self::register(client_id.into(), redirect_uris.into_strings(), is_loopback)
    }

    /// A simulator whose redirect URIs may lead to other machines, as for a test server in a closed network.
    ///
    /// **Danger:** whoever can reach both has the app accept flows that never touched Smartcar. Never let it be reached
    /// from the internet.
    ///
    /// # Errors
    ///
    /// [`InvalidRedirectUri`] if a redirect URI cannot be one of a server, or there is none.
    pub fn danger_with_redirect_uris_of_any_host(
        client_id: impl Into<String>,
        redirect_uris: impl OneOrMany,
    ) -> Result<Self, InvalidRedirectUri> {
        Self::register(client_id.into(), redirect_uris.into_strings(), |_| true)
    }

    fn register(
        client_id: String,
        redirect_uris: Vec<String>,
        is_accepted: fn(&Url) -> bool,
    ) -> Result<Self, InvalidRedirectUri> {
        if redirect_uris.is_empty() {
            return Err(InvalidRedirectUri::new("", InvalidRedirectUriKind::NoRedirectUri));
        }
        let redirect_uris = redirect_uris
            .into_iter()
            .map(|text| match check(&text, is_accepted) {
                Ok(url) => Ok(RedirectUri { text, url }),
                Err(kind) => Err(InvalidRedirectUri::new(&text, kind)),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            registration: Arc::new(Registration {
                client_id,
                redirect_uris,
            }),
        })
    }

    pub(super) fn client_id(&self) -> &str {
        &self.registration.client_id
    }

    /// The redirect URIs as they were registered.
    pub(super) fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        self.registration.redirect_uris.iter().map(|uri| &*uri.text)
    }

    /// The redirect URI that was registered with exactly this text.
    pub(super) fn registered(&self, text: &[u8]) -> Option<&Url> {
        let mut redirect_uris = self.registration.redirect_uris.iter();
        redirect_uris.find_map(|uri| (uri.text.as_bytes() == text).then_some(&uri.url))
    }

    /// The redirect URI of requests that name none.
    pub(super) fn default_redirect_uri(&self) -> Option<&Url> {
        self.registration.redirect_uris.first().map(|uri| &uri.url)
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("client_id", &self.client_id())
            .field("redirect_uris", &self.redirect_uris().collect::<Vec<_>>())
            .finish()
    }
}

fn check(text: &str, is_accepted: fn(&Url) -> bool) -> Result<Url, InvalidRedirectUriKind> {
    let url = Url::parse(text).map_err(|_| InvalidRedirectUriKind::NotAUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(InvalidRedirectUriKind::CustomScheme);
    }
    check_url(&url)?;
    if !is_accepted(&url) {
        return Err(InvalidRedirectUriKind::NotLoopback);
    }
    Ok(url)
}

/// Whether a browser that follows the URL stays on its own machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // RFC 6761, section 6.3: names below `localhost` are loopback too.
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

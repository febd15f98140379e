//! What an app has registered with the simulator: its id and its redirect URIs.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

use crate::redirect_uri::{self, InvalidRedirectUri, InvalidRedirectUriKind};

pub(super) struct Registration {
    application_id: String,
    /// There is at least one.
    redirect_uris: Vec<RedirectUri>,
}

struct RedirectUri {
    /// As it was registered, which is what requests are compared with.
    text: String,
    uri: Uri,
}

impl Registration {
    /// Registers redirect URIs on hosts that `is_host_accepted`.
    pub(super) fn new<U>(
        application_id: String,
        redirect_uris: U,
        is_host_accepted: fn(&str) -> bool,
    ) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: Into<String>>,
    {
        let redirect_uris = redirect_uris
            .into_iter()
            .map(Into::into)
            .map(|text| match check(&text, is_host_accepted) {
                Ok(uri) => Ok(RedirectUri { text, uri }),
                Err(kind) => Err(InvalidRedirectUri::new(&text, kind)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        if redirect_uris.is_empty() {
            return Err(InvalidRedirectUri::new(
                "",
                InvalidRedirectUriKind::NoRedirectUri,
            ));
        }
        Ok(Self {
            application_id,
            redirect_uris,
        })
    }

    pub(super) fn application_id(&self) -> &str {
        &self.application_id
    }

    /// The redirect URIs as they were registered.
    pub(super) fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        self.redirect_uris.iter().map(|uri| &*uri.text)
    }

    /// The redirect URI that was registered with exactly this text.
    pub(super) fn redirect_uri(&self, text: &[u8]) -> Option<&Uri> {
        let mut redirect_uris = self.redirect_uris.iter();
        redirect_uris.find_map(|uri| (uri.text.as_bytes() == text).then_some(&uri.uri))
    }

    /// The redirect URI of requests that name none, as the dashboard has a default.
    pub(super) fn default_redirect_uri(&self) -> &Uri {
        &self.redirect_uris[0].uri
    }
}

fn check(text: &str, is_host_accepted: fn(&str) -> bool) -> Result<Uri, InvalidRedirectUriKind> {
    if !text.is_ascii() {
        return Err(InvalidRedirectUriKind::NotEncoded);
    }
    let uri = redirect_uri::parse(text)?;
    redirect_uri::check_user_info(text)?;
    redirect_uri::check(text, &uri)?;
    if !uri.host().is_some_and(is_host_accepted) {
        return Err(InvalidRedirectUriKind::NotLoopback);
    }
    Ok(uri)
}

/// Whether a browser that is sent to this host stays on its own machine.
pub(super) fn is_loopback(host: &str) -> bool {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address
            .parse()
            .is_ok_and(|address: Ipv6Addr| address.is_loopback());
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return address.is_loopback();
    }
    // RFC 6761, section 6.3: names below `localhost` are loopback too.
    let name = host.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

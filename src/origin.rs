//! Origins of web pages.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

/// An origin of `http` or `https`.
pub(crate) struct Origin {
    is_https: bool,
    host: String,
    /// `None` for the default port.
    port: Option<u16>,
}

impl Origin {
    /// Parses a scheme, a host and perhaps a port, perhaps with a slash at the end. The host has to
    /// be ASCII: a name in another script is written in punycode.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        // A `Uri` has no fragment, so it hides one.
        if uri.path() != "/" || uri.query().is_some() || text.contains('#') {
            return None;
        }
        let (is_https, default_port) = match &*uri.scheme_str()?.to_ascii_lowercase() {
            "https" => (true, 443),
            "http" => (false, 80),
            _ => return None,
        };
        let authority = uri.authority()?;
        let host = authority.host();
        // If a user name is in front of the host, this is not a prefix.
        let port = match authority.as_str().strip_prefix(host)? {
            "" | ":" => None,
            port => Some(port.strip_prefix(':').and_then(digits)?),
        };
        Some(Self {
            is_https,
            host: canonical_host(host)?,
            port: port.filter(|port| *port != default_port),
        })
    }

    #[cfg(feature = "answers")]
    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether the host is the machine of the browser.
    #[cfg(feature = "answers")]
    pub(crate) fn is_local(&self) -> bool {
        let ipv4 = self.host.parse::<Ipv4Addr>();
        self.host == "localhost"
            || self.host == "[::1]"
            || ipv4.is_ok_and(|address| address.is_loopback())
    }
}

/// Writes the origin as browsers do, which compare origins letter for letter.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

fn digits(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// The host as browsers write it. `None` if they reject or replace it.
fn canonical_host(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if host.is_empty() || !host.bytes().all(is_name) {
        return None;
    }
    // Browsers take every name that ends with a number for an address of IPv4.
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(host.parse::<Ipv4Addr>().ok()?.to_string());
    }
    Some(host.to_ascii_lowercase())
}

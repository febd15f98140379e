//! Origins of web pages.

use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An origin: the scheme, the host and the port of a page, such as `https://app.example.com`.
///
/// Browsers compare origins letter for letter, so it is parsed exactly as they write it, in
/// `location.origin` and in the header `Origin`: `http` or `https`, the host in lower case and in
/// punycode, the port unless it is the scheme's default, and nothing after it.
///
/// ```
/// use tower_smartcar_connect::paths::Origin;
///
/// let origin: Origin = "https://app.example.com".parse()?;
/// assert_eq!(origin.to_string(), "https://app.example.com");
///
/// let error = "https://app.example.com/".parse::<Origin>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "not an origin as browsers write it: it goes on after the host; \
///      remove the slash and what follows",
/// );
/// # Ok::<_, tower_smartcar_connect::paths::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    is_loopback: bool,
}

/// The text is not an [`Origin`].
///
/// The message says what to change. It contains nothing of the text, which could have a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrigin(&'static str);

#[allow(dead_code, reason = "each feature needs a part of it")]
impl Origin {
    pub(crate) fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Whether the host is the machine of the browser.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin(match text {
            "*" => "`*` stands for any page; write each origin",
            "null" => "`null` can be any page; write the origin of a page with an address",
            _ => "it has no scheme; begin it with `https://`",
        }))?;
        let default_port = match scheme {
            "https" => "443",
            "http" => "80",
            _ => {
                return invalid("its scheme is not `https` or `http`, in lower case");
            }
        };
        if authority.contains('@') {
            return invalid("it has a user name or a password; remove them and the `@`");
        }
        if authority.contains(['/', '?', '#', '\\']) {
            return invalid("it goes on after the host; remove the slash and what follows");
        }
        // The colons of an IPv6 address are in brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        if let Some(port) = port {
            let is_canonical = port
                .parse()
                .is_ok_and(|number: u16| number.to_string() == port);
            if !is_canonical {
                return invalid("its port is not a number from 0 to 65535 without zeros in front");
            }
            if port == default_port {
                return invalid("browsers leave out the default port; remove it and the `:`");
            }
        }
        Ok(Self {
            is_loopback: is_loopback(host)?,
            text: text.to_owned(),
        })
    }
}

fn invalid<T>(reason: &'static str) -> Result<T, InvalidOrigin> {
    Err(InvalidOrigin(reason))
}

/// Whether the host is the machine of the browser, or an error if browsers write it in another way
/// (URL standard, "host parser" and "host serializer").
fn is_loopback(host: &str) -> Result<bool, InvalidOrigin> {
    const ADDRESS: InvalidOrigin = InvalidOrigin(
        "browsers read its host as an IP address and write it in another form, or not at all; \
         copy `location.origin` from a browser",
    );
    if let Some(address) = host.strip_prefix('[') {
        let text = address.strip_suffix(']').ok_or(ADDRESS)?;
        let address: Ipv6Addr = text.parse().map_err(|_| ADDRESS)?;
        // Browsers write a mapped address without dots.
        let canonical = match (address.to_ipv4_mapped(), address.segments()) {
            (Some(_), [.., high, low]) => format!("::ffff:{high:x}:{low:x}"),
            (None, _) => address.to_string(),
        };
        let is_canonical = canonical == text;
        return is_canonical.then_some(address.is_loopback()).ok_or(ADDRESS);
    }
    if host.is_empty() {
        return invalid("it has no host");
    }
    if host.contains('*') {
        return invalid("it has a wildcard, which no browser compares; write each origin");
    }
    if !host.is_ascii() {
        return invalid("its host is not ASCII; write it in punycode, as `location.origin` has it");
    }
    if host.contains(|character: char| character.is_ascii_uppercase()) {
        return invalid("its host has capital letters; write them in lower case");
    }
    if !host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    {
        return invalid("its host has a character other than letters, digits, `-`, `.` and `_`");
    }
    if ends_in_number(host) {
        // The standard library writes the one notation that browsers write, and parses no other.
        let address: Ipv4Addr = host.parse().map_err(|_| ADDRESS)?;
        return Ok(address.is_loopback());
    }
    Ok(host == "localhost")
}

/// Whether browsers take a name for an IPv4 address (URL standard, "ends-in-a-number checker").
fn ends_in_number(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    match last.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an origin as browsers write it: {}", self.0)
    }
}

impl Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::Origin;

    /// The origin that a browser writes for a page at this address.
    fn as_browsers_write(text: &str) -> Option<String> {
        let url = Url::parse(text).ok()?;
        Some(url.origin().ascii_serialization())
    }

    #[test]
    fn origins_as_browsers_write_them_are_parsed() {
        // The text, and whether it is `https` and this machine.
        for (text, is_https, is_loopback) in [
            ("https://app.example.com", true, false),
            ("https://app.example.com:8443", true, false),
            ("https://example.com:80", true, false),
            ("https://example.com:0", true, false),
            ("http://example.com:443", false, false),
            ("https://xn--bcher-kva.example", true, false),
            ("https://my_app.example", true, false),
            ("https://example.com.", true, false),
            ("https://0xg.example.0xg", true, false),
            ("https://localhost.example.com", true, false),
            ("http://localhost", false, true),
            ("http://localhost:8000", false, true),
            ("http://127.0.0.1:8000", false, true),
            ("http://127.1.2.3", false, true),
            ("http://192.0.2.1", false, false),
            ("http://[::1]:8000", false, true),
            ("https://[2001:db8::1:0:0:1]", true, false),
            ("https://[2001:db8:0:1:1:1:1:1]:8443", true, false),
            ("https://[::ffff:102:304]", true, false),
            ("https://[::102:304]", true, false),
            ("https://[::]", true, false),
        ] {
            assert_eq!(as_browsers_write(text).as_deref(), Some(text), "{text}");
            let origin: Origin = text.parse().expect(text);
            assert_eq!(origin.to_string(), text);
            assert_eq!(origin.is_https(), is_https, "{text}");
            assert_eq!(origin.is_loopback(), is_loopback, "{text}");
        }
    }

    #[test]
    fn what_browsers_write_in_another_way_is_rejected_with_what_to_change() {
        for (text, advice) in [
            ("*", "write each origin"),
            ("https://*.example.com", "write each origin"),
            ("null", "a page with an address"),
            ("", "begin it with `https://`"),
            ("app.example.com", "begin it with `https://`"),
            ("//app.example.com", "begin it with `https://`"),
            ("https:app.example.com", "begin it with `https://`"),
            ("ftp://app.example.com", "not `https` or `http`"),
            ("HTTPS://app.example.com", "not `https` or `http`"),
            (" https://app.example.com", "not `https` or `http`"),
            ("file://", "not `https` or `http`"),
            (
                "https://user:password@example.com",
                "a user name or a password",
            ),
            ("https://@example.com", "a user name or a password"),
            ("https://app.example.com/", "remove the slash"),
            ("https://app.example.com/garage", "remove the slash"),
            ("https://app.example.com?a", "remove the slash"),
            ("https://app.example.com#a", "remove the slash"),
            ("https:///app.example.com", "remove the slash"),
            ("https://app.example.com\\", "remove the slash"),
            ("https://app.example.com:443", "leave out the default port"),
            ("http://app.example.com:80", "leave out the default port"),
            ("https://app.example.com:", "its port is not a number"),
            ("https://app.example.com:08443", "its port is not a number"),
            ("https://app.example.com:+8443", "its port is not a number"),
            ("https://app.example.com:65536", "its port is not a number"),
            ("https://", "it has no host"),
            ("https://:8443", "it has no host"),
            ("https://App.example.com", "in lower case"),
            ("https://bücher.example", "in punycode"),
            ("https://app。example", "in punycode"),
            ("https://app.example.com ", "a character other than"),
            ("https://app example.com", "a character other than"),
            ("https://%61pp.example.com", "a character other than"),
            ("https://app\t.example.com", "a character other than"),
            ("https://a,http://b", "remove the slash"),
            ("https://0x7f000001", "an IP address"),
            ("https://0x7f.0x1", "an IP address"),
            ("https://0x", "an IP address"),
            ("https://2130706433", "an IP address"),
            ("https://127.1", "an IP address"),
            ("https://127.0.0.01", "an IP address"),
            ("https://127.0.0.1.", "an IP address"),
            ("https://256.0.0.1", "an IP address"),
            ("https://example.1", "an IP address"),
            ("https://[::FFFF:102:304]", "an IP address"),
            ("https://[::ffff:1.2.3.4]", "an IP address"),
            ("https://[0:0:0:0:0:0:0:1]", "an IP address"),
            ("https://[2001:db8::0001]", "an IP address"),
            ("https://[2001:db8::1:1:1:1:1]", "an IP address"),
            ("https://[fe80::1%25eth0]", "an IP address"),
            ("https://[::1", "an IP address"),
            ("https://[]", "an IP address"),
        ] {
            // Browsers do not read `*` in a host as a wildcard, and serve no apps over `ftp`.
            let is_changed = as_browsers_write(text).as_deref() != Some(text);
            assert!(
                is_changed || text.contains('*') || text.starts_with("ftp:"),
                "{text}"
            );
            let error = text.parse::<Origin>().expect_err(text).to_string();
            assert!(error.contains(advice), "{text}: {error}");
            assert!(!error.contains("password@"), "{text}: {error}");
        }
    }
}

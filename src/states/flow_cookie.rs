//! The cookie of a flow, which proves that the browser of a callback has started it.

use std::str::from_utf8;
use std::time::Duration;

use cookie::{Cookie, SameSite, time};
use http::header::{COOKIE, HOST, SET_COOKIE};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue};

use super::cookie_name::{HOST_PREFIX, LOCALHOST_PREFIX, cookies};
use super::state::State;

/// The longest `Cookie` header that a new flow may cause, in bytes. Common servers reject header
/// lines of more than 8 KB.
const MAX_LINE_BYTES: usize = 8000;

/// How long the cookies of one response are together, in bytes, so that a request cannot ask for a
/// longer response than proxies forward: nginx accepts 4 KB of headers, and the address of Connect
/// can take a third of them.
const MAX_RESPONSE_BYTES: usize = 2500;

/// How many cookies of the same name are looked at. Without the `__Host-` prefix, other hosts can
/// set some, and a useless one must not hide the others.
const MAX_SAME_NAME: usize = 4;

/// The longest value of a cookie that is looked at, in bytes. Browsers drop longer cookies (RFC
/// 6265bis, section 5.6).
const MAX_VALUE_BYTES: usize = 4096;

/// The cookie of one flow.
pub(super) struct FlowCookie {
    prefix: &'static str,
    name: String,
    is_plain_http: bool,
}

impl FlowCookie {
    /// In development on `http://localhost`, the cookie is not `Secure`, because some browsers
    /// would drop it.
    pub(super) fn new(state: &State, is_plain_http: bool) -> Self {
        let prefix = match is_plain_http {
            true => LOCALHOST_PREFIX,
            false => HOST_PREFIX,
        };
        Self {
            name: format!("{prefix}{}", state.name()),
            prefix,
            is_plain_http,
        }
    }

    #[cfg(feature = "state-cookie")]
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The values that the browser sent for this cookie: one, unless another host has set more.
    pub(super) fn values<'h>(&'h self, headers: &'h HeaderMap) -> impl Iterator<Item = &'h str> {
        cookies(headers, &self.name)
            .filter(|(name, _)| *name == self.name.as_bytes())
            .filter(|(_, value)| value.len() <= MAX_VALUE_BYTES)
            .filter_map(|(_, value)| from_utf8(value).ok())
            .take(MAX_SAME_NAME)
    }

    /// The headers that set this cookie, and remove the cookies of older flows if all cookies
    /// together would be too long.
    ///
    /// Browsers list older cookies first (RFC 6265, section 5.4, step 2), so these are removed.
    pub(super) fn set(&self, value: &str, lifetime: Duration, request: &HeaderMap) -> HeaderMap {
        let mut cookie = self.with_attributes(&self.name, value);
        cookie.set_max_age(time::Duration::try_from(lifetime).unwrap_or(time::Duration::MAX));
        let cookie = header(&cookie);
        let mut response_bytes = cookie.len();
        let mut headers = HeaderMap::new();
        // The new cookie comes first: a gateway that keeps one header of each name keeps the first.
        headers.append(SET_COOKIE, cookie);

        let sent = request.get_all(COOKIE).iter();
        let mut bytes = sent.map(|line| line.len() + "; ".len()).sum::<usize>()
            + self.name.len()
            + value.len()
            + "=".len();
        let flows = cookies(request, self.prefix).filter_map(|(name, value)| {
            let flow = &name[self.prefix.len()..];
            let name = State::is_name(flow).then(|| from_utf8(name).ok())??;
            Some((name, name.len() + value.len() + "=; ".len()))
        });
        for (name, length) in flows {
            if bytes <= MAX_LINE_BYTES {
                break;
            }
            let removal = self.removal_of(name);
            response_bytes += SET_COOKIE.as_str().len() + removal.len() + ": \r\n".len();
            if response_bytes > MAX_RESPONSE_BYTES {
                break;
            }
            bytes -= length;
            headers.append(SET_COOKIE, removal);
        }
        headers
    }

    /// The header that removes this cookie.
    pub(super) fn removal(&self) -> HeaderValue {
        self.removal_of(&self.name)
    }

    /// `Max-Age` alone: an expiry date would depend on the clock of the system.
    fn removal_of(&self, name: &str) -> HeaderValue {
        let mut cookie = self.with_attributes(name, "");
        cookie.set_max_age(time::Duration::ZERO);
        header(&cookie)
    }

    fn with_attributes<'c>(&self, name: &'c str, value: &'c str) -> Cookie<'c> {
        let mut cookie = Cookie::new(name, value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_secure(!self.is_plain_http);
        cookie.set_same_site(SameSite::Lax);
        cookie
    }
}

/// Whether the browser asked for the host `localhost`.
pub(crate) fn asks_localhost(request: &Parts) -> bool {
    let host = request.headers.get(HOST).map(HeaderValue::as_bytes);
    let host = host.and_then(|host| Authority::try_from(host).ok());
    let authority = host.as_ref().or_else(|| request.uri.authority());
    authority.is_some_and(|authority| authority.host().eq_ignore_ascii_case("localhost"))
}

fn header(cookie: &Cookie<'_>) -> HeaderValue {
    HeaderValue::try_from(cookie.to_string())
        .expect("names, values and attributes of these cookies are printable ASCII")
}

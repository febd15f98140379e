//! The names of the cookies of flows.

use http::HeaderMap;
use http::header::COOKIE;

/// The prefix of every name. Except on `http://localhost`, `__Host-` precedes it. The name of the
/// flow follows.
pub(super) const PREFIX: &str = "smartcar-connect-";

/// Browsers only accept this prefix from the host itself (RFC 6265bis, section 4.1.3.2).
pub(super) const HOST_PREFIX: &str = "__Host-";

/// The names and values of all cookies. Nothing is copied: a header can be long.
///
/// Only white space of ASCII is removed around a name. To a browser, other white space is a part of
/// the name, which then has no `__Host-` prefix.
pub(super) fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = headers.get_all(COOKIE).iter();
    let cookies = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    cookies.filter_map(|cookie| {
        let cookie = cookie.trim_ascii();
        let end = cookie.iter().position(|byte| *byte == b'=')?;
        Some((&cookie[..end], &cookie[end + 1..]))
    })
}

/// Whether the browser sent a cookie of any flow.
#[cfg(any(feature = "metrics", feature = "tracing"))]
pub(crate) fn has_flow_cookie(headers: &HeaderMap) -> bool {
    pairs(headers).any(|(name, _)| {
        let name = name.strip_prefix(HOST_PREFIX.as_bytes()).unwrap_or(name);
        name.starts_with(PREFIX.as_bytes())
    })
}

//! The names of the cookies of flows.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use memchr::{memchr, memmem};

/// The prefix of every name on `http://localhost`. The name of the flow follows.
pub(super) const LOCALHOST_PREFIX: &str = "smartcar-connect-";

/// The prefix of every other name. Browsers only accept `__Host-` from the host itself (RFC 6265bis,
/// section 4.1.3.2).
pub(super) const HOST_PREFIX: &str = "__Host-smartcar-connect-";

/// The names and values of the cookies whose names begin with `prefix`. Nothing is copied, and the
/// other cookies are skipped quickly: a header can be long.
///
/// Only white space of ASCII is removed around a cookie. To a browser, other white space is a part
/// of the name, which then has no `__Host-` prefix.
pub(super) fn cookies<'h>(
    headers: &'h HeaderMap,
    prefix: &'h str,
) -> impl Iterator<Item = (&'h [u8], &'h [u8])> {
    let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    lines.flat_map(move |line| {
        let found = memmem::find_iter(line, prefix);
        found.filter_map(|start| {
            if !matches!(line[..start].trim_ascii_end().last(), None | Some(b';')) {
                return None;
            }
            let cookie = &line[start..];
            let cookie = &cookie[..memchr(b';', cookie).unwrap_or(cookie.len())];
            let end = memchr(b'=', cookie)?;
            Some((&cookie[..end], cookie[end + 1..].trim_ascii_end()))
        })
    })
}

/// Whether the browser sent a cookie of any flow.
#[cfg(any(feature = "metrics", feature = "tracing"))]
pub(crate) fn has_flow_cookie(headers: &HeaderMap) -> bool {
    let mut prefixes = [HOST_PREFIX, LOCALHOST_PREFIX].into_iter();
    prefixes.any(|prefix| cookies(headers, prefix).next().is_some())
}

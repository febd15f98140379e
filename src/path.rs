//! The forms of a path that some router would treat as the same route.

use http::Uri;
use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};

/// The characters that a path never contains unencoded: the path percent-encode set of the URL
/// standard, and those that would start another component.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The characters that a path segment never contains unencoded.
const NOT_IN_SEGMENT: &AsciiSet = &NOT_IN_PATH.add(b'/');

/// Whether some router may treat `path` as `callback_path`, although the two differ. Allocates
/// nothing, and rules out nearly all paths after their first bytes.
#[inline]
pub(crate) fn may_be_read_as(path: &str, callback_path: &str) -> bool {
    if callback_path.contains('%') {
        return callback_path.ends_with('/') || !is_canonical(path);
    }
    // Two forms of the same path first differ at an escape or at a slash, so nothing after the
    // first byte that differs matters.
    let (path, callback_path) = (path.as_bytes(), callback_path.as_bytes());
    let shared = path
        .iter()
        .zip(callback_path)
        .take_while(|(byte, other)| byte == other);
    let end = shared.count();
    matches!(
        (path.get(end), callback_path.get(end)),
        (Some(b'%' | b'/'), _) | (None, Some(b'/'))
    )
}

/// Whether routers that decode and normalize paths leave this one as it is, except that they may
/// add a slash at its end.
fn is_canonical(path: &str) -> bool {
    let is_plain = percent_encode(path.as_bytes(), NOT_IN_PATH).next() == Some(path);
    let path = path.as_bytes();
    is_plain
        && !path.windows(2).any(|pair| pair == b"//")
        && (path.len() == 1 || path.last() != Some(&b'/'))
}

/// The path after percent-decoding it as a whole, once, and merging runs of slashes. What a URI
/// cannot contain is encoded again.
fn canonical(path: &str) -> String {
    let mut bytes: Vec<u8> = percent_decode_str(path).collect();
    bytes.dedup_by(|next, previous| *next == b'/' && *previous == b'/');
    percent_encode(&bytes, NOT_IN_PATH).to_string()
}

/// The path after percent-decoding each segment, so that an escaped slash does not separate
/// segments, and merging runs of slashes.
pub(crate) fn canonical_by_segment(path: &str) -> String {
    let mut canonical = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let bytes: Vec<u8> = percent_decode_str(segment).collect();
        canonical.push('/');
        canonical.extend(percent_encode(&bytes, NOT_IN_SEGMENT));
    }
    if path.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// The URIs that routers may make of `uri` by decoding and normalizing its path, each with and
/// without a slash at the end. `None` stands for one that is too long for a URI.
pub(crate) fn readings(uri: &Uri) -> impl Iterator<Item = Option<Uri>> {
    let paths = [canonical(uri.path()), canonical_by_segment(uri.path())];
    paths.into_iter().flat_map(|path| {
        let path = path.strip_suffix('/').unwrap_or(&path);
        [
            with_path(uri, format!("{path}/")),
            with_path(uri, path.to_owned()),
        ]
    })
}

/// The path that is left when `prefix` is stripped from `path`; `None` if `path` is not below it.
pub(crate) fn without_prefix<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    match path.strip_prefix(prefix)? {
        "" => Some("/"),
        rest => rest.starts_with('/').then_some(rest),
    }
}

fn with_path(uri: &Uri, mut path: String) -> Option<Uri> {
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

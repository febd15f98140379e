//! The forms of a path that some routers treat as the same route.

use http::Uri;
use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};

/// The characters that are always encoded in a path: the path percent-encode set of the URL
/// standard, and the delimiters of other components.
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

/// The characters that are always encoded in a path segment.
const NOT_IN_SEGMENT: &AsciiSet = &NOT_IN_PATH.add(b'/');

/// Whether some router may treat `path` as `callback_path`, although the two differ.
///
/// This does not allocate, and rules out nearly all paths after their first bytes. It can return
/// `true` for a path that no router treats like this.
#[inline]
pub(crate) fn may_be_routed_as(path: &str, callback_path: &str) -> bool {
    if callback_path.contains('%') {
        return callback_path.ends_with('/') || !is_canonical(path);
    }
    // Two forms of a path first differ at an escape or at a slash, so the rest does not matter.
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

/// Whether routers that decode and normalize paths do not change this one, except for a slash that
/// they add at its end.
fn is_canonical(path: &str) -> bool {
    let is_plain = percent_encode(path.as_bytes(), NOT_IN_PATH).next() == Some(path);
    let path = path.as_bytes();
    is_plain
        && !path.windows(2).any(|pair| pair == b"//")
        && (path.len() == 1 || path.last() != Some(&b'/'))
}

/// Percent-decodes the path as a whole, once, and merges slashes. Characters that a URI cannot
/// contain are encoded again.
fn canonical(path: &str) -> String {
    let mut bytes: Vec<u8> = percent_decode_str(path).collect();
    bytes.dedup_by(|next, previous| *next == b'/' && *previous == b'/');
    percent_encode(&bytes, NOT_IN_PATH).to_string()
}

/// Percent-decodes each segment, so that an escaped slash does not separate segments, and merges
/// slashes.
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

/// The URIs that routers can make of `uri` when they decode and normalize its path, each with and
/// without a slash at the end. `None` stands for a URI that would be too long.
pub(crate) fn normalized_forms(uri: &Uri) -> impl Iterator<Item = Option<Uri>> {
    let paths = [canonical(uri.path()), canonical_by_segment(uri.path())];
    paths.into_iter().flat_map(|path| {
        let path = path.strip_suffix('/').unwrap_or(&path);
        [
            with_path(uri, format!("{path}/")),
            with_path(uri, path.to_owned()),
        ]
    })
}

/// Strips `prefix` from `path`. `None` if `path` is not below it.
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

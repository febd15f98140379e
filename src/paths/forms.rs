//! What is a path that browsers send, and which paths some routers treat as the same route.

use std::iter;

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

/// What is wrong with a callback path, and what to change.
pub(crate) fn problem(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') {
        Some("does not begin with `/`; pass only the path of the redirect URI")
    } else if path.contains(['?', '#']) {
        Some("contains `?` or `#`; pass only the path of the redirect URI")
    } else if path.contains(['{', '}', ' ']) {
        Some(
            "contains a character that browsers never send in a path; percent-encode it, or use \
             `CallbackPaths::matching` for a pattern",
        )
    } else if path.contains(|character: char| character.is_control() || character == '\\') {
        Some(
            "contains a control character or a backslash, which browsers never send in a path; remove it",
        )
    } else if path.split('/').any(is_dot_segment) {
        Some(
            "has a segment `.` or `..`, which browsers resolve before they send it; pass the resolved path",
        )
    } else {
        None
    }
}

/// Whether this is a single-dot or double-dot segment in the URL standard.
pub(crate) fn is_dot_segment(segment: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(segment).collect();
    matches!(&decoded[..], b"." | b"..")
}

/// Whether `path` is `callback_path`, or some router may treat it like that.
///
/// This does not allocate, and rules out nearly all paths after their first bytes. It can return
/// `true` for a path that no router treats like this.
#[inline]
pub(super) fn may_be_routed_as(path: &str, callback_path: &str) -> bool {
    let (path, callback_path) = (path.as_bytes(), callback_path.as_bytes());
    let shared = iter::zip(path, callback_path)
        .take_while(|(byte, other)| byte == other)
        .count();
    // Two forms of a path first differ at a slash, at an escape, or within one.
    match (path.get(shared), callback_path.get(shared)) {
        (Some(b'%' | b'/'), _) | (_, Some(b'%')) | (None, None | Some(b'/')) => true,
        _ => path[..shared]
            .iter()
            .rev()
            .take(2)
            .any(|byte| *byte == b'%'),
    }
}

/// Whether the path has an escape or two slashes in a row, so that some routers change it.
#[inline]
pub(super) fn has_escape_or_empty_segment(path: &str) -> bool {
    let mut previous = b' ';
    path.bytes().any(|byte| {
        let follows_slash = previous == b'/';
        previous = byte;
        byte == b'%' || (byte == b'/' && follows_slash)
    })
}

/// Whether the path has a character that a canonical path has only as an escape.
#[inline]
pub(super) fn has_raw_character(path: &str) -> bool {
    percent_encode(path.as_bytes(), NOT_IN_PATH).next() != Some(path)
}

/// Percent-decodes the path as a whole, once, and merges slashes. Characters that a URI cannot
/// contain are encoded again.
pub(super) fn canonical(path: &str) -> String {
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
pub(super) fn normalized_forms(uri: &Uri) -> impl Iterator<Item = Option<Uri>> {
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
pub(super) fn without_prefix<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
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

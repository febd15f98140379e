//! The spellings of a path that some router would take for the same route.

use http::Uri;
use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};

/// How the path of a request is spelled that may be a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spelling {
    /// It is no callback path, but a router may read it as another path, which may be one.
    NotCanonical,
    /// It is a callback path. The greater of the two, since it says more.
    AsConfigured,
}

/// What a path cannot have raw: the path percent-encode set of the URL standard, and what would begin another part.
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

/// What a segment of a path cannot have raw.
const NOT_IN_SEGMENT: &AsciiSet = &NOT_IN_PATH.add(b'/');

/// Whether a tolerant router reads a path as it is, except that it may add a slash at the end. Allocates nothing.
pub(super) fn is_canonical(path: &str) -> bool {
    let is_plain = percent_encode(path.as_bytes(), NOT_IN_PATH).next() == Some(path);
    let path = path.as_bytes();
    is_plain && !path.windows(2).any(|pair| pair == b"//") && (path.len() == 1 || path.last() != Some(&b'/'))
}

/// How `path` spells `callback_path`, which has no escape; `None` where it spells another path. Another spelling of the
/// same path parts from it at an escape or at a slash, so nothing is looked at after the first byte that differs.
#[inline]
pub(super) fn of(path: &str, callback_path: &str) -> Option<Spelling> {
    let (path, callback_path) = (path.as_bytes(), callback_path.as_bytes());
    let shared = path.iter().zip(callback_path).take_while(|(byte, other)| byte == other);
    let parting = shared.count();
    match (path.get(parting), callback_path.get(parting)) {
        (None, None) => Some(Spelling::AsConfigured),
        (Some(b'%' | b'/'), _) | (None, Some(b'/')) => Some(Spelling::NotCanonical),
        _ => None,
    }
}

/// The path as a router reads it that percent-decodes it as a whole, once, and merges runs of slashes. What a URI
/// cannot have raw is encoded again.
pub(super) fn canonical(path: &str) -> String {
    let mut bytes: Vec<u8> = percent_decode_str(path).collect();
    bytes.dedup_by(|next, previous| *next == b'/' && *previous == b'/');
    percent_encode(&bytes, NOT_IN_PATH).to_string()
}

/// The path as a router reads it that percent-decodes segment by segment, so that an escaped slash is no separator.
fn canonical_by_segment(path: &str) -> String {
    let mut canonical = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let bytes: Vec<u8> = percent_decode_str(segment).collect();
        canonical.push('/');
        canonical.extend(percent_encode(&bytes, NOT_IN_SEGMENT));
    }
    canonical
}

/// A URI as tolerant routers read it, each reading with and without a slash at the end of its path; `None` for one that
/// is longer than a URI can be.
pub(super) fn readings(uri: &Uri) -> impl Iterator<Item = Option<Uri>> {
    let paths = [canonical(uri.path()), canonical_by_segment(uri.path())];
    paths.into_iter().flat_map(|path| {
        let path = path.strip_suffix('/').unwrap_or(&path);
        [with_path(uri, format!("{path}/")), with_path(uri, path.to_owned())]
    })
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

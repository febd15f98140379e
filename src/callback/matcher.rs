//! Which requests come to a callback path.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;
use http::Uri;
use percent_encoding::percent_decode_str;

use super::spelling::{self, Spelling};

/// Decides whether a URI is one that Connect redirects to.
///
/// Any `Fn(&Uri) -> bool` is a matcher, for callback paths that are not a fixed list:
///
/// ```
/// use http::Uri;
/// use tower_smartcar_connect::ConnectCallbackLayer;
///
/// // `/tenants/{id}/callback`
/// let layer = ConnectCallbackLayer::matching(|uri: &Uri| {
///     uri.path()
///         .strip_prefix("/tenants/")
///         .and_then(|rest| rest.strip_suffix("/callback"))
///         .is_some_and(|id| !id.is_empty() && !id.contains('/'))
/// });
/// ```
///
/// The layer asks about every request that has a query, so an answer should be cheap. It asks about the URI as sent,
/// and, where the answer is no and the query has a Connect result, about its path as tolerant routers read it: decoded
/// as a whole and segment by segment, with slashes merged, and with and without a slash at the end. A matcher need not
/// care about spellings itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decide which URIs are callbacks",
    label = "not a matcher",
    note = "a matcher is a `Fn(&http::Uri) -> bool`, or a type that implements `MatchCallback`",
    note = "fixed paths are for `ConnectCallbackLayer::new`"
)]
pub trait MatchCallback {
    /// Whether the path of `uri` is a callback path.
    fn matches(&self, uri: &Uri) -> bool;

    /// How the path of `uri` is spelled, if it may be a callback path.
    #[doc(hidden)]
    #[inline]
    fn spelling(&self, uri: &Uri) -> Option<Spelling> {
        // A path without its last slash looks like any other, so only the query can tell that this is no callback.
        match self.matches(uri) {
            true => Some(Spelling::AsConfigured),
            false => Some(Spelling::NotCanonical),
        }
    }
}

impl<F> MatchCallback for F
where
    F: Fn(&Uri) -> bool,
{
    #[inline]
    fn matches(&self, uri: &Uri) -> bool {
        self(uri)
    }
}

/// The matcher of [`ConnectCallbackLayer::new`](super::ConnectCallbackLayer::new): a fixed list of paths.
#[derive(Clone)]
pub struct CallbackPaths {
    paths: Arc<Paths>,
}

enum Paths {
    /// None of them has an escape.
    Few(Vec<String>),
    Others {
        paths: HashSet<String, RandomState>,
        /// Whether a router that adds a slash at the end may make one of them out of another path.
        have_slash_at_end: bool,
    },
}

/// The most paths that are compared one by one. With about twice as many, hashing the path of a request is as quick.
const FEW: usize = 4;

impl CallbackPaths {
    /// # Panics
    ///
    /// As [`ConnectCallbackLayer::new`](super::ConnectCallbackLayer::new) documents.
    #[track_caller]
    pub(super) fn new(paths: Vec<String>) -> Self {
        assert!(
            !paths.is_empty(),
            "no callback path is given; give at least one, such as \"/callback\""
        );
        let mut set = HashSet::default();
        for path in paths {
            assert!(
                path.starts_with('/'),
                "callback path {path:?} does not begin with `/`; give the path of the redirect URI alone"
            );
            assert!(
                !path.contains(['?', '#']),
                "callback path {path:?} contains `?` or `#`; give the path of the redirect URI alone"
            );
            assert!(
                !path.contains(['{', '}', ' ']),
                "callback path {path:?} contains a character that browsers never send in a path; percent-encode it, or \
                 use `ConnectCallbackLayer::matching` for a pattern"
            );
            assert!(
                !path.contains(|character: char| character.is_control() || character == '\\'),
                "callback path {path:?} contains a control character or a backslash, which browsers never send in a \
                 path; remove it"
            );
            assert!(
                !path.split('/').any(is_dot_segment),
                "callback path {path:?} has a segment `.` or `..`, which browsers resolve before they send it; give the \
                 path that is left"
            );
            // A path that is registered in another spelling than the canonical one is a callback in both.
            set.insert(spelling::canonical(&path));
            set.insert(path);
        }
        let has_escape = set.iter().any(|path| path.contains('%'));
        let paths = if set.len() <= FEW && !has_escape {
            Paths::Few(set.into_iter().collect())
        } else {
            Paths::Others {
                have_slash_at_end: set.iter().any(|path| path.ends_with('/')),
                paths: set,
            }
        };
        Self { paths: Arc::new(paths) }
    }
}

/// Whether the URL standard calls it a single-dot or a double-dot segment.
fn is_dot_segment(segment: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(segment).collect();
    matches!(&decoded[..], b"." | b"..")
}

impl MatchCallback for CallbackPaths {
    #[inline]
    fn matches(&self, uri: &Uri) -> bool {
        match &*self.paths {
            Paths::Few(paths) => paths.iter().any(|path| path == uri.path()),
            Paths::Others { paths, .. } => paths.contains(uri.path()),
        }
    }

    #[inline]
    fn spelling(&self, uri: &Uri) -> Option<Spelling> {
        let path = uri.path();
        match &*self.paths {
            Paths::Few(paths) => paths
                .iter()
                .map(|callback| spelling::of(path, callback))
                .fold(None, Option::max),
            Paths::Others { paths, .. } if paths.contains(path) => Some(Spelling::AsConfigured),
            Paths::Others { have_slash_at_end, .. } if !have_slash_at_end && spelling::is_canonical(path) => None,
            Paths::Others { .. } => Some(Spelling::NotCanonical),
        }
    }
}

impl fmt::Debug for CallbackPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: BTreeSet<_> = match &*self.paths {
            Paths::Few(paths) => paths.iter().collect(),
            Paths::Others { paths, .. } => paths.iter().collect(),
        };
        paths.fmt(f)
    }
}

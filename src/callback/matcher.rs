//! Which requests come to a callback path.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;
use http::Uri;

use super::spelling;

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
/// and, where the answer is no and the query has a Connect result, about the canonical spelling of its path. A matcher
/// need not care about spellings itself.
pub trait MatchCallback {
    /// Whether the path of `uri` is a callback path.
    fn matches(&self, uri: &Uri) -> bool;
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
    paths: Arc<HashSet<String, RandomState>>,
}

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
            // A path that is registered in another spelling than the canonical one is a callback in both.
            set.insert(spelling::canonical(&path));
            set.insert(path);
        }
        Self { paths: Arc::new(set) }
    }
}

impl MatchCallback for CallbackPaths {
    #[inline]
    fn matches(&self, uri: &Uri) -> bool {
        self.paths.contains(uri.path())
    }
}

impl fmt::Debug for CallbackPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.paths.fmt(f)
    }
}

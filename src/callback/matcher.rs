//! Which requests come to a callback path.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;
use http::Uri;

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
/// and, where the answer is no and the query has a Connect result, about the canonical spelling of its path. A matcher
/// need not care about spellings itself.
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
        if self.matches(uri) {
            Some(Spelling::AsConfigured)
        } else if spelling::is_canonical(uri.path()) {
            None
        } else {
            Some(Spelling::NotCanonical)
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
    Others(HashSet<String, RandomState>),
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
            // A path that is registered in another spelling than the canonical one is a callback in both.
            set.insert(spelling::canonical(&path));
            set.insert(path);
        }
        let has_escape = set.iter().any(|path| path.contains('%'));
        let paths = if set.len() <= FEW && !has_escape {
            Paths::Few(set.into_iter().collect())
        } else {
            Paths::Others(set)
        };
        Self { paths: Arc::new(paths) }
    }
}

impl MatchCallback for CallbackPaths {
    #[inline]
    fn matches(&self, uri: &Uri) -> bool {
        match &*self.paths {
            Paths::Few(paths) => paths.iter().any(|path| path == uri.path()),
            Paths::Others(paths) => paths.contains(uri.path()),
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
            Paths::Others(paths) if paths.contains(path) => Some(Spelling::AsConfigured),
            Paths::Others(_) if spelling::is_canonical(path) => None,
            Paths::Others(_) => Some(Spelling::NotCanonical),
        }
    }
}

impl fmt::Debug for CallbackPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.paths {
            Paths::Few(paths) => f.debug_set().entries(paths).finish(),
            Paths::Others(paths) => paths.fmt(f),
        }
    }
}

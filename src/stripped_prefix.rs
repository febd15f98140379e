//! A prefix that a proxy or a router strips from the path before a request comes here.

use std::sync::Arc;

use http::Uri;

use crate::path;

/// A prefix that is stripped from the path before a request comes here.
pub(crate) struct StrippedPrefix {
    /// In its canonical form.
    prefix: String,
    /// The callback paths that browsers ask for, some of which may not have the prefix. `None` for
    /// a predicate.
    #[cfg_attr(not(feature = "state-cookie"), expect(dead_code))]
    asked_for: Option<Arc<[String]>>,
}

impl StrippedPrefix {
    /// Strips `prefix` from the callback paths, if they are a list, which then holds what is left
    /// of them.
    ///
    /// # Panics
    ///
    /// If none of them begins with it.
    #[track_caller]
    pub(crate) fn new(prefix: &str, paths: Option<&mut Arc<[String]>>) -> Self {
        let canonical = path::canonical_by_segment(prefix);
        let asked_for = paths.map(|paths| {
            let asked_for = paths.clone();
            // Each path is in the list as it was given, and in its canonical form.
            let stripped = |path: &String| {
                path::without_prefix(path, prefix)
                    .or_else(|| path::without_prefix(path, &canonical))
                    .map(str::to_owned)
            };
            assert!(
                paths.iter().any(|path| stripped(path).is_some()),
                "no callback path begins with the prefix {prefix:?}: {paths:?}; pass the paths as the browser sees \
                 them, or leave out the prefix"
            );
            *paths = paths
                .iter()
                .map(|path| stripped(path).unwrap_or_else(|| path.clone()))
                .collect();
            asked_for
        });
        Self {
            prefix: canonical,
            asked_for,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.prefix
    }

    /// Whether a browser that asks for `callback_path` is served on `path`. Both are in their
    /// canonical form.
    #[cfg(feature = "state-cookie")]
    fn leads(&self, callback_path: &str, path: &str) -> bool {
        let is_below = path::without_prefix(callback_path, &self.prefix) == Some(path);
        match &self.asked_for {
            Some(asked_for) => {
                (is_below || callback_path == path)
                    && asked_for.iter().any(|asked| asked == callback_path)
            }
            None => is_below,
        }
    }
}

/// The URI on which a callback matched, in the extensions of its request. `StateCookie` reads it.
#[derive(Clone)]
#[cfg_attr(not(feature = "state-cookie"), expect(dead_code))]
pub(crate) struct MatchedUri {
    uri: Uri,
    stripped: Option<Arc<StrippedPrefix>>,
}

impl MatchedUri {
    pub(crate) fn new(uri: Uri, stripped: Option<Arc<StrippedPrefix>>) -> Self {
        Self { uri, stripped }
    }

    /// Whether the browser may have asked for this callback path, which is in its canonical form.
    #[cfg(feature = "state-cookie")]
    pub(crate) fn is_at(&self, callback_path: &str) -> bool {
        let path = path::canonical_by_segment(self.uri.path());
        match &self.stripped {
            Some(stripped) => stripped.leads(callback_path, &path),
            None => callback_path == path,
        }
    }
}

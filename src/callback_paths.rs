//! Which requests are callbacks.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;

use crate::invalid::{InvalidCallback, InvalidCallbackKind};
use crate::outcome::ConnectOutcome;
use crate::path;
use crate::query::DEFAULT_MAX_BYTES;
use crate::stripped_prefix::{MatchedUri, StrippedPrefix};
use crate::visit;

/// The paths that Connect redirects to: a list, or a predicate on the URI.
///
/// You rarely name this type, because [`ConnectCallbackLayer::new`] accepts everything that
/// converts into it: a `&str`, a `String`, or an array, slice or `Vec` of them. The conversions
/// panic as described there.
///
/// To read callbacks without the layer, call [`read`](Self::read), which is a pure function. The
/// layer calls it too.
///
/// ```
/// use http::{Method, Uri};
/// use tower_smartcar_connect::{CallbackPaths, Verified};
///
/// let paths = CallbackPaths::from("/callback");
/// let uri = Uri::from_static("/callback?code=90abecb6&state=0facda3319");
/// let outcome = paths.read(&Method::GET, &uri)?.expect("this is a callback");
///
/// // The state that was issued to this browser.
/// let issued = "0facda3319";
/// let (outcome, _) = outcome.verify(|state| Verified::by_comparing(issued, state))?;
/// assert!(outcome.is_verified());
///
/// assert!(paths.read(&Method::GET, &Uri::from_static("/callback?page=2"))?.is_none());
/// assert!(paths.read(&Method::POST, &uri).is_err());
/// assert!(paths.read(&Method::GET, &Uri::from_static("/call%62ack?code=1")).is_err());
/// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
/// ```
///
/// [`ConnectCallbackLayer::new`]: crate::ConnectCallbackLayer::new
#[derive(Clone)]
pub struct CallbackPaths {
    matcher: Matcher,
    max_query_bytes: usize,
    requires_result: bool,
    stripped: Option<Arc<StrippedPrefix>>,
}

#[derive(Clone)]
enum Matcher {
    Paths(Arc<[String]>),
    Predicate(Arc<dyn Fn(&Uri) -> bool + Send + Sync>),
}

impl CallbackPaths {
    /// Matches the URIs for which `predicate` returns `true`, if the paths are not a fixed list.
    ///
    /// The predicate is called for requests whose query has a Connect result. It must only depend
    /// on the URI, because it can be called several times: with the URI as it was sent, and, if it
    /// returns `false`, with what routers can make of it. Those URIs are percent-decoded as a whole
    /// and segment by segment, have their slashes merged, and end with and without a slash.
    ///
    /// ```
    /// use http::{Method, Uri};
    /// use tower_smartcar_connect::CallbackPaths;
    ///
    /// // `/tenants/{id}/callback`
    /// let paths = CallbackPaths::matching(|uri| {
    ///     uri.path()
    ///         .strip_prefix("/tenants/")
    ///         .and_then(|rest| rest.strip_suffix("/callback"))
    ///         .is_some_and(|id| !id.is_empty() && !id.contains('/'))
    /// });
    /// let uri = Uri::from_static("/tenants/7/callback?error=access_denied");
    /// assert!(paths.read(&Method::GET, &uri)?.is_some());
    /// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
    /// ```
    pub fn matching<P>(predicate: P) -> Self
    where
        P: Fn(&Uri) -> bool + Send + Sync + 'static,
    {
        Self::new(Matcher::Predicate(Arc::new(predicate)))
    }

    /// Limits the query of a callback to this many bytes instead of 8192. A longer query is
    /// rejected and not read.
    ///
    /// Values above 65,534 have no effect, because an [`http::Uri`] is never longer.
    #[must_use]
    pub fn max_query_bytes(mut self, bytes: usize) -> Self {
        self.max_query_bytes = bytes;
        self
    }

    /// Sets whether a `GET` or `HEAD` on a callback path without a Connect result is an invalid
    /// callback ([`NoResult`](InvalidCallbackKind::NoResult)). By default it is not a callback.
    #[must_use]
    pub fn require_result(mut self, required: bool) -> Self {
        self.requires_result = required;
        self
    }

    /// Removes a prefix from the callback paths: the one that a proxy or a router strips before it
    /// forwards a request.
    ///
    /// [`ConnectCallbackLayer::stripped_prefix`](crate::ConnectCallbackLayer::stripped_prefix) has
    /// the rules, and panics for the same prefixes.
    ///
    /// # Panics
    ///
    /// If the prefix is not one that the paths can lose.
    ///
    /// ```
    /// use http::{Method, Uri};
    /// use tower_smartcar_connect::CallbackPaths;
    ///
    /// // The browser asks for `/app/callback`.
    /// let paths = CallbackPaths::from("/app/callback").stripped_prefix("/app");
    /// let uri = Uri::from_static("/callback?error=access_denied");
    /// assert!(paths.read(&Method::GET, &uri)?.is_some());
    /// # Ok::<_, tower_smartcar_connect::InvalidCallback>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn stripped_prefix(mut self, prefix: &str) -> Self {
        if let Some(problem) = prefix_problem(prefix) {
            panic!("prefix {prefix:?} {problem}");
        }
        assert!(
            self.stripped.is_none(),
            "prefix {prefix:?} is the second one; pass everything that is stripped as one prefix, such as \"/app/api\""
        );
        let paths = match &mut self.matcher {
            Matcher::Paths(paths) => Some(paths),
            Matcher::Predicate(_) => None,
        };
        self.stripped = Some(Arc::new(StrippedPrefix::new(prefix, paths)));
        self
    }

    /// The [`MatchedUri`] of a callback.
    pub(crate) fn matched(&self, uri: Uri) -> MatchedUri {
        MatchedUri::new(uri, self.stripped.clone())
    }

    /// Whether a request without a query can be an invalid callback.
    #[inline]
    pub(crate) fn requires_result(&self) -> bool {
        self.requires_result
    }

    /// Returns the outcome of a callback, or `None` if the request is not a callback.
    ///
    /// Pass the URI as it was sent: a framework that decodes the query and encodes it again can
    /// lose a description without a name. The `state` is not verified yet. Call
    /// [`ConnectOutcome::verify`].
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidCallback`] if the request is a callback that must not reach your routes.
    /// The [rules](crate::callback#rules) say when.
    pub fn read(
        &self,
        method: &Method,
        uri: &Uri,
    ) -> Result<Option<ConnectOutcome>, InvalidCallback> {
        self.read_either(method, uri, None)
    }

    /// Returns whether a browser sent a request with these headers ahead of a visit, as
    /// `Sec-Purpose: prefetch` says. The visit may never come.
    ///
    /// Respond to such a callback with `503 Service Unavailable`, and do not call a handler: it
    /// would use the outcome up before the owner arrives. The layer does this for you, and it does
    /// not call a handler for a `HEAD` either.
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue};
    /// use tower_smartcar_connect::CallbackPaths;
    ///
    /// let mut headers = HeaderMap::new();
    /// assert!(!CallbackPaths::is_speculative(&headers));
    /// headers.insert("sec-purpose", HeaderValue::from_static("prefetch;prerender"));
    /// assert!(CallbackPaths::is_speculative(&headers));
    /// ```
    #[must_use]
    pub fn is_speculative(headers: &HeaderMap) -> bool {
        visit::is_speculative(headers)
    }

    /// Like [`read`](Self::read), but also matches `original`, the URI before a router changed it.
    pub(crate) fn read_either(
        &self,
        method: &Method,
        uri: &Uri,
        original: Option<&Uri>,
    ) -> Result<Option<ConnectOutcome>, InvalidCallback> {
        let uris = || [Some(uri), original].into_iter().flatten();
        if !uris().any(|uri| self.may_match(uri)) {
            return Ok(None);
        }
        let outcome = ConnectOutcome::from_uri_within(uri, self.max_query_bytes);
        let is_visit = matches!(*method, Method::GET | Method::HEAD);
        if matches!(outcome, Ok(None)) {
            return if self.requires_result && is_visit && uris().any(|uri| self.matches(uri)) {
                Err(InvalidCallbackKind::NoResult.into())
            } else {
                outcome
            };
        }
        if !uris().any(|uri| self.matches(uri)) {
            // A URI that cannot be built cannot be checked, so it counts as a callback.
            let mut forms = uris().flat_map(path::normalized_forms);
            return if forms.any(|form| form.is_none_or(|uri| self.matches(&uri))) {
                Err(InvalidCallbackKind::NonCanonicalPath.into())
            } else {
                Ok(None)
            };
        }
        if outcome.is_ok() && !is_visit {
            return Err(InvalidCallbackKind::UnexpectedMethod.into());
        }
        outcome
    }

    /// Whether the path of `uri` is a callback path.
    #[inline]
    pub(crate) fn matches(&self, uri: &Uri) -> bool {
        match &self.matcher {
            Matcher::Paths(paths) => paths.iter().any(|path| path == uri.path()),
            Matcher::Predicate(predicate) => predicate(uri),
        }
    }

    /// Whether the path of `uri` is a callback path, or can become one in a router that decodes or
    /// normalizes paths.
    #[inline]
    pub(crate) fn may_match(&self, uri: &Uri) -> bool {
        match &self.matcher {
            Matcher::Paths(paths) => paths
                .iter()
                .any(|path| path == uri.path() || path::may_be_routed_as(uri.path(), path)),
            // The predicate can match any path, so the query decides.
            Matcher::Predicate(_) => true,
        }
    }

    fn new(matcher: Matcher) -> Self {
        Self {
            matcher,
            max_query_bytes: DEFAULT_MAX_BYTES,
            requires_result: false,
            stripped: None,
        }
    }

    /// # Panics
    ///
    /// As [`ConnectCallbackLayer::new`](crate::ConnectCallbackLayer::new) documents.
    #[track_caller]
    fn from_list(list: impl IntoIterator<Item = String>) -> Self {
        let mut paths = Vec::new();
        for path in list {
            if let Some(problem) = problem(&path) {
                panic!("callback path {path:?} {problem}");
            }
            // A configured path also matches in its canonical form.
            paths.push(path::canonical_by_segment(&path));
            paths.push(path);
        }
        assert!(
            !paths.is_empty(),
            "no callback path is given; pass at least one, such as \"/callback\""
        );
        paths.sort();
        paths.dedup();
        Self::new(Matcher::Paths(paths.into()))
    }
}

/// What is wrong with a callback path, and what to change.
pub(crate) fn problem(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') {
        Some("does not begin with `/`; pass only the path of the redirect URI")
    } else if path.contains(['?', '#']) {
        Some("contains `?` or `#`; pass only the path of the redirect URI")
    } else if path.contains(['{', '}', ' ']) {
        Some(
            "contains a character that browsers never send in a path; percent-encode it, or use \
             `ConnectCallbackLayer::matching` for a pattern",
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

/// What is wrong with a prefix of callback paths, and what to change.
fn prefix_problem(prefix: &str) -> Option<&'static str> {
    if !prefix.starts_with('/') {
        Some("does not begin with `/`; write it as the browser sees it, such as \"/app\"")
    } else if prefix.ends_with('/') {
        Some("ends with `/`; remove the slash, as in \"/app\"")
    } else {
        problem(prefix)
    }
}

/// Whether this is a single-dot or double-dot segment in the URL standard.
pub(crate) fn is_dot_segment(segment: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(segment).collect();
    matches!(&decoded[..], b"." | b"..")
}

impl From<&str> for CallbackPaths {
    #[track_caller]
    fn from(path: &str) -> Self {
        Self::from_list([path.to_owned()])
    }
}

impl From<String> for CallbackPaths {
    #[track_caller]
    fn from(path: String) -> Self {
        Self::from_list([path])
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for CallbackPaths {
    #[track_caller]
    fn from(paths: [T; N]) -> Self {
        Self::from_list(paths.into_iter().map(Into::into))
    }
}

impl<T: Into<String>> From<Vec<T>> for CallbackPaths {
    #[track_caller]
    fn from(paths: Vec<T>) -> Self {
        Self::from_list(paths.into_iter().map(Into::into))
    }
}

impl<T: Clone + Into<String>> From<&[T]> for CallbackPaths {
    #[track_caller]
    fn from(paths: &[T]) -> Self {
        Self::from_list(paths.iter().cloned().map(Into::into))
    }
}

/// Prints the list of paths.
impl fmt::Debug for CallbackPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("CallbackPaths");
        if let Matcher::Paths(paths) = &self.matcher {
            debug.field("paths", paths);
        }
        let prefix = self.stripped.as_deref().map(StrippedPrefix::as_str);
        debug
            .field("stripped_prefix", &prefix)
            .field("max_query_bytes", &self.max_query_bytes)
            .field("requires_result", &self.requires_result)
            .finish_non_exhaustive()
    }
}

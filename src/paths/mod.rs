//! Which requests are callbacks.

pub(crate) mod forms;
pub(crate) mod into_callback_paths;
mod listed;
mod matched;
#[cfg(any(feature = "responses", feature = "start"))]
pub(crate) mod origin;
pub(crate) mod place;
#[cfg(any(feature = "start", feature = "url"))]
pub(crate) mod redirect_uri;

use std::fmt;
use std::sync::Arc;

use http::{Method, Uri};

pub use self::into_callback_paths::IntoCallbackPaths;
#[cfg(feature = "start")]
pub(crate) use self::into_callback_paths::IntoPlace;
#[cfg(not(feature = "start"))]
use self::into_callback_paths::IntoPlace;
use self::listed::Listed;
pub use self::matched::MatchedCallback;
#[cfg(any(feature = "responses", feature = "start"))]
pub use self::origin::{InvalidOrigin, Origin};
pub(crate) use self::place::Place;
#[cfg(any(feature = "start", feature = "url"))]
pub use self::redirect_uri::InvalidRedirectUri;
use crate::outcome::ConnectOutcome;
use crate::outcome::rejected::{RejectedCallback, RejectionReason};

/// The paths that Connect redirects to: a list, or a predicate on the URI.
///
/// You need this type for [a predicate](Self::matching) or [redirect
/// URIs](Self::for_redirect_uris), and to read callbacks without the layer, by [`read`](Self::read).
/// Otherwise, pass the paths themselves to [`ConnectCallbackLayer::new`].
///
/// ```
/// use http::{Method, Uri};
/// use tower_smartcar_connect::paths::CallbackPaths;
///
/// let paths = CallbackPaths::new(["/callback", "/reauth"]);
/// let uri = Uri::from_static("/reauth?vehicle_id=sc4a1b01e5&state=0facda3319");
/// let callback = paths.read(&Method::GET, &uri)?.expect("this is a callback");
/// assert_eq!(callback.path(), "/reauth");
/// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
/// ```
///
/// [`ConnectCallbackLayer::new`]: crate::ConnectCallbackLayer::new
#[derive(Clone)]
pub struct CallbackPaths {
    matcher: Matcher,
    /// In its canonical form.
    stripped_prefix: Option<Arc<str>>,
    allows_visits: bool,
}

#[derive(Clone)]
enum Matcher {
    Listed(Arc<Listed>),
    Predicate(Arc<dyn Fn(&Uri) -> bool + Send + Sync>),
}

impl CallbackPaths {
    /// Creates callback paths from a path, a list of paths, or a [`&ConnectUrl`](crate::ConnectUrl).
    ///
    /// # Panics
    ///
    /// If the list is empty, or if a path can never match: see [`IntoCallbackPaths`].
    #[track_caller]
    pub fn new(paths: impl IntoCallbackPaths) -> Self {
        paths.into_callback_paths()
    }

    /// Creates callback paths that match the URIs for which `predicate` returns `true`, for paths
    /// that are not a fixed list.
    ///
    /// The predicate decides only about requests whose query has the parameters of a callback, so
    /// visits without an outcome are never rejected. The exception is a query of more than 8192
    /// bytes, which is not read: if the predicate returns `true`, the request is rejected. So let it
    /// return `false` for pages of your own with long queries.
    ///
    /// It must depend on nothing but the URI, because it can be called several times for one request:
    /// with the URI as it was sent, and, if it returns `false`, with the URIs that a tolerant router
    /// could make of it. Those are percent-decoded as a whole and segment by segment, have their
    /// slashes merged, and end with and without a slash.
    ///
    /// ```
    /// use http::{Method, Uri};
    /// use tower_smartcar_connect::paths::CallbackPaths;
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
    /// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
    /// ```
    pub fn matching<P>(predicate: P) -> Self
    where
        P: Fn(&Uri) -> bool + Send + Sync + 'static,
    {
        Self::with(Matcher::Predicate(Arc::new(predicate)))
    }

    /// Creates the callback paths of these redirect URIs, written as they are registered in the
    /// Smartcar dashboard.
    ///
    /// If you start flows with a [`ConnectUrl`](crate::ConnectUrl), pass that to [`new`](Self::new)
    /// instead.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidRedirectUri`] if the list is empty, if a URI can never send a callback to
    /// this server, or if two URIs have different spellings of one path. Its message says what to
    /// change.
    ///
    /// ```
    /// use tower_smartcar_connect::paths::CallbackPaths;
    ///
    /// // The paths `/connect/callback` and `/`.
    /// let paths = CallbackPaths::for_redirect_uris([
    ///     "https://example.com/connect/callback",
    ///     "http://localhost:8000",
    /// ])?;
    /// # Ok::<_, tower_smartcar_connect::paths::InvalidRedirectUri>(())
    /// ```
    #[cfg(feature = "url")]
    pub fn for_redirect_uris<U>(uris: U) -> Result<Self, InvalidRedirectUri>
    where
        U: IntoIterator<Item: AsRef<str>>,
    {
        let paths = redirect_uri::callback_paths(uris)?;
        Ok(Self::list(paths))
    }

    /// Removes a prefix from the callback paths: the one that a proxy or a router strips before it
    /// forwards a request.
    ///
    /// List the paths as the browser asks for them, so that Smartcar, `ConnectUrl` and the layer get
    /// the same ones. `prefix` is what the path loses on the way. If both a proxy and a router strip
    /// something, pass it as one prefix, such as `/app/api`. Listed paths without the prefix do not
    /// change.
    ///
    /// - [`MatchedCallback::path`] is the path that the browser asked for, and `StateCookie` accepts
    ///   a state only on the path that it was issued for.
    /// - A [predicate](Self::matching) gets the URI without the prefix. The browser counts as having
    ///   asked for the prefix and the whole path behind it, so `/` stands for `/app/`.
    /// - The targets of your responses, such as the one of `RedirectTo`, need the prefix.
    ///
    /// # Panics
    ///
    /// If the prefix
    ///
    /// - does not begin with `/`, or ends with `/`,
    /// - contains something that a [callback path](IntoCallbackPaths) must not contain,
    /// - is not the beginning of any listed path,
    /// - makes two listed paths one, such as `/app/callback` and `/callback`,
    /// - is the second one.
    ///
    /// ```
    /// use http::{Method, Uri};
    /// use tower_smartcar_connect::paths::CallbackPaths;
    ///
    /// // The redirect URI is `https://example.com/app/callback`, and the proxy strips `/app`.
    /// let paths = CallbackPaths::new("/app/callback").stripped_prefix("/app");
    /// let uri = Uri::from_static("/callback?error=access_denied");
    /// let callback = paths.read(&Method::GET, &uri)?.expect("this is a callback");
    /// assert_eq!(callback.path(), "/app/callback");
    /// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn stripped_prefix(mut self, prefix: &str) -> Self {
        if let Some(problem) = prefix_problem(prefix) {
            panic!("prefix {prefix:?} {problem}");
        }
        assert!(
            self.stripped_prefix.is_none(),
            "prefix {prefix:?} is the second one; pass everything that is stripped as one prefix, such as \"/app/api\""
        );
        if let Matcher::Listed(listed) = &mut self.matcher {
            match Listed::new(listed.given().to_vec(), Some(prefix)) {
                Ok(stripped) => *listed = Arc::new(stripped),
                Err(problem) => panic!("{problem}"),
            }
        }
        self.stripped_prefix = Some(forms::canonical_by_segment(prefix).into());
        self
    }

    /// Forwards visits to listed paths, if these are also pages of your app.
    ///
    /// A visit is a `GET` or `HEAD` whose query has no outcome: a bookmark, a link, or the end of a
    /// flow with a wrong `response_type`. By default it is rejected as
    /// [`NoOutcome`](RejectionReason::NoOutcome), except on the path `/`, which is the start page of
    /// most apps. Visits to paths of a [predicate](Self::matching) are always forwarded.
    ///
    /// ```
    /// use http::{Method, Uri};
    /// use tower_smartcar_connect::paths::CallbackPaths;
    ///
    /// let paths = CallbackPaths::new("/garage");
    /// let visit = Uri::from_static("/garage?page=2");
    /// assert!(paths.read(&Method::GET, &visit).is_err());
    /// assert!(paths.allow_visits().read(&Method::GET, &visit)?.is_none());
    /// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
    /// ```
    #[must_use]
    pub fn allow_visits(mut self) -> Self {
        self.allows_visits = true;
        self
    }

    /// Reads the callback from a request, or returns `None` if the request is not a callback.
    ///
    /// This is a pure function, and all that the layer does before it verifies the `state`. Pass the
    /// URI as it was sent: a framework that decodes the query and encodes it again can lose a
    /// description without a name.
    ///
    /// # Errors
    ///
    /// Returns a [`RejectedCallback`] if the request must not reach your routes. The
    /// [rules](crate::callback#rules) say when.
    ///
    /// ```
    /// use http::{Method, Uri};
    /// use tower_smartcar_connect::Verified;
    /// use tower_smartcar_connect::paths::CallbackPaths;
    ///
    /// let paths = CallbackPaths::new("/callback");
    /// let uri = Uri::from_static("/callback?code=90abecb6&state=0facda3319");
    /// let callback = paths.read(&Method::GET, &uri)?.expect("this is a callback");
    /// assert_eq!(callback.path(), "/callback");
    ///
    /// // The state that was issued to this browser.
    /// let issued = "0facda3319";
    /// let verify = |state: &str| Verified::by_comparing(issued, state);
    /// let (outcome, _) = callback.into_unverified().verify(verify)?;
    /// assert!(outcome.is_verified());
    ///
    /// assert!(paths.read(&Method::GET, &Uri::from_static("/other?code=1"))?.is_none());
    /// assert!(paths.read(&Method::GET, &Uri::from_static("/callback")).is_err());
    /// assert!(paths.read(&Method::POST, &uri).is_err());
    /// assert!(paths.read(&Method::GET, &Uri::from_static("/call%62ack?code=1")).is_err());
    /// # Ok::<_, tower_smartcar_connect::RejectedCallback>(())
    /// ```
    pub fn read(
        &self,
        method: &Method,
        uri: &Uri,
    ) -> Result<Option<MatchedCallback>, RejectedCallback> {
        if self.may_match(uri) {
            self.read_candidate(method, uri)
        } else {
            Ok(None)
        }
    }

    /// Whether a request to `uri` may be a callback or a rejected one. Nearly all others are ruled
    /// out here, without an allocation.
    #[inline]
    pub(crate) fn may_match(&self, uri: &Uri) -> bool {
        // The outcome is in the query.
        let has_query = uri.query().is_some();
        match &self.matcher {
            Matcher::Listed(listed) => {
                (has_query || !self.allows_visits) && listed.may_have(uri.path())
            }
            Matcher::Predicate(_) => has_query,
        }
    }

    /// Like [`read`](Self::read), for a request that [may match](Self::may_match).
    pub(crate) fn read_candidate(
        &self,
        method: &Method,
        uri: &Uri,
    ) -> Result<Option<MatchedCallback>, RejectedCallback> {
        let is_visit = matches!(*method, Method::GET | Method::HEAD);
        let Some(outcome) = ConnectOutcome::read(uri.query().unwrap_or_default()).transpose()
        else {
            return if is_visit && self.rejects_visits(uri) {
                Err(RejectionReason::NoOutcome.into())
            } else {
                Ok(None)
            };
        };
        let Some(place) = self.place(uri) else {
            return if self.has_form_of(uri) {
                Err(RejectionReason::NonCanonicalPath.into())
            } else {
                Ok(None)
            };
        };
        let outcome = outcome?;
        if !is_visit {
            return Err(RejectionReason::UnexpectedMethod.into());
        }
        Ok(Some(MatchedCallback::new(place, outcome)))
    }

    fn rejects_visits(&self, uri: &Uri) -> bool {
        match &self.matcher {
            Matcher::Listed(listed) => {
                !self.allows_visits
                    && uri.path() != "/"
                    && listed.callback_path(uri.path()).is_some()
            }
            Matcher::Predicate(_) => false,
        }
    }

    /// The callback path that the browser asked for, in its canonical form. `None` if `uri` does not
    /// have a callback path.
    fn place(&self, uri: &Uri) -> Option<Arc<Place>> {
        match &self.matcher {
            Matcher::Listed(listed) => listed.callback_path(uri.path()).cloned(),
            Matcher::Predicate(predicate) => predicate(uri).then(|| {
                let prefix = self.stripped_prefix.as_deref().unwrap_or_default();
                let path = format!("{prefix}{}", forms::canonical_by_segment(uri.path()));
                Arc::new(Place::new(&path))
            }),
        }
    }

    /// The callback path that the browser asked for, or the path as it is if it is none.
    #[cfg(feature = "tracing")]
    pub(crate) fn asked_for(&self, uri: &Uri) -> String {
        let place = self.place(uri);
        place.map_or_else(|| uri.path().to_owned(), |place| place.path.clone())
    }

    /// Whether a router that decodes and normalizes paths may deliver `uri` to a callback's route.
    fn has_form_of(&self, uri: &Uri) -> bool {
        match &self.matcher {
            Matcher::Listed(listed) => listed.has_form_of(uri.path()),
            // A URI that cannot be built cannot be checked, so it counts as a callback.
            Matcher::Predicate(predicate) => {
                forms::normalized_forms(uri).any(|form| form.is_none_or(|form| predicate(&form)))
            }
        }
    }

    fn with(matcher: Matcher) -> Self {
        Self {
            matcher,
            stripped_prefix: None,
            allows_visits: false,
        }
    }

    /// # Panics
    ///
    /// As [`IntoCallbackPaths`] documents.
    #[track_caller]
    fn list<P: IntoPlace>(list: impl IntoIterator<Item = P>) -> Self {
        let paths: Vec<Place> = list.into_iter().map(IntoPlace::into_place).collect();
        for place in &paths {
            if let Some(problem) = forms::problem(&place.path) {
                panic!("callback path {:?} {problem}", place.path);
            }
        }
        assert!(
            !paths.is_empty(),
            "no callback path is given; pass at least one, such as \"/callback\""
        );
        match Listed::new(paths, None) {
            Ok(listed) => Self::with(Matcher::Listed(Arc::new(listed))),
            Err(problem) => panic!("{problem}"),
        }
    }
}

/// What is wrong with a prefix of callback paths, and what to change.
fn prefix_problem(prefix: &str) -> Option<&'static str> {
    if !prefix.starts_with('/') {
        Some("does not begin with `/`; write it as the browser sees it, such as \"/app\"")
    } else if prefix.ends_with('/') {
        Some("ends with `/`; remove the slash, as in \"/app\"")
    } else {
        forms::problem(prefix)
    }
}

/// Prints the list of paths.
impl fmt::Debug for CallbackPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("CallbackPaths");
        if let Matcher::Listed(listed) = &self.matcher {
            let paths = listed.given().iter().map(|place| &place.path);
            debug.field("paths", &paths.collect::<Vec<_>>());
        }
        debug
            .field("stripped_prefix", &self.stripped_prefix)
            .field("allows_visits", &self.allows_visits)
            .finish_non_exhaustive()
    }
}

//! The settings of a layer, shared by all clones of its service.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;
use http::{Extensions, Request, Uri};

use crate::callback_paths::CallbackPaths;
use crate::error::ConnectError;
use crate::invalid::InvalidCallback;
use crate::outcome::ConnectOutcome;
use crate::stripped_prefix::MatchedUri;

/// `V` is the verifier. `E`, `I`, `F` and `O` are the handlers of errors, invalid callbacks, failures
/// and successes.
pub(super) struct Settings<V, E, I, F, O> {
    pub(super) options: Options,
    /// `None` if the app verifies `state`.
    pub(super) verifier: Option<Arc<V>>,
    pub(super) on_error: OnError<E, F>,
    pub(super) on_invalid: OnInvalid<I, F>,
    /// `None` if successes go to the inner service.
    pub(super) on_success: Option<Arc<O>>,
}

/// Who responds to an error.
pub(super) enum OnError<E, F> {
    /// The inner service.
    Forward,
    /// The handler, if the predicate returns `true`. Otherwise, the inner service.
    Handle {
        predicate: ErrorPredicate,
        handler: Arc<E>,
    },
    /// The handler of failures.
    Failure(Arc<F>),
}

pub(super) type ErrorPredicate = Arc<dyn Fn(&ConnectError) -> bool + Send + Sync>;

/// Who responds to an invalid callback.
pub(super) enum OnInvalid<I, F> {
    Handle(Arc<I>),
    Failure(Arc<F>),
}

/// The settings that do not depend on the types of the verifier and the handlers.
#[derive(Clone)]
pub(super) struct Options {
    pub(super) paths: CallbackPaths,
    pub(super) original_uri: fn(&Extensions) -> Option<&Uri>,
    pub(super) errors_without_state: bool,
    pub(super) response_headers: bool,
    pub(super) resume_flows: bool,
}

impl Options {
    pub(super) fn new(paths: CallbackPaths) -> Self {
        Self {
            paths,
            original_uri: |_| None,
            errors_without_state: false,
            response_headers: true,
            resume_flows: true,
        }
    }

    /// Whether the request may be a callback. Nearly all other requests are ruled out here.
    #[inline]
    pub(super) fn may_be_callback<B>(&self, request: &Request<B>) -> bool {
        // A result of Connect is always in the query.
        (request.uri().query().is_some() || self.paths.requires_result())
            && (self.paths.may_match(request.uri())
                || (self.original_uri)(request.extensions())
                    .is_some_and(|original| self.paths.may_match(original)))
    }

    /// Reads the outcome of a callback. `None` if the request is not a callback.
    pub(super) fn read<B>(
        &self,
        request: &Request<B>,
    ) -> Result<Option<ConnectOutcome>, InvalidCallback> {
        let original = (self.original_uri)(request.extensions());
        self.paths
            .read_either(request.method(), request.uri(), original)
    }

    /// The URI that matched: the one of the request, or the original one.
    pub(super) fn matched_uri(&self, request: &Parts) -> MatchedUri {
        let uri = match (self.original_uri)(&request.extensions) {
            Some(original) if !self.paths.matches(&request.uri) => original,
            _ => &request.uri,
        };
        self.paths.matched(uri.clone())
    }

    /// The URI that the browser asked for, as far as the layer knows.
    pub(super) fn original_uri<'a>(&self, request: &'a Parts) -> &'a Uri {
        (self.original_uri)(&request.extensions).unwrap_or(&request.uri)
    }
}

impl<V, E, I, F, O> Clone for Settings<V, E, I, F, O> {
    fn clone(&self) -> Self {
        Self {
            options: self.options.clone(),
            verifier: self.verifier.clone(),
            on_error: self.on_error.clone(),
            on_invalid: self.on_invalid.clone(),
            on_success: self.on_success.clone(),
        }
    }
}

impl<E, F> Clone for OnError<E, F> {
    fn clone(&self) -> Self {
        match self {
            Self::Forward => Self::Forward,
            Self::Handle { predicate, handler } => Self::Handle {
                predicate: predicate.clone(),
                handler: handler.clone(),
            },
            Self::Failure(handler) => Self::Failure(handler.clone()),
        }
    }
}

impl<I, F> Clone for OnInvalid<I, F> {
    fn clone(&self) -> Self {
        match self {
            Self::Handle(handler) => Self::Handle(handler.clone()),
            Self::Failure(handler) => Self::Failure(handler.clone()),
        }
    }
}

impl<V, E, I, F, O> fmt::Debug for Settings<V, E, I, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("paths", &self.options.paths)
            .field("errors_without_state", &self.options.errors_without_state)
            .field("response_headers", &self.options.response_headers)
            .field("resume_flows", &self.options.resume_flows)
            .finish_non_exhaustive()
    }
}

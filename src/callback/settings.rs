//! The settings of a layer, shared by all clones of its service.

use std::fmt;
use std::sync::Arc;

use crate::outcome::error::ConnectError;
use crate::paths::CallbackPaths;

/// `V` judges callbacks. `F` and `O` are the handlers of failures and successes.
pub(super) struct Settings<V, F, O> {
    pub(super) options: Options,
    pub(super) judge: Arc<V>,
    pub(super) on_failure: Arc<F>,
    /// `None` if successes go to the inner service.
    pub(super) on_success: Option<Arc<O>>,
}

/// The settings that do not depend on the types of the verifier and the handlers.
#[derive(Clone)]
pub(super) struct Options {
    pub(super) paths: CallbackPaths,
    pub(super) forward_errors: ForwardErrors,
    pub(super) accepts_errors_without_state: bool,
    pub(super) always_ends_flows: bool,
    pub(super) privacy_headers: bool,
}

/// Which errors go to the inner service.
#[derive(Clone)]
pub(super) struct ForwardErrors {
    /// Whether all do, because there is no handler of failures.
    pub(super) all: bool,
    pub(super) chosen: Option<ErrorPredicate>,
}

type ErrorPredicate = Arc<dyn Fn(&ConnectError) -> bool + Send + Sync>;

impl ForwardErrors {
    pub(super) fn includes(&self, error: &ConnectError) -> bool {
        self.all || self.chosen.as_ref().is_some_and(|chosen| chosen(error))
    }
}

impl Options {
    pub(super) fn new(paths: CallbackPaths) -> Self {
        Self {
            paths,
            forward_errors: ForwardErrors {
                all: true,
                chosen: None,
            },
            accepts_errors_without_state: false,
            always_ends_flows: false,
            privacy_headers: true,
        }
    }
}

impl<V, F, O> Clone for Settings<V, F, O> {
    fn clone(&self) -> Self {
        Self {
            options: self.options.clone(),
            judge: self.judge.clone(),
            on_failure: self.on_failure.clone(),
            on_success: self.on_success.clone(),
        }
    }
}

impl<V, F, O> fmt::Debug for Settings<V, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        f.debug_struct("Settings")
            .field("paths", &options.paths)
            .field(
                "accepts_errors_without_state",
                &options.accepts_errors_without_state,
            )
            .field("always_ends_flows", &options.always_ends_flows)
            .field("privacy_headers", &options.privacy_headers)
            .finish_non_exhaustive()
    }
}

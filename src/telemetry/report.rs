//! The report of one callback.

use http::request::Parts;

use crate::outcome::ConnectOutcome;
use crate::outcome::rejected::RejectedCallback;
use crate::paths::{CallbackPaths, MatchedCallback};

/// The report of a callback, which is made once.
#[derive(Default)]
pub(crate) struct Report {
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    callback: Option<super::callback::Callback>,
}

#[cfg_attr(
    not(any(feature = "metrics", feature = "tracing")),
    expect(unused_variables, clippy::unused_self)
)]
impl Report {
    /// Prepares the report of a callback.
    pub(crate) fn new(
        request: &Parts,
        callback: Result<&MatchedCallback, &RejectedCallback>,
        paths: &CallbackPaths,
    ) -> Self {
        Self {
            #[cfg(any(feature = "metrics", feature = "tracing"))]
            callback: Some(super::callback::Callback::new(request, callback, paths)),
        }
    }

    /// Reports what has become of the callback.
    pub(crate) fn finish(&mut self, verdict: Result<&ConnectOutcome, &RejectedCallback>) {
        #[cfg(any(feature = "metrics", feature = "tracing"))]
        if let Some(callback) = self.callback.take() {
            #[cfg(feature = "metrics")]
            super::counters::count(&callback, verdict);
            #[cfg(feature = "tracing")]
            super::events::log(&callback, verdict);
        }
    }
}

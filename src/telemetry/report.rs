//! The report of one callback.

use http::request::Parts;

use crate::outcome::ConnectOutcome;
use crate::outcome::rejected::RejectedCallback;

/// The report of a callback, which is made once: when its response is there, or when its future is
/// dropped before.
///
/// Until then, an inner layer can verify or reject the callback.
#[derive(Default)]
pub(crate) struct Report {
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    pending: Option<(super::callback::Callback, ConnectOutcome)>,
}

#[cfg_attr(
    not(any(feature = "metrics", feature = "tracing")),
    expect(unused_variables, clippy::unused_self)
)]
impl Report {
    /// Prepares the report of an outcome. `path` is the callback path that the browser asked for.
    pub(crate) fn new(request: &Parts, path: String, outcome: &ConnectOutcome) -> Self {
        Self {
            #[cfg(any(feature = "metrics", feature = "tracing"))]
            pending: Some((
                super::callback::Callback::new(request, path, outcome.state()),
                outcome.clone(),
            )),
        }
    }

    /// Reports that this layer rejects the callback.
    pub(crate) fn reject(&mut self, request: &Parts, rejected: &RejectedCallback) {
        #[cfg(any(feature = "metrics", feature = "tracing"))]
        match self.pending.take() {
            Some((callback, _)) => callback.report(Err(rejected)),
            None => {
                let path = request.uri.path().to_owned();
                super::callback::Callback::new(request, path, None).report(Err(rejected));
            }
        }
    }

    /// Reports the outcome, or what an inner layer has made of it.
    pub(crate) fn finish(&mut self, inner: Option<&Result<ConnectOutcome, RejectedCallback>>) {
        #[cfg(any(feature = "metrics", feature = "tracing"))]
        if let Some((callback, outcome)) = self.pending.take() {
            match inner {
                Some(verdict) => callback.report(verdict.as_ref()),
                None => callback.report(Ok(&outcome)),
            }
        }
    }
}

#[cfg(any(feature = "metrics", feature = "tracing"))]
impl Drop for Report {
    fn drop(&mut self) {
        self.finish(None);
    }
}

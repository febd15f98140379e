//! What the layer adds to the response to a callback, and what becomes of its state.

use http::header::{CACHE_CONTROL, REFERRER_POLICY};
use http::{Extensions, HeaderValue, Response};

use super::ends_flow::ends_flow;
use super::settings::Options;
use crate::outcome::ConnectOutcome;
use crate::outcome::rejected::RejectedCallback;
use crate::states::verified::{Settling, Verified};
use crate::telemetry::Report;

/// What a callback is to a layer.
pub(super) type Verdict = Result<ConnectOutcome, RejectedCallback>;

#[derive(Default)]
pub(super) struct Additions {
    /// Goes into the extensions, for the layers outside.
    pub(super) verdict: Option<Verdict>,
    pub(super) verified: Verified,
    pub(super) fate: Fate,
    pub(super) report: Report,
}

/// What becomes of the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// The status of the response decides.
    #[default]
    ByStatus,
    UsedUp,
    Stays,
}

impl Additions {
    /// Completes the response. Returns a future if the state waits for what becomes of it.
    pub(super) fn finish<R, E>(
        &mut self,
        mut response: Result<Response<R>, E>,
        options: &Options,
    ) -> (Result<Response<R>, E>, Option<Settling>) {
        // An inner layer has the last word: it can have verified or rejected the callback.
        let inner = response
            .as_ref()
            .ok()
            .and_then(|response| verdict_in(response.extensions()));
        let is_used_up = match (self.fate, &inner, &response) {
            (Fate::Stays, ..) => false,
            (Fate::UsedUp, ..) => true,
            (Fate::ByStatus, Some(Err(_)), _) => false,
            (Fate::ByStatus, ..) if options.always_ends_flows => true,
            (Fate::ByStatus, _, Ok(response)) => ends_flow(response.status()),
            (Fate::ByStatus, _, Err(_)) => false,
        };
        self.report(inner.as_ref());
        if let Ok(response) = &mut response {
            match self.verdict.take() {
                Some(verdict) if inner.is_none() => insert(verdict, response.extensions_mut()),
                _ => {}
            }
            if is_used_up {
                let headers = response.headers_mut();
                for (name, value) in &self.verified.take_headers() {
                    headers.append(name, value.clone());
                }
            }
            add_privacy_headers(response, options);
        }
        (response, self.verified.start_to_settle(is_used_up))
    }

    /// Reports what an inner layer or this one has made of the callback.
    fn report(&mut self, inner: Option<&Verdict>) {
        if let Some(verdict) = inner.or(self.verdict.as_ref()) {
            self.report.finish(verdict.as_ref());
        }
    }
}

/// The browser can disconnect before the response is there.
impl Drop for Additions {
    fn drop(&mut self) {
        self.report(None);
    }
}

/// The address holds credentials, which an inner service that allows caching may not know.
fn add_privacy_headers<R>(response: &mut Response<R>, options: &Options) {
    if options.privacy_headers {
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers
            .entry(REFERRER_POLICY)
            .or_insert(HeaderValue::from_static("no-referrer"));
    }
}

/// What an inner layer has put into the extensions of the response.
fn verdict_in(extensions: &Extensions) -> Option<Verdict> {
    match extensions.get::<RejectedCallback>() {
        Some(rejected) => Some(Err(rejected.clone())),
        None => ConnectOutcome::from_extensions(extensions).map(Ok),
    }
}

fn insert(verdict: Verdict, extensions: &mut Extensions) {
    match verdict {
        Ok(outcome) => outcome.insert_into(extensions),
        Err(rejected) => {
            extensions.insert(rejected);
        }
    }
}

//! What is reported of every callback.

use http::HeaderMap;
use http::header::COOKIE;
use http::request::Parts;

use crate::outcome::rejected::RejectedCallback;
use crate::paths::{CallbackPaths, MatchedCallback};
use crate::states::cookie_name::has_flow_cookie;

/// The values of [`Callback::cookies`].
#[cfg(feature = "metrics")]
pub(super) const COOKIES: [&str; 3] = [NONE, OTHER, FLOW];
const NONE: &str = "none";
const OTHER: &str = "other";
const FLOW: &str = "flow";

pub(super) struct Callback {
    #[cfg(feature = "tracing")]
    pub(super) path: String,
    #[cfg(all(feature = "start", feature = "tracing"))]
    pub(super) flow: Option<String>,
    /// Whether the browser sent cookies: `none`, `other` than those of flows, or those of a `flow`.
    pub(super) cookies: &'static str,
}

#[cfg_attr(not(feature = "tracing"), expect(unused_variables))]
impl Callback {
    pub(super) fn new(
        request: &Parts,
        callback: Result<&MatchedCallback, &RejectedCallback>,
        paths: &CallbackPaths,
    ) -> Self {
        Self {
            #[cfg(feature = "tracing")]
            path: match callback {
                Ok(callback) => callback.path().to_owned(),
                Err(_) => paths.asked_for(&request.uri),
            },
            #[cfg(all(feature = "start", feature = "tracing"))]
            flow: callback
                .ok()
                .and_then(|callback| crate::states::flow_id(callback.outcome().state()?)),
            cookies: cookies(&request.headers),
        }
    }
}

fn cookies(headers: &HeaderMap) -> &'static str {
    if !headers.contains_key(COOKIE) {
        NONE
    } else if has_flow_cookie(headers) {
        FLOW
    } else {
        OTHER
    }
}

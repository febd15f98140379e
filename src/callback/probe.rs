//! Probes: requests for a callback that are no visit, so that its outcome must not be delivered.

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use crate::outcome::rejected::RejectedCallback;

/// The headers of requests that load a page ahead of a visit. Browsers send the first
/// ([Fetch, section 3.8](https://fetch.spec.whatwg.org/#sec-purpose-header)). Older ones send the
/// others.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Returns whether a browser loads a page ahead of a visit, which may never come, as
/// `Sec-Purpose: prefetch` says.
///
/// The layer responds to such a callback itself. A middleware of your own has to do the same, with
/// a status that is no success: browsers drop such a response, and ask again on the visit.
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_smartcar_connect::callback::is_speculative;
///
/// let mut headers = HeaderMap::new();
/// assert!(!is_speculative(&headers));
/// headers.insert("sec-purpose", HeaderValue::from_static("prefetch;prerender"));
/// assert!(is_speculative(&headers));
/// ```
#[must_use]
pub fn is_speculative(headers: &HeaderMap) -> bool {
    PURPOSES.iter().any(|name| {
        headers.get_all(*name).iter().any(|value| {
            let value = value.as_bytes().trim_ascii_start();
            ["prefetch", "preview"].iter().any(|purpose| {
                let start = value.get(..purpose.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(purpose.as_bytes()))
            })
        })
    })
}

/// The status of the response to a probe. `None` for a visit.
pub(super) fn status<T>(
    request: &Parts,
    outcome: &Result<T, RejectedCallback>,
) -> Option<StatusCode> {
    if is_speculative(&request.headers) {
        // Any site can cause such requests, so the status must not count as a failure of the server.
        // Chromium drops the response, and asks again on the visit.
        Some(StatusCode::TOO_EARLY)
    } else if request.method == Method::HEAD {
        Some(match outcome {
            Ok(_) => StatusCode::OK,
            Err(_) => StatusCode::BAD_REQUEST,
        })
    } else {
        None
    }
}

//! Which requests are visits, and which responses serve them.

use http::{HeaderMap, StatusCode};

/// The headers of requests that load a page ahead of a visit. Browsers send the first
/// ([Fetch, section 3.8](https://fetch.spec.whatwg.org/#sec-purpose-header)). Older ones send the
/// others.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Whether a browser loads this page ahead of a visit, which may never come.
pub(crate) fn is_speculative(headers: &HeaderMap) -> bool {
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

/// Whether a response with this status serves the callback, so that its state is used up.
///
/// A failure of the server does not, and neither does a response after which the browser sends the
/// same request again, at once or later (RFC 9110, section 15; RFC 6585, section 4).
pub(crate) fn serves(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(
            status,
            StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT
                | StatusCode::UNAUTHORIZED
                | StatusCode::PROXY_AUTHENTICATION_REQUIRED
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_EARLY
                | StatusCode::TOO_MANY_REQUESTS
        )
}

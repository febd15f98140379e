//! Which responses end a flow.

use http::StatusCode;

/// Returns whether a response with this status serves a callback, so that its state is used up.
///
/// A failure of the server does not serve it, and neither does a response after which the browser
/// sends the same request again, at once or later (RFC 9110, section 15; RFC 6585, section 4). The
/// layer asks this for you. [The rules](super#when-a-state-is-used-up) have the table.
///
/// ```
/// use http::StatusCode;
/// use tower_smartcar_connect::callback::ends_flow;
///
/// assert!(ends_flow(StatusCode::OK));
/// assert!(ends_flow(StatusCode::SEE_OTHER));
/// assert!(!ends_flow(StatusCode::SERVICE_UNAVAILABLE));
/// ```
#[must_use]
pub fn ends_flow(status: StatusCode) -> bool {
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

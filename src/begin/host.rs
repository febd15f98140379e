//! Flows that start on another host than they end on.

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, Uri};

use crate::escaped::Escaped;

/// How the browser says whose page sent a request (Fetch Metadata, section 2.3).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Logs a warning if the browser asked another host for this flow than the one that it comes back
/// to: it will not have the cookie there.
pub(super) fn warn_if_not_that_of(redirect_uri: &str, headers: &HeaderMap) {
    // Only a page of this very origin tells how the browser sees this server. `Host` does not, if a
    // proxy has changed it.
    let site = headers.get(SEC_FETCH_SITE);
    if site.is_none_or(|site| site != "same-origin") {
        return;
    }
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return;
    };
    let host = |uri: &str| {
        let uri: Uri = uri.parse().ok()?;
        // `null`, the origin of a sandboxed page, has none.
        uri.scheme()?;
        Some(uri.host()?.to_ascii_lowercase())
    };
    let (Some(from), Some(to)) = (host(origin), host(redirect_uri)) else {
        return;
    };
    if from != to {
        tracing::warn!(
            target: "tower_smartcar_connect",
            started_on = Escaped(&from).to_string(),
            redirect_uri_host = to,
            "a flow starts on another host than it ends on, where the browser does not have its cookie; \
             redirect visitors to the host of the redirect URI first",
        );
    }
}

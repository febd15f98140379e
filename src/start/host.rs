//! Warning about flows that start and end on different hosts.

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, Uri};

use crate::outcome::escaped::Escaped;

/// Says whether the page that sent a request is of the same origin (Fetch Metadata, section 2.3).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Logs a warning if a flow starts on another host than the one of the redirect URI. The browser
/// does not send the flow's cookie there.
pub(super) fn warn_if_it_differs(redirect_uri: &str, headers: &HeaderMap) {
    // The origin of a page on this origin is the host that the browser asked for. A proxy can change
    // `Host`.
    let site = headers.get(SEC_FETCH_SITE);
    if site.is_none_or(|site| site != "same-origin") {
        return;
    }
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return;
    };
    let host = |uri: &str| {
        let uri: Uri = uri.parse().ok()?;
        // The origin of a sandboxed page is `null`, which has no scheme.
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

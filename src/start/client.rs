//! Who asks for a flow: a form, htmx or a script.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Is `true` in requests of htmx: <https://htmx.org/reference/#request_headers>.
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");

/// How a browser was made to send a request (Fetch Metadata, section 2.2).
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// What [`Client::of`] reads.
pub(super) const VARY: HeaderValue = HeaderValue::from_static("Accept, HX-Request, Sec-Fetch-Mode");

/// Who sends a request, which decides how the browser gets to another address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// The browser follows a redirect.
    Form,
    /// htmx goes where a header says. It cannot read the headers of a redirect.
    Htmx,
    /// A script cannot follow a redirect to another site, so it needs the address itself.
    Script,
}

impl Client {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if headers.get(HX_REQUEST).is_some_and(|value| value == "true") {
            return Self::Htmx;
        }
        let is_script = prefers_json(headers).unwrap_or_else(|| {
            let mode = headers.get(SEC_FETCH_MODE);
            mode.is_some_and(|mode| mode == "cors" || mode == "same-origin")
        });
        if is_script { Self::Script } else { Self::Form }
    }
}

/// Whether `Accept` names JSON, and not HTML first or with a greater weight. `None` if it names
/// neither, as `*/*` does.
fn prefers_json(headers: &HeaderMap) -> Option<bool> {
    let (mut greatest, mut is_preferred) = (0.0, None);
    let values = headers.get_all(ACCEPT).iter();
    let ranges = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    for range in ranges {
        let range = range.to_ascii_lowercase();
        let mut parts = range.split(';').map(str::trim);
        let is_json = match parts.next().unwrap_or_default() {
            "application/json" | "application/*" | "application/problem+json" => true,
            "text/html" => false,
            _ => continue,
        };
        let weight = parts.find_map(|parameter| parameter.strip_prefix("q=")?.parse().ok());
        let weight: f32 = weight.unwrap_or(1.0);
        if weight > greatest {
            (greatest, is_preferred) = (weight, Some(is_json));
        }
    }
    is_preferred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_known_by_accept_and_by_sec_fetch_mode() {
        const BROWSER: &str =
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        let cases = [
            (None, None, Client::Form),
            (Some(BROWSER), Some("navigate"), Client::Form),
            (Some("*/*"), None, Client::Form),
            (Some("text/html, application/json"), None, Client::Form),
            (
                Some("application/json;q=0.5, text/html"),
                None,
                Client::Form,
            ),
            (Some("application/json;q=0"), None, Client::Form),
            (Some("application/json;q=NaN"), None, Client::Form),
            (Some("image/png, ;;;,q=1"), None, Client::Form),
            (Some("application/json"), None, Client::Script),
            (
                Some("Application/JSON; charset=utf-8"),
                None,
                Client::Script,
            ),
            (
                Some("application/json, text/plain, */*"),
                None,
                Client::Script,
            ),
            (
                Some("application/json, text/html;q=0.9"),
                None,
                Client::Script,
            ),
            (
                Some("text/html; q=0.9, application/json"),
                None,
                Client::Script,
            ),
            (Some("application/*"), None, Client::Script),
            (Some("application/problem+json"), None, Client::Script),
            // `fetch` without a header of its own.
            (Some("*/*"), Some("cors"), Client::Script),
            (Some("*/*"), Some("same-origin"), Client::Script),
            (None, Some("cors"), Client::Script),
            // It cannot read the response.
            (Some("*/*"), Some("no-cors"), Client::Form),
            // A service worker that sends the navigation again.
            (Some(BROWSER), Some("same-origin"), Client::Form),
        ];
        for (accept, mode, client) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in [(ACCEPT, accept), (SEC_FETCH_MODE, mode)] {
                headers.extend(value.map(|value| (name, HeaderValue::from_static(value))));
            }
            assert_eq!(Client::of(&headers), client, "{accept:?} {mode:?}");
            headers.insert(HX_REQUEST, HeaderValue::from_static("false"));
            assert_eq!(Client::of(&headers), client, "{accept:?} {mode:?}");
            headers.insert(HX_REQUEST, HeaderValue::from_static("true"));
            assert_eq!(Client::of(&headers), Client::Htmx, "{accept:?} {mode:?}");
        }
    }
}

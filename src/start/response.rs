//! The responses to requests that start a flow, or none.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use super::client::{self, Client};
use super::connect_url::InvalidConnectUrl;
#[cfg(feature = "tracing")]
use crate::outcome::escaped::Escaped;
use crate::states::NotStarted;

/// Tells htmx where to send the browser: <https://htmx.org/headers/hx-redirect/>.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A response that caches neither store nor give to another client.
pub(super) fn new<R: From<String>>(status: StatusCode, body: String) -> Response<R> {
    let mut response = Response::new(R::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(VARY, client::VARY);
    response
}

/// Sends a browser to `address`. `None` if there is no response that does this for a script.
pub(super) fn redirect<R: From<String>>(
    client: Client,
    address: HeaderValue,
) -> Option<Response<R>> {
    let (status, name) = match client {
        Client::Form => (StatusCode::SEE_OTHER, LOCATION),
        Client::Htmx => (StatusCode::OK, HX_REDIRECT),
        Client::Script => return None,
    };
    let mut response = new(status, String::new());
    response.headers_mut().insert(name, address);
    Some(response)
}

pub(super) fn with_content<R: From<String>>(
    status: StatusCode,
    content_type: &'static str,
    body: String,
) -> Response<R> {
    let mut response = new(status, body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A response with one line of text for the person in front of the browser.
pub(super) fn text<R: From<String>>(status: StatusCode, line: &str) -> Response<R> {
    with_content(status, "text/plain; charset=utf-8", format!("{line}\n"))
}

pub(super) fn method_not_allowed<R: From<String>>() -> Response<R> {
    #[cfg(feature = "tracing")]
    tracing::info!(
        target: "tower_smartcar_connect",
        "only a `POST` starts a flow; send it by a form with `method=\"post\"`, and not by a link",
    );
    let mut response = text(
        StatusCode::METHOD_NOT_ALLOWED,
        "To connect your car, go back to the app and press the button there. (This address takes a POST, which a form \
         sends, and a link does not.)",
    );
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

/// Any page can cause this, so it is not a warning.
#[cfg_attr(not(feature = "tracing"), expect(unused_variables))]
pub(super) fn cross_origin<R: From<String>>(origin: Option<&HeaderValue>) -> Response<R> {
    #[cfg(feature = "tracing")]
    tracing::info!(
        target: "tower_smartcar_connect",
        origin = origin.map(|origin| Escaped(&String::from_utf8_lossy(origin.as_bytes())).to_string()),
        "a request from another origin cannot start a flow; if the origin is yours, pass it to `trust_origin`",
    );
    text(
        StatusCode::FORBIDDEN,
        "To connect your car, open the app itself: the page that you come from is on another site. (If it belongs to \
         the app, pass its origin to `trust_origin`.)",
    )
}

/// The response if no flow can start: `401 Unauthorized` if nobody is logged in, `503 Service
/// Unavailable` if the store of states did not answer, and `500 Internal Server Error` otherwise.
///
/// The body is one line of text. The reason is an event (feature `tracing`), and in the extensions of
/// the response.
impl<R: From<String>> From<NotStarted> for Response<R> {
    fn from(reason: NotStarted) -> Self {
        const NOT_NOW: &str = "Your car could not be connected. Please try again later.";
        let (status, line) = match reason {
            NotStarted::NotLoggedIn => (
                StatusCode::UNAUTHORIZED,
                "Please log in first, and then connect your car.",
            ),
            NotStarted::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, NOT_NOW),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, NOT_NOW),
        };
        #[cfg(feature = "tracing")]
        if status.is_server_error() {
            tracing::error!(target: "tower_smartcar_connect", "no flow can start: {reason}");
        } else {
            tracing::info!(target: "tower_smartcar_connect", "no flow can start: {reason}");
        }
        let mut response = text(status, line);
        response.extensions_mut().insert(reason);
        response
    }
}

/// The response of [`NotStarted::Address`], `500 Internal Server Error`.
impl<R: From<String>> From<InvalidConnectUrl> for Response<R> {
    fn from(invalid: InvalidConnectUrl) -> Self {
        NotStarted::from(invalid).into()
    }
}

impl From<InvalidConnectUrl> for NotStarted {
    fn from(invalid: InvalidConnectUrl) -> Self {
        Self::Address {
            reason: invalid.to_string(),
        }
    }
}

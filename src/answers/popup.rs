//! The page that completes the popup of Smartcar's JavaScript SDK.

use std::borrow::Cow;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Arc, LazyLock};

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use maud::{PreEscaped, html};
use serde_json::{Map, Value};

use super::page::{STYLE, STYLE_DIGEST, page};
use super::text::{ChooseErrorText, ChoosePopupText, ErrorText, PopupText};
use crate::callback::handler::HandleCallback;
use crate::error::ConnectError;
use crate::failure::ConnectFailure;
use crate::html::{self, Page};
use crate::invalid::InvalidCallback;
use crate::origin::Origin;
use crate::outcome::ConnectOutcome;
use crate::parameter::Parameter;
use crate::sdk_state;
use crate::success::ConnectSuccess;

const SCRIPT: &str = include_str!("popup.js");

/// The digest of [`SCRIPT`].
const SCRIPT_DIGEST: &str = "f5TrShAsYOf1AdiprMYnbRaV9EMAeOLD5/ooDPwfr0Y=";

static POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| html::policy(STYLE_DIGEST, Some(SCRIPT_DIGEST)));

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Responds with the page that completes Connect in a popup of Smartcar's JavaScript SDK
/// (`@smartcar/auth` on npm).
///
/// The SDK waits for one `window.postMessage` from the page at the redirect URI. This page sends it
/// to one origin, and closes the popup. Use it for failures and for successes:
///
/// ```
/// use tower_smartcar_connect::ConnectCallbackLayer;
/// use tower_smartcar_connect::answers::PopupMessage;
///
/// let popup = PopupMessage::to_same_origin();
/// let layer = ConnectCallbackLayer::new("/callback")
///     .on_failure(popup.clone())
///     .on_success(popup);
/// ```
///
/// If your route does something first, such as to exchange the code, leave `on_success` out and call
/// [`handle`](HandleCallback::handle) at the end of the route. The SDK waits for the message after a
/// success too.
///
/// # The message
///
/// | field | value |
/// | --- | --- |
/// | `name` | `"SmartcarAuthMessage"` |
/// | `isSmartcarHosted` | `false` |
/// | `code`, `error`, `errorDescription`, `state`, `vin`, `make`, `model`, `year`, `virtualKeyUrl`, `userId` | the parameter as a string, or `null` |
/// | `externalId` | the parameter; absent if there is none |
///
/// The strings are from the query: do not show them as HTML in the page that receives them.
///
/// The SDK does not percent-encode the `+` in its `state`, so it arrives as a space. The message has
/// the `+` again, so the SDK recognizes its `state`.
///
/// An invalid callback has no message. The SDK has no timeout and cannot notice, so the page asks
/// the owner to close the window and to start again.
///
/// # The page that opens the popup
///
/// Its `Cross-Origin-Opener-Policy` has to be `same-origin-allow-popups`, or absent. With
/// `same-origin`, the browser separates the two windows when the popup navigates to Connect, and the
/// message cannot arrive. The popup then tells the owner what to do.
///
/// The response of this handler has `Cross-Origin-Opener-Policy: unsafe-none`. Outer layers must not
/// replace it.
#[derive(Clone)]
pub struct PopupMessage {
    /// `None` means the origin of the callback.
    origin: Option<String>,
    text: Arc<ChoosePopupText>,
    error_text: Arc<ChooseErrorText>,
}

impl PopupMessage {
    /// Creates a page that sends the message to an opener on the same origin as the callback.
    #[must_use]
    pub fn to_same_origin() -> Self {
        Self::to(None)
    }

    /// Creates a page that sends the message to an opener on this origin, such as
    /// `https://app.example.com`.
    ///
    /// Use the origin in the address bar of the opener, not the origin of a server behind a proxy.
    ///
    /// ```
    /// use tower_smartcar_connect::answers::PopupMessage;
    ///
    /// let popup = PopupMessage::to_origin("https://app.example.com");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `origin` is not the origin of a web page: the scheme `https`, a host, and an
    /// optional port. `http` is allowed for `localhost` and `127.0.0.1`. `*` is not an origin. Write
    /// a host that is not ASCII in punycode.
    #[track_caller]
    #[must_use]
    pub fn to_origin(origin: &str) -> Self {
        match parse_origin(origin) {
            Ok(origin) => Self::to(Some(origin.to_string())),
            Err(reason) => panic!(
                "`{}` is not an origin for the message of a popup: {reason}",
                origin.escape_debug()
            ),
        }
    }

    fn to(origin: Option<String>) -> Self {
        Self {
            origin,
            text: Arc::new(|_headers| PopupText::english()),
            error_text: Arc::new(|failure, _headers| ErrorText::english_in_popup(failure)),
        }
    }

    /// Sets the function that chooses the texts of the page that sends the message. An owner sees
    /// them if the window stays open. It gets the headers of the request.
    ///
    /// ```
    /// use tower_smartcar_connect::answers::{PopupMessage, PopupText};
    ///
    /// let popup = PopupMessage::to_same_origin().with_text(|_headers| {
    ///     PopupText::english()
    ///         .language("de")
    ///         .title("Sie können dieses Fenster schließen")
    ///         .sent("Im anderen Fenster geht es weiter.")
    ///         .lost("Bitte prüfen Sie in der App, ob Ihr Auto verbunden ist.")
    /// });
    /// ```
    #[must_use]
    pub fn with_text<F>(mut self, text: F) -> Self
    where
        F: Fn(&HeaderMap) -> PopupText + Send + Sync + 'static,
    {
        self.text = Arc::new(text);
        self
    }

    /// Sets the function that chooses the texts about an invalid callback, like
    /// [`ErrorPage::with_text`](super::ErrorPage::with_text). The page has no link, so ask the owner
    /// to close the window.
    #[must_use]
    pub fn with_error_text<F>(mut self, text: F) -> Self
    where
        F: Fn(&ConnectFailure, &HeaderMap) -> ErrorText + Send + Sync + 'static,
    {
        self.error_text = Arc::new(text);
        self
    }

    fn page_with_message(&self, message: &Value, headers: &HeaderMap) -> Response<String> {
        let text = (self.text)(headers);
        let page = Page {
            language: &text.language,
            title: &text.title,
            style: STYLE,
            body: html! {
                body dir="auto" data-message=(message.to_string()) data-origin=[self.origin.as_deref()] {
                    main {
                        h1 { (text.title) }
                        // The script changes the text of this one element, so screen readers
                        // announce it.
                        p role="status" data-sent=(text.sent) { (text.lost) }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            },
            policy: &POLICY,
        };
        with_opener(page.into_response(StatusCode::OK))
    }
}

impl fmt::Debug for PopupMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopupMessage")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// Adds the header with which browsers do not separate the popup from its opener.
fn with_opener(mut response: Response<String>) -> Response<String> {
    let unsafe_none = HeaderValue::from_static("unsafe-none");
    response
        .headers_mut()
        .insert(CROSS_ORIGIN_OPENER_POLICY, unsafe_none);
    response
}

fn parse_origin(text: &str) -> Result<Origin, &'static str> {
    if text.contains('*') {
        return Err("it has a wildcard, which browsers do not support here; write the one origin");
    }
    if !text.is_ascii() {
        return Err(
            "its host is not ASCII; write it in punycode, as browsers do in `location.origin`",
        );
    }
    let origin = Origin::parse(text).ok_or(
        "it has to be a scheme, a host and perhaps a port, such as `https://app.example.com`",
    )?;
    if !origin.is_https() && !origin.is_local() {
        return Err("it has to begin with `https://`, or with `http://` for this machine");
    }
    Ok(origin)
}

/// The fields of the message that are the value of a parameter or `null`.
const FIELDS: [(&str, Parameter); 9] = [
    ("code", Parameter::Code),
    ("error", Parameter::Error),
    ("errorDescription", Parameter::ErrorDescription),
    ("vin", Parameter::Vin),
    ("make", Parameter::Make),
    ("model", Parameter::Model),
    ("year", Parameter::Year),
    ("virtualKeyUrl", Parameter::VirtualKeyUrl),
    ("userId", Parameter::UserId),
];

/// Returns the message that the SDK waits for.
fn message<'a>(text: impl Fn(Parameter) -> Option<Cow<'a, str>>) -> Value {
    let mut message = Map::new();
    message.insert("name".to_owned(), "SmartcarAuthMessage".into());
    message.insert("isSmartcarHosted".to_owned(), false.into());
    for (field, parameter) in FIELDS {
        message.insert(field.to_owned(), text(parameter).into());
    }
    let state = text(Parameter::State)
        .map(|state| sdk_state::as_sent_by_sdk(&state).unwrap_or(state.into_owned()));
    message.insert("state".to_owned(), state.into());
    if let Some(external_id) = text(Parameter::ExternalId) {
        message.insert("externalId".to_owned(), external_id.into());
    }
    message.into()
}

impl PopupMessage {
    fn error(&self, error: &ConnectError, headers: &HeaderMap) -> Response<String> {
        self.page_with_message(&message(|parameter| error.text(parameter)), headers)
    }

    fn success(&self, success: &ConnectSuccess, headers: &HeaderMap) -> Response<String> {
        self.page_with_message(&message(|parameter| success.text(parameter)), headers)
    }

    fn invalid(&self, invalid: InvalidCallback, headers: &HeaderMap) -> Response<String> {
        let failure = invalid.into();
        with_opener(page(&failure, &(self.error_text)(&failure, headers), None))
    }
}

impl<R: From<String>> HandleCallback<ConnectFailure, R> for PopupMessage {
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: ConnectFailure, request: Parts) -> Self::Future {
        let response = match failure {
            ConnectFailure::Error(error) => self.error(&error, &request.headers),
            ConnectFailure::Invalid(invalid) => self.invalid(invalid, &request.headers),
        };
        ready(response.map(R::from))
    }
}

impl<R: From<String>> HandleCallback<ConnectOutcome, R> for PopupMessage {
    type Future = Ready<Response<R>>;

    fn handle(&self, outcome: ConnectOutcome, request: Parts) -> Self::Future {
        let response = match outcome {
            ConnectOutcome::Success(success) => self.success(&success, &request.headers),
            ConnectOutcome::Error(error) => self.error(&error, &request.headers),
        };
        ready(response.map(R::from))
    }
}

impl<R: From<String>> HandleCallback<ConnectSuccess, R> for PopupMessage {
    type Future = Ready<Response<R>>;

    fn handle(&self, success: ConnectSuccess, request: Parts) -> Self::Future {
        ready(self.success(&success, &request.headers).map(R::from))
    }
}

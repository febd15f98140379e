//! The page that completes the popup of Smartcar's JavaScript SDK.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use maud::{PreEscaped, html};
use serde_json::{Map, Value};
use url::{Host, Url};

use super::Answer;
use super::failure::Failure;
use super::page::{STYLE, page};
use super::text::{ChooseErrorText, ChoosePopupText, ErrorText, PopupText};
use crate::document::{self, Page};
use crate::error::ConnectError;
use crate::invalid::InvalidCallback;
use crate::parameter::Parameter;
use crate::sdk_state;
use crate::success::ConnectSuccess;

const SCRIPT: &str = include_str!("popup.js");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| document::policy(STYLE, Some(SCRIPT)));

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Answers with the page that completes Connect in a popup that Smartcar's JavaScript SDK (npm `@smartcar/auth`)
/// opened.
///
/// The SDK waits for one `window.postMessage` from the page at the redirect URI. This page sends it, to one origin
/// only, and closes the popup. It answers errors and successes: give it to
/// [`on_error`](crate::ConnectCallbackLayer::on_error), and use it by hand in the route that gets the successes.
///
/// ```
/// use axum::routing::get;
/// use axum::{Extension, Router};
/// use http::HeaderMap;
/// use tower_smartcar_connect::answers::{Answer, PopupMessage};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};
///
/// let popup = PopupMessage::to_same_origin();
/// let layer = ConnectCallbackLayer::new("/callback").on_error(popup.clone()).on_invalid(popup.clone());
/// let connected = get(
///     async move |Extension(success): Extension<ConnectSuccess>, headers: HeaderMap| popup.answer(&success, &headers),
/// );
/// let app: Router = Router::new().route("/callback", connected).layer(layer);
/// ```
///
/// # The message
///
/// An object with `name: "SmartcarAuthMessage"`, `isSmartcarHosted: false`, and `code`, `error`, `errorDescription`,
/// `state`, `vin`, `make`, `model`, `year`, `virtualKeyUrl`, `userId`, each the text of the parameter or `null`, and
/// `externalId` if there is one. The texts are from the query, so to the page that gets the message they are as hostile
/// as ever: show none of them as HTML. The SDK puts its base64 into the address as it is, so a `+` of it arrives as a
/// space; that is undone, and the SDK knows its state again.
///
/// An invalid callback sends no message, so the SDK never hears of it, and it has no timer. The page asks the owner to
/// close the window and to click the app's button again.
///
/// # Requirements on the page that opens the popup
///
/// It has to keep its hold on the popup: its `Cross-Origin-Opener-Policy` is `same-origin-allow-popups`, or it has
/// none. With `same-origin` a browser cuts the two apart when the popup goes to Connect, and no message can arrive. The
/// answer itself says `unsafe-none`; a layer outside of this one must not overwrite that. Where there is no opener, the
/// page says what to do.
#[derive(Clone)]
pub struct PopupMessage {
    /// `None` for that of the callback itself.
    origin: Option<String>,
    text: Arc<ChoosePopupText>,
    error_text: Arc<ChooseErrorText>,
}

impl PopupMessage {
    /// Sends the message to an opener of the same origin as the callback.
    #[must_use]
    pub fn to_same_origin() -> Self {
        Self::to(None)
    }

    /// Sends the message to an opener of this origin, such as `https://app.example.com`.
    ///
    /// # Panics
    ///
    /// If `origin` is not the origin of a web page: `https`, or `http` on this machine (`localhost`, `127.0.0.1`), a
    /// host and perhaps a port, and nothing after it. `*` is none.
    #[track_caller]
    #[must_use]
    pub fn to_origin(origin: &str) -> Self {
        match parse_origin(origin) {
            Ok(origin) => Self::to(Some(origin)),
            Err(reason) => panic!(
                "`{}` is no origin for a popup's message: {reason}",
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

    /// Has `text` choose the words of the page that sends the message, which an owner sees if the window stays open. It
    /// gets the headers of the request.
    ///
    /// ```
    /// use tower_smartcar_connect::answers::{PopupMessage, PopupText};
    ///
    /// let popup = PopupMessage::to_same_origin().with_text(|_headers| {
    ///     PopupText::english()
    ///         .language("de")
    ///         .title("Sie können dieses Fenster schließen")
    ///         .sent("Im anderen Fenster geht es weiter.")
    ///         .lost("Ihr Auto ist vielleicht nicht verbunden. Bitte versuchen Sie es in der App noch einmal.")
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

    /// Has `text` choose the words about an invalid callback, as [`ErrorPage::with_text`](super::ErrorPage::with_text)
    /// does. The page has no link, so that of the text is not shown: say that the window can be closed.
    #[must_use]
    pub fn with_error_text<F>(mut self, text: F) -> Self
    where
        F: Fn(Failure, &HeaderMap) -> ErrorText + Send + Sync + 'static,
    {
        self.error_text = Arc::new(text);
        self
    }

    fn deliver(&self, message: &Value, headers: &HeaderMap) -> Response<String> {
        let text = (self.text)(headers);
        let page = Page {
            language: &text.language,
            title: &text.title,
            style: STYLE,
            body: html! {
                body dir="auto" data-message=(message.to_string()) data-origin=[self.origin.as_deref()] {
                    main {
                        h1 { (text.title) }
                        // One element, whose text the script changes: screen readers tell of that.
                        p role="status" data-sent=(text.sent) { (text.lost) }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            },
            policy: &POLICY,
        };
        keeping_opener(page.into_response(StatusCode::OK))
    }
}

impl fmt::Debug for PopupMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopupMessage")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// Lets the opener keep its hold on the popup.
fn keeping_opener(mut response: Response<String>) -> Response<String> {
    let unsafe_none = HeaderValue::from_static("unsafe-none");
    response.headers_mut().insert(CROSS_ORIGIN_OPENER_POLICY, unsafe_none);
    response
}

fn parse_origin(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).map_err(|_| "it has to be an origin such as `https://app.example.com`")?;
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        return Err("it has to begin with `https://`, or with `http://` on this machine");
    }
    let origin = url.origin().ascii_serialization();
    if url.as_str().strip_suffix('/') != Some(&origin) {
        return Err("it has more than a scheme, a host and a port");
    }
    if origin.contains('*') {
        return Err("it has a wildcard, which browsers do not know here; name the one origin");
    }
    Ok(origin)
}

/// The fields of the message that are the text of a parameter or `null`.
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

/// The message that the SDK waits for.
fn message<'a>(text: impl Fn(Parameter) -> Option<Cow<'a, str>>) -> Value {
    let mut message = Map::new();
    message.insert("name".to_owned(), "SmartcarAuthMessage".into());
    message.insert("isSmartcarHosted".to_owned(), false.into());
    for (field, parameter) in FIELDS {
        message.insert(field.to_owned(), text(parameter).into());
    }
    let state = text(Parameter::State).map(|state| sdk_state::restored(&state).unwrap_or(state.into_owned()));
    message.insert("state".to_owned(), state.into());
    if let Some(external_id) = text(Parameter::ExternalId) {
        message.insert("externalId".to_owned(), external_id.into());
    }
    message.into()
}

impl Answer<ConnectError> for PopupMessage {
    fn answer(&self, error: &ConnectError, headers: &HeaderMap) -> Response<String> {
        self.deliver(&message(|parameter| error.text(parameter)), headers)
    }
}

impl Answer<ConnectSuccess> for PopupMessage {
    fn answer(&self, success: &ConnectSuccess, headers: &HeaderMap) -> Response<String> {
        self.deliver(&message(|parameter| success.text(parameter)), headers)
    }
}

impl Answer<InvalidCallback> for PopupMessage {
    fn answer(&self, invalid: &InvalidCallback, headers: &HeaderMap) -> Response<String> {
        let failure = Failure::from(invalid);
        keeping_opener(page(failure, &(self.error_text)(failure, headers), None))
    }
}

//! The page that completes the popup of Smartcar's JavaScript SDK.

use std::borrow::Cow;
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use maud::{PreEscaped, html};
use serde_json::{Map, Value};
use url::{Host, Url};

use super::Answer;
use super::document::{Page, Policy, WITHOUT_SCRIPT, policy};
use super::failure::Failure;
use super::text::ErrorText;
use crate::error::ConnectError;
use crate::invalid::InvalidCallback;
use crate::parameter::Parameter;
use crate::response::ConnectResponse;
use crate::sdk_state;
use crate::success::ConnectSuccess;

const SCRIPT: &str = include_str!("popup.js");

static WITH_SCRIPT: Policy = LazyLock::new(|| policy(Some(SCRIPT)));

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Answers with the page that completes Connect in a popup that Smartcar's JavaScript SDK (npm `@smartcar/auth`) opened.
///
/// The SDK waits for one `window.postMessage` from the page at the redirect URI. This page sends it, to one origin only, and
/// closes the popup. It answers errors and successes: give it to
/// [`on_error`](crate::ConnectCallbackLayer::on_error), and use it by hand in the route that gets the successes.
///
/// ```
/// use http::{HeaderMap, Response};
/// use tower_smartcar_connect::answers::{Answer, PopupMessage};
/// use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};
///
/// let popup = PopupMessage::to_same_origin();
/// let layer = ConnectCallbackLayer::new("/callback").on_error(popup.clone()).on_invalid(popup.clone());
///
/// // In the route:
/// let connected = move |success: ConnectSuccess, headers: HeaderMap| popup.answer(&success, &headers);
/// ```
///
/// # The message
///
/// An object with `name: "SmartcarAuthMessage"`, `isSmartcarHosted: false`, and `code`, `error`, `errorDescription`, `state`,
/// `vin`, `make`, `model`, `year`, `virtualKeyUrl`, `userId`, each the text of the parameter or `null`, and `externalId` if
/// there is one. The texts are from the query, so to the page that gets the message they are as hostile as ever: show none
/// of them as HTML. The SDK puts its base64 into the address as it is, so a `+` of it arrives as a space; that is undone, and the SDK
/// knows its state again.
///
/// An invalid callback sends no message. Its page says that the window can be closed, and the SDK's own timeout or another
/// click on the app's button goes on from there.
///
/// # Requirements on the page that opens the popup
///
/// It has to keep its hold on the popup: its `Cross-Origin-Opener-Policy` is `same-origin-allow-popups`, or it has none. With
/// `same-origin` a browser cuts the two apart when the popup goes to Connect, and no message can arrive. The answer itself
/// says `unsafe-none`; a layer outside of this one must not overwrite that. Where there is no opener, the page says
/// what to do.
#[derive(Clone, Debug)]
pub struct PopupMessage {
    /// `None` for that of the callback itself.
    origin: Option<String>,
}

impl PopupMessage {
    /// Sends the message to an opener of the same origin as the callback.
    #[must_use]
    pub fn to_same_origin() -> Self {
        Self { origin: None }
    }

    /// Sends the message to an opener of this origin, such as `https://app.example.com`.
    ///
    /// # Panics
    ///
    /// If `origin` is not the origin of a web page: `https`, or `http` on this machine (`localhost`, `127.0.0.1`), a host and
    /// perhaps a port, and nothing after it. `*` is none.
    #[track_caller]
    #[must_use]
    pub fn to_origin(origin: &str) -> Self {
        match parse_origin(origin) {
            Ok(origin) => Self { origin: Some(origin) },
            Err(reason) => panic!(
                "`{}` is no origin for a popup's message: {reason}",
                origin.escape_debug()
            ),
        }
    }

    fn deliver(&self, message: &Value) -> Response<String> {
        let page = Page {
            language: "en",
            title: "Smartcar Connect",
            body: html! {
                body data-message=(message.to_string()) data-origin=[self.origin.as_deref()] {
                    main {
                        h1 { "You can close this window" }
                        p #lost role="status" {
                            "It has lost touch with the page that opened it, so your car may not be connected. Close \
                             this window, go back to the app and try again."
                        }
                        p #sent role="status" hidden { "Your app goes on in the other window." }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            },
            policy: &WITH_SCRIPT,
        };
        keeping_opener(page.into_response(StatusCode::OK))
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
    fn answer(&self, error: &ConnectError, _headers: &HeaderMap) -> Response<String> {
        self.deliver(&message(|parameter| error.text(parameter)))
    }
}

impl Answer<ConnectSuccess> for PopupMessage {
    fn answer(&self, success: &ConnectSuccess, _headers: &HeaderMap) -> Response<String> {
        self.deliver(&message(|parameter| success.text(parameter)))
    }
}

impl Answer<ConnectResponse> for PopupMessage {
    fn answer(&self, response: &ConnectResponse, headers: &HeaderMap) -> Response<String> {
        match response {
            ConnectResponse::Success(success) => self.answer(success, headers),
            ConnectResponse::Error(error) => self.answer(error, headers),
        }
    }
}

impl Answer<InvalidCallback> for PopupMessage {
    fn answer(&self, invalid: &InvalidCallback, _headers: &HeaderMap) -> Response<String> {
        let failure = Failure::from(invalid);
        let text = ErrorText::english_in_popup(failure);
        let page = Page {
            language: &text.language,
            title: &text.title,
            body: html! {
                body {
                    main {
                        h1 { (text.title) }
                        p { (text.message) }
                        p { (text.next_step) }
                    }
                }
            },
            policy: &WITHOUT_SCRIPT,
        };
        keeping_opener(page.into_response(failure.status()))
    }
}

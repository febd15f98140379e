//! The page that completes a popup.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use maud::html;
use serde_json::{Value, json};

use super::html::Page;
use super::message;
use super::target::Target;
use super::text::{ChooseErrorText, ChoosePopupText, ErrorText, PopupText};
use crate::callback::HandleCallback;
use crate::outcome::failure::ConnectFailure;
use crate::outcome::success::ConnectSuccess;
use crate::paths::Origin;

/// Responds with the page that completes Connect in a popup: it tells the page that opened the popup
/// how the flow ended, and closes the window.
///
/// Use it with Smartcar's JavaScript SDK (`@smartcar/auth` on npm) or with a script of your own, for
/// failures and for successes:
///
/// ```
/// use tower_smartcar_connect::responses::PopupMessage;
/// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
///
/// let popup = PopupMessage::to_same_origin().with_link("/garage");
/// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState)
///     .on_failure(popup.clone())
///     .on_success(popup);
/// ```
///
/// If your route does something first, such as to save the vehicle, leave `on_success` out and call
/// [`handle`](HandleCallback::handle) at the end of the route, or
/// [`respond_with`](Self::respond_with) if it failed.
///
/// # The page
///
/// The window only closes if it has an opener. Otherwise the owner sees the page: the popup was
/// blocked and a form took its place, its address is a bookmark, or the browser separated the two
/// windows. After a failure, the page says what an [`ErrorPage`](super::ErrorPage) says, with the
/// same status. After a success, it has the status `200 OK`. Both link back to your app.
///
/// # The messages
///
/// Each page sends `ConnectEnded`, for a script of your own. It has no credentials, and nothing from
/// the request:
///
/// | field | value |
/// | --- | --- |
/// | `name` | `"ConnectEnded"` |
/// | `connectError` | `null` after a success; else [`ConnectFailure::as_str`], or the name of your own failure |
///
/// Before it, errors from Connect and successes send the message that the SDK waits for, which is
/// ignored by a script that does not know it. A rejected callback has none, because the SDK ignores
/// a message unless it issued its `state`. It has no timeout either, so listen to `ConnectEnded` as
/// well.
///
/// | field | value |
/// | --- | --- |
/// | `name` | `"SmartcarAuthMessage"` |
/// | `isSmartcarHosted` | `false` |
/// | `code`, `error`, `errorDescription`, `state`, `vin`, `make`, `model`, `year`, `virtualKeyUrl`, `userId` | the parameter as a string, or `null` |
/// | `externalId` | the parameter; absent if there is none |
///
/// These strings are from the query: do not show them as HTML in the page that receives them. The
/// SDK does not percent-encode the `+` in its `state`, so it arrives as a space. The message has the
/// `+` again, so the SDK recognizes its `state`.
///
/// # The page that opens the popup
///
/// This script opens it, in the handler of the click and before the request, or the browser blocks
/// it. `window.open` returns `null` if it is blocked anyway: fall back to a form.
///
/// ```js
/// button.addEventListener("click", async () => {
///   const popup = window.open("", "connect", "popup");
///   const response = await fetch("/connect", { method: "POST" }).catch(() => null);
///   if (!response?.ok) {
///     popup?.close();
///     return;
///   }
///   const { url } = await response.json();
///   popup.location = url;
/// });
/// ```
///
/// This one receives the message. `origin` is that of the redirect URI, where the message comes
/// from. Every window can send messages to your page, so compare it.
///
/// ```js
#[doc = include_str!("opener.js")]
/// ```
///
/// The `Cross-Origin-Opener-Policy` of the page that opens the popup has to be
/// `same-origin-allow-popups`, or absent. With `same-origin`, the browser separates the two windows
/// when the popup navigates to Connect, and no message can arrive.
///
/// The response of this handler has `Cross-Origin-Opener-Policy: unsafe-none`, and a
/// `Content-Security-Policy` that allows its script. Outer layers must not replace them.
#[derive(Clone)]
pub struct PopupMessage {
    /// `None` means the origin of the callback.
    origin: Option<Origin>,
    link: Target,
    text: Arc<ChoosePopupText>,
    error_text: Arc<ChooseErrorText>,
}

impl PopupMessage {
    /// Creates a page for an opener on the same origin as the callback. An opener on another origin
    /// receives no message, and its popup stays open.
    #[must_use]
    pub fn to_same_origin() -> Self {
        Self::to(None)
    }

    /// Creates a page for an opener on another origin than the callback.
    ///
    /// Use the origin in the address bar of the opener. The message can have a code, so its scheme
    /// should be `https`, except during development. A page on any other origin receives nothing, but
    /// browsers do not tell which one the opener is, so the popup closes all the same.
    ///
    /// ```
    /// use tower_smartcar_connect::responses::PopupMessage;
    ///
    /// let popup = PopupMessage::to_origin("https://app.example.com".parse()?);
    /// # Ok::<_, tower_smartcar_connect::paths::InvalidOrigin>(())
    /// ```
    #[must_use]
    pub fn to_origin(origin: Origin) -> Self {
        Self::to(Some(origin))
    }

    fn to(origin: Option<Origin>) -> Self {
        Self {
            origin,
            link: Target::new("/"),
            text: Arc::new(|_headers| PopupText::english()),
            error_text: Arc::new(|failure, _headers| ErrorText::english(failure)),
        }
    }

    /// Sets the path that the page links to, on the origin of the opener. The default is `/`.
    ///
    /// # Panics
    ///
    /// Panics if `link` is not a path of your app, by the rules of
    /// [`RedirectTo::new`](super::RedirectTo::new).
    #[track_caller]
    #[must_use]
    pub fn with_link(mut self, link: &str) -> Self {
        self.link = Target::new(link);
        self
    }

    /// Sets the function that chooses the texts after a success. It receives the headers of the
    /// request.
    ///
    /// ```
    /// use tower_smartcar_connect::responses::{PopupMessage, PopupText};
    ///
    /// let popup = PopupMessage::to_same_origin().with_text(|_headers| {
    ///     PopupText::english()
    ///         .language("de")
    ///         .title("Sie können zurück zur App")
    ///         .sent("Im anderen Fenster geht es weiter.")
    ///         .lost("Bitte prüfen Sie in der App, ob Ihr Auto verbunden ist.")
    ///         .link("Zur App")
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

    /// Sets the function that chooses the texts after a failure, like
    /// [`ErrorPage::with_text`](super::ErrorPage::with_text).
    #[must_use]
    pub fn with_error_text<F>(mut self, text: F) -> Self
    where
        F: Fn(&ConnectFailure, &HeaderMap) -> ErrorText + Send + Sync + 'static,
    {
        self.error_text = Arc::new(text);
        self
    }

    /// Responds to a failure in a route or a middleware of your own. `headers` are those of the
    /// request.
    #[must_use]
    pub fn respond(&self, failure: &ConnectFailure, headers: &HeaderMap) -> Response<String> {
        let ended = message::ended(Some(failure.as_str()));
        let messages = match failure {
            ConnectFailure::Error(error) => {
                json!([message::for_sdk(|parameter| error.text(parameter)), ended])
            }
            ConnectFailure::Rejected(_) => json!([ended]),
        };
        let text = (self.error_text)(failure, headers);
        self.failed(&text, failure.status(), &messages)
    }

    /// Responds to a failure of your own code, such as a database that did not save the vehicle.
    ///
    /// `name` becomes the `connectError` of the message. The SDK receives none.
    ///
    /// ```
    /// use http::StatusCode;
    /// use tower_smartcar_connect::responses::{ErrorText, PopupMessage};
    ///
    /// let text = ErrorText::new("Your car wasn’t saved", "We’re having problems right now.");
    /// let response = PopupMessage::to_same_origin()
    ///     .respond_with("not_saved", &text, StatusCode::SERVICE_UNAVAILABLE);
    /// ```
    #[must_use]
    pub fn respond_with(
        &self,
        name: &'static str,
        text: &ErrorText,
        status: StatusCode,
    ) -> Response<String> {
        self.failed(text, status, &json!([message::ended(Some(name))]))
    }

    fn failed(&self, text: &ErrorText, status: StatusCode, messages: &Value) -> Response<String> {
        let origin = self.origin.as_ref();
        Page::about_failure(text, &self.link.href(origin)).into_popup(status, messages, origin)
    }

    fn succeeded(&self, success: &ConnectSuccess, headers: &HeaderMap) -> Response<String> {
        let origin = self.origin.as_ref();
        let text = (self.text)(headers);
        let page = Page {
            language: &text.language,
            title: &text.title,
            // The script changes the text of this one element, so screen readers announce it.
            text: html! { p role="status" data-sent=(text.sent) { (text.lost) } },
            link: &text.link,
            href: &self.link.href(origin),
        };
        let for_sdk = message::for_sdk(|parameter| success.text(parameter));
        page.into_popup(
            StatusCode::OK,
            &json!([for_sdk, message::ended(None)]),
            origin,
        )
    }
}

impl<R: From<String>> HandleCallback<ConnectFailure, R> for PopupMessage {
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: ConnectFailure, request: Parts) -> Self::Future {
        ready(self.respond(&failure, &request.headers).map(R::from))
    }
}

impl<R: From<String>> HandleCallback<ConnectSuccess, R> for PopupMessage {
    type Future = Ready<Response<R>>;

    fn handle(&self, success: ConnectSuccess, request: Parts) -> Self::Future {
        ready(self.succeeded(&success, &request.headers).map(R::from))
    }
}

impl fmt::Debug for PopupMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopupMessage")
            .field("origin", &self.origin)
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

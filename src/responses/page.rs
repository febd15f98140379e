//! The page that tells the owner what happened and what helps.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};

use super::html::Page;
use super::target::Target;
use super::text::{ChooseErrorText, ErrorText};
use crate::callback::HandleCallback;
use crate::outcome::failure::ConnectFailure;
use crate::paths::Origin;

/// Responds to failures with an HTML page that says what happened and what helps, and links back to
/// your app.
///
/// The texts depend on the error code or on the reason of the rejected callback, and contain nothing
/// from the request. The status is [`ConnectFailure::status`].
///
/// The page needs no scripts and loads nothing. It works on phones, in dark mode and with screen
/// readers.
///
/// ```
/// use tower_smartcar_connect::responses::ErrorPage;
/// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
///
/// let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState)
///     .on_failure(ErrorPage::new("/garage"));
/// ```
#[derive(Clone)]
pub struct ErrorPage {
    link: Target,
    origin: Option<Origin>,
    text: Arc<ChooseErrorText>,
}

impl ErrorPage {
    /// Creates a page that links to `link`, a path of your app such as `/garage`.
    ///
    /// Write the path as the browser sees it: behind a proxy that strips a prefix, and inside a
    /// nested router, it includes the prefix.
    ///
    /// Link to the page that has your button, not to the address that starts a flow, because a link
    /// sends a `GET`.
    ///
    /// # Panics
    ///
    /// Panics if `link` is not a path of your app, by the rules of
    /// [`RedirectTo::new`](super::RedirectTo::new).
    #[track_caller]
    #[must_use]
    pub fn new(link: &str) -> Self {
        Self {
            link: Target::new(link),
            origin: None,
            text: Arc::new(|failure, _headers| ErrorText::english(failure)),
        }
    }

    /// Sets the origin of the link, for a front end on another origin than the callback.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Sets the function that chooses the texts, for another language or for words of your own.
    ///
    /// It receives the headers of the request, which include `Accept-Language` and your cookies.
    ///
    /// ```
    /// use tower_smartcar_connect::responses::{ErrorPage, ErrorText};
    ///
    /// let page = ErrorPage::new("/garage").with_text(|failure, _headers| {
    ///     let english = ErrorText::english(failure);
    ///     match failure.as_str() {
    ///         "oem_cancelled_login" => english
    ///             .language("de")
    ///             .title("Ihr Auto ist noch nicht verbunden")
    ///             .message("Sie haben die Anmeldung beim Hersteller nicht beendet.")
    ///             .next_step("Sie können es jederzeit noch einmal versuchen.")
    ///             .link("Noch einmal versuchen"),
    ///         _ => english,
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn with_text<F>(mut self, text: F) -> Self
    where
        F: Fn(&ConnectFailure, &HeaderMap) -> ErrorText + Send + Sync + 'static,
    {
        self.text = Arc::new(text);
        self
    }

    /// Responds to a failure in a route or a middleware of your own. `headers` are those of the
    /// request.
    #[must_use]
    pub fn respond(&self, failure: &ConnectFailure, headers: &HeaderMap) -> Response<String> {
        self.respond_with(&(self.text)(failure, headers), failure.status())
    }

    /// Responds to a failure of your own code, such as a database that did not save the vehicle.
    ///
    /// ```
    /// use http::StatusCode;
    /// use tower_smartcar_connect::responses::{ErrorPage, ErrorText};
    ///
    /// let text = ErrorText::new("Your car wasn’t saved", "We’re having problems right now.")
    ///     .next_step("Please try again in a few minutes.");
    /// let response =
    ///     ErrorPage::new("/garage").respond_with(&text, StatusCode::SERVICE_UNAVAILABLE);
    /// ```
    #[must_use]
    pub fn respond_with(&self, text: &ErrorText, status: StatusCode) -> Response<String> {
        let href = self.link.href(self.origin.as_ref());
        Page::about_failure(text, &href).into_response(status)
    }
}

impl<R: From<String>> HandleCallback<ConnectFailure, R> for ErrorPage {
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: ConnectFailure, request: Parts) -> Self::Future {
        ready(self.respond(&failure, &request.headers).map(R::from))
    }
}

impl fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorPage")
            .field("link", &self.link)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

//! The page that tells the owner what happened and what helps.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Arc, LazyLock};

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use maud::html;

use super::target::Target;
use super::text::{ChooseErrorText, ErrorText};
use crate::callback::handler::HandleCallback;
use crate::failure::ConnectFailure;
use crate::html::{self, Page};

/// The style of every page.
pub(super) const STYLE: &str = include_str!("page.css");

/// The digest of [`STYLE`].
pub(super) const STYLE_DIGEST: &str = "o/N7AhHXAOe/tkhRGpoVkg9mGTfY2pBojAbSq5kjk6Y=";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| html::policy(STYLE_DIGEST, None));

/// Responds to failures with an HTML page that says what happened and what helps, and links back to
/// your app.
///
/// What it says depends on the error code or the kind of the invalid callback. It contains no text
/// from the request. The status is [`ConnectFailure::page_status`].
///
/// The page has no scripts and loads nothing. It works on phones, in dark mode and with screen
/// readers.
///
/// ```
/// use tower_smartcar_connect::ConnectCallbackLayer;
/// use tower_smartcar_connect::answers::ErrorPage;
///
/// let layer = ConnectCallbackLayer::new("/callback")
///     .on_failure(ErrorPage::new("/garage"));
/// ```
#[derive(Clone)]
pub struct ErrorPage {
    link: Target,
    text: Arc<ChooseErrorText>,
}

impl ErrorPage {
    /// Creates a page that links to `link`, a path of your app such as `/garage`.
    ///
    /// Write the path as the browser sees it: behind a proxy that strips a prefix, and inside a
    /// nested router, it includes the prefix.
    ///
    /// Link to the page that has your button, not to the address that starts a flow: a link sends a
    /// `GET`.
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
            text: Arc::new(|failure, _headers| ErrorText::english(failure)),
        }
    }

    /// Sets the function that chooses the texts, for another language or for words of your own.
    ///
    /// It gets the headers of the request, which have `Accept-Language` and your cookies.
    ///
    /// ```
    /// use tower_smartcar_connect::answers::{ErrorPage, ErrorText};
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
}

impl<T, R> HandleCallback<T, R> for ErrorPage
where
    T: Into<ConnectFailure>,
    R: From<String>,
{
    type Future = Ready<Response<R>>;

    fn handle(&self, failure: T, request: Parts) -> Self::Future {
        let failure = failure.into();
        let text = (self.text)(&failure, &request.headers);
        ready(page(&failure, &text, Some(&self.link)).map(R::from))
    }
}

/// Returns the page about a failure, with a link if there is a page to link to.
pub(super) fn page(
    failure: &ConnectFailure,
    text: &ErrorText,
    link: Option<&Target>,
) -> Response<String> {
    let page = Page {
        language: &text.language,
        title: &text.title,
        style: STYLE,
        // The direction of the text follows from its first letters.
        body: html! {
            body dir="auto" {
                main {
                    h1 { (text.title) }
                    p { (text.message) }
                    p { (text.next_step) }
                    @if let Some(link) = link {
                        a href=(link.as_str()) { (text.link) }
                    }
                }
            }
        },
        policy: &POLICY,
    };
    page.into_response(failure.page_status())
}

impl fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorPage")
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

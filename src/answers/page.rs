//! A page that tells the owner what happened and what helps.

use std::fmt;
use std::sync::{Arc, LazyLock};

use http::{HeaderMap, HeaderValue, Response};
use maud::html;

use super::Answer;
use super::failure::Failure;
use super::target::Target;
use super::text::{ChooseErrorText, ErrorText};
use crate::document::{self, Page};

/// The style of every page.
pub(super) const STYLE: &str = include_str!("page.css");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| document::policy(STYLE, None));

/// Answers with a small HTML page: what happened, what helps, and a link to try again.
///
/// It has no scripts and loads nothing. It is readable on a phone and in dark mode, and to screen readers. The words
/// are chosen by the code of the error or the kind of the invalid callback; nothing of the request is on it. The status
/// is as the [module page](super#statuses) says.
///
/// ```
/// use tower_smartcar_connect::ConnectCallbackLayer;
/// use tower_smartcar_connect::answers::ErrorPage;
///
/// let page = ErrorPage::new("/garage");
/// let layer = ConnectCallbackLayer::new("/callback").on_error(page.clone()).on_invalid(page);
/// ```
#[derive(Clone)]
pub struct ErrorPage {
    link: Target,
    text: Arc<ChooseErrorText>,
}

impl ErrorPage {
    /// A page whose link leads to `link`, a path of the app such as `/garage`, where the owner can begin again.
    ///
    /// The link is an ordinary one and sends a `GET`. Let it lead to the page with the app's own button rather than to
    /// what begins a flow.
    ///
    /// # Panics
    ///
    /// If `link` is no path of the app itself, as [`RedirectTo::new`](super::RedirectTo::new) does.
    #[track_caller]
    #[must_use]
    pub fn new(link: &str) -> Self {
        Self {
            link: Target::new(link),
            text: Arc::new(|failure, _headers| ErrorText::english(failure)),
        }
    }

    /// Has `text` choose the words, for another language or for words of your own. It gets the headers of the request,
    /// for an app that speaks several languages.
    ///
    /// ```
    /// use tower_smartcar_connect::ErrorCode;
    /// use tower_smartcar_connect::answers::{ErrorPage, ErrorText, Failure};
    ///
    /// let page = ErrorPage::new("/garage").with_text(|failure, _headers| match failure {
    ///     Failure::Error(ErrorCode::OemCancelledLogin) => ErrorText::english(failure)
    ///         .language("de")
    ///         .title("Ihr Auto ist noch nicht verbunden")
    ///         .message("Sie haben die Anmeldung beim Hersteller nicht beendet.")
    ///         .next_step("Sie können es jederzeit noch einmal versuchen.")
    ///         .link("Noch einmal versuchen"),
    ///     _ => ErrorText::english(failure),
    /// });
    /// ```
    #[must_use]
    pub fn with_text<F>(mut self, text: F) -> Self
    where
        F: Fn(Failure, &HeaderMap) -> ErrorText + Send + Sync + 'static,
    {
        self.text = Arc::new(text);
        self
    }
}

impl<T> Answer<T> for ErrorPage
where
    for<'a> Failure: From<&'a T>,
{
    fn answer(&self, callback: &T, headers: &HeaderMap) -> Response<String> {
        let failure = Failure::from(callback);
        page(failure, &(self.text)(failure, headers), Some(&self.link))
    }
}

/// The page about a failure, with a link where there is a page to go on to.
pub(super) fn page(failure: Failure, text: &ErrorText, link: Option<&Target>) -> Response<String> {
    let page = Page {
        language: &text.language,
        title: &text.title,
        style: STYLE,
        // `dir="auto"` gives it the direction of its first letters.
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
    page.into_response(failure.status())
}

impl fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorPage")
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

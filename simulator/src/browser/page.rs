//! A page, its links and its texts.

use http::header::REFERRER_POLICY;
use http::{HeaderMap, Response, StatusCode};
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::Initiator;
use super::form::{Form, text};

/// What the browser shows after it has followed all redirects.
#[derive(Clone, Debug)]
pub struct Page {
    url: Url,
    redirects: Vec<Url>,
    response: Response<String>,
}

/// A link of a page. [`Browser::click`](super::Browser::click) follows it.
#[derive(Clone, Debug)]
pub struct Link {
    pub(super) initiator: Initiator,
    pub(super) url: Url,
    text: String,
}

impl Page {
    pub(super) fn new(url: Url, redirects: Vec<Url>, response: Response<String>) -> Self {
        Self {
            url,
            redirects,
            response,
        }
    }

    /// Returns the address that the browser shows.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the addresses that redirected here, in their order.
    #[must_use]
    pub fn redirects(&self) -> &[Url] {
        &self.redirects
    }

    /// Returns the status of the page.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns the headers of the page.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Returns the text of the page as it was sent.
    #[must_use]
    pub fn body(&self) -> &str {
        self.response.body()
    }

    /// Returns the texts of the elements that a CSS selector selects, such as `h1`.
    #[must_use]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        select(&self.html(), selector).map(text).collect()
    }

    /// Returns all links, in their order.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        let html = self.html();
        let link = |element: ElementRef<'_>| {
            let href = element.attr("href").unwrap_or_default();
            Some(Link {
                initiator: self.initiator(),
                url: self.url.join(href).ok()?,
                text: text(element),
            })
        };
        select(&html, "a[href]").filter_map(link).collect()
    }

    /// Returns the first link whose text contains `text`, or whose address ends with it.
    #[must_use]
    #[track_caller]
    pub fn link(&self, text: &str) -> Link {
        let has_it = |link: &Link| link.text.contains(text) || link.url.as_str().ends_with(text);
        let link = self.links().into_iter().find(has_it);
        link.unwrap_or_else(|| panic!("no link {text:?} on {}: {}", self.url, self.body()))
    }

    /// Returns the first form that has a field of this name, or a button with this text, which is
    /// then pressed.
    #[track_caller]
    pub fn form(&self, name: &str) -> Form {
        let html = self.html();
        let forms = select(&html, "form").map(|form| Form::read(form, &self.url, self.initiator()));
        let form = forms.into_iter().find_map(|form| form.with(name));
        form.unwrap_or_else(|| panic!("no form with {name:?} on {}: {}", self.url, self.body()))
    }

    fn html(&self) -> Html {
        Html::parse_document(self.body())
    }

    fn initiator(&self) -> Initiator {
        let policy = self.headers().get(REFERRER_POLICY);
        Initiator {
            url: self.url.clone(),
            is_hidden: policy.is_some_and(|policy| policy == "no-referrer"),
        }
    }
}

impl Link {
    /// Returns the address to which it leads.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

pub(super) fn select<'h>(html: &'h Html, selector: &str) -> impl Iterator<Item = ElementRef<'h>> {
    let selector = Selector::parse(selector).expect(selector);
    html.select(&selector).collect::<Vec<_>>().into_iter()
}

//! The frame of every page.

use std::sync::LazyLock;

use http::{HeaderValue, Response, StatusCode};
use maud::{Markup, html};

use crate::html::{self, Page};

const STYLE: &str = include_str!("page.css");

/// The digest of [`STYLE`].
const STYLE_DIGEST: &str = "5bi0Ih/QKWvGIbJl6OevPhNpbfv0moIqZlJPpBKSZzk=";

/// What a page may load: its own style and nothing else. It has links only, so no form needs to be
/// allowed.
pub(super) static POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| html::policy(STYLE_DIGEST, None));

pub(super) fn page(status: StatusCode, title: &str, main: &Markup) -> Response<String> {
    let page = Page {
        language: "en",
        title: &format!("{title} – Simulator, not Smartcar"),
        style: STYLE,
        body: html! {
            body {
                header {
                    p {
                        strong { "Simulator. This is not Smartcar." }
                        " No vehicle is connected, and nobody is authenticated."
                    }
                }
                main {
                    h1 { (title) }
                    (main)
                }
                footer {
                    p { "A simulator of Smartcar Connect for development and tests, not made by Smartcar." }
                }
            }
        },
        policy: &POLICY,
    };
    page.into_response(status)
}

/// A text in which the parts between backticks are code.
pub(super) fn with_code(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

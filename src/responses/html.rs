//! Responses for browsers, with the headers that keep them private.

use std::sync::LazyLock;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::text::ErrorText;
use crate::paths::Origin;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("popup.js");

// A digest is the base64 of the SHA-256 of the text (CSP Level 3, section 2.3.1). The tests compare
// the two.
const STYLE_DIGEST: &str = "Yh2jEkH1M1kDUJwyjkTXLZSkbLdy0f4OJ8xeKvFoItQ=";
const SCRIPT_DIGEST: &str = "ot8s+vqHRS8GsHkLYEic25VIcNBwVCi2UQaojWnaYEc=";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy(""));
static POPUP_POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| policy(&format!("script-src 'sha256-{SCRIPT_DIGEST}'; ")));

/// Returns the policy that allows the style, and nothing else but `scripts`.
fn policy(scripts: &str) -> HeaderValue {
    HeaderValue::try_from(format!(
        "default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; {scripts}base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    ))
    .expect("a policy is printable ASCII")
}

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Creates a response that is not cached, and whose address and type browsers do not leak or guess.
pub(super) fn response(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A page with a link to the app.
pub(super) struct Page<'a> {
    pub(super) language: &'a str,
    /// The heading, which is also the title of the page.
    pub(super) title: &'a str,
    /// What is between the heading and the link.
    pub(super) text: Markup,
    pub(super) link: &'a str,
    pub(super) href: &'a str,
}

impl<'a> Page<'a> {
    pub(super) fn about_failure(text: &'a ErrorText, href: &'a str) -> Self {
        Self {
            language: &text.language,
            title: &text.title,
            text: html! {
                p { (text.message) }
                @if !text.next_step.is_empty() { p { (text.next_step) } }
            },
            link: &text.link,
            href,
        }
    }

    pub(super) fn into_response(self, status: StatusCode) -> Response<String> {
        let body = html! { body dir="auto" { (self.main()) } };
        self.respond(status, &body, &POLICY)
    }

    /// Creates the page of a popup. Its script sends the messages to the opener if that is on the
    /// origin, and closes the window. `None` means the origin of the page itself.
    pub(super) fn into_popup(
        self,
        status: StatusCode,
        messages: &Value,
        origin: Option<&Origin>,
    ) -> Response<String> {
        let body = html! {
            body dir="auto" data-messages=(messages) data-origin=[origin] {
                (self.main())
                // Cloudflare's Rocket Loader runs scripts later and changed, unless they have this
                // attribute. The policy does not allow a changed one.
                script data-cfasync="false" { (PreEscaped(SCRIPT)) }
            }
        };
        let mut response = self.respond(status, &body, &POPUP_POLICY);
        // With any other value, browsers can separate the popup from its opener.
        response.headers_mut().insert(
            CROSS_ORIGIN_OPENER_POLICY,
            HeaderValue::from_static("unsafe-none"),
        );
        response
    }

    fn main(&self) -> Markup {
        html! {
            main {
                h1 { (self.title) }
                (self.text)
                a href=(self.href) { (self.link) }
            }
        }
    }

    fn respond(&self, status: StatusCode, body: &Markup, policy: &HeaderValue) -> Response<String> {
        let page = html! {
            (DOCTYPE)
            html lang=(self.language) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                (body)
            }
        };
        let mut response = response(status, page.into_string());
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
        response
    }
}

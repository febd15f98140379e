//! The responses that answers are made of, with the headers that keep them safe.

use std::sync::LazyLock;

use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::content_security_policy;

/// The style of every page.
const STYLE: &str = include_str!("page.css");

/// A response whose address is kept out of caches and `Referer` headers.
pub(super) fn response(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A page of HTML.
pub(super) struct Page<'a> {
    pub(super) language: &'a str,
    pub(super) title: &'a str,
    /// The element `body`. `dir="auto"` gives it the direction of its first letters.
    pub(super) body: Markup,
    pub(super) policy: &'static Policy,
}

impl Page<'_> {
    pub(super) fn into_response(self, status: StatusCode) -> Response<String> {
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
                (self.body)
            }
        };
        let mut response = response(status, page.into_string());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_SECURITY_POLICY, (*self.policy).clone());
        response
    }
}

/// A `Content-Security-Policy`, made when it is first needed.
pub(super) type Policy = LazyLock<HeaderValue>;

/// The policy of a page that has the common style, and nothing else.
pub(super) static WITHOUT_SCRIPT: Policy = LazyLock::new(|| policy(None));

/// A policy that allows the common style and one script, and nothing else.
pub(super) fn policy(script: Option<&str>) -> HeaderValue {
    content_security_policy::allowing_only(STYLE, script)
}

//! Responses for browsers, with the headers that keep them private.

use std::fmt::Write;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Creates a response that is not cached, and whose address and type browsers do not leak or guess.
pub(crate) fn response(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An HTML page.
pub(crate) struct Page<'a> {
    pub(crate) language: &'a str,
    pub(crate) title: &'a str,
    pub(crate) style: &'static str,
    /// The element `body`.
    pub(crate) body: Markup,
    /// The [`policy`] that allows the style, and the script of the body if it has one.
    pub(crate) policy: &'static HeaderValue,
}

impl Page<'_> {
    pub(crate) fn into_response(self, status: StatusCode) -> Response<String> {
        let page = html! {
            (DOCTYPE)
            html lang=(self.language) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (self.title) }
                    style { (PreEscaped(self.style)) }
                }
                (self.body)
            }
        };
        let mut response = response(status, page.into_string());
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }
}

/// Returns a `Content-Security-Policy` that only allows one inline style, and one inline script if
/// there is one, by their digests.
///
/// A digest is the base64 of the SHA-256 of the text (CSP Level 3, section 2.3.1). It is a constant
/// next to the text, and the tests compare the two.
pub(crate) fn policy(style_digest: &str, script_digest: Option<&str>) -> HeaderValue {
    let mut policy = format!("default-src 'none'; style-src 'sha256-{style_digest}'");
    if let Some(digest) = script_digest {
        write!(policy, "; script-src 'sha256-{digest}'").expect("a string takes what is written");
    }
    policy.push_str("; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    HeaderValue::try_from(policy).expect("a policy is printable ASCII")
}

//! The frame of every page.

mod error_pages;
mod flow_pages;
mod login_pages;
mod no_callback;
mod overview;

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

pub(crate) use self::error_pages::{
    method_not_allowed, no_vehicle_ticked, not_connected, rejected, unreadable_form,
};
pub(crate) use self::flow_pages::outcomes;
pub(crate) use self::login_pages::permissions;
pub(crate) use self::no_callback::no_callback;
pub(crate) use self::overview::overview;

const STYLE: &str = include_str!("page.css");

/// What a page may load: its own style and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("a policy is printable ASCII")
});

/// Creates a response that is not cached, and whose address and type browsers do not leak or guess.
pub(crate) fn response(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    response
}

fn page(status: StatusCode, title: &str, main: &Markup) -> Response<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " – Simulator, not Smartcar" }
                style { (PreEscaped(STYLE)) }
            }
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
        }
    };
    let mut response = response(status, page.into_string());
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, html);
    response
}

/// A text in which the parts between backticks are code.
fn with_code(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

//! Comparing responses with the expected ones.

use std::fmt::Debug;

use http::header::{CACHE_CONTROL, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderName, Method, Response, StatusCode};
use hyper::body::Bytes;

use crate::cases::{Case, Expected};
use crate::outcome::HANDLED;
use crate::placements::{Difference, Placement};

/// Checks that `found` equals `expected`.
///
/// # Errors
///
/// A message that begins with `what` if they differ.
pub fn equal<T: PartialEq<U> + Debug, U: Debug>(
    what: &str,
    found: T,
    expected: U,
) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what} is {found:?}, not {expected:?}"))
    }
}

/// Checks that a response is the one that the case expects.
///
/// # Errors
///
/// A message about the first difference.
pub fn check(case: &Case, response: &Response<Bytes>, placement: &Placement) -> Result<(), String> {
    let (status, body, is_callback) = match &case.expected {
        Expected::App(text) => (StatusCode::OK, text.as_str(), true),
        Expected::Handler(text) => (HANDLED, text.as_str(), true),
        Expected::Rejected => (StatusCode::BAD_REQUEST, "", true),
        Expected::Probed => (StatusCode::OK, "", true),
        Expected::NoRoute => (StatusCode::NOT_FOUND, "", false),
        Expected::Untouched | Expected::Echo => (StatusCode::OK, "", false),
    };
    equal("the status", response.status(), status)?;
    let is_page_of_framework = match case.expected {
        Expected::Rejected => placement.has(Difference::PageForRejected),
        Expected::NoRoute => true,
        _ => false,
    };
    if is_page_of_framework {
        let body = String::from_utf8_lossy(response.body());
        equal(
            "whether the page repeats the request",
            body.contains("hostile"),
            false,
        )?;
    } else if case.method == Method::HEAD {
        equal("the body", text(response), "")?;
    } else {
        equal("the body", text(response), body)?;
    }
    equal(
        "Cache-Control",
        header(response, CACHE_CONTROL),
        is_callback.then_some("no-store"),
    )?;
    equal(
        "Referrer-Policy",
        header(response, REFERRER_POLICY),
        is_callback.then_some("no-referrer"),
    )?;
    equal(
        "whether a cookie is cleared",
        header(response, SET_COOKIE).map(|cookie| cookie.contains("Max-Age=0")),
        case.is_cookie_cleared.then_some(true),
    )?;
    for (name, value) in response.headers() {
        let is_repeated = String::from_utf8_lossy(value.as_bytes()).contains("hostile");
        equal(
            &format!("whether {name} repeats the request"),
            is_repeated,
            false,
        )?;
    }
    Ok(())
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap_or("no UTF-8")
}

fn header(response: &Response<Bytes>, name: HeaderName) -> Option<&str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap_or("no text"))
}

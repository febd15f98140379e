//! The cookies that a browser keeps and sends.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{COOKIE, SET_COOKIE};

/// Wraps the state like Smartcar's JavaScript SDK.
pub(crate) fn wrapped(state: &str) -> String {
    STANDARD.encode(format!(
        r#"{{"instanceId":"7f1c","originalState":"{state}"}}"#
    ))
}

/// Returns the `Cookie` header with these cookies.
pub(crate) fn cookie_header(cookies: &BTreeMap<String, String>) -> HeaderMap {
    let pairs: Vec<_> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    match pairs.is_empty() {
        true => HeaderMap::new(),
        false => HeaderMap::from_iter([(COOKIE, pairs.join("; ").parse().unwrap())]),
    }
}

/// Keeps and removes the cookies of a response, and returns the names of the new ones.
pub(crate) fn keep(cookies: &mut BTreeMap<String, String>, headers: &HeaderMap) -> Vec<String> {
    let mut new = Vec::new();
    for line in headers.get_all(SET_COOKIE) {
        let line = line.to_str().unwrap();
        let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
        if line.contains("; Max-Age=0;") {
            assert!(
                cookies.remove(name).is_some(),
                "{name} is cleared, but not there"
            );
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
            new.push(name.to_owned());
        }
    }
    new
}

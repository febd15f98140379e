//! The label of the cookies that came with a rejected callback.

use http::HeaderMap;
use http::header::COOKIE;

use crate::flow_cookie::{HOST_PREFIX, PREFIX};

/// Returns `none`, `other` or `flow`: no cookie, cookies but none of a flow, or at least one of a
/// flow.
pub(super) fn label(headers: &HeaderMap) -> &'static str {
    let mut headers = headers.get_all(COOKIE).iter().peekable();
    if headers.peek().is_none() {
        return "none";
    }
    let mut cookies = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    if cookies.any(is_of_flow) {
        "flow"
    } else {
        "other"
    }
}

fn is_of_flow(cookie: &[u8]) -> bool {
    let cookie = cookie.trim_ascii_start();
    let name = cookie
        .strip_prefix(HOST_PREFIX.as_bytes())
        .unwrap_or(cookie);
    name.starts_with(PREFIX.as_bytes())
}

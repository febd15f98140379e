//! Stands for a later version of the crate, in front of the present one.
//!
//! It writes records of version 3. Like every version, it also reads those of the version before.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cookie::{Cookie, CookieJar, Key};

/// The version is the first number after the expiry.
pub(crate) fn write(text: &str) -> String {
    text.replacen(" 2 ", " 3 ", 1)
}

pub(crate) fn read(text: &str) -> String {
    text.replacen(" 3 ", " 2 ", 1)
}

/// The key from 128 hexadecimal digits.
pub(crate) fn key(digits: &str) -> Key {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect(digits);
    Key::from(&(0..128).step_by(2).map(byte).collect::<Vec<_>>())
}

/// Changes the cookies that the browser sends, and the one that the app sets.
pub(crate) async fn change_cookies(
    State(key): State<Key>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(line) = request.headers_mut().get_mut(COOKIE) {
        let cookies = line.to_str().expect("cookies are ASCII").split("; ");
        let cookies: Vec<_> = cookies.map(|cookie| change(&key, cookie, read)).collect();
        *line = HeaderValue::try_from(cookies.join("; ")).expect("cookies are ASCII");
    }
    let mut response = next.run(request).await;
    if let Some(line) = response.headers_mut().get_mut(SET_COOKIE) {
        let text = line.to_str().expect("cookies are ASCII");
        let (cookie, attributes) = text.split_once(';').expect("it has attributes");
        let cookie = change(&key, cookie, write);
        *line = HeaderValue::try_from(format!("{cookie};{attributes}")).expect("it is ASCII");
    }
    response
}

/// Changes the text in an encrypted `name=value`. Leaves other cookies as they are.
fn change(key: &Key, cookie: &str, change: fn(&str) -> String) -> String {
    let changed = || {
        let (name, value) = cookie.split_once('=')?;
        let value = STANDARD.encode(URL_SAFE_NO_PAD.decode(value).ok()?);
        let mut jar = CookieJar::new();
        let text = jar
            .private(key)
            .decrypt(Cookie::new(name.to_owned(), value))?;
        let text = change(text.value());
        jar.private_mut(key).add(Cookie::new(name.to_owned(), text));
        let value = STANDARD.decode(jar.get(name)?.value()).ok()?;
        Some(format!("{name}={}", URL_SAFE_NO_PAD.encode(value)))
    };
    changed().unwrap_or_else(|| cookie.to_owned())
}

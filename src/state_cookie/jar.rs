//! The cookies of flows in a request: finding, encrypting and decrypting them.

use cookie::{Cookie, CookieJar, SameSite};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use super::flow::{Content, State};
use super::settings::StateCookie;

/// What every cookie of a flow begins with; the name of the flow follows.
const PREFIX: &str = "smartcar-connect-";

impl StateCookie {
    /// The name of the cookie of a flow.
    pub(super) fn cookie_name(&self, state: &State) -> String {
        format!("{}{}", self.cookie_prefix(), state.name())
    }

    pub(super) fn is_cookie_name(&self, name: &str) -> bool {
        name.strip_prefix(&self.cookie_prefix()).is_some_and(State::is_name)
    }

    fn cookie_prefix(&self) -> String {
        let host = if self.is_plain_http { "" } else { "__Host-" };
        format!("{host}{PREFIX}")
    }

    /// The cookie of a flow, encrypted with the newest key.
    pub(super) fn encrypt(&self, name: String, content: &Content) -> Cookie<'static> {
        let mut jar = CookieJar::new();
        jar.private_mut(&self.keys[0])
            .add(self.with_attributes(Cookie::new(name.clone(), content.to_text())));
        jar.get(&name)
            .cloned()
            .expect("the jar has the cookie that was just added")
    }

    /// The content of a cookie that was encrypted with any of the keys.
    pub(super) fn decrypt(&self, cookie: &Cookie<'static>) -> Option<Content> {
        let jar = CookieJar::new();
        let decrypted = self
            .keys
            .iter()
            .find_map(|key| jar.private(key).decrypt(cookie.clone()))?;
        Content::from_text(decrypted.value())
    }

    /// A cookie that clears the one of this name.
    pub(super) fn removal(&self, name: String) -> Cookie<'static> {
        let mut cookie = self.with_attributes(Cookie::from(name));
        cookie.make_removal();
        cookie
    }

    fn with_attributes(&self, mut cookie: Cookie<'static>) -> Cookie<'static> {
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_secure(!self.is_plain_http);
        cookie.set_same_site(SameSite::Lax);
        cookie
    }
}

/// The cookies of a request, from all its `Cookie` headers: HTTP/2 may split them.
pub(super) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'static>> {
    headers
        .get_all(COOKIE)
        .iter()
        .map(ascii)
        .flat_map(|header| Cookie::split_parse(header).collect::<Vec<_>>())
        .filter_map(Result::ok)
}

/// The text of a header, with `?` for each byte that is not ASCII. A cookie of another app may be of any bytes; it must
/// not hide those beside it, nor pass for one of ours: the parser drops all white space of Unicode before a name, but a
/// browser sees no `__Host-` behind it, and lets other hosts set such a cookie.
fn ascii(header: &HeaderValue) -> String {
    let characters = header.as_bytes().iter().map(|&byte| match byte.is_ascii() {
        true => char::from(byte),
        false => '?',
    });
    characters.collect()
}

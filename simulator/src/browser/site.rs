//! Sites, and which cookies go where.

use cookie_store::RawCookie;
use http::Method;
use url::{Host, Url};

use crate::connect::is_loopback;

/// How an address relates to the page that leads there, from the closest relation to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// No page leads there.
    None,
    SameOrigin,
    SameSite,
    CrossSite,
}

impl Relation {
    pub(super) fn of(initiator: &Url, url: &Url) -> Self {
        if initiator.origin() == url.origin() {
            Self::SameOrigin
        } else if site(initiator) == site(url) {
            Self::SameSite
        } else {
            Self::CrossSite
        }
    }

    /// The value of `Sec-Fetch-Site`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

/// The scheme and the last two labels of a name, or an address.
fn site(url: &Url) -> (&str, String) {
    let host = match url.host() {
        Some(Host::Domain(name)) => {
            let labels: Vec<_> = name.rsplit('.').take(2).collect();
            labels.join(".")
        }
        host => host.map(|host| host.to_string()).unwrap_or_default(),
    };
    (url.scheme(), host)
}

/// Whether a browser keeps a cookie of this address.
pub(super) fn is_kept(cookie: &RawCookie<'_>, url: &Url) -> bool {
    let is_secure = cookie.secure() == Some(true);
    let is_trusted = url.scheme() == "https" || url.host().is_some_and(|host| is_loopback(&host));
    let is_none = cookie.same_site().is_some_and(|it| it.is_none());
    let prefix_is_kept = match cookie.name() {
        name if name.starts_with("__Host-") => {
            is_secure && cookie.path() == Some("/") && cookie.domain().is_none()
        }
        name if name.starts_with("__Secure-") => is_secure,
        _ => true,
    };
    prefix_is_kept && (is_trusted || !is_secure) && (is_secure || !is_none)
}

/// Whether a browser sends a cookie when it goes to an address.
pub(super) fn is_sent(cookie: &RawCookie<'_>, relation: Relation, method: &Method) -> bool {
    let same_site = cookie.same_site();
    relation != Relation::CrossSite
        || same_site.is_some_and(|it| it.is_none())
        || (same_site.is_none_or(|it| it.is_lax()) && *method == Method::GET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_compared_by_scheme_and_name() {
        let cases = [
            (
                "http://localhost:8000/a",
                "http://localhost:8000/b",
                Relation::SameOrigin,
            ),
            (
                "http://localhost:8000/",
                "http://localhost:4000/",
                Relation::SameSite,
            ),
            (
                "http://localhost:8000/",
                "http://127.0.0.1:8000/",
                Relation::CrossSite,
            ),
            (
                "https://app.example.com/",
                "https://www.example.com/",
                Relation::SameSite,
            ),
            (
                "http://app.example.com/",
                "https://app.example.com/",
                Relation::CrossSite,
            ),
            (
                "https://example.com/",
                "https://example.org/",
                Relation::CrossSite,
            ),
            (
                "http://127.0.0.1/",
                "http://127.0.0.2/",
                Relation::CrossSite,
            ),
        ];
        for (initiator, url, expected) in cases {
            let relation = Relation::of(&initiator.parse().unwrap(), &url.parse().unwrap());
            assert_eq!(relation, expected, "{initiator} {url}");
        }
    }

    #[test]
    fn cookies_are_kept_by_their_prefix_and_security() {
        let (local, plain) = ("http://localhost:8000/", "http://app.test/");
        let cases = [
            ("a=1", plain, true),
            ("a=1; Secure", plain, false),
            ("a=1; Secure", local, true),
            ("a=1; Secure", "http://127.0.0.1:8000/", true),
            ("a=1; SameSite=None", local, false),
            ("a=1; SameSite=None; Secure", local, true),
            ("__Host-a=1; Secure; Path=/", local, true),
            ("__Host-a=1; Path=/", local, false),
            ("__Host-a=1; Secure; Path=/app", local, false),
            ("__Host-a=1; Secure; Path=/; Domain=localhost", local, false),
            ("__Secure-a=1", "https://app.test/", false),
            ("__Secure-a=1; Secure", "https://app.test/", true),
        ];
        for (cookie, url, expected) in cases {
            let parsed = RawCookie::parse(cookie).unwrap();
            assert_eq!(
                is_kept(&parsed, &url.parse().unwrap()),
                expected,
                "{cookie} {url}"
            );
        }
    }

    #[test]
    fn cookies_are_sent_to_other_sites_by_their_same_site() {
        use Relation::{CrossSite, SameOrigin, SameSite};
        let (get, post) = (Method::GET, Method::POST);
        let cases = [
            ("a=1; SameSite=Strict", CrossSite, &get, false),
            ("a=1; SameSite=Strict", SameSite, &post, true),
            ("a=1; SameSite=Strict", Relation::None, &get, true),
            ("a=1; SameSite=Lax", CrossSite, &get, true),
            ("a=1; SameSite=Lax", CrossSite, &post, false),
            ("a=1", CrossSite, &get, true),
            ("a=1", CrossSite, &post, false),
            ("a=1", SameOrigin, &post, true),
            ("a=1; SameSite=None; Secure", CrossSite, &post, true),
        ];
        for (cookie, relation, method, expected) in cases {
            let parsed = RawCookie::parse(cookie).unwrap();
            let case = format!("{cookie} {relation:?} {method}");
            assert_eq!(is_sent(&parsed, relation, method), expected, "{case}");
        }
    }
}

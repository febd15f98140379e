//! The redirect URI of a `ConnectUrl`, and the layer that is made from it.

use http::{Method, Uri};
use proptest::prelude::*;
use tower_smartcar_connect::ConnectUrl;
use tower_smartcar_connect::paths::CallbackPaths;
use url::Url;

/// Returns whether a layer that is made from the same address takes the redirect URI for a
/// callback.
fn is_protected(connect_url: &ConnectUrl) -> bool {
    // The path and query, as a browser requests them.
    let url = Url::parse(connect_url.redirect_uri()).unwrap();
    let callback: Uri = format!("{}?code=1", url.path()).parse().unwrap();
    let outcome = CallbackPaths::new(connect_url).read(&Method::GET, &callback);
    outcome.is_ok_and(|outcome| outcome.is_some())
}

#[test]
fn redirect_uris_that_smartcar_accepts_are_accepted_and_protected() {
    let cases = [
        ("http://localhost:8000", "/"),
        ("http://localhost:8000/", "/"),
        ("http://localhost/callback", "/callback"),
        ("http://LOCALHOST/callback", "/callback"),
        ("https://localhost:8443/callback", "/callback"),
        ("https://example.com", "/"),
        ("https://example.com?tenant=7", "/"),
        ("https://example.com/callback", "/callback"),
        ("HTTPS://Example.com/callback", "/callback"),
        ("https://example.com:8443/a/b", "/a/b"),
        ("https://example.com:/a", "/a"),
        ("https://example.com/callback/", "/callback/"),
        ("https://example.com/a//b", "/a//b"),
        ("https://example.com/call%62ack", "/call%62ack"),
        ("https://example.com/caf%C3%A9", "/caf%C3%A9"),
        ("https://example.com/café", "/caf%C3%A9"),
        ("https://example.com/50%\"é", "/50%%22%C3%A9"),
        ("https://xn--exmple-cua.com/callback", "/callback"),
        ("https://127.0.0.1/callback", "/callback"),
        ("https://[::1]:8443/callback", "/callback"),
        ("https://example.com/callback?tenant=7&codes=1", "/callback"),
        ("https://example.com/callback?mail=a@b.example", "/callback"),
        ("https://example.com/@/callback", "/@/callback"),
    ];
    for (redirect_uri, path) in cases {
        let connect_url = ConnectUrl::new("client-1", redirect_uri).expect(redirect_uri);
        assert_eq!(connect_url.callback_path(), path, "{redirect_uri}");
        assert_eq!(connect_url.redirect_uri(), redirect_uri);
        assert!(is_protected(&connect_url), "{redirect_uri}");
        // Smartcar compares byte by byte.
        let address = Url::parse(&connect_url.with_state("s").unwrap().to_string()).unwrap();
        let sent = address
            .query_pairs()
            .find(|(name, _)| name == "redirect_uri");
        assert_eq!(sent.unwrap().1, redirect_uri);
    }
}

#[test]
fn redirect_uris_that_cannot_get_a_callback_are_rejected() {
    for redirect_uri in [
        "",
        "/callback",
        "https:///callback",
        "https://example.com:99999/callback",
        "http://example.com/callback",
        "http://127.0.0.1:8000/callback",
        "http://localhost@example.com/callback",
        "sc4a1b01e5-0497-417c-a30e-6df6ba33ba46://callback",
        "javascript:alert(1)",
        "https://javascript-sdk.smartcar.com/v2/redirect?app_origin=https://myapp.com",
        "https://example.com/callback#top",
        "https://example.com/callback?tenant=7&c%6Fde=1",
        "https://user:5ecret@example.com/callback",
        "https://user@example.com",
        // Browsers change these.
        "https://example.com/call back",
        "https://example.com/callback\n",
        "https://exämple.com/callback",
        "https://example.com/a/../callback",
        "https://example.com/a/%2e%2E/callback",
        "https://example.com/a\\b",
    ] {
        let invalid = ConnectUrl::new("client-1", redirect_uri).expect_err(redirect_uri);
        assert_eq!(invalid.parameter(), "redirect_uri", "{redirect_uri}");
        assert!(!invalid.to_string().contains("5ecret"), "{invalid}");
    }
}

proptest! {
    #[test]
    fn every_accepted_redirect_uri_is_valid_in_browsers_and_protected(
        redirect_uri in "(https?|HTTPS|ftp)://(localhost|example\\.com|[a-z0-9.]{0,6})(:[0-9]{0,6})?(/[a-zé%\"^|0-9./~!$'()*,;=:@-]{0,9}){0,3}(\\?[a-z=&%#]{0,9})?",
    ) {
        let Ok(connect_url) = ConnectUrl::new("client-1", &*redirect_uri) else {
            return Ok(());
        };
        // Browsers read hosts like `1.2.3.4.5` as numbers, but as invalid ones.
        prop_assume!(Url::parse(&redirect_uri).is_ok());
        prop_assert!(is_protected(&connect_url));
        prop_assert!(CallbackPaths::for_redirect_uris([&redirect_uri]).is_ok());
    }

    #[test]
    fn arbitrary_redirect_uris_never_panic(beginning in "|https://|http://localhost", rest in any::<String>()) {
        let redirect_uri = format!("{beginning}{rest}");
        if let Ok(connect_url) = ConnectUrl::new("client-1", redirect_uri) {
            let _ = CallbackPaths::new(&connect_url);
            let _ = connect_url.with_state("s");
        }
    }
}

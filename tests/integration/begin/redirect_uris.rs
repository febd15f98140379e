//! The redirect URI of a `ConnectUrl`, and the layer that is made from it.

use http::{Method, Uri};
use proptest::prelude::*;
use tower_smartcar_connect::{CallbackPaths, ConnectCallbackLayer, ConnectUrl};
use url::Url;

/// Returns whether a layer that is made from the same address takes the redirect URI for a
/// callback.
fn is_protected(connect_url: &ConnectUrl) -> bool {
    // The path and query, as a browser requests them.
    let url = Url::parse(connect_url.redirect_uri()).unwrap();
    let callback: Uri = format!("{}?code=1", url.path()).parse().unwrap();
    let outcome = CallbackPaths::from(connect_url).read(&Method::GET, &callback);
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
        let address = Url::parse(&connect_url.with_state("s").to_string()).unwrap();
        let sent = address
            .query_pairs()
            .find(|(name, _)| name == "redirect_uri");
        assert_eq!(sent.unwrap().1, redirect_uri);
    }
}

#[test]
fn redirect_uris_that_cannot_get_a_callback_are_rejected_with_advice() {
    let not_a_url =
        "it is not an absolute URL; write it as registered, such as `https://example.com/callback`";
    let custom_scheme = "its scheme is neither https nor http; write an https URI in full, or leave out the URI of a \
                         mobile app, which never reaches a server";
    let plain_http =
        "Smartcar accepts plain http for the host `localhost` only; register an https URI";
    let not_encoded = "it has a space, a control character, or one that is not ASCII in its host; write the host in \
                       punycode and the rest percent-encoded, as registered";
    let fragment =
        "it has a fragment, which browsers never send; register it without `#` and what follows";
    let reserved = "its query has a parameter that Connect uses itself; register it with another name for that parameter";
    let user_info = "it has a user name or a password, which everybody could read in the address; register it without";
    let hosted = "Smartcar serves this page for its JavaScript SDK, so it never reaches this server; leave it out here";
    let dots = "its path has a segment `.` or `..`, which browsers resolve before they send it; pass the resolved path";
    let pattern = "its path contains a character that browsers never send in a path; percent-encode it, or use \
                   `ConnectCallbackLayer::matching` for a pattern";
    let backslash = "its path contains a control character or a backslash, which browsers never send in a path; remove it";
    let cases = [
        ("", not_a_url),
        ("/callback", not_a_url),
        ("example.com/callback", not_a_url),
        ("https:example.com/callback", not_a_url),
        ("https://", not_a_url),
        ("https:///callback", not_a_url),
        ("https://:8443/callback", not_a_url),
        ("https://example.com:99999/callback", not_a_url),
        ("https://example.com:+80/callback", not_a_url),
        ("https://example.com:port/callback", not_a_url),
        (" https://example.com/callback", not_a_url),
        ("https://example.com/callback ", not_encoded),
        ("https://example.com/call back", not_encoded),
        ("https://example.com/callback\n", not_encoded),
        ("https://exämple.com/callback", not_encoded),
        ("http://example.com/callback", plain_http),
        ("http://127.0.0.1:8000/callback", plain_http),
        ("http://[::1]:8000/callback", plain_http),
        ("http://localhost.example.com/callback", plain_http),
        ("http://localhost@example.com/callback", plain_http),
        ("localhost:8000/callback", custom_scheme),
        (
            "sc4a1b01e5-0497-417c-a30e-6df6ba33ba46://callback",
            custom_scheme,
        ),
        ("javascript:alert(1)", custom_scheme),
        (
            "https://javascript-sdk.smartcar.com/v2/redirect?app_origin=https://myapp.com",
            hosted,
        ),
        ("https://JAVASCRIPT-SDK.smartcar.com/v2/redirect", hosted),
        ("https://example.com/callback#", fragment),
        ("https://example.com/callback#top", fragment),
        ("https://example.com/callback?state=1", reserved),
        ("https://example.com/callback?tenant=7&c%6Fde=1", reserved),
        ("https://user:password@example.com/callback", user_info),
        ("https://user@example.com", user_info),
        ("https://example.com/a/../callback", dots),
        ("https://example.com/a/%2e%2E/callback", dots),
        ("https://example.com/tenants/{id}/callback", pattern),
        ("https://example.com/a\\b", backslash),
    ];
    for (redirect_uri, advice) in cases {
        let message = format!("redirect URI {redirect_uri:?}: {advice}");
        let invalid = ConnectUrl::new("client-1", redirect_uri).expect_err(redirect_uri);
        assert_eq!(invalid.to_string(), message);
        let invalid = ConnectUrl::reauthenticate("client-1", "vehicle-1", redirect_uri)
            .expect_err(redirect_uri);
        assert_eq!(invalid.to_string(), message);
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
        prop_assert!(ConnectCallbackLayer::for_redirect_uris([&redirect_uri]).is_ok());
    }

    #[test]
    fn arbitrary_redirect_uris_never_panic(beginning in "|https://|http://localhost", rest in any::<String>()) {
        let redirect_uri = format!("{beginning}{rest}");
        if let Ok(connect_url) = ConnectUrl::new("client-1", redirect_uri) {
            let _ = ConnectCallbackLayer::new(&connect_url);
            let _ = connect_url.with_state("s");
        }
    }
}

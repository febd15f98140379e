//! Callback paths from the redirect URIs that are registered in the Smartcar dashboard.

use http::{Method, Uri};
use tower_smartcar_connect::paths::CallbackPaths;

/// Returns whether a request to this URI is a callback.
fn is_callback(paths: &CallbackPaths, uri: &str) -> bool {
    let uri: Uri = uri.parse().expect(uri);
    paths
        .read(&Method::GET, &uri)
        .is_ok_and(|callback| callback.is_some())
}

#[test]
fn the_path_of_a_redirect_uri_is_its_callback_path() {
    let cases = [
        ("http://localhost:8000", "/?code=1"),
        ("http://localhost:8000/", "/?code=1"),
        ("http://localhost/callback", "/callback?code=1"),
        ("http://LOCALHOST/callback", "/callback?code=1"),
        ("https://example.com/callback", "/callback?code=1"),
        ("https://example.com/callback/", "/callback/?code=1"),
        ("https://example.com:8443/a/b", "/a/b?code=1"),
        (
            "https://example.com/callback?tenant=7",
            "/callback?tenant=7&code=1",
        ),
        (
            "https://example.com/callback?codes=7",
            "/callback?codes=7&code=1",
        ),
        ("https://example.com/a/../callback", "/callback?code=1"),
        ("https://example.com/café bar", "/caf%C3%A9%20bar?code=1"),
        ("https://example.com/{id}", "/%7Bid%7D?code=1"),
        ("https://127.0.0.1/callback", "/callback?code=1"),
    ];
    for (redirect_uri, callback) in cases {
        let paths = CallbackPaths::for_redirect_uris([redirect_uri]).expect(redirect_uri);
        assert!(is_callback(&paths, callback), "redirect URI {redirect_uri}");
        assert!(
            !is_callback(&paths, "/elsewhere?code=1"),
            "redirect URI {redirect_uri}"
        );
    }
}

#[test]
fn several_redirect_uris_have_several_callback_paths() {
    let uris = vec![
        "https://example.com/callback".to_owned(),
        "http://localhost:8000".to_owned(),
    ];
    let paths = CallbackPaths::for_redirect_uris(uris).expect("both are fine");
    for callback in ["/callback?code=1", "/?code=1"] {
        assert!(is_callback(&paths, callback), "callback {callback}");
    }
}

#[test]
fn a_redirect_uri_that_never_reaches_a_server_is_rejected_with_advice() {
    let cases = [
        ("", "not an absolute URL"),
        ("/callback", "https://example.com/callback"),
        ("example.com/callback", "not an absolute URL"),
        ("https://", "not an absolute URL"),
        ("https://exa mple.com", "not an absolute URL"),
        ("http://example.com/callback", "`localhost` only"),
        ("http://127.0.0.1:8000/callback", "`localhost` only"),
        ("http://[::1]:8000/callback", "`localhost` only"),
        ("http://localhost.example.com", "`localhost` only"),
        (
            "sc4a1b01e5-0497-417c-a30e-6df6ba33ba46://callback",
            "mobile app",
        ),
        ("localhost:8000/callback", "write an https URI in full"),
        ("ftp://example.com/callback", "neither https nor http"),
        (
            "https://javascript-sdk.smartcar.com/v2/redirect?app_origin=https://myapp.com",
            "JavaScript SDK",
        ),
        ("https://example.com/callback#", "without `#`"),
        ("https://example.com/callback#top", "without `#`"),
        ("https://example.com/callback?state=1", "another name"),
        (
            "https://example.com/callback?tenant=1&st%61te",
            "another name",
        ),
        ("https://example.com/callback?code=1", "another name"),
        ("https://example.com/callback?make", "another name"),
    ];
    for (uri, advice) in cases {
        // A valid one beside it does not hide it.
        let error = CallbackPaths::for_redirect_uris(["https://example.com", uri]).expect_err(uri);
        let message = error.to_string();
        assert!(message.contains(advice), "redirect URI {uri}: {message}");
        assert!(
            message.contains(&format!("{uri:?}")),
            "redirect URI {uri}: {message}"
        );
    }
}

#[test]
fn an_empty_list_of_redirect_uris_is_rejected() {
    let error =
        CallbackPaths::for_redirect_uris(Vec::<String>::new()).expect_err("the list is empty");
    assert!(error.to_string().contains("pass at least one"), "{error}");
}

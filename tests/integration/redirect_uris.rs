//! Callback paths from the redirect URIs that are registered in the Smartcar dashboard.

use std::convert::Infallible;

use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess};

/// Returns whether a request to this URI is a callback for the layer.
async fn is_callback(layer: ConnectCallbackLayer, uri: &str) -> bool {
    let inner = service_fn(|request: Request<()>| async move {
        Ok::<_, Infallible>(Response::new(
            request.extensions().get::<ConnectSuccess>().is_some(),
        ))
    });
    let layer = layer.app_verifies_state();
    let Ok(response) = layer
        .layer(inner)
        .oneshot(Request::get(uri).body(()).expect(uri))
        .await;
    response.into_body()
}

#[tokio::test]
async fn the_path_of_a_redirect_uri_is_its_callback_path() {
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
        let layer = ConnectCallbackLayer::for_redirect_uris([redirect_uri]).expect(redirect_uri);
        assert!(
            is_callback(layer.clone(), callback).await,
            "redirect URI {redirect_uri}"
        );
        assert!(
            !is_callback(layer.clone(), "/elsewhere?code=1").await,
            "redirect URI {redirect_uri}"
        );
    }
}

#[tokio::test]
async fn several_redirect_uris_have_several_callback_paths() {
    let uris = vec![
        "https://example.com/callback".to_owned(),
        "http://localhost:8000".to_owned(),
    ];
    let layer = ConnectCallbackLayer::for_redirect_uris(uris).expect("both are fine");
    for callback in ["/callback?code=1", "/?code=1"] {
        assert!(
            is_callback(layer.clone(), callback).await,
            "callback {callback}"
        );
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
        let error =
            ConnectCallbackLayer::for_redirect_uris(["https://example.com", uri]).expect_err(uri);
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
    let error = ConnectCallbackLayer::for_redirect_uris(Vec::<String>::new())
        .expect_err("the list is empty");
    assert!(error.to_string().contains("pass at least one"), "{error}");
}

//! The rules of the layer: which requests are callbacks, and who responds to them.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::{CACHE_CONTROL, HeaderValue, REFERRER_POLICY, SET_COOKIE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri};
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::callback::HandleCallback;
use tower_smartcar_connect::paths::{CallbackPaths, IntoCallbackPaths};
use tower_smartcar_connect::states::{PendingCallback, VerifyState};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectError, ConnectFailure, ConnectSuccess,
    ErrorCode, RejectionReason, Verified,
};

use crate::support::app::{App, get, serve};
use crate::support::rejections;

/// Returns a layer that forwards every outcome.
#[track_caller]
fn layer(paths: impl IntoCallbackPaths) -> ConnectCallbackLayer<AppVerifiesState> {
    ConnectCallbackLayer::new(paths, AppVerifiesState)
}

/// Responds to every callback with `418` and the method, in any type of body.
struct Teapot;

impl<T, R: From<String>> HandleCallback<T, R> for Teapot {
    type Future = Ready<Response<R>>;

    fn handle(&self, _callback: T, request: Parts) -> Self::Future {
        let mut response = Response::new(format!("teapot {}", request.method).into());
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        ready(response)
    }
}

#[tokio::test]
async fn the_app_or_a_handler_responds_by_what_the_callback_is() {
    const SUCCESS: &str = "/callback?code=1";
    const EXIT: &str = "/callback?error=access_denied&state=s";
    const ERROR: &str = "/callback?error=no_vehicles";
    let plain = || layer("/callback");
    macro_rules! assert_summaries {
        ($layer:expr, $expected:expr) => {
            for (uri, expected) in [SUCCESS, EXIT, ERROR, "/callback?code="]
                .iter()
                .zip($expected)
            {
                let served = serve(&$layer, get(uri)).await;
                let case = format!("{uri} through {}", stringify!($layer));
                assert_eq!(served.summary(), expected, "{case}");
                let is_handled = expected.starts_with("handler");
                let is_teapot = served.response.status() == StatusCode::IM_A_TEAPOT;
                assert!(!is_handled || is_teapot, "{case}");
                assert_eq!(served.values(CACHE_CONTROL), ["no-store"], "{case}");
                assert_eq!(served.values(REFERRER_POLICY), ["no-referrer"], "{case}");
            }
        };
    }
    let [rejected, to_app] = ["rejected: empty_parameter", "app: success"];
    let [app_exit, app_error] = ["app: error access_denied", "app: error no_vehicles"];
    let [exit, error] = ["handler: error access_denied", "handler: error no_vehicles"];
    assert_summaries!(plain(), [to_app, app_exit, app_error, rejected]);
    assert_summaries!(plain().on_failure(Teapot), [to_app, exit, error, rejected]);
    assert_summaries!(
        plain().on_success(Teapot),
        ["handler: success", app_exit, app_error, rejected]
    );
    assert_summaries!(
        plain().on_success(Teapot).on_failure(Teapot),
        ["handler: success", exit, error, rejected]
    );
    assert_summaries!(
        plain()
            .on_failure(Teapot)
            .forward_errors(|error| error.code().is_owner_exit()),
        [to_app, app_exit, error, rejected]
    );
    // The order of the calls does not matter.
    assert_summaries!(
        plain()
            .forward_errors(|error| !error.code().is_owner_exit())
            .on_failure(Teapot),
        [to_app, exit, app_error, rejected]
    );
    // Without a handler, all errors are forwarded anyway.
    assert_summaries!(
        plain().forward_errors(|_error| false),
        [to_app, app_exit, app_error, rejected]
    );
}

#[tokio::test]
async fn each_error_and_each_rejected_callback_is_a_failure() {
    async fn failure(failure: ConnectFailure, request: Parts) -> Response<String> {
        Response::new(format!("{} {}", failure.as_str(), request.method))
    }
    let layer = rejections::layer().on_failure(failure);
    for code in ErrorCode::ALL {
        let served = serve(&layer, get(&format!("/callback?error={code}&state=right"))).await;
        assert_eq!(served.summary(), format!("handler: verified error {code}"));
        assert_eq!(served.response.body(), &format!("{code} GET"));
    }
    let unknown = serve(&layer, get("/callback?error=too_shy&state=right")).await;
    assert_eq!(unknown.summary(), "handler: verified error too_shy");
    assert_eq!(unknown.response.body(), "unknown GET");
    for &reason in RejectionReason::ALL {
        let request: Request<String> = rejections::request(reason);
        let expected = format!("{} {}", reason.as_str(), request.method());
        let served = serve(&layer, request).await;
        assert_eq!(served.rejected(), Some(reason));
        assert_eq!(served.response.body(), &expected);
        // What a handler responds with does not matter to the state.
        let is_used_up = served.values(SET_COOKIE) == [rejections::USED_UP];
        assert_eq!(
            is_used_up,
            reason == RejectionReason::NotConfirmed,
            "{reason:?}"
        );
    }
}

#[tokio::test]
async fn a_rejected_callback_gets_a_400_that_reflects_nothing() {
    for &reason in RejectionReason::ALL {
        let served = serve(&rejections::layer(), rejections::request(reason)).await;
        assert_eq!(served.summary(), format!("rejected: {}", reason.as_str()));
        let mut response = served.response;
        assert_eq!(response.status(), rejections::status(reason), "{reason:?}");
        assert_eq!(response.body(), "", "{reason:?}");
        response.headers_mut().remove(SET_COOKIE);
        assert_eq!(response.headers().len(), 2, "{reason:?}: {response:?}");
        assert!(!format!("{response:?}").contains("5ecret"), "{response:?}");
    }
}

#[tokio::test]
async fn a_callback_is_rejected_for_what_connect_never_sends() {
    use RejectionReason::*;
    let layer = layer(["/callback", "/a%2Db", "/ends/"]).on_success(Teapot);
    for (method, uri, reason) in [
        ("GET", "/callback?error=x&error=x", DuplicateParameter),
        (
            "GET",
            "/callback?code=1&state=2&st%61te=2",
            DuplicateParameter,
        ),
        ("GET", "/callback?user_id", EmptyParameter),
        ("GET", "/callback?error=x&user_id=1", ConflictingOutcome),
        ("GET", "/callback?error=", MalformedError),
        ("GET", "/callback?error=%22x%22", MalformedError),
        ("PUT", "/callback?code=1", UnexpectedMethod),
        ("OPTIONS", "/callback?user_id=1", UnexpectedMethod),
        ("QUERY", "/callback?error=x", UnexpectedMethod),
        ("POST", "/callback?code=", EmptyParameter),
        ("GET", "//callback?code=1", NonCanonicalPath),
        ("GET", "/callback/?code=1", NonCanonicalPath),
        ("GET", "/callback//?code=1", NonCanonicalPath),
        ("GET", "/callback%2f?code=1", NonCanonicalPath),
        ("GET", "/%2F/call%62ack/?code=1", NonCanonicalPath),
        ("GET", "/a%2db?code=1", NonCanonicalPath),
        ("GET", "/ends?code=1", NonCanonicalPath),
        ("GET", "/%65nds?code=1", NonCanonicalPath),
        ("POST", "/callback/?code=1", NonCanonicalPath),
        ("GET", "/callback/?code=1&code=1", NonCanonicalPath),
    ] {
        let mut request = get(uri);
        *request.method_mut() = Method::try_from(method).unwrap();
        let served = serve(&layer, request).await;
        let expected = format!("rejected: {}", reason.as_str());
        assert_eq!(served.summary(), expected, "{method} {uri}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_a_callback_passes_unchanged() {
    let layer = layer(["/callback", "/"])
        .on_failure(Teapot)
        .on_success(Teapot);
    let long = format!("/garage?{}", "x".repeat(10_000));
    for uri in [
        "/",
        "/?",
        "/?page=2&state=1",
        "/garage?error=access_denied",
        "/garage?code=1&code=2",
        "/callbacks?error=access_denied",
        "/Callback?error=access_denied",
        "/callback/more?error=access_denied",
        "/callback;v=1?error=access_denied",
        "/garage%2Fcallback?error=access_denied",
        "/%2563allback?error=access_denied",
        "/%63allback?page=2",
        "/callback/?page=2",
        "/callback/",
        "http://example.com/garage?error=access_denied",
        &long,
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
            let case = format!("{method} {uri}");
            let mut request = get(uri);
            *request.method_mut() = method;
            serve(&layer, request).await.assert_untouched(&case);
        }
    }
}

#[tokio::test]
async fn a_visit_is_rejected_except_on_the_root_and_if_visits_are_allowed() {
    let listed = || layer(["/callback", "/"]);
    let allowing = listed().allow_visits();
    let predicate = layer(CallbackPaths::matching(|uri| uri.path() == "/callback"));
    let many = format!("/callback?{}", "&".repeat(300));
    for (method, uri, is_rejected) in [
        ("GET", "/callback", true),
        ("GET", "/callback?", true),
        ("GET", "/callback?page=2&state=one&state=two", true),
        ("GET", "/callback?Error=access_denied&my_code=1", true),
        ("GET", &many, true),
        ("GET", "/", false),
        ("GET", "/?page=2", false),
        ("POST", "/callback", false),
        ("POST", "/callback?page=2", false),
    ] {
        let request = || {
            let mut request = get(uri);
            *request.method_mut() = method.parse().unwrap();
            request
        };
        let case = format!("{method} {uri}");
        let served = serve(&listed(), request()).await;
        if is_rejected {
            assert_eq!(served.summary(), "rejected: no_outcome", "{case}");
        } else {
            served.assert_untouched(&case);
        }
        serve(&allowing, request()).await.assert_untouched(&case);
        serve(&predicate, request()).await.assert_untouched(&case);
    }
    // A query that is not read may have an outcome.
    let long = format!("/callback?{}", "x".repeat(9000));
    let served = serve(&allowing, get(&long)).await;
    assert_eq!(served.summary(), "rejected: query_too_long");
}

#[tokio::test]
async fn a_callback_is_found_by_its_path() {
    let listed = layer(["/callback", "/", "/caf%C3%A9", "/ends/"]).on_failure(Teapot);
    for uri in [
        "/callback?error=x",
        "/?error=x",
        "/caf%C3%A9?error=x",
        "/ends/?error=x",
        "http://example.com/callback?error=x",
        "https://example.com?error=x",
        "/callback?tenant=7&error=x&page=2",
    ] {
        let served = serve(&listed, get(uri)).await;
        assert_eq!(served.summary(), "handler: error x", "{uri}");
    }
    let stripped = layer("/app/callback").stripped_prefix("/app");
    let served = serve(&stripped, get("/callback?code=1")).await;
    assert_eq!(served.summary(), "app: success");
}

#[tokio::test]
async fn a_thousand_paths_are_found_like_one() {
    let paths: Vec<_> = (0..1000)
        .map(|tenant| format!("/tenants/{tenant}/callback"))
        .collect();
    let layer = layer(paths);
    for (path, expected) in [
        ("/tenants/0/callback", "app: success"),
        ("/tenants/999/callback", "app: success"),
        ("/tenants/1000/callback", "app: no callback"),
        ("/tenants//callback", "app: no callback"),
        ("/tenants/7/callback/", "rejected: non_canonical_path"),
        ("/tenants/%37/callback", "rejected: non_canonical_path"),
    ] {
        let served = serve(&layer, get(&format!("{path}?code=1"))).await;
        assert_eq!(served.summary(), expected, "{path}");
    }
    assert_eq!(
        serve(&layer, get("/tenants/999/callback")).await.summary(),
        "rejected: no_outcome"
    );
}

/// HTTP/2 sends the path as it is, and warp and salvo read `callback` as `/callback`. The layer
/// does not have to, because such a path is not a valid URI.
#[test]
fn a_path_without_a_leading_slash_is_not_a_valid_uri() {
    for path in ["callback?code=1", "*callback?code=1", "*?code=1"] {
        assert!(PathAndQuery::try_from(path).is_err(), "{path}");
    }
}

#[tokio::test]
async fn no_non_canonical_callback_path_reaches_a_tolerant_router() {
    // The canonical form of each is listed, or a listed path decodes to it.
    let layer = layer(["/ends/", "/caf%c3%a9", "/%7Euser", "/either%7Cor", "/a%2Fb"]);
    for (path, expected) in [
        ("/ends/", "app: success"),
        ("/ends//", "rejected: non_canonical_path"),
        ("/ends", "rejected: non_canonical_path"),
        ("/%65nds/", "rejected: non_canonical_path"),
        ("/caf%C3%A9", "app: success"),
        ("/café", "rejected: non_canonical_path"),
        ("/~user", "app: success"),
        ("/%7euser", "rejected: non_canonical_path"),
        ("/either%7Cor", "app: success"),
        ("/either|or", "rejected: non_canonical_path"),
        ("/a%2Fb", "app: success"),
        ("/a%2fb", "rejected: non_canonical_path"),
        // An encoded slash does not match a slash.
        ("/a/b", "app: no callback"),
    ] {
        let served = serve(&layer, get(&format!("{path}?code=1"))).await;
        assert_eq!(served.summary(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_matcher_is_called_with_every_form_that_a_tolerant_router_reads() {
    fn is_tenant_callback(uri: &Uri) -> bool {
        let rest = uri.path().strip_prefix("/tenants/");
        let id = rest.and_then(|rest| rest.strip_suffix("/callback/"));
        id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
    }
    let layer = layer(CallbackPaths::matching(is_tenant_callback));
    let too_long_when_encoded = format!("/tenants/{}/callback?code=1", "{".repeat(25_000));
    let rejected = "rejected: non_canonical_path";
    for (uri, expected) in [
        ("/tenants/a/callback/?code=1", "app: success"),
        ("/tenants/a%2Fb/callback/?code=1", "app: success"),
        ("/tenants/a/callback?code=1", rejected),
        ("/tenants/a//callback/?code=1", rejected),
        ("/tenants/a/callbac%6B?code=1", rejected),
        ("/tenants/a%2Fb/callback?code=1", rejected),
        ("/tenants/a%2Fb/callbac%6B/?code=1", rejected),
        ("/tenants/a%2fb//callback/?code=1", rejected),
        ("/tenants/%2f/callbac%6b?code=1", rejected),
        ("/tenants/a%3F/c%61llback?code=1", rejected),
        (&too_long_when_encoded, rejected),
        ("/tenants/a/callback/?page=2", "app: no callback"),
        ("/tenants/a/callback?page=2", "app: no callback"),
        ("/tenants/a/b/callback?code=1", "app: no callback"),
        ("/garage?code=1", "app: no callback"),
    ] {
        let served = serve(&layer, get(uri)).await;
        assert_eq!(served.summary(), expected, "{}", &uri[..uri.len().min(60)]);
    }
}

#[test]
fn a_path_that_can_never_match_panics_with_the_reason() {
    let cases: [(&[&str], &str); 16] = [
        (&[], "no callback path is given"),
        (&[""], "does not begin with `/`"),
        (&["callback"], "does not begin with `/`"),
        (&["https://example.com/callback"], "does not begin with `/`"),
        (&["/callback?tenant=7"], "contains `?` or `#`"),
        (&["/ok", "/callback#top"], "contains `?` or `#`"),
        (&["/tenants/{id}/callback"], "CallbackPaths::matching"),
        (&["/my callback"], "percent-encode it"),
        (&["/callback\n"], "control character"),
        (&["/callback\r\n"], "control character"),
        (&["/\0callback"], "control character"),
        (&["/call\\back"], "backslash"),
        (&["/./callback"], "browsers resolve"),
        (&["/a/../callback"], "browsers resolve"),
        (&["/a/%2e%2E/callback"], "browsers resolve"),
        (&["/callback/."], "browsers resolve"),
    ];
    for (paths, reason) in cases {
        let message = panic_message(|| layer(paths));
        assert!(message.contains(reason), "{paths:?}: {message}");
    }
}

fn panic_message<T>(function: impl FnOnce() -> T) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(function));
    let panic = panic.err().expect("it panics");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(other) => other.downcast::<&str>().expect("a text").to_string(),
    }
}

#[tokio::test]
async fn a_probe_reaches_neither_the_service_nor_a_handler() {
    struct Never;
    impl VerifyState for Never {
        type Future = Ready<Result<Verified, RejectionReason>>;

        fn verify_state(&self, _callback: &PendingCallback) -> Self::Future {
            panic!("a verifier was called")
        }
    }
    async fn handler<T>(_callback: T, _request: Parts) -> Response<String> {
        panic!("a handler was called")
    }
    let layer = ConnectCallbackLayer::new("/callback", Never)
        .on_failure(handler::<ConnectFailure>)
        .on_success(handler::<ConnectSuccess>);
    let prefetch = Some(("sec-purpose", "prefetch"));
    let probes = [
        (Method::HEAD, None),
        (Method::HEAD, prefetch),
        (Method::GET, prefetch),
        (Method::GET, Some(("sec-purpose", "prefetch;prerender"))),
        (
            Method::GET,
            Some(("sec-purpose", "Prefetch;anonymous-client-ip")),
        ),
        (Method::GET, Some(("purpose", "prefetch"))),
        (Method::GET, Some(("x-purpose", "preview"))),
        (Method::GET, Some(("x-moz", "prefetch"))),
    ];
    for (uri, head) in [
        ("/callback?code=1&state=s", 200),
        ("/callback?user_id=1", 200),
        ("/callback?error=access_denied", 200),
        ("/callback?code=1&code=2", 400),
        ("/callback/?code=1", 400),
        ("/callback", 400),
    ] {
        for (method, purpose) in &probes {
            let case = format!("{method} {uri} {purpose:?}");
            let mut request = get(uri);
            *request.method_mut() = method.clone();
            if let Some((name, value)) = *purpose {
                let value = HeaderValue::from_static(value);
                request.headers_mut().insert(name, value);
            }
            let served = serve(&layer, request).await;
            let expected = if purpose.is_some() { 425 } else { head };
            assert_eq!(served.response.status().as_u16(), expected, "{case}");
            assert_eq!(served.response.body(), "", "{case}");
            assert_eq!(served.summary(), "handler: no callback", "{case}");
            assert_eq!(served.values(CACHE_CONTROL), ["no-store"], "{case}");
        }
    }
}

#[tokio::test]
async fn a_purpose_that_is_not_speculative_is_served() {
    for (uri, name, value, expected) in [
        ("/callback?code=1", "sec-purpose", "", "app: success"),
        (
            "/callback?code=1",
            "sec-purpose",
            "navigate",
            "app: success",
        ),
        ("/callback?code=1", "sec-purpose", "pre", "app: success"),
        ("/callback?code=1", "purpose", "no-prefetch", "app: success"),
        (
            "/callback?code=1",
            "x-requested-with",
            "prefetch",
            "app: success",
        ),
        (
            "/garage?code=1",
            "sec-purpose",
            "prefetch",
            "app: no callback",
        ),
    ] {
        let mut request = get(uri);
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
        let served = serve(&layer("/callback"), request).await;
        assert_eq!(served.summary(), expected, "{uri} {name}: {value}");
    }
}

#[tokio::test]
async fn a_callback_is_never_cached_and_headers_can_be_turned_off() {
    fn own_headers(headers: &mut http::HeaderMap) {
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        );
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    let inner = service_fn(|_request: Request<String>| {
        let mut response = Response::new(String::new());
        own_headers(response.headers_mut());
        ready(Ok::<_, Infallible>(response))
    });
    let handler = |_: ConnectFailure, _: Parts| {
        let mut response = Response::new(String::new());
        own_headers(response.headers_mut());
        ready(response)
    };
    let adding = layer("/callback").on_failure(handler);
    let omitting = adding.clone().omit_privacy_headers();
    for uri in ["/callback?code=1", "/callback?error=x", "/callback?code="] {
        for (layer, cache_control) in [(&adding, "no-store"), (&omitting, "public, max-age=3600")] {
            let Ok(response) = layer.layer(inner).oneshot(get(uri)).await;
            let values = [CACHE_CONTROL, REFERRER_POLICY].map(|name| {
                let values = response.headers().get_all(name).iter();
                values.cloned().collect::<Vec<_>>()
            });
            assert_eq!(values, [[cache_control], ["same-origin"]], "{uri}");
        }
    }
    let served = serve(
        &layer("/callback").omit_privacy_headers(),
        get("/callback?code="),
    )
    .await;
    assert!(served.response.headers().is_empty());
}

/// Counts its calls and its clones, as a verifier, as a handler and as a value that a function
/// captures.
#[derive(Default)]
struct Counter(Arc<[AtomicUsize; 2]>);

impl Counter {
    fn call<T>(&self, value: T) -> Ready<T> {
        self.0[0].fetch_add(1, Ordering::Relaxed);
        ready(value)
    }

    /// Returns the same counter for the layer, without cloning it.
    fn for_layer(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Clone for Counter {
    fn clone(&self) -> Self {
        self.0[1].fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl VerifyState for Counter {
    type Future = Ready<Result<Verified, RejectionReason>>;

    fn verify_state(&self, _callback: &PendingCallback) -> Self::Future {
        self.call(Ok(Verified::new()))
    }
}

impl<T> HandleCallback<T, String> for Counter {
    type Future = Ready<Response<String>>;

    fn handle(&self, _callback: T, _request: Parts) -> Self::Future {
        self.call(Response::default())
    }
}

#[tokio::test]
async fn cloning_the_layer_or_service_clones_no_verifier_or_handler() {
    let counters: [Counter; 6] = Default::default();
    let [matching, verifier, confirm, forward, failure, success] =
        counters.each_ref().map(Counter::for_layer);
    let paths = CallbackPaths::matching(move |uri| {
        drop(matching.call(()));
        uri.path() == "/callback"
    });
    let layer = ConnectCallbackLayer::new(paths, verifier)
        .confirm(move |_: ConnectSuccess, _: Parts| confirm.call(Ok(())))
        .forward_errors(move |_error: &ConnectError| {
            drop(forward.call(()));
            false
        })
        .on_failure(failure)
        .on_success(success);
    let inner = service_fn(|_request| ready(Ok(Response::default())));
    let service = layer.clone().layer(App::new(inner));
    for uri in [
        "/callback?error=x&state=s",
        "/callback?code=1&state=s",
        "/callback?code=",
    ] {
        let clone = service.clone();
        let Ok(_) = clone.clone().oneshot(get(uri)).await;
        let Ok(_) = clone.oneshot(get(uri)).await;
    }
    for (index, Counter(counts)) in counters.iter().enumerate() {
        let [calls, clones] = counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        assert!(
            calls > 0 && clones == 0,
            "part {index}: {calls} calls, {clones} clones"
        );
    }
}

#[tokio::test]
async fn an_error_of_the_inner_service_is_returned() {
    let inner = service_fn(|_request: Request<String>| ready(Err::<Response<String>, _>("down")));
    for uri in [
        "/",
        "/callback?code=1&state=right",
        "/callback?error=x&state=right",
    ] {
        let service = rejections::layer().layer(inner);
        assert_eq!(
            service.oneshot(get(uri)).await.unwrap_err(),
            "down",
            "{uri}"
        );
    }
}

#[test]
fn into_inner_returns_the_inner_service() {
    let mut service = layer("/callback").layer(7);
    assert_eq!(*service.get_ref(), 7);
    *service.get_mut() += 1;
    assert_eq!(service.into_inner(), 8);
}

#[test]
fn confirm_panics_if_the_app_verifies() {
    let message = panic_message(|| layer("/callback").confirm(rejections::confirm));
    assert!(message.contains("`confirm` needs a verifier"), "{message}");
    let shared = ConnectCallbackLayer::new("/callback", Arc::new(AppVerifiesState));
    let message = panic_message(|| shared.confirm(rejections::confirm));
    assert!(message.contains("`confirm` needs a verifier"), "{message}");
}

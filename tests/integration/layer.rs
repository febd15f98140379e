//! The layer in front of a service that records the requests that reach it.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::header::{CACHE_CONTROL, HeaderValue, LOCATION, REFERRER_POLICY};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::{
    CallbackPaths, ConnectCallbackLayer, ConnectError, ConnectFailure, ConnectSuccess, ErrorCode,
    HandleCallback, InvalidCallback, InvalidCallbackKind, VerifyState,
};

/// A request as the inner service saw it.
#[derive(Clone, Debug, PartialEq)]
struct Reached {
    uri: Uri,
    error: Option<ErrorCode>,
    succeeded: bool,
    body: String,
}

/// The response to a request, and the request as it reached the inner service.
struct Served {
    response: Response<String>,
    reached: Option<Reached>,
}

impl Served {
    fn invalid_kind(&self) -> Option<InvalidCallbackKind> {
        let invalid = self.response.extensions().get::<InvalidCallback>();
        invalid.map(InvalidCallback::kind)
    }

    fn is_private(&self) -> bool {
        let headers = self.response.headers();
        headers.get(CACHE_CONTROL) == Some(&HeaderValue::from_static("no-store"))
            && headers.get(REFERRER_POLICY) == Some(&HeaderValue::from_static("no-referrer"))
    }

    /// Asserts that the request reached the inner service as if there were no layer.
    fn assert_untouched(&self, context: &str) {
        let reached = self.reached.as_ref().expect(context);
        assert_eq!(
            (reached.error, reached.succeeded),
            (None, false),
            "{context}"
        );
        assert_eq!(self.response.status(), StatusCode::OK, "{context}");
        assert!(self.response.headers().is_empty(), "{context}");
        assert!(self.response.extensions().is_empty(), "{context}");
    }
}

type Record = Arc<Mutex<Vec<Reached>>>;

/// Sends a request through a layer to a service that responds with `200 OK` and the body `inner`.
async fn serve<L, S>(layer: &L, request: Request<String>) -> Served
where
    L: Layer<
            tower::util::BoxCloneSyncService<Request<String>, Response<String>, Infallible>,
            Service = S,
        >,
    S: Service<Request<String>, Response = Response<String>, Error = Infallible>,
{
    let record = Record::default();
    let inner = service_fn({
        let record = record.clone();
        move |request: Request<String>| {
            record.lock().unwrap().push(Reached {
                uri: request.uri().clone(),
                error: request
                    .extensions()
                    .get::<ConnectError>()
                    .map(ConnectError::code),
                succeeded: request.extensions().get::<ConnectSuccess>().is_some(),
                body: request.into_body(),
            });
            std::future::ready(Ok::<_, Infallible>(Response::new("inner".to_owned())))
        }
    });
    let service = layer.layer(tower::util::BoxCloneSyncService::new(inner));
    let Ok(response) = service.oneshot(request).await;
    let mut reached = std::mem::take(&mut *record.lock().unwrap());
    assert!(
        reached.len() <= 1,
        "the inner service was called {} times",
        reached.len()
    );
    Served {
        response,
        reached: reached.pop(),
    }
}

/// Returns a layer that forwards every outcome.
#[track_caller]
fn layer(paths: impl Into<CallbackPaths>) -> ConnectCallbackLayer<Infallible> {
    ConnectCallbackLayer::new(paths).app_verifies_state()
}

fn get(uri: &str) -> Request<String> {
    Request::get(uri).body("body".to_owned()).expect(uri)
}

async fn teapot(_error: ConnectError, request: Parts) -> Response<String> {
    let mut response = Response::new(format!("handled {}", request.method));
    *response.status_mut() = StatusCode::IM_A_TEAPOT;
    response
}

#[tokio::test]
async fn an_error_reaches_the_inner_service_in_the_extensions() {
    let layer = layer("/callback");
    let served = serve(&layer, get("/callback?error=no_vehicles&state=s")).await;
    let reached = served
        .reached
        .as_ref()
        .expect("the inner service is called");
    assert_eq!(reached.error, Some(ErrorCode::NoVehicles));
    assert!(!reached.succeeded);
    assert_eq!(reached.uri, "/callback?error=no_vehicles&state=s");
    assert_eq!(reached.body, "body");
    assert_eq!(served.response.body(), "inner");
    assert!(served.is_private());
}

#[tokio::test]
async fn the_inner_services_response_has_the_outcome_in_its_extensions() {
    let layer = layer("/callback");
    let served = serve(&layer, get("/callback?error=no_vehicles")).await;
    assert_eq!(served.response.body(), "inner");
    let extensions = served.response.extensions();
    let error = extensions.get::<ConnectError>().map(ConnectError::code);
    assert_eq!(error, Some(ErrorCode::NoVehicles));
    assert!(extensions.get::<ConnectSuccess>().is_none());

    let served = serve(&layer, get("/callback?code=c")).await;
    assert_eq!(served.response.body(), "inner");
    let extensions = served.response.extensions();
    let code = extensions
        .get::<ConnectSuccess>()
        .and_then(ConnectSuccess::code);
    assert_eq!(code.as_deref(), Some("c"));
    assert!(extensions.get::<ConnectError>().is_none());
}

#[tokio::test]
async fn a_success_reaches_the_inner_service_with_and_without_an_error_handler() {
    for query in [
        "code=c",
        "user_id=u",
        "vehicle_id=v",
        "code=c&user_id=u&state=s",
    ] {
        let uri = format!("/callback?{query}");
        let passing = layer("/callback");
        let with_handler = layer("/callback").on_error(teapot);
        for served in [
            serve(&passing, get(&uri)).await,
            serve(&with_handler, get(&uri)).await,
        ] {
            let reached = served.reached.as_ref().expect(query);
            assert!(reached.succeeded, "query {query}");
            assert_eq!(reached.error, None, "query {query}");
            assert!(served.is_private(), "query {query}");
        }
    }
}

#[tokio::test]
async fn a_handler_responds_to_every_error_instead_of_the_inner_service() {
    let layer = layer("/callback").on_error(teapot);
    for code in ErrorCode::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(["battery_too_shy"])
    {
        let served = serve(&layer, get(&format!("/callback?error={code}"))).await;
        assert_eq!(served.reached, None, "code {code}");
        assert_eq!(
            served.response.status(),
            StatusCode::IM_A_TEAPOT,
            "code {code}"
        );
        assert_eq!(served.response.body(), "handled GET", "code {code}");
        assert!(served.is_private(), "code {code}");
        let error = served
            .response
            .extensions()
            .get::<ConnectError>()
            .expect(code);
        assert_eq!(error.error(), code);
    }
}

#[tokio::test]
async fn a_handler_with_a_predicate_responds_only_to_matching_errors() {
    let layer = layer("/callback").on_error_matching(|error| error.code().is_user_exit(), teapot);
    for code in ErrorCode::ALL {
        let served = serve(&layer, get(&format!("/callback?error={code}"))).await;
        if code.is_user_exit() {
            assert_eq!(served.reached, None, "code {code}");
            assert_eq!(
                served.response.status(),
                StatusCode::IM_A_TEAPOT,
                "code {code}"
            );
        } else {
            assert_eq!(
                served.reached.as_ref().and_then(|reached| reached.error),
                Some(*code)
            );
            assert_eq!(served.response.status(), StatusCode::OK, "code {code}");
            let error = served.response.extensions().get::<ConnectError>();
            assert_eq!(error.map(ConnectError::code), Some(*code));
        }
    }
}

#[tokio::test]
async fn the_last_error_handler_is_used() {
    async fn last(_error: ConnectError, _request: Parts) -> Response<String> {
        Response::new("last".to_owned())
    }
    let all = layer("/callback")
        .on_error_matching(|_| false, teapot)
        .on_error(last);
    assert_eq!(
        serve(&all, get("/callback?error=x")).await.response.body(),
        "last"
    );
    let none = layer("/callback")
        .on_error(teapot)
        .on_error_matching(|_| false, last);
    assert_eq!(
        serve(&none, get("/callback?error=x")).await.response.body(),
        "inner"
    );
}

#[tokio::test]
async fn a_handler_can_be_a_type_that_is_generic_over_the_body() {
    struct StartAgain;

    impl<T, R: Default> HandleCallback<T, R> for StartAgain {
        type Future = std::future::Ready<Response<R>>;

        fn handle(&self, _callback: T, _request: Parts) -> Self::Future {
            let mut response = Response::new(R::default());
            *response.status_mut() = StatusCode::SEE_OTHER;
            response
                .headers_mut()
                .insert(LOCATION, HeaderValue::from_static("/"));
            std::future::ready(response)
        }
    }

    let layer = layer("/callback")
        .on_failure(StartAgain)
        .on_success(StartAgain);
    for uri in ["/callback?error=x", "/callback?error=", "/callback?code=1"] {
        let served = serve(&layer, get(uri)).await;
        assert_eq!(served.response.status(), StatusCode::SEE_OTHER, "URI {uri}");
        assert_eq!(served.reached, None, "URI {uri}");
        assert!(served.is_private(), "URI {uri}");
    }
}

/// Responds with the name of the handler and the failure.
fn named(name: &str, failure: &ConnectFailure) -> Response<String> {
    Response::new(format!("{name} {}", failure.as_str()))
}

#[tokio::test]
async fn on_failure_responds_to_failures_and_the_last_handler_of_each_is_used() {
    async fn failure(failure: ConnectFailure, _request: Parts) -> Response<String> {
        named("failure", &failure)
    }
    async fn error(error: ConnectError, _request: Parts) -> Response<String> {
        named("error", &error.into())
    }
    async fn invalid(invalid: InvalidCallback, _request: Parts) -> Response<String> {
        named("invalid", &invalid.into())
    }
    let (errors, invalids) = ("/callback?error=access_denied", "/callback?code=");
    let alone = layer("/callback").on_failure(failure);
    let replaces = layer("/callback")
        .on_error(error)
        .on_invalid(invalid)
        .on_failure(failure);
    assert_eq!(
        serve(&alone, get(errors)).await.response.body(),
        "failure access_denied"
    );
    assert_eq!(
        serve(&alone, get(invalids)).await.response.body(),
        "failure empty_parameter"
    );
    assert_eq!(
        serve(&replaces, get(errors)).await.response.body(),
        "failure access_denied"
    );
    assert_eq!(
        serve(&replaces, get(invalids)).await.response.body(),
        "failure empty_parameter"
    );

    let but_errors = layer("/callback").on_failure(failure).on_error(error);
    assert_eq!(
        serve(&but_errors, get(errors)).await.response.body(),
        "error access_denied"
    );
    assert_eq!(
        serve(&but_errors, get(invalids)).await.response.body(),
        "failure empty_parameter"
    );

    let but_invalids = layer("/callback").on_failure(failure).on_invalid(invalid);
    assert_eq!(
        serve(&but_invalids, get(errors)).await.response.body(),
        "failure access_denied"
    );
    assert_eq!(
        serve(&but_invalids, get(invalids)).await.response.body(),
        "invalid empty_parameter"
    );

    let some_errors = layer("/callback")
        .on_failure(failure)
        .on_error_matching(|error| error.code() == ErrorCode::NoVehicles, error);
    assert_eq!(
        serve(&some_errors, get(errors)).await.response.body(),
        "inner"
    );
    assert_eq!(
        serve(&some_errors, get("/callback?error=no_vehicles"))
            .await
            .response
            .body(),
        "error no_vehicles"
    );
    assert_eq!(
        serve(&some_errors, get(invalids)).await.response.body(),
        "failure empty_parameter"
    );
}

#[tokio::test]
async fn on_success_responds_instead_of_the_inner_service() {
    let layer = layer("/callback").on_success(async |success: ConnectSuccess, request: Parts| {
        let code = success.code().map(|code| code.into_owned());
        Response::new(format!("{} {code:?}", request.method))
    });
    let served = serve(&layer, get("/callback?code=c")).await;
    assert_eq!(served.response.body(), "GET Some(\"c\")");
    assert!(
        served
            .response
            .extensions()
            .get::<ConnectSuccess>()
            .is_some()
    );
    assert_eq!(served.reached, None);
    assert!(served.is_private());
    let served = serve(&layer, get("/callback?error=x")).await;
    assert_eq!(served.response.body(), "inner");
}

#[tokio::test]
async fn a_plain_async_function_is_a_handler_and_a_verifier() {
    async fn verify(request: Parts, state: String) -> bool {
        request.headers.is_empty() && state == "right"
    }
    async fn error(error: ConnectError, request: Parts) -> Response<String> {
        Response::new(format!("error {} {}", error.code(), request.method))
    }
    async fn invalid(invalid: InvalidCallback, request: Parts) -> Response<String> {
        Response::new(format!(
            "invalid {} {}",
            invalid.kind().as_str(),
            request.method
        ))
    }
    async fn failure(failure: ConnectFailure, request: Parts) -> Response<String> {
        Response::new(format!("failure {} {}", failure.as_str(), request.method))
    }
    async fn success(success: ConnectSuccess, request: Parts) -> Response<String> {
        Response::new(format!(
            "success {} {}",
            success.is_verified(),
            request.method
        ))
    }
    let one_for_all = ConnectCallbackLayer::new("/callback")
        .verify_state_async(verify)
        .on_failure(failure)
        .on_success(success);
    let one_for_each = ConnectCallbackLayer::new("/callback")
        .verify_state_async(verify)
        .on_error(error)
        .on_invalid(invalid)
        .on_success(success);
    for (uri, of_all, of_each) in [
        (
            "/callback?error=no_vehicles&state=right",
            "failure no_vehicles GET",
            "error no_vehicles GET",
        ),
        (
            "/callback?code=1&state=wrong",
            "failure state_mismatch GET",
            "invalid state_mismatch GET",
        ),
        (
            "/callback?code=1&state=right",
            "success true GET",
            "success true GET",
        ),
    ] {
        assert_eq!(
            serve(&one_for_all, get(uri)).await.response.body(),
            of_all,
            "URI {uri}"
        );
        let served = serve(&one_for_each, get(uri)).await;
        assert_eq!(served.response.body(), of_each, "URI {uri}");
        assert_eq!(served.reached, None, "URI {uri}");
    }
}

#[tokio::test]
async fn handler_closures_need_no_argument_types() {
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state(|request, state| {
            !request.headers.contains_key("x-forged") && state.len() == 1
        })
        .on_error(|error, request| async move {
            Response::new(format!("{} {}", error.code(), request.method))
        })
        .on_invalid(async |invalid, request| {
            Response::new(format!("{} {}", invalid.kind().as_str(), request.method))
        });
    for (uri, body) in [
        ("/callback?error=no_vehicles&state=s", "no_vehicles GET"),
        (
            "/callback?error=no_vehicles&state=forged",
            "state_mismatch GET",
        ),
        ("/callback?code=1&state=s", "inner"),
    ] {
        assert_eq!(
            serve(&layer, get(uri)).await.response.body(),
            body,
            "URI {uri}"
        );
    }
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_async(async |request, state| request.headers.is_empty() && state.len() == 1)
        .on_error_matching(
            |error| error.code().is_user_exit(),
            async |error, request| Response::new(format!("{} {}", error.code(), request.method)),
        );
    for (uri, body) in [
        ("/callback?error=access_denied&state=s", "access_denied GET"),
        ("/callback?error=no_vehicles&state=s", "inner"),
        ("/callback?error=no_vehicles&state=forged", ""),
    ] {
        assert_eq!(
            serve(&layer, get(uri)).await.response.body(),
            body,
            "URI {uri}"
        );
    }
}

#[tokio::test]
async fn a_request_that_is_not_a_callback_passes_unchanged() {
    let layer = layer(["/callback", "/"])
        .on_error(teapot)
        .max_query_bytes(1000);
    let long = format!("/garage?{}", "x".repeat(10_000));
    let many = format!("/callback?{}", "&".repeat(300));
    for uri in [
        "/",
        "/?",
        "/?page=2",
        "/callback",
        "/callback?state=one&state=two",
        "/callback?Error=access_denied",
        "/garage?error=access_denied",
        "/garage?code=1&code=2",
        "/callbacks?error=access_denied",
        "/Callback?error=access_denied",
        "/callback/more?error=access_denied",
        "/callback;v=1?error=access_denied",
        "/garage%2Fcallback?error=access_denied",
        "/%2563allback?error=access_denied",
        "/%63allbacks?error=access_denied",
        "/%63allback?page=2",
        "/callback/?page=2",
        &many,
        "http://example.com/garage?error=access_denied",
        &long,
    ] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let mut request = get(uri);
            *request.method_mut() = method.clone();
            let served = serve(&layer, request).await;
            served.assert_untouched(&format!("{method} {uri}"));
        }
    }
}

#[tokio::test]
async fn a_callback_is_matched_by_its_path_only() {
    let layer = layer(["/callback", "/", "/caf%C3%A9", "/ends/"]).on_error(teapot);
    for uri in [
        "/callback?error=x",
        "/?error=x",
        "/caf%C3%A9?error=x",
        "/ends/?error=x",
        "http://example.com/callback?error=x",
        "https://example.com?error=x",
        "/callback?tenant=7&error=x&page=2",
    ] {
        let served = serve(&layer, get(uri)).await;
        assert_eq!(
            served.response.status(),
            StatusCode::IM_A_TEAPOT,
            "URI {uri}"
        );
    }
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
async fn an_invalid_callback_gets_a_400_that_reflects_nothing() {
    use InvalidCallbackKind::*;
    let layer = layer(["/callback", "/a%2Db", "/ends/"]).on_error(teapot);
    let long = format!("/callback?{}", "x".repeat(8193));
    let many = format!("/callback?error=5ecret{}", "&x".repeat(256));
    let cases = [
        (
            Method::GET,
            "/callback?error=5ecret&error=5ecret",
            DuplicateParameter,
        ),
        (
            Method::GET,
            "/callback?code=5ecret&state=5ecret&st%61te=5ecret",
            DuplicateParameter,
        ),
        (
            Method::GET,
            "/callback?error=5ecret&code=5ecret",
            ConflictingOutcome,
        ),
        (Method::GET, "/callback?code=", EmptyParameter),
        (Method::GET, "/callback?error=5ecret%0D%0A", MalformedError),
        (Method::GET, &long, QueryTooLong),
        (Method::GET, &many, TooManyParameters),
        (Method::POST, "/callback?error=5ecret", UnexpectedMethod),
        (Method::PUT, "/callback?code=5ecret", UnexpectedMethod),
        (
            Method::OPTIONS,
            "/callback?user_id=5ecret",
            UnexpectedMethod,
        ),
        (Method::POST, "/callback?code=", EmptyParameter),
        (Method::GET, "/%63allback?error=5ecret", NonCanonicalPath),
        (Method::GET, "/callbac%6B?code=5ecret", NonCanonicalPath),
        (Method::GET, "//callback?code=5ecret", NonCanonicalPath),
        (Method::GET, "/callback/?code=5ecret", NonCanonicalPath),
        (Method::GET, "/callback//?code=5ecret", NonCanonicalPath),
        (Method::GET, "/callback%2f?code=5ecret", NonCanonicalPath),
        (
            Method::GET,
            "/%2F/call%62ack/?code=5ecret",
            NonCanonicalPath,
        ),
        (Method::GET, "/a%2db?code=5ecret", NonCanonicalPath),
        (Method::GET, "/ends?code=5ecret", NonCanonicalPath),
        (Method::GET, "//ends?code=5ecret", NonCanonicalPath),
        (Method::GET, "/%65nds?code=5ecret", NonCanonicalPath),
        (Method::POST, "/callback/?code=5ecret", NonCanonicalPath),
        (
            Method::GET,
            "/callback/?code=5ecret&code=5ecret",
            NonCanonicalPath,
        ),
    ];
    for (method, uri, kind) in cases {
        let context = format!("{method} {}", &uri[..uri.len().min(60)]);
        let mut request = get(uri);
        *request.method_mut() = method;
        let served = serve(&layer, request).await;
        assert_eq!(served.invalid_kind(), Some(kind), "{context}");
        assert_eq!(
            served.response.status(),
            StatusCode::BAD_REQUEST,
            "{context}"
        );
        assert_eq!(served.response.body(), "", "{context}");
        assert_eq!(served.response.headers().len(), 2, "{context}");
        assert!(served.is_private(), "{context}");
        assert_eq!(served.reached, None, "{context}");
    }
}

#[tokio::test]
async fn no_non_canonical_callback_path_reaches_a_tolerant_router() {
    // The canonical form of each is registered, or a registered path decodes to it.
    let layer = layer(["/ends/", "/caf%c3%a9", "/%7Euser", "/either%7Cor"]);
    for (uri, kind) in [
        ("/ends/?code=1", None),
        (
            "/ends//?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
        ),
        ("/ends?code=1", Some(InvalidCallbackKind::NonCanonicalPath)),
        (
            "/%65nds/?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
        ),
        ("/caf%C3%A9?code=1", None),
        ("/café?code=1", Some(InvalidCallbackKind::NonCanonicalPath)),
        ("/~user?code=1", None),
        (
            "/%7euser?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
        ),
        ("/either%7Cor?code=1", None),
        (
            "/either|or?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
        ),
    ] {
        let served = serve(&layer, get(uri)).await;
        assert_eq!(served.invalid_kind(), kind, "URI {uri}");
        assert_eq!(
            served.reached.is_some_and(|reached| reached.succeeded),
            kind.is_none(),
            "URI {uri}"
        );
    }
}

#[tokio::test]
async fn a_matcher_is_called_with_every_form_that_a_tolerant_router_reads() {
    fn is_tenant_callback(uri: &Uri) -> bool {
        let id = uri
            .path()
            .strip_prefix("/tenants/")
            .and_then(|rest| rest.strip_suffix("/callback/"));
        id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
    }
    let layer = ConnectCallbackLayer::matching(is_tenant_callback).app_verifies_state();
    let too_long_when_encoded = format!("/tenants/{}/callback?code=1", "{".repeat(25_000));
    for (uri, is_rejected) in [
        ("/tenants/a/callback?code=1", true),
        ("/tenants/a/callback/?page=2", false),
        ("/tenants/a/callback?page=2", false),
        ("/tenants/a//callback/?code=1", true),
        ("/tenants/a/callbac%6B?code=1", true),
        ("/tenants/a%2Fb/callback?code=1", true),
        ("/tenants/a%2Fb/callbac%6B/?code=1", true),
        ("/tenants/a%2fb//callback/?code=1", true),
        ("/tenants/%2f/callbac%6b?code=1", true),
        ("/tenants/a/b/callback?code=1", false),
        ("/garage?code=1", false),
        (&too_long_when_encoded, true),
    ] {
        let context = &uri[..uri.len().min(60)];
        let served = serve(&layer, get(uri)).await;
        let rejected = is_rejected.then_some(InvalidCallbackKind::NonCanonicalPath);
        assert_eq!(served.invalid_kind(), rejected, "URI {context}");
        if !is_rejected {
            served.assert_untouched(context);
        }
    }
    for uri in [
        "/tenants/a/callback/?code=1",
        "/tenants/a%2Fb/callback/?code=1",
    ] {
        let served = serve(&layer, get(uri)).await;
        assert!(
            served.reached.is_some_and(|reached| reached.succeeded),
            "URI {uri}"
        );
    }
}

#[tokio::test]
async fn a_probe_reaches_neither_the_service_nor_a_handler() {
    async fn handler<T>(_callback: T, _request: Parts) -> Response<String> {
        panic!("a handler was called")
    }
    let layer = layer("/callback")
        .on_failure(handler::<ConnectFailure>)
        .on_success(handler::<ConnectSuccess>);
    let purposes = [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("sec-purpose", "prefetch;anonymous-client-ip"),
        ("purpose", "prefetch"),
        ("x-purpose", "preview"),
        ("x-moz", "prefetch"),
    ];
    let speculative = purposes.map(|purpose| (Method::GET, Some(purpose)));
    for (uri, head_status) in [
        ("/callback?code=1", StatusCode::OK),
        ("/callback?user_id=1", StatusCode::OK),
        ("/callback?error=access_denied", StatusCode::OK),
        ("/callback?code=1&code=2", StatusCode::BAD_REQUEST),
        ("/callback/?code=1", StatusCode::BAD_REQUEST),
    ] {
        for (method, purpose) in speculative
            .iter()
            .cloned()
            .chain([(Method::HEAD, None), (Method::HEAD, Some(purposes[0]))])
        {
            let context = format!("{method} {uri} {purpose:?}");
            let mut request = get(uri);
            *request.method_mut() = method;
            if let Some((name, value)) = purpose {
                request
                    .headers_mut()
                    .insert(name, HeaderValue::from_static(value));
            }
            let served = serve(&layer, request).await;
            let expected = match purpose {
                Some(_) => StatusCode::SERVICE_UNAVAILABLE,
                None => head_status,
            };
            assert_eq!(served.response.status(), expected, "{context}");
            assert_eq!(served.response.body(), "", "{context}");
            assert!(served.reached.is_none(), "{context}");
            assert_eq!(served.invalid_kind(), None, "{context}");
            assert!(served.is_private(), "{context}");
        }
    }
}

#[tokio::test]
async fn a_purpose_that_is_not_speculative_is_served() {
    let layer = layer("/callback");
    for (name, value) in [
        ("sec-purpose", ""),
        ("sec-purpose", "navigate"),
        ("sec-purpose", "pre"),
        ("purpose", "no-prefetch"),
        ("x-requested-with", "prefetch"),
    ] {
        let mut request = get("/callback?code=1");
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
        let served = serve(&layer, request).await;
        assert!(served.reached.expect(value).succeeded, "{name}: {value}");
    }
    // Other requests are forwarded, even if they are speculative.
    let mut request = get("/callback?page=2");
    request
        .headers_mut()
        .insert("sec-purpose", HeaderValue::from_static("prefetch"));
    assert!(serve(&layer, request).await.reached.is_some());
}

#[tokio::test]
async fn the_last_invalid_callback_handler_replaces_the_response() {
    async fn first(_invalid: InvalidCallback, _request: Parts) -> Response<String> {
        Response::new("first".to_owned())
    }
    let layer = layer("/callback")
        .on_invalid(first)
        .on_invalid(|invalid, request| async move {
            Response::new(format!("{:?} {}", invalid.kind(), request.method))
        });
    let served = serve(&layer, get("/callback?code=")).await;
    assert_eq!(served.response.body(), "EmptyParameter GET");
    assert_eq!(served.response.status(), StatusCode::OK);
    assert_eq!(
        served.invalid_kind(),
        Some(InvalidCallbackKind::EmptyParameter)
    );
    assert_eq!(served.reached, None);
    assert!(served.is_private());
}

#[tokio::test]
async fn the_query_limit_can_be_set() {
    let strict = layer("/callback").max_query_bytes(20);
    let served = serve(&strict, get("/callback?code=345678901234567")).await;
    assert!(served.reached.expect("20 bytes are read").succeeded);
    let served = serve(&strict, get("/callback?code=3456789012345678")).await;
    assert_eq!(
        served.invalid_kind(),
        Some(InvalidCallbackKind::QueryTooLong)
    );

    let generous = layer("/callback").max_query_bytes(usize::MAX);
    let longest = format!("/callback?code={}", "x".repeat(65_000));
    assert!(
        serve(&generous, get(&longest))
            .await
            .reached
            .expect("65 kB are read")
            .succeeded
    );
}

#[tokio::test]
async fn a_callback_is_never_cached_and_headers_can_be_turned_off() {
    let inner = service_fn(|_request: Request<String>| async {
        let mut response = Response::new(String::new());
        let headers = response.headers_mut();
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        );
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        Ok::<_, Infallible>(response)
    });
    let values = |response: &Response<String>| {
        let headers = response.headers();
        [CACHE_CONTROL, REFERRER_POLICY]
            .map(|name| headers.get_all(name).iter().cloned().collect::<Vec<_>>())
    };
    let Ok(response) = layer("/callback")
        .layer(inner)
        .oneshot(get("/callback?code=1"))
        .await;
    assert_eq!(values(&response), [["no-store"], ["same-origin"]]);
    let switched_off = layer("/callback").response_headers(false);
    let Ok(response) = switched_off
        .layer(inner)
        .oneshot(get("/callback?code=1"))
        .await;
    assert_eq!(
        values(&response),
        [["public, max-age=3600"], ["same-origin"]]
    );

    let bare = layer("/callback").on_error_matching(|error| error.error() == "x", teapot);
    let bare = bare.response_headers(false);
    for uri in [
        "/callback?code=1",
        "/callback?error=x",
        "/callback?error=y",
        "/callback?code=",
    ] {
        let served = serve(&bare, get(uri)).await;
        assert!(served.response.headers().is_empty(), "URI {uri}");
    }
}

#[tokio::test]
async fn an_encoded_slash_does_not_match_a_slash() {
    let layer = layer("/tenants/a%2Fb/callback");
    serve(&layer, get("/tenants/a/b/callback?code=1"))
        .await
        .assert_untouched("a slash");
    let served = serve(&layer, get("/tenants/a%2Fb/callback?code=1")).await;
    assert!(served.reached.is_some_and(|reached| reached.succeeded));
    let served = serve(&layer, get("/tenants/a%2fb/callback?code=1")).await;
    assert_eq!(
        served.invalid_kind(),
        Some(InvalidCallbackKind::NonCanonicalPath)
    );
}

#[tokio::test]
async fn original_uri_selects_the_uri_to_match() {
    #[derive(Clone)]
    struct Original(Uri);
    let request = |uri: &str, original: &str| {
        let mut request = get(uri);
        request
            .extensions_mut()
            .insert(Original(original.parse().unwrap()));
        request
    };
    let configured = layer("/api/callback")
        .match_original_uri(|extensions| extensions.get::<Original>().map(|original| &original.0));
    for (uri, original, kind, succeeded) in [
        ("/callback?code=1", "/api/callback?code=1", None, true),
        (
            "/api/callback?code=1",
            "/v1/api/callback?code=1",
            None,
            true,
        ),
        ("/callback?code=1", "/v1/callback?code=1", None, false),
        (
            "/callback?code=1",
            "/api/call%62ack?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
            false,
        ),
    ] {
        let served = serve(&configured, request(uri, original)).await;
        assert_eq!(served.invalid_kind(), kind, "{uri} of {original}");
        assert_eq!(
            served.reached.is_some_and(|reached| reached.succeeded),
            succeeded,
            "{uri} of {original}"
        );
    }
    let not_told = serve(
        &layer("/api/callback"),
        request("/callback?code=1", "/api/callback?code=1"),
    )
    .await;
    not_told.assert_untouched("without the original URI");
}

#[tokio::test]
async fn clones_share_a_handler_that_need_not_be_clone() {
    struct NotClone(AtomicUsize);
    let [errors, invalids, verifications] = [0; 3].map(|_| Arc::new(AtomicUsize::new(0)));
    let counter = |count: &Arc<AtomicUsize>| (NotClone(AtomicUsize::new(0)), count.clone());
    let (handled, total) = counter(&errors);
    let (rejected, rejections) = counter(&invalids);
    let (verified, asked) = counter(&verifications);
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state(move |_request, _state| {
            asked.store(
                verified.0.fetch_add(1, Ordering::Relaxed) + 1,
                Ordering::Relaxed,
            );
            true
        })
        .on_error(move |_error, _request| {
            total.store(
                handled.0.fetch_add(1, Ordering::Relaxed) + 1,
                Ordering::Relaxed,
            );
            std::future::ready(Response::new("error".to_owned()))
        })
        .on_invalid(move |_invalid, _request| {
            rejections.store(
                rejected.0.fetch_add(1, Ordering::Relaxed) + 1,
                Ordering::Relaxed,
            );
            std::future::ready(Response::new("invalid".to_owned()))
        });
    let inner = service_fn(async |_request: Request<String>| {
        Ok::<_, Infallible>(Response::new("inner".to_owned()))
    });
    let service = layer.layer(inner);
    for _ in 0..3 {
        for uri in ["/callback?error=x&state=s", "/callback?code="] {
            let Ok(_) = service.clone().oneshot(get(uri)).await;
        }
    }
    let counts = [&errors, &invalids, &verifications].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(counts, [3, 3, 3]);
}

/// Counts its calls and its clones, as a verifier, as a handler and as a value that a function
/// captures.
#[derive(Default)]
struct Counter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    calls: AtomicUsize,
    clones: AtomicUsize,
}

impl Counter {
    fn count(&self) {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
    }

    fn respond(&self) -> std::future::Ready<Response<String>> {
        self.count();
        std::future::ready(Response::new(String::new()))
    }

    /// Returns the same counter for the layer, without cloning it.
    fn for_layer(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Clone for Counter {
    fn clone(&self) -> Self {
        self.0.clones.fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl VerifyState for Counter {
    type Future = std::future::Ready<bool>;

    fn verify_state(&self, _request: &Parts, _state: &str) -> Self::Future {
        self.count();
        std::future::ready(true)
    }
}

impl<T> HandleCallback<T, String> for Counter {
    type Future = std::future::Ready<Response<String>>;

    fn handle(&self, _callback: T, _request: Parts) -> Self::Future {
        self.respond()
    }
}

#[tokio::test]
async fn cloning_the_layer_or_service_clones_no_verifier_or_handler() {
    /// Serves with clones of clones, and asserts that each counter was called and never cloned.
    async fn assert_shared<L, S, const N: usize>(layer: L, slots: [(&str, &Counter); N])
    where
        L: Layer<App, Service = S> + Clone,
        S: Service<Request<String>, Response = Response<String>, Error = Infallible> + Clone,
    {
        let inner = service_fn(|_request| std::future::ready(Ok(Response::default())));
        let service = layer.clone().layer(App::new(inner));
        for uri in [
            "/callback?error=x&state=s",
            "/callback?code=1&state=s",
            "/callback?code=",
            "/garage?code=1",
        ] {
            let clone = service.clone();
            let Ok(_) = clone.clone().oneshot(get(uri)).await;
            let Ok(_) = clone.oneshot(get(uri)).await;
        }
        for (slot, Counter(counts)) in slots {
            assert!(
                counts.calls.load(Ordering::Relaxed) > 0,
                "{slot}: {counts:?}"
            );
            assert_eq!(
                counts.clones.load(Ordering::Relaxed),
                0,
                "{slot}: {counts:?}"
            );
        }
    }
    type App = tower::util::BoxCloneSyncService<Request<String>, Response<String>, Infallible>;

    let [matching, verifier, predicate, error, invalid, success] = Default::default();
    let layer = ConnectCallbackLayer::matching({
        let counter = Counter::for_layer(&matching);
        move |uri| {
            counter.count();
            uri.path() == "/callback"
        }
    })
    .verify_state({
        let counter = Counter::for_layer(&verifier);
        move |_request, _state| {
            counter.count();
            true
        }
    })
    .on_error_matching(
        {
            let counter = Counter::for_layer(&predicate);
            move |_error| {
                counter.count();
                true
            }
        },
        {
            let counter = Counter::for_layer(&error);
            move |_error, _request| counter.respond()
        },
    )
    .on_invalid({
        let counter = Counter::for_layer(&invalid);
        move |_invalid, _request| counter.respond()
    })
    .on_success(success.for_layer());
    let slots = [
        ("matching", &matching),
        ("verify_state", &verifier),
        ("the predicate of on_error_matching", &predicate),
        ("on_error_matching", &error),
        ("on_invalid", &invalid),
        ("on_success", &success),
    ];
    assert_shared(layer, slots).await;

    let [verifier, failure] = Default::default();
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_with(Counter::for_layer(&verifier))
        .on_failure(Counter::for_layer(&failure));
    assert_shared(
        layer,
        [("verify_state_with", &verifier), ("on_failure", &failure)],
    )
    .await;

    let [verifier, error] = Default::default();
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_async({
            let counter = Counter::for_layer(&verifier);
            move |_request, _state| {
                counter.count();
                std::future::ready(true)
            }
        })
        .on_error({
            let counter = Counter::for_layer(&error);
            move |_error, _request| counter.respond()
        });
    assert_shared(
        layer,
        [("verify_state_async", &verifier), ("on_error", &error)],
    )
    .await;
}

#[tokio::test]
async fn a_matcher_can_be_any_function_and_rejects_non_canonical_paths() {
    let layer = ConnectCallbackLayer::matching(|uri| {
        uri.path()
            .strip_prefix("/tenants/")
            .and_then(|rest| rest.strip_suffix("/callback"))
            .is_some_and(|tenant| !tenant.contains('/'))
    })
    .app_verifies_state();
    for (uri, kind, succeeded) in [
        ("/tenants/7/callback?code=1", None, true),
        ("/tenants/7%208/callback?code=1", None, true),
        ("/tenants/7/callbacks?code=1", None, false),
        (
            "/tenants/7/callback/?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
            false,
        ),
        (
            "/tenants//7/callback?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
            false,
        ),
        (
            "/tenants/7/c%61llback?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
            false,
        ),
        (
            "/tenants/7%3F/c%61llback?code=1",
            Some(InvalidCallbackKind::NonCanonicalPath),
            false,
        ),
    ] {
        let served = serve(&layer, get(uri)).await;
        assert_eq!(served.invalid_kind(), kind, "URI {uri}");
        assert_eq!(
            served.reached.is_some_and(|reached| reached.succeeded),
            succeeded,
            "URI {uri}"
        );
    }
}

#[tokio::test]
async fn callback_paths_accept_one_or_many_strings() {
    let owned = "/callback".to_owned();
    let layers = [
        layer("/callback"),
        layer(owned.clone()),
        layer(["/other", "/callback"]),
        layer([owned.clone()]),
        layer(vec!["/callback"]),
        layer(vec![owned.clone()]),
        layer(&["/callback"][..]),
    ];
    for (index, layer) in layers.iter().enumerate() {
        let served = serve(layer, get("/callback?code=1")).await;
        assert!(served.reached.expect("reached").succeeded, "layer {index}");
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
        (
            &["/tenants/{id}/callback"],
            "use `ConnectCallbackLayer::matching` for a pattern",
        ),
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
        let panic =
            std::panic::catch_unwind(|| ConnectCallbackLayer::new(paths)).expect_err("it panics");
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message
            .or(panic.downcast_ref::<&str>().copied())
            .expect("a text");
        assert!(
            message.contains(reason),
            "paths {paths:?} panic with {message:?}"
        );
    }
}

#[tokio::test]
async fn an_error_of_the_inner_service_is_returned() {
    let inner =
        service_fn(|_request: Request<String>| async { Err::<Response<String>, _>("down") });
    let layer = layer("/callback");
    for uri in ["/", "/callback?code=1", "/callback?error=x"] {
        assert_eq!(
            layer.layer(inner).oneshot(get(uri)).await.unwrap_err(),
            "down",
            "URI {uri}"
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

#[tokio::test]
async fn a_visit_is_an_invalid_callback_if_an_outcome_is_required() {
    let requiring = layer("/callback").require_result(true);
    let long = format!("/callback?{}", "x".repeat(9000));
    for (method, uri, kind) in [
        (
            Method::GET,
            "/callback",
            Some(InvalidCallbackKind::NoResult),
        ),
        (
            Method::GET,
            "/callback?",
            Some(InvalidCallbackKind::NoResult),
        ),
        (
            Method::GET,
            "/callback?page=2&state=s",
            Some(InvalidCallbackKind::NoResult),
        ),
        (Method::GET, &long, Some(InvalidCallbackKind::QueryTooLong)),
        (Method::POST, "/callback", None),
        (Method::POST, "/callback?page=2", None),
        (Method::GET, "/callback/", None),
        (Method::GET, "/call%62ack?page=2", None),
        (Method::GET, "/", None),
        (Method::GET, "/garage?page=2", None),
    ] {
        let context = format!("{method} {}", &uri[..uri.len().min(60)]);
        let mut request = get(uri);
        *request.method_mut() = method;
        let served = serve(&requiring, request).await;
        assert_eq!(served.invalid_kind(), kind, "{context}");
        assert_eq!(served.reached.is_some(), kind.is_none(), "{context}");
        if kind.is_none() {
            served.assert_untouched(&context);
        }
    }
    let served = serve(&requiring, get("/callback?code=1")).await;
    assert!(served.reached.is_some_and(|reached| reached.succeeded));
    serve(&layer("/callback"), get("/callback"))
        .await
        .assert_untouched("without the option");
}

#[tokio::test]
async fn a_battery_flow_has_its_own_layer_and_a_nonce_in_the_redirect_uri() {
    use tower_smartcar_connect::Verified;

    #[derive(Clone)]
    struct Nonce(&'static str);

    async fn battery(success: ConnectSuccess, request: Parts) -> Response<String> {
        let query = request.uri.query().unwrap_or_default();
        let returned = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("nonce="));
        let issued = request.extensions.get::<Nonce>();
        match (issued, returned) {
            (Some(issued), Some(returned))
                if Verified::by_comparing(issued.0, returned).is_ok() =>
            {
                Response::new(format!("{:?}", success.selected_capacity()))
            }
            _ => Response::new("rejected".to_owned()),
        }
    }

    let battery_layer = layer("/battery").on_success(battery);
    let result = "vehicle_id=v-1&selected_capacity=80.9&reason=battery_capacity";
    for (uri, body) in [
        (format!("/battery?nonce=n-1&{result}"), "Some(80.9)"),
        (format!("/battery?nonce=forged&{result}"), "rejected"),
        (format!("/battery?{result}"), "rejected"),
    ] {
        let mut request = get(&uri);
        request.extensions_mut().insert(Nonce("n-1"));
        let served = serve(&battery_layer, request).await;
        assert_eq!(served.response.body(), body, "{uri}");
    }
    // A layer with a verifier rejects both, since neither has a state.
    let verifying = ConnectCallbackLayer::new("/callback").verify_state(|_request, _state| true);
    for query in [result, "error=battery_capacity_no_selection&vehicle_id=v-1"] {
        let served = serve(&verifying, get(&format!("/callback?{query}"))).await;
        assert_eq!(
            served.invalid_kind(),
            Some(InvalidCallbackKind::StateMissing),
            "{query}"
        );
    }
}

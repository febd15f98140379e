//! What the layer does with a request, in front of a service that records what reaches it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::header::{CACHE_CONTROL, HeaderValue, LOCATION, REFERRER_POLICY};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::{
    ConnectCallback, ConnectCallbackLayer, ConnectError, ConnectSuccess, ErrorCode, HandleCallback, InvalidCallback,
    InvalidCallbackKind,
};

/// What an inner service found in a request.
#[derive(Clone, Debug, PartialEq)]
struct Reached {
    uri: Uri,
    error: Option<ErrorCode>,
    succeeded: bool,
    body: String,
}

/// What came of a request: the response, and what reached the inner service.
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

    /// Asserts that the request reached the inner service as if the layer was not there.
    fn assert_untouched(&self, context: &str) {
        let reached = self.reached.as_ref().expect(context);
        assert_eq!((reached.error, reached.succeeded), (None, false), "{context}");
        assert_eq!(self.response.status(), StatusCode::OK, "{context}");
        assert!(self.response.headers().is_empty(), "{context}");
        assert!(self.response.extensions().is_empty(), "{context}");
    }
}

type Record = Arc<Mutex<Vec<Reached>>>;

/// Sends a request through a layer to a service that answers `200 OK` with the body `inner`.
async fn serve<L, S>(layer: &L, request: Request<String>) -> Served
where
    L: Layer<tower::util::BoxCloneSyncService<Request<String>, Response<String>, Infallible>, Service = S>,
    S: Service<Request<String>, Response = Response<String>, Error = Infallible>,
{
    let record = Record::default();
    let inner = service_fn({
        let record = record.clone();
        move |request: Request<String>| {
            record.lock().unwrap().push(Reached {
                uri: request.uri().clone(),
                error: request.extensions().get::<ConnectError>().map(ConnectError::code),
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

fn get(uri: &str) -> Request<String> {
    Request::get(uri).body("body".to_owned()).expect(uri)
}

async fn teapot(_error: ConnectError, request: Request<String>) -> Response<String> {
    let mut response = Response::new(format!("handled {}", request.body()));
    *response.status_mut() = StatusCode::IM_A_TEAPOT;
    response
}

#[tokio::test]
async fn an_error_reaches_the_inner_service_in_the_extensions() {
    let layer = ConnectCallbackLayer::new("/callback");
    let served = serve(&layer, get("/callback?error=no_vehicles&state=s")).await;
    let reached = served.reached.as_ref().expect("the inner service is called");
    assert_eq!(reached.error, Some(ErrorCode::NoVehicles));
    assert!(!reached.succeeded);
    assert_eq!(reached.uri, "/callback?error=no_vehicles&state=s");
    assert_eq!(reached.body, "body");
    assert_eq!(served.response.body(), "inner");
    assert!(served.is_private());
}

#[tokio::test]
async fn a_success_reaches_the_inner_service_in_the_extensions_with_and_without_a_handler_of_errors() {
    for query in ["code=c", "user_id=u", "vehicle_id=v", "code=c&user_id=u&state=s"] {
        let uri = format!("/callback?{query}");
        let passing = ConnectCallbackLayer::new("/callback");
        let answering = ConnectCallbackLayer::new("/callback").on_error(teapot);
        for served in [serve(&passing, get(&uri)).await, serve(&answering, get(&uri)).await] {
            let reached = served.reached.as_ref().expect(query);
            assert!(reached.succeeded, "query {query}");
            assert_eq!(reached.error, None, "query {query}");
            assert!(served.is_private(), "query {query}");
        }
    }
}

#[tokio::test]
async fn a_handler_answers_every_error_in_place_of_the_inner_service() {
    let layer = ConnectCallbackLayer::new("/callback").on_error(teapot);
    for code in ErrorCode::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(["battery_too_shy"])
    {
        let served = serve(&layer, get(&format!("/callback?error={code}"))).await;
        assert_eq!(served.reached, None, "code {code}");
        assert_eq!(served.response.status(), StatusCode::IM_A_TEAPOT, "code {code}");
        assert_eq!(served.response.body(), "handled body", "code {code}");
        assert!(served.is_private(), "code {code}");
        let error = served.response.extensions().get::<ConnectError>().expect(code);
        assert_eq!(error.error(), code);
    }
}

#[tokio::test]
async fn a_handler_with_a_predicate_answers_only_the_errors_that_match() {
    let layer = ConnectCallbackLayer::new("/callback").on_error_matching(|error| error.code().is_user_exit(), teapot);
    for code in ErrorCode::ALL {
        let served = serve(&layer, get(&format!("/callback?error={code}"))).await;
        if code.is_user_exit() {
            assert_eq!(served.reached, None, "code {code}");
            assert_eq!(served.response.status(), StatusCode::IM_A_TEAPOT, "code {code}");
        } else {
            assert_eq!(served.reached.and_then(|reached| reached.error), Some(*code));
            assert_eq!(served.response.status(), StatusCode::OK, "code {code}");
            assert!(
                served.response.extensions().get::<ConnectError>().is_none(),
                "code {code}"
            );
        }
    }
}

#[tokio::test]
async fn the_last_handler_of_errors_counts() {
    async fn last(_error: ConnectError, _request: Request<String>) -> Response<String> {
        Response::new("last".to_owned())
    }
    let all = ConnectCallbackLayer::new("/callback")
        .on_error_matching(|_| false, teapot)
        .on_error(last);
    assert_eq!(serve(&all, get("/callback?error=x")).await.response.body(), "last");
    let none = ConnectCallbackLayer::new("/callback")
        .on_error(teapot)
        .on_error_matching(|_| false, last);
    assert_eq!(serve(&none, get("/callback?error=x")).await.response.body(), "inner");
}

#[tokio::test]
async fn a_handler_may_be_a_type_that_leaves_the_bodies_open() {
    #[derive(Clone)]
    struct StartAgain;

    impl<T, B, R: Default> HandleCallback<T, B, R> for StartAgain {
        type Future = std::future::Ready<Response<R>>;

        fn handle(&mut self, _callback: T, _request: Request<B>) -> Self::Future {
            let mut response = Response::new(R::default());
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
            std::future::ready(response)
        }
    }

    let layer = ConnectCallbackLayer::new("/callback")
        .on_error(StartAgain)
        .on_invalid(StartAgain);
    for uri in ["/callback?error=x", "/callback?error="] {
        let served = serve(&layer, get(uri)).await;
        assert_eq!(served.response.status(), StatusCode::SEE_OTHER, "URI {uri}");
        assert_eq!(served.reached, None, "URI {uri}");
    }
}

#[tokio::test]
async fn a_request_that_is_no_callback_passes_untouched() {
    let layer = ConnectCallbackLayer::new(["/callback", "/"])
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
async fn a_callback_is_known_by_its_path_whatever_else_the_uri_has() {
    let layer = ConnectCallbackLayer::new(["/callback", "/", "/caf%C3%A9", "/ends/"]).on_error(teapot);
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
        assert_eq!(served.response.status(), StatusCode::IM_A_TEAPOT, "URI {uri}");
    }
}

/// HTTP/2 sends the path by itself, and warp and salvo read `callback` as `/callback`. The layer need not, because no
/// such path becomes a URI.
#[test]
fn a_path_that_does_not_begin_with_a_slash_is_refused_before_the_layer() {
    for path in ["callback?code=1", "*callback?code=1", "*?code=1"] {
        assert!(PathAndQuery::try_from(path).is_err(), "{path}");
    }
}

#[tokio::test]
async fn an_invalid_callback_is_answered_with_400_and_nothing_of_the_request() {
    use InvalidCallbackKind::*;
    let layer = ConnectCallbackLayer::new(["/callback", "/a%2Db", "/ends/"]).on_error(teapot);
    let long = format!("/callback?{}", "x".repeat(8193));
    let many = format!("/callback?error=5ecret{}", "&x".repeat(256));
    let cases = [
        (Method::GET, "/callback?error=5ecret&error=5ecret", DuplicateParameter),
        (
            Method::GET,
            "/callback?code=5ecret&state=5ecret&st%61te=5ecret",
            DuplicateParameter,
        ),
        (Method::GET, "/callback?error=5ecret&code=5ecret", ConflictingOutcome),
        (Method::GET, "/callback?code=", EmptyParameter),
        (Method::GET, "/callback?error=5ecret%0D%0A", MalformedError),
        (Method::GET, &long, QueryTooLong),
        (Method::GET, &many, TooManyParameters),
        (Method::POST, "/callback?error=5ecret", UnexpectedMethod),
        (Method::PUT, "/callback?code=5ecret", UnexpectedMethod),
        (Method::OPTIONS, "/callback?user_id=5ecret", UnexpectedMethod),
        (Method::POST, "/callback?code=", EmptyParameter),
        (Method::GET, "/%63allback?error=5ecret", RespelledPath),
        (Method::GET, "/callbac%6B?code=5ecret", RespelledPath),
        (Method::GET, "//callback?code=5ecret", RespelledPath),
        (Method::GET, "/callback/?code=5ecret", RespelledPath),
        (Method::GET, "/callback//?code=5ecret", RespelledPath),
        (Method::GET, "/callback%2f?code=5ecret", RespelledPath),
        (Method::GET, "/%2F/call%62ack/?code=5ecret", RespelledPath),
        (Method::GET, "/a%2db?code=5ecret", RespelledPath),
        (Method::GET, "/ends?code=5ecret", RespelledPath),
        (Method::GET, "//ends?code=5ecret", RespelledPath),
        (Method::GET, "/%65nds?code=5ecret", RespelledPath),
        (Method::POST, "/callback/?code=5ecret", RespelledPath),
        (Method::GET, "/callback/?code=5ecret&code=5ecret", RespelledPath),
    ];
    for (method, uri, kind) in cases {
        let context = format!("{method} {}", &uri[..uri.len().min(60)]);
        let mut request = get(uri);
        *request.method_mut() = method;
        let served = serve(&layer, request).await;
        assert_eq!(served.invalid_kind(), Some(kind), "{context}");
        assert_eq!(served.response.status(), StatusCode::BAD_REQUEST, "{context}");
        assert_eq!(served.response.body(), "", "{context}");
        assert_eq!(served.response.headers().len(), 2, "{context}");
        assert!(served.is_private(), "{context}");
        assert_eq!(served.reached, None, "{context}");
    }
}

#[tokio::test]
async fn a_callback_path_has_no_other_spelling_that_reaches_a_tolerant_router() {
    // The canonical spelling of each is registered, or is what a registered one decodes to.
    let layer = ConnectCallbackLayer::new(["/ends/", "/caf%c3%a9", "/%7Euser", "/either%7Cor"]);
    for (uri, kind) in [
        ("/ends/?code=1", None),
        ("/ends//?code=1", Some(InvalidCallbackKind::RespelledPath)),
        ("/ends?code=1", Some(InvalidCallbackKind::RespelledPath)),
        ("/%65nds/?code=1", Some(InvalidCallbackKind::RespelledPath)),
        ("/caf%C3%A9?code=1", None),
        ("/café?code=1", Some(InvalidCallbackKind::RespelledPath)),
        ("/~user?code=1", None),
        ("/%7euser?code=1", Some(InvalidCallbackKind::RespelledPath)),
        ("/either%7Cor?code=1", None),
        ("/either|or?code=1", Some(InvalidCallbackKind::RespelledPath)),
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
async fn a_matcher_is_asked_about_every_reading_of_a_tolerant_router() {
    fn of_a_tenant(uri: &Uri) -> bool {
        let id = uri
            .path()
            .strip_prefix("/tenants/")
            .and_then(|rest| rest.strip_suffix("/callback/"));
        id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
    }
    let layer = ConnectCallbackLayer::matching(of_a_tenant);
    let too_long_when_encoded = format!("/tenants/{}/callback?code=1", "{".repeat(25_000));
    for (uri, is_refused) in [
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
        let refused = is_refused.then_some(InvalidCallbackKind::RespelledPath);
        assert_eq!(served.invalid_kind(), refused, "URI {context}");
        if !is_refused {
            served.assert_untouched(context);
        }
    }
    for uri in ["/tenants/a/callback/?code=1", "/tenants/a%2Fb/callback/?code=1"] {
        let served = serve(&layer, get(uri)).await;
        assert!(served.reached.is_some_and(|reached| reached.succeeded), "URI {uri}");
    }
}

#[tokio::test]
async fn head_is_a_callback_like_get() {
    let layer = ConnectCallbackLayer::new("/callback");
    let mut request = get("/callback?error=access_denied");
    *request.method_mut() = Method::HEAD;
    let served = serve(&layer, request).await;
    assert_eq!(served.reached.expect("reached").error, Some(ErrorCode::AccessDenied));
}

#[tokio::test]
async fn a_handler_of_invalid_callbacks_replaces_the_answer_and_the_last_one_counts() {
    async fn first(_invalid: InvalidCallback, _request: Request<String>) -> Response<String> {
        Response::new("first".to_owned())
    }
    let layer = ConnectCallbackLayer::new("/callback").on_invalid(first).on_invalid(
        |invalid: InvalidCallback, request: Request<String>| async move {
            Response::new(format!("{:?} {}", invalid.kind(), request.body()))
        },
    );
    let served = serve(&layer, get("/callback?code=")).await;
    assert_eq!(served.response.body(), "EmptyParameter body");
    assert_eq!(served.response.status(), StatusCode::OK);
    assert_eq!(served.invalid_kind(), Some(InvalidCallbackKind::EmptyParameter));
    assert_eq!(served.reached, None);
    assert!(served.is_private());
}

#[tokio::test]
async fn only_the_default_answer_needs_a_body_with_a_default() {
    /// A body that cannot be made from nothing.
    struct Page(&'static str);

    async fn page<T>(_callback: T, _request: Request<String>) -> Response<Page> {
        Response::new(Page("handler"))
    }
    let inner = service_fn(|_request: Request<String>| async { Ok::<_, Infallible>(Response::new(Page("inner"))) });
    let layer = ConnectCallbackLayer::new("/callback").on_invalid(page::<InvalidCallback>);
    for (uri, body) in [
        ("/callback?code=", "handler"),
        ("/callback?code=1", "inner"),
        ("/callback?error=x", "inner"),
    ] {
        let Ok(response) = layer.layer(inner).oneshot(get(uri)).await;
        assert_eq!(response.body().0, body, "URI {uri}");
    }
}

#[tokio::test]
async fn the_limit_of_the_query_can_be_set() {
    let layer = ConnectCallbackLayer::new("/callback").max_query_bytes(20);
    let served = serve(&layer, get("/callback?code=345678901234567")).await;
    assert!(served.reached.expect("20 bytes are read").succeeded);
    let served = serve(&layer, get("/callback?code=3456789012345678")).await;
    assert_eq!(served.invalid_kind(), Some(InvalidCallbackKind::QueryTooLong));

    let generous = ConnectCallbackLayer::new("/callback").max_query_bytes(usize::MAX);
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
async fn headers_of_the_inner_service_are_kept_and_added_ones_can_be_switched_off() {
    let inner = service_fn(|_request: Request<String>| async {
        let mut response = Response::new(String::new());
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        Ok::<_, Infallible>(response)
    });
    let layer = ConnectCallbackLayer::new("/callback");
    let Ok(response) = layer.layer(inner).oneshot(get("/callback?code=1")).await;
    assert_eq!(
        response.headers().get_all(CACHE_CONTROL).iter().collect::<Vec<_>>(),
        ["private"]
    );
    assert_eq!(response.headers()[REFERRER_POLICY], "no-referrer");

    let bare = ConnectCallbackLayer::new("/callback").on_error_matching(|error| error.error() == "x", teapot);
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
async fn any_function_of_the_uri_is_a_matcher_and_spellings_are_taken_care_of() {
    let layer = ConnectCallbackLayer::matching(|uri: &Uri| {
        uri.path()
            .strip_prefix("/tenants/")
            .and_then(|rest| rest.strip_suffix("/callback"))
            .is_some_and(|tenant| !tenant.contains('/'))
    });
    for (uri, kind, succeeded) in [
        ("/tenants/7/callback?code=1", None, true),
        ("/tenants/7%208/callback?code=1", None, true),
        ("/tenants/7/callbacks?code=1", None, false),
        (
            "/tenants/7/callback/?code=1",
            Some(InvalidCallbackKind::RespelledPath),
            false,
        ),
        (
            "/tenants//7/callback?code=1",
            Some(InvalidCallbackKind::RespelledPath),
            false,
        ),
        (
            "/tenants/7/c%61llback?code=1",
            Some(InvalidCallbackKind::RespelledPath),
            false,
        ),
        (
            "/tenants/7%3F/c%61llback?code=1",
            Some(InvalidCallbackKind::RespelledPath),
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
async fn paths_are_one_or_many_texts() {
    let owned = "/callback".to_owned();
    let layers = [
        ConnectCallbackLayer::new("/callback"),
        ConnectCallbackLayer::new(owned.clone()),
        ConnectCallbackLayer::new(["/other", "/callback"]),
        ConnectCallbackLayer::new([owned.clone()]),
        ConnectCallbackLayer::new(vec!["/callback"]),
        ConnectCallbackLayer::new(vec![owned.clone()]),
        ConnectCallbackLayer::new(&["/callback"][..]),
        ConnectCallback::layer("/callback"),
    ];
    for (index, layer) in layers.iter().enumerate() {
        let served = serve(layer, get("/callback?code=1")).await;
        assert!(served.reached.expect("reached").succeeded, "layer {index}");
    }
}

#[test]
fn a_path_that_can_never_match_panics_and_says_why() {
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
        let panic = std::panic::catch_unwind(|| ConnectCallbackLayer::new(paths)).expect_err("it panics");
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or(panic.downcast_ref::<&str>().copied()).expect("a text");
        assert!(message.contains(reason), "paths {paths:?} panic with {message:?}");
    }
}

#[tokio::test]
async fn an_error_of_the_inner_service_passes_through() {
    let inner = service_fn(|_request: Request<String>| async { Err::<Response<String>, _>("down") });
    let layer = ConnectCallbackLayer::new("/callback");
    for uri in ["/", "/callback?code=1", "/callback?error=x"] {
        assert_eq!(
            layer.layer(inner).oneshot(get(uri)).await.unwrap_err(),
            "down",
            "URI {uri}"
        );
    }
}

#[test]
fn the_inner_service_can_be_had_back() {
    let mut service = ConnectCallback::new(7, "/callback");
    assert_eq!(*service.get_ref(), 7);
    *service.get_mut() += 1;
    assert_eq!(service.into_inner(), 8);
}

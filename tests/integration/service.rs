//! The layer as a tower service: readiness, permits, futures that are dropped, and panics.

use std::convert::Infallible;
use std::future::{Ready, pending, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::request::Parts;
use http::{Request, Response, StatusCode};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower::buffer::Buffer;
use tower::limit::ConcurrencyLimit;
use tower::load_shed::LoadShed;
use tower::steer::Steer;
use tower::timeout::Timeout;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::states::PendingCallback;
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectError, ConnectFailure, ConnectSuccess,
    RejectionReason, Verified, verify_fn,
};
use tower_test::mock;

use crate::support::app::get;
use crate::support::rejections;

/// How long a step may take before it counts as stuck. No test waits for it to pass.
const STUCK: Duration = Duration::from_secs(60);

type Boxed = BoxCloneSyncService<Request<String>, Response<String>, BoxError>;

/// The app, limited to one request at a time.
type Limited = ConcurrencyLimit<Boxed>;

fn app(_request: Request<String>) -> Ready<Result<Response<String>, BoxError>> {
    ready(Ok(Response::new("app".to_owned())))
}

fn limited_app() -> Limited {
    ConcurrencyLimit::new(Boxed::new(service_fn(app)), 1)
}

#[tokio::test]
async fn the_layer_is_ready_if_the_inner_service_is_ready() {
    let layer = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    let (mut service, mut handle) = mock::spawn_with(|inner| layer.layer(inner));
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(service.poll_ready().is_ready());
    let response = service.call(get("/"));
    let (request, respond): (Request<String>, _) = handle.next_request().await.unwrap();
    assert_eq!(request.uri(), "/");
    respond.send_response(Response::new("inner".to_owned()));
    assert_eq!(response.await.unwrap().body(), "inner");
    handle.send_error("down");
    match service.poll_ready() {
        Poll::Ready(Err(error)) => assert_eq!(error.to_string(), "down"),
        other => panic!("{other:?}"),
    }
}

/// Knows whether it was made ready since it was created, cloned or called, and panics if it is
/// called before.
#[derive(Debug, Default)]
struct Readied(bool);

impl Clone for Readied {
    fn clone(&self) -> Self {
        Self(false)
    }
}

impl Service<Request<String>> for Readied {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0 = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: Request<String>) -> Self::Future {
        assert!(std::mem::take(&mut self.0), "called before it was ready");
        ready(Ok(Response::new("inner".to_owned())))
    }
}

#[tokio::test]
async fn the_readied_service_is_the_one_that_is_called() {
    let mut service = rejections::layer()
        .on_failure(empty)
        .layer(Readied::default());
    for uri in REQUESTS.map(|(uri, _)| uri).into_iter().chain(["/"]) {
        let Ok(service) = service.ready().await;
        assert!(service.get_ref().0, "{uri}");
        let Ok(_response) = service.call(get(uri)).await;
        assert!(!service.get_ref().0, "{uri}");
    }
}

async fn empty<T>(_callback: T, _request: Parts) -> Response<String> {
    Response::new(String::new())
}

/// Requests, and the body of each response through [`layered`].
const REQUESTS: [(&str, &str); 7] = [
    ("/", "app"),
    ("/callback?error=access_denied&state=right", ""),
    ("/callback?code=1&state=right", "app"),
    ("/callback?code=", ""),
    ("/callback?error=access_denied&state=wrong", ""),
    ("/callback?vehicle_id=not_confirmed&state=right", ""),
    ("/callback?code=1", ""),
];

/// Returns a service behind a layer that verifies, confirms and has a handler.
fn layered<S>(inner: S) -> Boxed
where
    S: Service<
            Request<String>,
            Response = Response<String>,
            Error: Into<BoxError> + Send,
            Future: Send,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    let service = rejections::layer().on_failure(empty).layer(inner);
    Boxed::new(service.map_err(Into::into))
}

/// Makes a service ready and calls it, as a server does.
async fn send(service: &mut Boxed, uri: &str, case: &str) -> Result<String, BoxError> {
    let calling = async { service.ready().await?.call(get(uri)).await };
    let response = timeout(STUCK, calling).await;
    let response = response.unwrap_or_else(|_| panic!("{case} is stuck at {uri}"));
    Ok(response?.into_body())
}

/// Each middleware keeps its readiness in its own way.
#[tokio::test]
async fn a_single_permit_serves_requests_in_every_order_by_every_clone() {
    let limited_twice = ServiceBuilder::new()
        .concurrency_limit(1)
        .service(limited_app());
    for (case, mut service) in [
        ("ConcurrencyLimit", layered(limited_app())),
        ("ConcurrencyLimit twice", layered(limited_twice)),
        ("LoadShed", layered(LoadShed::new(limited_app()))),
        ("Timeout", layered(Timeout::new(limited_app(), STUCK))),
        ("Buffer", layered(Buffer::new(limited_app(), 1))),
        (
            "Buffer outside",
            Boxed::new(Buffer::new(layered(limited_app()), 1)),
        ),
        (
            "LoadShed outside",
            Boxed::new(LoadShed::new(layered(limited_app()))),
        ),
        ("the layer twice", layered(layered(limited_app()))),
    ] {
        for (first, _) in REQUESTS {
            // It lives on while the others are served.
            let mut clone = service.clone();
            send(&mut clone, first, case).await.unwrap();
            for (second, expected) in REQUESTS {
                let body = send(&mut service, second, case).await;
                assert_eq!(body.unwrap(), expected, "{case}: {second} after {first}");
            }
        }
    }
}

#[tokio::test]
async fn steer_selects_between_services_that_have_a_layer_each() {
    let services = ["/one", "/other"].map(|path| {
        let layer = ConnectCallbackLayer::new(path, AppVerifiesState);
        let path =
            |_: ConnectFailure, request: Parts| ready(Response::new(request.uri.path().to_owned()));
        layer.on_failure(path).layer(limited_app())
    });
    let by_path =
        |request: &Request<String>, _: &[_]| usize::from(request.uri().path() == "/other");
    let mut service = Steer::new(services, by_path);
    for (uri, expected) in [
        ("/one?error=access_denied", "/one"),
        ("/other?error=access_denied", "/other"),
        ("/one?code=1", "app"),
        ("/one?error=", "/one"),
        ("/other?code=1", "app"),
    ] {
        let ready = timeout(STUCK, service.ready()).await.expect(uri).unwrap();
        let response = timeout(STUCK, ready.call(get(uri)))
            .await
            .expect(uri)
            .unwrap();
        assert_eq!(response.body(), expected, "{uri}");
    }
}

/// The documentation warns of it under "Readiness". If this test fails because a clone of `Steer`
/// knows that it is not ready, the warning can go.
#[tokio::test]
#[should_panic(expected = "max requests in-flight; poll_ready must be called first")]
async fn steer_behind_the_layer_panics_after_a_request_that_skipped_it() {
    let first = |_: &Request<String>, _: &[Limited]| 0;
    let mut service = layered(Steer::new([limited_app(), limited_app()], first));
    for uri in ["/", "/callback?code=", "/"] {
        send(&mut service, uri, "Steer").await.unwrap();
    }
}

#[tokio::test]
async fn a_permit_is_free_as_soon_as_a_handler_responds() {
    async fn endless<T>(_callback: T, _request: Parts) -> Response<String> {
        pending().await
    }
    for (query, is_polled) in [("error=x", false), ("code=", false), ("code=1", true)] {
        let mut first = ConnectCallbackLayer::new("/callback", AppVerifiesState)
            .on_failure(endless::<ConnectFailure>)
            .on_success(endless::<ConnectSuccess>)
            .layer(limited_app());
        let mut second = first.clone();
        let future = first
            .ready()
            .await
            .unwrap()
            .call(get(&format!("/callback?{query}")));
        let mut in_progress = tokio_test::task::spawn(future);
        if is_polled {
            assert!(in_progress.poll().is_pending(), "{query}");
        }
        let mut readying = tokio_test::task::spawn(second.ready());
        assert!(readying.poll().is_ready(), "{query}");
    }
}

#[tokio::test]
async fn a_waiting_verifier_holds_its_permit_alone() {
    for disconnects in [false, true] {
        let (sender, receiver) = oneshot::channel();
        let receiver = std::sync::Mutex::new(Some(receiver));
        let verifier = verify_fn(move |callback: PendingCallback| {
            let slow = (callback.state() == "slow").then(|| receiver.lock().unwrap().take());
            async move {
                match slow {
                    Some(receiver) => receiver.expect("one slow request").await.unwrap(),
                    None => Ok(Verified::new()),
                }
            }
        });
        let layer = ConnectCallbackLayer::new("/callback", verifier);
        let limited = ConcurrencyLimit::new(service_fn(app), 2);
        let mut service = Boxed::new(layer.layer(limited));
        let mut last = service.clone();

        let future = service
            .ready()
            .await
            .unwrap()
            .call(get("/callback?code=1&state=slow"));
        let mut verifying = tokio_test::task::spawn(future);
        assert!(verifying.poll().is_pending());
        for uri in ["/", "/callback?code=1&state=s", "/callback?code="] {
            send(&mut service, uri, "beside the verifier")
                .await
                .unwrap();
        }
        let _second_permit = service.ready().await.unwrap();
        let mut readying = tokio_test::task::spawn(last.ready());
        assert!(readying.poll().is_pending(), "disconnects: {disconnects}");
        if disconnects {
            drop(verifying);
        } else {
            sender.send(Err(RejectionReason::StateExpired)).unwrap();
            assert!(verifying.is_woken());
            let response = verifying.await.unwrap();
            assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        }
        assert!(readying.poll().is_ready(), "disconnects: {disconnects}");
    }
}

/// Counts the values of a request, and the futures that own one of them.
#[derive(Clone)]
struct Witness(#[expect(dead_code, reason = "only counted")] Arc<()>);

/// The parts of an app. A request selects one by its header `at`.
const PARTS: [(&str, &str); 6] = [
    ("app", "/"),
    ("app", "/callback?error=no_vehicles&state=s"),
    ("verifier", "/callback?code=1&state=s"),
    ("confirmation", "/callback?code=1&state=s"),
    ("failure", "/callback?error=access_denied&state=s"),
    ("success", "/callback?code=1&state=s"),
];

fn is_at(request: &http::HeaderMap, part: &str) -> bool {
    request.get("at").is_some_and(|at| at == part)
}

/// Returns a service with each part, each of which does something if the request selects it.
macro_rules! service_that {
    ($act:path) => {{
        let paths = CallbackPaths::matching(|uri| uri.path() == "/callback");
        let verifier = verify_fn(async |callback: PendingCallback| {
            $act(is_at(&callback.request().headers, "verifier")).await;
            Ok(Verified::new())
        });
        let layer = ConnectCallbackLayer::new(paths, verifier)
            .confirm(async |_: ConnectSuccess, request: Parts| {
                $act(is_at(&request.headers, "confirmation")).await;
                Ok(())
            })
            .on_failure(async |_: ConnectFailure, request: Parts| {
                $act(is_at(&request.headers, "failure")).await;
                Response::new("failure".to_owned())
            })
            .on_success(async |_: ConnectSuccess, request: Parts| {
                $act(is_at(&request.headers, "success")).await;
                Response::new("success".to_owned())
            })
            .forward_errors(|error: &ConnectError| !error.code().is_owner_exit());
        let app = service_fn(async |request: Request<String>| {
            $act(is_at(request.headers(), "app")).await;
            Ok::<_, BoxError>(Response::new("app".to_owned()))
        });
        layer.layer(ConcurrencyLimit::new(app, 1))
    }};
}

/// Asserts that a service serves, although it has one permit only.
async fn assert_serves(service: &mut Boxed, case: &str) {
    for (uri, expected) in [
        ("/", "app"),
        ("/callback?code=1&state=s", "success"),
        ("/callback?error=no_vehicles&state=s", "app"),
        ("/callback?code=", "failure"),
    ] {
        assert_eq!(
            send(service, uri, case).await.unwrap(),
            expected,
            "{uri} after {case}"
        );
    }
}

#[tokio::test]
async fn a_dropped_future_drops_its_request_and_returns_its_permit() {
    async fn wait_if(is_selected: bool) {
        if is_selected {
            pending::<()>().await;
        }
    }
    for is_polled in [true, false] {
        for (part, uri) in PARTS {
            let case = format!("{part} of {uri}, polled: {is_polled}");
            let mut service = Boxed::new(service_that!(wait_if));
            let counter = Arc::new(());
            let mut request = get(uri);
            request.headers_mut().insert("at", part.parse().unwrap());
            request.extensions_mut().insert(Witness(counter.clone()));
            let future = service.ready().await.unwrap().call(request);
            let mut in_progress = tokio_test::task::spawn(future);
            if is_polled {
                assert!(in_progress.poll().is_pending(), "{case}");
            }
            assert!(Arc::strong_count(&counter) > 1, "{case}");
            drop(in_progress);
            assert_eq!(Arc::strong_count(&counter), 1, "{case}");
            assert_serves(&mut service.clone(), &case).await;
            assert_serves(&mut service, &case).await;
        }
    }
}

#[tokio::test]
async fn a_panic_fails_only_its_own_request() {
    async fn panic_if(is_selected: bool) {
        assert!(!is_selected, "as the request asked for");
    }
    let inner = service_that!(panic_if);
    let service = inner.clone();
    let catching = CatchPanicLayer::new().layer(inner);
    for (part, uri) in PARTS {
        let mut request = get(uri);
        request.headers_mut().insert("at", part.parse().unwrap());
        let response = catching.clone().oneshot(request).await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{part}"
        );
        assert_serves(&mut Boxed::new(service.clone()), part).await;
    }
}

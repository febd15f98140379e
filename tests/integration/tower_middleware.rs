//! The layer among tower's own middleware. Each of them reserves a resource in `poll_ready` and
//! keeps it in its own way. The layer does not hold it longer than needed, and does not call a
//! service that is not ready.

use std::convert::Infallible;
use std::future::{Ready, pending, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::request::Parts;
use http::{Request, Response};
use tokio::time::timeout;
use tower::buffer::Buffer;
use tower::limit::ConcurrencyLimit;
use tower::load_shed::{LoadShed, error::Overloaded};
use tower::steer::Steer;
use tower::timeout::{Timeout, error::Elapsed};
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};

/// How long a step may take before it counts as stuck. No test waits for it to pass.
const STUCK: Duration = Duration::from_secs(60);

/// The app, limited to one request at a time.
type Limited = ConcurrencyLimit<BoxCloneSyncService<Request<String>, Response<String>, BoxError>>;

/// A service whose type is erased.
type Boxed = BoxCloneSyncService<Request<String>, Response<String>, BoxError>;

fn get(uri: &str) -> Request<String> {
    Request::get(uri).body(String::new()).expect(uri)
}

fn limited_app() -> Limited {
    ConcurrencyLimit::new(BoxCloneSyncService::new(service_fn(app)), 1)
}

fn app(_request: Request<String>) -> Ready<Result<Response<String>, BoxError>> {
    ready(Ok(Response::new("app".to_owned())))
}

/// Returns the layer with a handler of errors and an asynchronous verifier of the state `right`.
fn layered<S>(inner: S) -> Boxed
where
    S: Service<Request<String>, Response = Response<String>, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let layer = ConnectCallbackLayer::new("/callback")
        .on_error(async |_error, _request| Response::new("handler".to_owned()))
        .verify_state_async(verify);
    BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into))
}

async fn verify(_request: Parts, state: String) -> Result<Verified, InvalidCallbackKind> {
    tokio::task::yield_now().await;
    Verified::by_comparing("right", &state)
}

/// Requests, and the body of each response. An invalid callback has an empty body.
const REQUESTS: [(&str, &str); 7] = [
    ("/", "app"),
    ("/callback?error=access_denied&state=right", "handler"),
    ("/callback?code=1&state=right", "app"),
    ("/callback?code=", ""),
    ("/callback?error=access_denied&state=wrong", ""),
    ("/callback?code=1&state=wrong", ""),
    ("/callback?code=1", ""),
];

/// Returns the layer in front of each middleware that keeps its readiness in its own way, over an
/// app that serves one request at a time.
fn stacks() -> Vec<(&'static str, Boxed)> {
    let shed = LoadShed::new(limited_app());
    let in_time = Timeout::new(limited_app(), STUCK);
    let buffered = Buffer::new(limited_app(), 1);
    let limited_twice = ServiceBuilder::new()
        .concurrency_limit(1)
        .service(limited_app());
    vec![
        ("ConcurrencyLimit", layered(limited_app())),
        ("ConcurrencyLimit twice", layered(limited_twice)),
        ("LoadShed", layered(shed)),
        ("Timeout", layered(in_time)),
        ("Buffer", layered(buffered)),
        (
            "Buffer outside",
            BoxCloneSyncService::new(Buffer::new(layered(limited_app()), 1)),
        ),
        (
            "LoadShed outside",
            BoxCloneSyncService::new(LoadShed::new(layered(limited_app()))),
        ),
        (
            "Timeout outside",
            BoxCloneSyncService::new(Timeout::new(layered(limited_app()), STUCK)),
        ),
        ("the layer twice", layered(layered(limited_app()))),
    ]
}

/// Makes a service ready and calls it, as a server does.
async fn send(service: &mut Boxed, uri: &str, case: &str) -> Result<String, BoxError> {
    let calling = async { service.ready().await?.call(get(uri)).await };
    let response = timeout(STUCK, calling).await;
    Ok(response
        .unwrap_or_else(|_| panic!("{case} is stuck at {uri}"))?
        .into_body())
}

#[tokio::test]
async fn a_single_permit_serves_requests_in_every_order() {
    for (case, mut service) in stacks() {
        for (first, _) in REQUESTS {
            for (second, expected) in REQUESTS {
                send(&mut service, first, case).await.unwrap();
                let body = send(&mut service, second, case).await;
                assert_eq!(body.unwrap(), expected, "{case}: {first} {second}");
            }
        }
    }
}

#[tokio::test]
async fn a_clone_that_outlives_its_request_holds_no_permit() {
    for (case, mut service) in stacks() {
        for (uri, expected) in REQUESTS {
            let mut clones = [service.clone(), service.clone(), service.clone()];
            for (number, clone) in clones.iter_mut().enumerate() {
                let body = send(clone, uri, case).await;
                assert_eq!(body.unwrap(), expected, "{case}: {uri} by clone {number}");
            }
            assert_eq!(
                send(&mut service, "/", case).await.unwrap(),
                "app",
                "{case}: {uri}"
            );
        }
    }
}

#[tokio::test]
async fn a_clone_has_its_own_readiness_and_outlives_its_original() {
    let limited = ConcurrencyLimit::new(service_fn(app), 1);
    let mut first = ConnectCallbackLayer::new("/callback")
        .app_verifies_state()
        .layer(limited);
    let readied = first.ready().await.unwrap();
    // Cloned from a service that has the permit, but without the permit.
    let mut clone = readied.clone();
    let mut readying = tokio_test::task::spawn(clone.ready());
    assert!(readying.poll().is_pending());
    drop(first);
    assert!(readying.is_woken());
    assert!(readying.poll().is_ready());
    drop(readying);
    let response = clone.call(get("/callback?code=1")).await.unwrap();
    assert_eq!(response.body(), "app");
}

#[tokio::test]
async fn clones_share_the_state_of_a_handler() {
    let calls = AtomicUsize::new(0);
    let layer = ConnectCallbackLayer::new("/callback")
        .app_verifies_state()
        .on_error(move |_error, _request| {
            let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
            ready(Response::new(call.to_string()))
        });
    let mut service = BoxCloneSyncService::new(layer.layer(service_fn(app)));
    let uri = "/callback?error=access_denied";
    assert_eq!(send(&mut service, uri, "the service").await.unwrap(), "1");
    let mut clone = service.clone();
    assert_eq!(send(&mut clone, uri, "the clone").await.unwrap(), "2");
    assert_eq!(send(&mut service, uri, "the service").await.unwrap(), "3");
}

#[tokio::test]
async fn steer_selects_between_services_that_have_a_layer_each() {
    let services = ["/one", "/other"].map(|path| {
        let layer = ConnectCallbackLayer::new(path)
            .app_verifies_state()
            .on_error(async |_error, request| Response::new(request.uri.path().to_owned()));
        layer.layer(limited_app())
    });
    let by_path =
        |request: &Request<String>, _services: &[_]| usize::from(request.uri().path() == "/other");
    let mut service = Steer::new(services, by_path);
    for (uri, expected) in [
        ("/one?error=access_denied", "/one"),
        ("/other?error=access_denied", "/other"),
        ("/other?error=access_denied", "/other"),
        ("/one?code=1", "app"),
        ("/one?error=", ""),
        ("/other?code=1", "app"),
    ] {
        let ready = timeout(STUCK, service.ready()).await.expect(uri).unwrap();
        let response = timeout(STUCK, ready.call(get(uri)))
            .await
            .expect(uri)
            .unwrap();
        assert_eq!(response.body(), expected, "URI {uri}");
    }
}

/// The documentation warns of it under "Readiness". If this test fails because a clone of `Steer`
/// knows that it is not ready, the warning can go.
#[tokio::test]
#[should_panic(expected = "max requests in-flight; poll_ready must be called first")]
async fn steer_behind_the_layer_panics_after_a_request_that_skipped_it() {
    let steer = Steer::new(
        [limited_app(), limited_app()],
        |_: &Request<String>, _: &[Limited]| 0,
    );
    let mut service = layered(steer);
    for (uri, expected) in [("/", "app"), ("/", "app"), ("/callback?code=", "")] {
        assert_eq!(
            send(&mut service, uri, "Steer").await.unwrap(),
            expected,
            "{uri}"
        );
    }
    send(&mut service, "/", "Steer").await.unwrap();
}

/// An error that differs from all others.
#[derive(Clone, Debug, PartialEq)]
struct Down(u8);

#[tokio::test]
async fn an_inner_error_is_returned_unchanged_for_every_request() {
    let down = service_fn(|_request: Request<String>| ready(Err::<Response<String>, _>(Down(7))));
    let passing = ConnectCallbackLayer::new("/callback").app_verifies_state();
    let verifying = ConnectCallbackLayer::new("/callback").verify_state_async(verify);
    for uri in [
        "/",
        "/callback?code=1&state=right",
        "/callback?error=access_denied&state=right",
    ] {
        assert_eq!(
            passing.layer(down).oneshot(get(uri)).await.unwrap_err(),
            Down(7),
            "{uri}"
        );
        assert_eq!(
            verifying.layer(down).oneshot(get(uri)).await.unwrap_err(),
            Down(7),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn errors_of_tower_middleware_can_be_downcast_behind_the_layer() {
    let busy = |_request: Request<String>| pending::<Result<Response<String>, Infallible>>();
    for uri in ["/", "/callback?code=1&state=right"] {
        let limited = ConcurrencyLimit::new(service_fn(busy), 1);
        let mut service = layered(LoadShed::new(limited.clone()));
        let mut holder = limited;
        let _permit = holder.ready().await.unwrap();
        let error = send(&mut service, uri, "LoadShed").await.unwrap_err();
        assert!(error.is::<Overloaded>(), "{uri}: {error:?}");

        let mut service = layered(Timeout::new(service_fn(busy), Duration::ZERO));
        let error = send(&mut service, uri, "Timeout").await.unwrap_err();
        assert!(error.is::<Elapsed>(), "{uri}: {error:?}");
    }
}

#[tokio::test]
async fn a_short_circuit_is_not_shed_and_does_not_shed_others() {
    let mut service = layered(LoadShed::new(limited_app()));
    for _ in 0..3 {
        for (uri, expected) in REQUESTS {
            assert_eq!(
                send(&mut service, uri, "LoadShed").await.unwrap(),
                expected,
                "{uri}"
            );
        }
    }
    let limited = limited_app();
    let mut holder = limited.clone();
    let _permit = holder.ready().await.unwrap();
    let mut overloaded = layered(LoadShed::new(limited));
    for (uri, expected) in REQUESTS
        .into_iter()
        .filter(|(_, expected)| *expected != "app")
    {
        let body = send(&mut overloaded, uri, "overloaded").await;
        assert_eq!(body.unwrap(), expected, "{uri}");
    }
}

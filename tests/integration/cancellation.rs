//! Requests that do not complete: the client disconnects, or something panics.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request as AxumRequest;
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use axum::{Router, serve};
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tower::limit::ConcurrencyLimit;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectFailure, ConnectSuccess};

use crate::support::client::{Client, listen};

/// How long a step may take before it counts as stuck. No test waits for it to pass.
const STUCK: Duration = Duration::from_secs(60);

/// The parts that wait until the client disconnects. The query of the request selects one.
const WAITING: [(&str, &str); 6] = [
    ("the app, with a request that is not a callback", "/?at=app"),
    ("the app, with a success", "/callback?code=1&state=s&at=app"),
    (
        "the app, with an error",
        "/callback?error=no_vehicles&state=s&at=app",
    ),
    ("the verifier", "/callback?code=1&state=s&at=verifier"),
    (
        "the handler of errors",
        "/callback?error=access_denied&state=s&at=handler",
    ),
    (
        "the handler of invalid callbacks",
        "/callback?code=&at=invalid",
    ),
];

fn get(uri: &str) -> Request<String> {
    Request::get(uri).body(String::new()).expect(uri)
}

fn selects(uri: &Uri, place: &str) -> bool {
    let query = uri.query().unwrap_or_default();
    query.ends_with(&format!("at={place}"))
}

/// Waits forever if the request says so.
async fn wait_if(is_selected: bool) {
    if is_selected {
        pending::<()>().await;
    }
}

/// Returns the layer with a verifier and handlers, each of which waits if the request says so, over
/// an app that serves one request at a time.
fn service() -> BoxCloneSyncService<Request<String>, Response<String>, Infallible> {
    let layer = ConnectCallbackLayer::new("/callback")
        .on_error_matching(
            |error| error.code().is_user_exit(),
            async |_error, request| {
                wait_if(selects(&request.uri, "handler")).await;
                Response::new("handler".to_owned())
            },
        )
        .on_invalid(async |_invalid, request| {
            wait_if(selects(&request.uri, "invalid")).await;
            Response::new("invalid".to_owned())
        })
        .verify_state_async(async |request, _state| {
            wait_if(selects(&request.uri, "verifier")).await;
            true
        });
    let app = service_fn(async |request: Request<String>| {
        wait_if(selects(request.uri(), "app")).await;
        Ok(Response::new("app".to_owned()))
    });
    BoxCloneSyncService::new(layer.layer(ConcurrencyLimit::new(app, 1)))
}

/// The same with handlers of failures and successes.
fn service_with_handlers() -> BoxCloneSyncService<Request<String>, Response<String>, Infallible> {
    let layer = ConnectCallbackLayer::new("/callback")
        .on_failure(async |_: ConnectFailure, request: Parts| {
            wait_if(selects(&request.uri, "handler") || selects(&request.uri, "invalid")).await;
            Response::new("failure".to_owned())
        })
        .on_success(async |_: ConnectSuccess, request: Parts| {
            wait_if(selects(&request.uri, "success")).await;
            Response::new("success".to_owned())
        })
        .app_verifies_state();
    let app = service_fn(async |_request: Request<String>| Ok(Response::new("app".to_owned())));
    BoxCloneSyncService::new(layer.layer(ConcurrencyLimit::new(app, 1)))
}

/// Counts the values of a request, and the futures that own one of them.
#[derive(Clone)]
struct Witness(#[expect(dead_code, reason = "only counted")] Arc<()>);

#[tokio::test]
async fn a_dropped_future_drops_its_request_and_returns_its_permit() {
    for (who, uri) in WAITING {
        let mut service = service();
        let mut other = service.clone();
        let counter = Arc::new(());
        let mut request = get(uri);
        request.extensions_mut().insert(Witness(counter.clone()));

        let Ok(readied) = service.ready().await;
        let mut in_progress = tokio_test::task::spawn(readied.call(request));
        assert!(in_progress.poll().is_pending(), "{who}");
        assert!(Arc::strong_count(&counter) > 1, "{who}");
        drop(in_progress);
        assert_eq!(Arc::strong_count(&counter), 1, "{who}");

        // The next request of the same clone and one of another clone, while both clones exist.
        for (uri, expected) in [
            ("/callback?code=1&state=s", "app"),
            ("/callback?error=access_denied&state=s", "handler"),
            ("/callback?code=", "invalid"),
            ("/", "app"),
        ] {
            for service in [&mut service, &mut other] {
                let Ok(readied) = timeout(STUCK, service.ready()).await.expect(who);
                let Ok(response) = timeout(STUCK, readied.call(get(uri))).await.expect(who);
                assert_eq!(response.body(), expected, "{uri} after {who}");
            }
        }
    }
}

#[tokio::test]
async fn a_dropped_future_drops_the_future_of_its_handler() {
    for uri in [
        "/callback?error=access_denied&at=handler",
        "/callback?code=&at=invalid",
        "/callback?code=1&at=success",
    ] {
        let mut service = service_with_handlers();
        let counter = Arc::new(());
        let mut request = get(uri);
        request.extensions_mut().insert(Witness(counter.clone()));
        let Ok(readied) = service.ready().await;
        let mut in_progress = tokio_test::task::spawn(readied.call(request));
        assert!(in_progress.poll().is_pending(), "{uri}");
        assert!(Arc::strong_count(&counter) > 1, "{uri}");
        drop(in_progress);
        assert_eq!(Arc::strong_count(&counter), 1, "{uri}");
        for (next, expected) in [
            ("/callback?code=1", "success"),
            ("/callback?error=access_denied", "failure"),
            ("/callback?code=", "failure"),
            ("/", "app"),
        ] {
            let Ok(readied) = timeout(STUCK, service.ready()).await.expect(uri);
            let Ok(response) = timeout(STUCK, readied.call(get(next))).await.expect(uri);
            assert_eq!(response.body(), expected, "{next} after {uri}");
        }
    }
}

#[tokio::test]
async fn a_future_dropped_before_it_is_polled_leaks_nothing() {
    for (who, uri) in WAITING {
        let mut service = service();
        let counter = Arc::new(());
        let mut request = get(uri);
        request.extensions_mut().insert(Witness(counter.clone()));
        let Ok(readied) = service.ready().await;
        drop(readied.call(request));
        assert_eq!(Arc::strong_count(&counter), 1, "{who}");
        let mut other = service.clone();
        let Ok(readied) = timeout(STUCK, other.ready()).await.expect(who);
        let Ok(response) = readied.call(get("/")).await;
        assert_eq!(response.body(), "app", "{who}");
    }
}

/// Sends a message when it is created and when it is dropped.
struct Lifetime(mpsc::UnboundedSender<&'static str>);

impl Lifetime {
    fn new(sender: &mpsc::UnboundedSender<&'static str>) -> Self {
        sender.send("created").expect("the test listens");
        Self(sender.clone())
    }
}

impl Drop for Lifetime {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[tokio::test]
async fn a_disconnect_cancels_the_verifier_or_handler_and_no_other_request() {
    let (sender, mut messages) = mpsc::unbounded_channel();
    let layer = ConnectCallbackLayer::new("/callback")
        .on_error({
            let sender = sender.clone();
            move |_error, _request| {
                let present = Lifetime::new(&sender);
                async move {
                    pending::<()>().await;
                    drop(present);
                    ().into_response()
                }
            }
        })
        .verify_state_async(move |_request, state| {
            let is_slow = state == "slow";
            let present = is_slow.then(|| Lifetime::new(&sender));
            async move {
                wait_if(is_slow).await;
                drop(present);
                true
            }
        });
    let app = Router::new()
        .route("/callback", on_get(async || "app"))
        .layer(ServiceBuilder::new().layer(layer).concurrency_limit(1));
    let (listener, address) = listen().await;
    tokio::spawn(async move { serve(listener, app).await });

    for client in Client::of_each_version(address).map(Arc::new) {
        for uri in [
            "/callback?code=1&state=slow",
            "/callback?error=access_denied&state=s",
        ] {
            let case = format!("{client} {uri}");
            let visiting = tokio::spawn({
                let client = client.clone();
                async move { client.get(uri).await }
            });
            assert_eq!(
                timeout(STUCK, messages.recv()).await.expect(&case),
                Some("created"),
                "{case}"
            );
            visiting.abort();
            assert_eq!(
                timeout(STUCK, messages.recv()).await.expect(&case),
                Some("dropped"),
                "{case}"
            );
            let response = timeout(STUCK, client.get("/callback?code=1&state=s"))
                .await
                .expect(&case);
            assert_eq!(response.body(), "app", "{case}");
        }
    }
}

fn panic_if(is_selected: bool) {
    assert!(!is_selected, "as the request asked for");
}

/// Requests at which a part panics, before it returns a future or in it.
const PANICKING: [&str; 8] = [
    "/callback?code=1&state=s&at=verifier",
    "/callback?code=1&state=s&at=verifier-future",
    "/callback?error=access_denied&state=s&at=handler",
    "/callback?error=access_denied&state=s&at=handler-future",
    "/callback?code=&at=invalid",
    "/callback?code=&at=invalid-future",
    "/callback?code=1&state=s&at=app",
    "/callback?code=1&state=s&at=matcher",
];

#[tokio::test]
async fn a_panic_fails_only_its_own_request() {
    let held = Arc::new(Semaphore::new(0));
    let (sender, mut messages) = mpsc::unbounded_channel();
    let layer = ConnectCallbackLayer::matching(|uri| {
        panic_if(
            uri.query()
                .is_some_and(|query| query.ends_with("at=matcher")),
        );
        uri.path() == "/callback"
    })
    .on_error(|_error, request| {
        panic_if(selects(&request.uri, "handler"));
        async move {
            panic_if(selects(&request.uri, "handler-future"));
            "handler".into_response()
        }
    })
    .on_invalid(|_invalid, request| {
        panic_if(selects(&request.uri, "invalid"));
        async move {
            panic_if(selects(&request.uri, "invalid-future"));
            (StatusCode::BAD_REQUEST, "invalid").into_response()
        }
    })
    .verify_state_async({
        let held = held.clone();
        move |request, state| {
            panic_if(selects(&request.uri, "verifier"));
            let panics = selects(&request.uri, "verifier-future");
            let held = (state == "held").then(|| (held.clone(), Lifetime::new(&sender)));
            async move {
                panic_if(panics);
                if let Some((held, _present)) = held {
                    held.acquire().await.expect("it is not closed").forget();
                }
                true
            }
        }
    });
    let app = Router::new()
        .route(
            "/callback",
            on_get(async |request: AxumRequest| {
                panic_if(selects(request.uri(), "app"));
                "app"
            }),
        )
        .layer(
            ServiceBuilder::new()
                .layer(CatchPanicLayer::new())
                .layer(layer)
                .concurrency_limit(2),
        );
    let (listener, address) = listen().await;
    tokio::spawn(async move { serve(listener, app).await });

    for client in Client::of_each_version(address).map(Arc::new) {
        for uri in PANICKING {
            let case = format!("{client} {uri}");
            // Another request is in progress, with the other permit, during the panic.
            let held_request = tokio::spawn({
                let client = client.clone();
                async move { client.get("/callback?code=1&state=held").await }
            });
            assert_eq!(
                timeout(STUCK, messages.recv()).await.expect(&case),
                Some("created"),
                "{case}"
            );
            let panicked = timeout(STUCK, client.get(uri)).await.expect(&case);
            assert_eq!(
                panicked.status(),
                StatusCode::INTERNAL_SERVER_ERROR,
                "{case}"
            );
            for (next, expected) in [
                ("/callback?code=1&state=s", "app"),
                ("/callback?error=access_denied&state=s", "handler"),
                ("/callback?code=", "invalid"),
            ] {
                let response = timeout(STUCK, client.get(next)).await.expect(&case);
                assert_eq!(response.body(), expected, "{next} after {case}");
            }
            held.add_permits(1);
            let response = timeout(STUCK, held_request)
                .await
                .expect(&case)
                .expect(&case);
            assert_eq!(response.body(), "app", "the request beside {case}");
            assert_eq!(messages.recv().await, Some("dropped"), "{case}");
        }
    }
}

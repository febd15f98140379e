//! Verification of the state with synchronous and asynchronous verifiers.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http::header::{HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use tokio::sync::oneshot;
use tower::limit::ConcurrencyLimitLayer;
use tower::{Layer, Service, ServiceExt};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, InvalidCallback, InvalidCallbackKind,
    Verified, VerifyState,
};

/// The payload of a verifier.
#[derive(Clone, Debug, PartialEq)]
struct Payload(&'static str);

/// An app that responds with the outcome that it received, and panics if it is called before it is
/// ready.
#[derive(Debug, Default)]
struct App {
    is_ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Clone for App {
    fn clone(&self) -> Self {
        Self {
            is_ready: false,
            calls: self.calls.clone(),
        }
    }
}

impl Service<Request<String>> for App {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        assert!(
            std::mem::take(&mut self.is_ready),
            "called a service that was not made ready"
        );
        self.calls.fetch_add(1, Ordering::SeqCst);
        let seen = if let Some(error) = request.extensions().get::<ConnectError>() {
            format!("error, verified: {}", error.is_verified())
        } else if let Some(success) = request.extensions().get::<ConnectSuccess>() {
            format!("success, verified: {}", success.is_verified())
        } else {
            "no callback".to_owned()
        };
        let payload = request
            .extensions()
            .get::<Payload>()
            .map_or("", |payload| payload.0);
        let mut response = Response::new(format!("{seen}{payload}"));
        response
            .headers_mut()
            .insert(SET_COOKIE, HeaderValue::from_static("app=1"));
        ready(Ok(response))
    }
}

fn get(uri: &str) -> Request<String> {
    Request::get(uri).body(String::new()).expect(uri)
}

async fn serve<L, S>(layer: &L, uri: &str) -> Response<String>
where
    L: Layer<App, Service = S>,
    S: Service<Request<String>, Response = Response<String>, Error = Infallible>,
{
    let Ok(response) = layer.layer(App::default()).oneshot(get(uri)).await;
    response
}

fn invalid_kind(response: &Response<String>) -> Option<InvalidCallbackKind> {
    response
        .extensions()
        .get::<InvalidCallback>()
        .map(InvalidCallback::kind)
}

fn cookies(response: &Response<String>) -> Vec<&str> {
    let values = response.headers().get_all(SET_COOKIE).iter();
    values.map(|value| value.to_str().expect("text")).collect()
}

async fn respond_teapot(error: ConnectError, request: Parts) -> Response<String> {
    let payload = request
        .extensions
        .get::<Payload>()
        .map_or("", |payload| payload.0);
    Response::new(format!(
        "handler, verified: {}{payload}",
        error.is_verified()
    ))
}

/// Returns a verifier that accepts the state `right`, and counts its calls.
fn accept_right(count: &Arc<AtomicUsize>) -> impl Fn(&Parts, &str) -> bool {
    let count = count.clone();
    move |_request: &Parts, state: &str| {
        count.fetch_add(1, Ordering::SeqCst);
        state == "right"
    }
}

/// Returns the same verifier as an asynchronous one.
fn accept_right_async(count: &Arc<AtomicUsize>) -> impl Fn(Parts, String) -> Ready<bool> {
    let verifier = accept_right(count);
    move |request: Parts, state: String| ready(verifier(&request, &state))
}

/// Serves with a closure as a synchronous and as an asynchronous verifier, and asserts that both
/// agree.
async fn serve_both(uri: &str, errors_without_state: bool) -> (Response<String>, usize) {
    let (synchronous, asynchronous) = (Arc::default(), Arc::default());
    let layer = ConnectCallbackLayer::new("/callback").errors_without_state(errors_without_state);
    let response = serve(&layer.clone().verify_state(accept_right(&synchronous)), uri).await;
    let later_response = serve(
        &layer.verify_state_async(accept_right_async(&asynchronous)),
        uri,
    )
    .await;
    assert_eq!(response.body(), later_response.body(), "URI {uri}");
    assert_eq!(response.status(), later_response.status(), "URI {uri}");
    assert_eq!(response.headers(), later_response.headers(), "URI {uri}");
    assert_eq!(
        invalid_kind(&response),
        invalid_kind(&later_response),
        "URI {uri}"
    );
    let count = synchronous.load(Ordering::SeqCst);
    assert_eq!(count, asynchronous.load(Ordering::SeqCst), "URI {uri}");
    (response, count)
}

#[tokio::test]
async fn only_a_callback_with_the_right_state_reaches_the_app() {
    for (uri, body) in [
        ("/callback?code=1&state=right", "success, verified: true"),
        ("/callback?state=right&user_id=1", "success, verified: true"),
        (
            "/callback?vehicle_id=1&st%61te=%72ight",
            "success, verified: true",
        ),
        (
            "/callback?error=no_vehicles&state=right",
            "error, verified: true",
        ),
        (
            "/callback?error=battery_too_shy&state=right",
            "error, verified: true",
        ),
    ] {
        let (response, count) = serve_both(uri, false).await;
        assert_eq!(response.body(), body, "URI {uri}");
        assert_eq!(count, 1, "URI {uri}");
    }
    for uri in [
        "/callback?code=1&state=wrong",
        "/callback?error=no_vehicles&state=Right",
    ] {
        let (response, count) = serve_both(uri, false).await;
        assert_eq!(
            invalid_kind(&response),
            Some(InvalidCallbackKind::StateMismatch),
            "URI {uri}"
        );
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "URI {uri}");
        assert_eq!(response.body(), "", "URI {uri}");
        assert_eq!(count, 1, "URI {uri}");
    }
}

#[tokio::test]
async fn without_a_state_the_verifier_is_not_called_and_no_callback_passes() {
    for uri in [
        "/callback?code=1",
        "/callback?code=1&state",
        "/callback?code=1&state=",
        "/callback?user_id=1&State=right",
        "/callback?error=server_error",
        "/callback?error=server_error&state=",
    ] {
        let (response, count) = serve_both(uri, false).await;
        assert_eq!(
            invalid_kind(&response),
            Some(InvalidCallbackKind::StateMissing),
            "URI {uri}"
        );
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "URI {uri}");
        assert_eq!(count, 0, "URI {uri}");
    }
}

#[tokio::test]
async fn an_error_without_a_state_passes_unverified_only_if_allowed() {
    for uri in [
        "/callback?error=server_error",
        "/callback?error=server_error&state=",
    ] {
        let (response, count) = serve_both(uri, true).await;
        assert_eq!(response.body(), "error, verified: false", "URI {uri}");
        assert_eq!(count, 0, "URI {uri}");
    }
    for (uri, kind) in [
        ("/callback?code=1", InvalidCallbackKind::StateMissing),
        ("/callback?code=1&state=", InvalidCallbackKind::StateMissing),
        (
            "/callback?error=server_error&state=wrong",
            InvalidCallbackKind::StateMismatch,
        ),
        ("/callback?error=", InvalidCallbackKind::MalformedError),
    ] {
        let (response, _asked) = serve_both(uri, true).await;
        assert_eq!(invalid_kind(&response), Some(kind), "URI {uri}");
    }
}

#[tokio::test]
async fn the_verifier_is_called_only_for_valid_callbacks() {
    for uri in [
        "/",
        "/callback",
        "/callback?state=right",
        "/garage?code=1&state=right",
    ] {
        let (response, count) = serve_both(uri, false).await;
        assert_eq!(response.body(), "no callback", "URI {uri}");
        assert_eq!(count, 0, "URI {uri}");
    }
    for uri in [
        "/callback?code=&state=right",
        "/callback/?code=1&state=right",
    ] {
        let (response, count) = serve_both(uri, false).await;
        assert!(invalid_kind(&response).is_some(), "URI {uri}");
        assert_eq!(count, 0, "URI {uri}");
    }
}

#[tokio::test]
async fn without_a_verifier_outcomes_are_not_verified() {
    let layer = ConnectCallbackLayer::new("/callback").app_verifies_state();
    assert_eq!(
        serve(&layer, "/callback?code=1&state=s").await.body(),
        "success, verified: false"
    );
    assert_eq!(
        serve(&layer, "/callback?error=x&state=s").await.body(),
        "error, verified: false"
    );
}

#[tokio::test]
async fn a_verifier_sees_the_request_and_the_decoded_state() {
    let seen = Arc::new(Mutex::new(None));
    let layer = ConnectCallbackLayer::new("/callback").verify_state({
        let seen = seen.clone();
        move |request, state| {
            *seen.lock().unwrap() = Some((
                request.method.clone(),
                request.uri.clone(),
                state.to_owned(),
            ));
            true
        }
    });
    serve(&layer, "/callback?code=1&state=a+b%2Bc%E2%82%AC").await;
    let uri = "/callback?code=1&state=a+b%2Bc%E2%82%AC".parse().unwrap();
    assert_eq!(
        seen.lock().unwrap().take(),
        Some((Method::GET, uri, "a b+c€".to_owned()))
    );
}

/// A verifier with a name. It returns a payload, or the kind that the state selects.
struct Named;

impl VerifyState for Named {
    type Future = Ready<Result<Verified, InvalidCallbackKind>>;

    fn verify_state(&self, _request: &Parts, state: &str) -> Self::Future {
        ready(match state {
            "right" => Ok(Verified::new()
                .with_extension(Payload(", payload"))
                .with_header(SET_COOKIE, HeaderValue::from_static("one=; Max-Age=0"))
                .with_header(SET_COOKIE, HeaderValue::from_static("two=; Max-Age=0"))),
            "expired" => Err(InvalidCallbackKind::StateExpired),
            "unknown" => Err(InvalidCallbackKind::StateUnknown),
            "unreadable" => Err(InvalidCallbackKind::StateUnreadable),
            "unavailable" => Err(InvalidCallbackKind::StateStoreUnavailable),
            _ => Err(InvalidCallbackKind::StateMismatch),
        })
    }
}

#[tokio::test]
async fn the_verifiers_extensions_and_headers_are_added() {
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_with(Named)
        .response_headers(false);
    let response = serve(&layer, "/callback?code=1&state=right").await;
    assert_eq!(response.body(), "success, verified: true, payload");
    assert_eq!(
        cookies(&response),
        ["app=1", "one=; Max-Age=0", "two=; Max-Age=0"]
    );
    assert_eq!(response.headers().len(), 3);

    let with_handler = layer.on_error(respond_teapot);
    let response = serve(&with_handler, "/callback?error=x&state=right").await;
    assert_eq!(response.body(), "handler, verified: true, payload");
    assert_eq!(cookies(&response), ["one=; Max-Age=0", "two=; Max-Age=0"]);
}

#[tokio::test]
async fn the_response_has_the_verified_error_in_its_extensions() {
    let verifying = ConnectCallbackLayer::new("/callback")
        .verify_state_with(Named)
        .errors_without_state(true);
    let with_handler = verifying.clone().on_error(respond_teapot);
    for (uri, is_verified) in [
        ("/callback?error=x&state=right", true),
        ("/callback?error=x", false),
    ] {
        for response in [
            serve(&verifying, uri).await,
            serve(&with_handler, uri).await,
        ] {
            let error = response.extensions().get::<ConnectError>();
            assert_eq!(
                error.map(ConnectError::is_verified),
                Some(is_verified),
                "URI {uri}"
            );
        }
    }
}

#[tokio::test]
async fn a_rejected_state_is_an_invalid_callback_of_the_verifiers_kind() {
    let named = ConnectCallbackLayer::new("/callback")
        .verify_state_with(Named)
        .on_error(respond_teapot);
    let asynchronous = ConnectCallbackLayer::new("/callback")
        .on_error(respond_teapot)
        .verify_state_async(async |request, state| Named.verify_state(&request, &state).await);
    for (state, kind, status) in [
        (
            "wrong",
            InvalidCallbackKind::StateMismatch,
            StatusCode::BAD_REQUEST,
        ),
        (
            "expired",
            InvalidCallbackKind::StateExpired,
            StatusCode::BAD_REQUEST,
        ),
        (
            "unknown",
            InvalidCallbackKind::StateUnknown,
            StatusCode::BAD_REQUEST,
        ),
        (
            "unreadable",
            InvalidCallbackKind::StateUnreadable,
            StatusCode::BAD_REQUEST,
        ),
        (
            "unavailable",
            InvalidCallbackKind::StateStoreUnavailable,
            StatusCode::SERVICE_UNAVAILABLE,
        ),
    ] {
        for result in ["code=1", "error=access_denied"] {
            let uri = format!("/callback?{result}&state={state}");
            for response in [serve(&named, &uri).await, serve(&asynchronous, &uri).await] {
                assert_eq!(invalid_kind(&response), Some(kind), "URI {uri}");
                assert_eq!(response.status(), status, "URI {uri}");
                assert_eq!(response.body(), "", "URI {uri}");
                assert!(cookies(&response).is_empty(), "URI {uri}");
            }
        }
    }
}

#[tokio::test]
async fn an_invalid_callback_handler_responds_to_rejected_states() {
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state_with(Named)
        .on_invalid(|invalid, _request| ready(Response::new(format!("{:?}", invalid.kind()))));
    for (uri, body) in [
        ("/callback?code=1&state=expired", "StateExpired"),
        ("/callback?code=1", "StateMissing"),
        ("/callback?code=", "EmptyParameter"),
    ] {
        assert_eq!(serve(&layer, uri).await.body(), body, "URI {uri}");
    }
}

/// The return value of a verifier.
type Verdict = Result<Verified, InvalidCallbackKind>;

/// Returns a verifier that waits for its verdict: each call takes the next of the receivers.
fn await_verdicts(
    count_of_calls: usize,
) -> (
    Vec<oneshot::Sender<Verdict>>,
    impl Fn(Parts, String) -> PendingVerdict,
) {
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..count_of_calls).map(|_| oneshot::channel()).unzip();
    let receivers = Mutex::new(receivers.into_iter());
    let verifier = move |_request: Parts, _state: String| {
        PendingVerdict(
            receivers
                .lock()
                .unwrap()
                .next()
                .expect("a receiver for each call"),
        )
    };
    (senders, verifier)
}

/// The verdict that a test sends.
struct PendingVerdict(oneshot::Receiver<Verdict>);

impl Future for PendingVerdict {
    type Output = Verdict;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Verdict> {
        std::pin::Pin::new(&mut self.0)
            .poll(cx)
            .map(|verdict| verdict.expect("the test sends"))
    }
}

#[tokio::test]
async fn a_pending_verifier_blocks_no_request_and_keeps_the_readied_service() {
    let (mut senders, verifier) = await_verdicts(2);
    let layer = ConnectCallbackLayer::new("/callback").verify_state_async(verifier);
    let app = App::default();
    let calls = app.calls.clone();
    let mut service = layer.layer(app);

    let Ok(readied) = service.ready().await;
    let mut first = tokio_test::task::spawn(readied.call(get("/callback?code=1&state=s")));
    assert!(first.poll().is_pending());
    let Ok(readied) = service.ready().await;
    let mut second = tokio_test::task::spawn(readied.call(get("/callback?error=x&state=s")));
    assert!(second.poll().is_pending());
    assert_eq!(calls.load(Ordering::SeqCst), 0);

    let Ok(readied) = service.ready().await;
    let Ok(other) = readied.call(get("/garage")).await;
    assert_eq!(other.body(), "no callback");

    senders
        .pop()
        .unwrap()
        .send(Err(InvalidCallbackKind::StateMismatch))
        .unwrap();
    assert!(second.is_woken() && !first.is_woken());
    let Ok(rejected) = second.await;
    assert_eq!(
        invalid_kind(&rejected),
        Some(InvalidCallbackKind::StateMismatch)
    );

    senders.pop().unwrap().send(Ok(Verified::new())).unwrap();
    let Ok(accepted) = first.await;
    assert_eq!(accepted.body(), "success, verified: true");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_verifier_holds_a_permit_until_it_rejects_or_is_cancelled() {
    for disconnects in [false, true] {
        let (mut senders, verifier) = await_verdicts(1);
        let layer = ConnectCallbackLayer::new("/callback").verify_state_async(verifier);
        let mut service = layer.layer(ConcurrencyLimitLayer::new(1).layer(App::default()));
        let mut other = service.clone();

        let Ok(readied) = service.ready().await;
        let mut verifying = tokio_test::task::spawn(readied.call(get("/callback?code=1&state=s")));
        assert!(verifying.poll().is_pending());
        let mut readying = tokio_test::task::spawn(other.ready());
        assert!(readying.poll().is_pending(), "disconnects: {disconnects}");

        if disconnects {
            drop(verifying);
        } else {
            senders
                .pop()
                .unwrap()
                .send(Err(InvalidCallbackKind::StateExpired))
                .unwrap();
            let Ok(_refused) = verifying.await;
        }
        assert!(readying.poll().is_ready(), "disconnects: {disconnects}");
    }
}

#[test]
fn by_comparing_rejects_different_and_empty_states() {
    for (issued, state, expected) in [
        ("abc", "abc", Ok(())),
        ("abc", "abd", Err(InvalidCallbackKind::StateMismatch)),
        ("abc", "ab", Err(InvalidCallbackKind::StateMismatch)),
        ("abc", "", Err(InvalidCallbackKind::StateMismatch)),
        ("", "abc", Err(InvalidCallbackKind::StateMismatch)),
        ("", "", Err(InvalidCallbackKind::StateMissing)),
    ] {
        let verdict = Verified::by_comparing(issued, state).map(|_| ());
        assert_eq!(verdict, expected, "issued {issued:?}, state {state:?}");
    }
}

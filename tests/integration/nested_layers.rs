//! A request that passes two layers: an outcome that one of them has verified stays verified, and
//! the callback is reported once.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};

use http::header::{CACHE_CONTROL, HeaderValue, REFERRER_POLICY, SET_COOKIE};
use http::request::Parts;
use http::{HeaderName, Request, Response, StatusCode};
use tower::util::{BoxCloneSyncService, BoxCloneSyncServiceLayer};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, InvalidCallback, InvalidCallbackKind,
    Verified,
};

type App = BoxCloneSyncService<Request<String>, Response<String>, Infallible>;

type BoxedLayer = BoxCloneSyncServiceLayer<App, Request<String>, Response<String>, Infallible>;

/// The payload of the verifier.
#[derive(Clone, Debug, PartialEq)]
struct Payload(&'static str);

/// The request as the route saw it.
#[derive(Debug, PartialEq)]
struct Reached {
    is_error: bool,
    is_verified: bool,
    payload: Option<Payload>,
}

/// The response to a request.
struct Served {
    response: Response<String>,
    reached: Option<Reached>,
    /// The number of events and of counts.
    #[cfg(all(feature = "metrics", feature = "tracing"))]
    reports: (usize, u64),
}

impl Served {
    fn invalid_kind(&self) -> Option<InvalidCallbackKind> {
        let invalid = self.response.extensions().get::<InvalidCallback>();
        invalid.map(InvalidCallback::kind)
    }

    /// For each outcome in the extensions of the response, whether it is verified.
    fn outcomes(&self) -> Vec<bool> {
        let extensions = self.response.extensions();
        let error = extensions
            .get::<ConnectError>()
            .map(ConnectError::is_verified);
        let success = extensions
            .get::<ConnectSuccess>()
            .map(ConnectSuccess::is_verified);
        error.into_iter().chain(success).collect()
    }

    fn values(&self, name: &HeaderName) -> Vec<&HeaderValue> {
        self.response.headers().get_all(name).iter().collect()
    }

    /// Asserts that there is one event and one count, if these features are enabled.
    fn assert_reported_once(&self, case: &str) {
        #[cfg(all(feature = "metrics", feature = "tracing"))]
        assert_eq!(self.reports, (1, 1), "events and counts of {case}");
        #[cfg(not(all(feature = "metrics", feature = "tracing")))]
        let _ = case;
    }
}

/// Sends a request through both layers to a route, and records the events and counts.
///
/// Every request of this file is recorded, because `tracing` can disable an event for all threads
/// if the first thread that reaches it has no subscriber.
#[cfg(all(feature = "metrics", feature = "tracing"))]
async fn serve(outer: &BoxedLayer, inner: &BoxedLayer, uri: &str) -> Served {
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};

    let log = crate::support::log::Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let recorder = DebuggingRecorder::new();
    let (response, reached) = {
        let _subscriber = tracing::subscriber::set_default(subscriber);
        let _recorder = metrics::set_default_local_recorder(&recorder);
        respond(outer, inner, uri).await
    };
    let counters = recorder.snapshotter().snapshot().into_vec().into_iter();
    let counts = counters.map(|(key, _, _, value)| match value {
        DebugValue::Counter(count) => count,
        other => panic!("{key:?} is not a counter: {other:?}"),
    });
    Served {
        response,
        reached,
        reports: (log.text().lines().count(), counts.sum()),
    }
}

#[cfg(not(all(feature = "metrics", feature = "tracing")))]
async fn serve(outer: &BoxedLayer, inner: &BoxedLayer, uri: &str) -> Served {
    let (response, reached) = respond(outer, inner, uri).await;
    Served { response, reached }
}

async fn respond(
    outer: &BoxedLayer,
    inner: &BoxedLayer,
    uri: &str,
) -> (Response<String>, Option<Reached>) {
    let reached = Arc::new(Mutex::new(None));
    let route = service_fn({
        let reached = reached.clone();
        move |request: Request<String>| {
            let extensions = request.extensions();
            let error = extensions
                .get::<ConnectError>()
                .map(ConnectError::is_verified);
            let success = extensions
                .get::<ConnectSuccess>()
                .map(ConnectSuccess::is_verified);
            let outcomes = [error, success];
            assert!(outcomes.contains(&None), "two outcomes");
            *reached.lock().unwrap() =
                outcomes
                    .into_iter()
                    .flatten()
                    .next()
                    .map(|is_verified| Reached {
                        is_error: error.is_some(),
                        is_verified,
                        payload: extensions.get().cloned(),
                    });
            let mut response = Response::new("route".to_owned());
            let app_cookie = HeaderValue::from_static("app=1");
            response.headers_mut().insert(SET_COOKIE, app_cookie);
            ready(Ok(response))
        }
    });
    let request = Request::get(uri).body(String::new()).unwrap();
    let service = outer.layer(inner.layer(BoxCloneSyncService::new(route)));
    let Ok(response) = service.oneshot(request).await;
    let reached = reached.lock().unwrap().take();
    (response, reached)
}

fn boxed<L>(layer: L) -> BoxedLayer
where
    L: Layer<App> + Send + Sync + 'static,
    L::Service: Service<Request<String>, Response = Response<String>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    BoxCloneSyncServiceLayer::new(layer)
}

fn layer() -> ConnectCallbackLayer {
    ConnectCallbackLayer::new("/callback")
}

/// Returns a layer that does not verify.
fn without_verifier() -> BoxedLayer {
    boxed(layer().app_verifies_state())
}

/// Accepts the state `right`, with a payload and a header.
fn verify(_request: &Parts, state: &str) -> Result<Verified, InvalidCallbackKind> {
    Ok(Verified::by_comparing("right", state)?
        .with_extension(Payload("payload"))
        .with_header(SET_COOKIE, HeaderValue::from_static("flow=; Max-Age=0")))
}

/// Returns layers that verify, with a synchronous and an asynchronous verifier.
fn with_verifiers() -> [(&'static str, BoxedLayer); 2] {
    let later = async |request: Parts, state: String| {
        tokio::task::yield_now().await;
        verify(&request, &state)
    };
    [
        ("verify_state", boxed(layer().verify_state(verify))),
        (
            "verify_state_async",
            boxed(layer().verify_state_async(later)),
        ),
    ]
}

/// A success and an error whose state the verifier accepts.
const ACCEPTED: [(&str, bool); 2] = [
    ("/callback?code=1&state=right", false),
    ("/callback?error=access_denied&state=right", true),
];

/// Callbacks whose state the verifier does not accept.
const REJECTED: [(&str, InvalidCallbackKind); 4] = [
    (
        "/callback?code=1&state=wrong",
        InvalidCallbackKind::StateMismatch,
    ),
    (
        "/callback?error=access_denied&state=wrong",
        InvalidCallbackKind::StateMismatch,
    ),
    ("/callback?code=1", InvalidCallbackKind::StateMissing),
    (
        "/callback?error=access_denied&state=",
        InvalidCallbackKind::StateMissing,
    ),
];

/// Asserts that two layers, one of which verifies, act like that one alone.
async fn assert_verifies(outer: &BoxedLayer, inner: &BoxedLayer, order: &str) {
    for (uri, is_error) in ACCEPTED {
        let case = format!("{uri} through {order}");
        let served = serve(outer, inner, uri).await;
        let expected = Reached {
            is_error,
            is_verified: true,
            payload: Some(Payload("payload")),
        };
        assert_eq!(served.reached, Some(expected), "{case}");
        assert_eq!(served.outcomes(), [true], "{case}");
        assert_eq!(served.response.body(), "route", "{case}");
        assert_eq!(
            served.values(&SET_COOKIE),
            ["app=1", "flow=; Max-Age=0"],
            "{case}"
        );
        assert_eq!(served.values(&CACHE_CONTROL), ["no-store"], "{case}");
        assert_eq!(served.values(&REFERRER_POLICY), ["no-referrer"], "{case}");
        served.assert_reported_once(&case);
    }
    for (uri, kind) in REJECTED {
        let case = format!("{uri} through {order}");
        let served = serve(outer, inner, uri).await;
        assert_eq!(served.reached, None, "{case}");
        assert_eq!(served.invalid_kind(), Some(kind), "{case}");
        assert_eq!(served.outcomes(), Vec::<bool>::new(), "{case}");
        assert_eq!(served.response.status(), StatusCode::BAD_REQUEST, "{case}");
        assert_eq!(served.response.body(), "", "{case}");
        assert_eq!(served.values(&SET_COOKIE), Vec::<&str>::new(), "{case}");
        assert_eq!(served.values(&CACHE_CONTROL), ["no-store"], "{case}");
        served.assert_reported_once(&case);
    }
}

#[tokio::test]
async fn an_outcome_stays_verified_behind_an_inner_layer_without_a_verifier() {
    for (name, outer) in with_verifiers() {
        assert_verifies(&outer, &without_verifier(), &format!("{name} outside")).await;
    }
}

#[tokio::test]
async fn an_inner_layer_verifies_an_outcome_that_the_outer_layer_has_not() {
    for (name, inner) in with_verifiers() {
        assert_verifies(&without_verifier(), &inner, &format!("{name} inside")).await;
    }
}

#[tokio::test]
async fn two_layers_without_verifiers_act_like_one() {
    for (uri, is_error) in ACCEPTED {
        let served = serve(&without_verifier(), &without_verifier(), uri).await;
        let expected = Reached {
            is_error,
            is_verified: false,
            payload: None,
        };
        assert_eq!(served.reached, Some(expected), "{uri}");
        assert_eq!(served.values(&SET_COOKIE), ["app=1"], "{uri}");
        served.assert_reported_once(uri);
    }
}

#[tokio::test]
async fn an_inner_verifier_can_reject_an_outcome_that_the_outer_one_verified() {
    let rejecting =
        boxed(layer().verify_state(|_request, _state| Err(InvalidCallbackKind::StateExpired)));
    for (name, outer) in with_verifiers() {
        for (uri, _) in ACCEPTED {
            let case = format!("{uri} through {name}");
            let served = serve(&outer, &rejecting, uri).await;
            assert_eq!(served.reached, None, "{case}");
            assert_eq!(
                served.invalid_kind(),
                Some(InvalidCallbackKind::StateExpired),
                "{case}"
            );
            assert_eq!(served.outcomes(), Vec::<bool>::new(), "{case}");
            served.assert_reported_once(&case);
        }
    }
}

#[tokio::test]
async fn an_error_without_a_state_stays_unverified_behind_two_layers() {
    let accepting = || boxed(layer().verify_state(verify).errors_without_state(true));
    let uri = "/callback?error=server_error";
    for (outer, inner) in [
        (accepting(), accepting()),
        (accepting(), without_verifier()),
        (without_verifier(), accepting()),
    ] {
        let served = serve(&outer, &inner, uri).await;
        let expected = Reached {
            is_error: true,
            is_verified: false,
            payload: None,
        };
        assert_eq!(served.reached, Some(expected));
        served.assert_reported_once(uri);
    }
}

#[tokio::test]
async fn an_error_verified_by_the_outer_layer_is_verified_for_the_inner_handler() {
    let with_handler = || {
        layer().app_verifies_state().on_error(|error, _request| {
            ready(Response::new(format!("verified: {}", error.is_verified())))
        })
    };
    for (name, outer) in with_verifiers() {
        let served = serve(&outer, &boxed(with_handler()), ACCEPTED[1].0).await;
        assert_eq!(served.response.body(), "verified: true", "{name}");
        assert_eq!(served.values(&SET_COOKIE), ["flow=; Max-Age=0"], "{name}");
        served.assert_reported_once(name);
    }
    let served = serve(&without_verifier(), &boxed(with_handler()), ACCEPTED[1].0).await;
    assert_eq!(served.response.body(), "verified: false");
}

#[tokio::test]
async fn a_success_verified_by_the_outer_layer_is_verified_for_the_inner_handler() {
    fn respond(success: ConnectSuccess, _request: Parts) -> Ready<Response<String>> {
        ready(Response::new(format!(
            "verified: {}",
            success.is_verified()
        )))
    }
    let with_handler = boxed(layer().app_verifies_state().on_success(respond));
    for (name, outer) in with_verifiers() {
        let served = serve(&outer, &with_handler, ACCEPTED[0].0).await;
        assert_eq!(served.response.body(), "verified: true", "{name}");
        served.assert_reported_once(name);
    }
}

#[tokio::test]
async fn a_callback_of_one_layer_only_is_reported_once() {
    let other = || boxed(ConnectCallbackLayer::new("/other").app_verifies_state());
    for (outer, inner) in [(other(), without_verifier()), (without_verifier(), other())] {
        for uri in [
            "/callback?code=1",
            "/callback?code=",
            "/other?error=x",
            "/other?error=",
        ] {
            serve(&outer, &inner, uri).await.assert_reported_once(uri);
        }
    }
}

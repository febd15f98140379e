//! Whose flow it is: verifiers, confirmations, and what becomes of the state.

use std::future::{Ready, pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::{HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{Method, Request, Response, Uri};
use tower::Layer;
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::states::{PendingCallback, VerifyState};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectFailure, ConnectOutcome, ConnectSuccess,
    RejectedCallback, RejectionReason, Verified, verify_fn,
};

use crate::support::app::{App, get, serve};
use crate::support::rejections::{self, ByName, Connection, Payload, USED_UP};

fn layer() -> ConnectCallbackLayer<ByName> {
    ConnectCallbackLayer::new("/callback", ByName)
}

/// [`ByName`], with a count of its calls.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl VerifyState for Counting {
    type Future = Ready<Result<Verified, RejectionReason>>;

    fn verify_state(&self, callback: &PendingCallback) -> Self::Future {
        self.0.fetch_add(1, Ordering::Relaxed);
        ByName.verify_state(callback)
    }
}

/// Sends a request to a layer with a verifier. Returns the summary, and how often the verifier was
/// called.
async fn count_calls(uri: &str, accepts_errors_without_state: bool) -> (String, usize) {
    let verifier = Counting::default();
    let mut layer = ConnectCallbackLayer::new(["/callback", "/"], verifier.clone());
    if accepts_errors_without_state {
        layer = layer.accept_errors_without_state();
    }
    let served = serve(&layer, get(uri)).await;
    (served.summary(), verifier.0.load(Ordering::Relaxed))
}

#[tokio::test]
async fn only_a_callback_with_the_right_state_reaches_the_app() {
    for (uri, expected) in [
        ("/callback?code=1&state=right", "app: verified success"),
        ("/callback?state=right&user_id=1", "app: verified success"),
        (
            "/callback?vehicle_id=1&st%61te=%72ight",
            "app: verified success",
        ),
        (
            "/callback?error=no_vehicles&state=right",
            "app: verified error no_vehicles",
        ),
        (
            "/callback?error=too_shy&state=right",
            "app: verified error too_shy",
        ),
        ("/callback?code=1&state=wrong", "rejected: state_mismatch"),
        (
            "/callback?error=no_vehicles&state=Right",
            "rejected: state_mismatch",
        ),
    ] {
        assert_eq!(
            count_calls(uri, false).await,
            (expected.to_owned(), 1),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn without_a_state_the_verifier_is_not_called_and_no_callback_passes() {
    for query in [
        "code=1",
        "code=1&state",
        "code=1&state=",
        "user_id=1&State=right",
        "error=server_error",
        "error=server_error&state=",
    ] {
        let (summary, calls) = count_calls(&format!("/callback?{query}"), false).await;
        assert_eq!(
            (&*summary, calls),
            ("rejected: state_missing", 0),
            "{query}"
        );
        let outcome = ConnectOutcome::from_query(query).unwrap().expect(query);
        let verified = outcome.verify(|_state| -> Result<(), _> { panic!("asked about {query}") });
        assert_eq!(
            verified.unwrap_err().reason(),
            RejectionReason::StateMissing,
            "{query}"
        );
    }
}

#[tokio::test]
async fn an_error_without_a_state_passes_unverified_only_if_allowed() {
    for (query, expected, calls) in [
        ("error=server_error", "app: error server_error", 0),
        ("error=server_error&state=", "app: error server_error", 0),
        ("code=1", "rejected: state_missing", 0),
        ("code=1&state=", "rejected: state_missing", 0),
        (
            "error=server_error&state=wrong",
            "rejected: state_mismatch",
            1,
        ),
        ("error=", "rejected: malformed_error", 0),
    ] {
        let counted = count_calls(&format!("/callback?{query}"), true).await;
        assert_eq!(counted, (expected.to_owned(), calls), "{query}");
    }
}

#[tokio::test]
async fn the_verifier_is_called_only_for_valid_callbacks() {
    for (uri, expected) in [
        ("/", "app: no callback"),
        ("/?state=right", "app: no callback"),
        ("/garage?code=1&state=right", "app: no callback"),
        ("/callback?state=right", "rejected: no_outcome"),
        ("/callback?code=&state=right", "rejected: empty_parameter"),
        (
            "/callback/?code=1&state=right",
            "rejected: non_canonical_path",
        ),
    ] {
        assert_eq!(
            count_calls(uri, false).await,
            (expected.to_owned(), 0),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn a_verifier_sees_the_request_the_path_and_the_decoded_state() {
    let verifier = verify_fn(async |callback: PendingCallback| {
        let debug = format!("{callback:?}");
        assert!(!debug.contains("c€"), "{debug}");
        let request = callback.request();
        let values = (
            &request.method,
            request.uri.path(),
            callback.path(),
            callback.state(),
        );
        assert_eq!(
            values,
            (&Method::GET, "/callback", "/app/callback", "a b+c€")
        );
        Ok(Verified::new())
    });
    let layer = ConnectCallbackLayer::new("/app/callback", verifier).stripped_prefix("/app");
    let served = serve(&layer, get("/callback?code=1&state=a+b%2Bc%E2%82%AC")).await;
    assert_eq!(served.summary(), "app: verified success");
}

#[tokio::test]
async fn a_verifier_is_a_type_a_function_a_closure_or_shared() {
    async fn function(callback: PendingCallback) -> Result<Verified, RejectionReason> {
        tokio::task::yield_now().await;
        ByName.verify_state(&callback).await
    }
    let captured = Arc::new(ByName);
    let closure = move |callback: PendingCallback| {
        let captured = captured.clone();
        async move { captured.verify_state(&callback).await }
    };
    let dynamic: Arc<dyn VerifyState<Future = Ready<_>> + Send + Sync> = Arc::new(ByName);
    macro_rules! assert_verifies {
        ($($verifier:expr),+) => {$(
            let layer = ConnectCallbackLayer::new("/callback", $verifier);
            for (state, expected) in [
                ("right", "app: verified success"),
                ("state_expired", "rejected: state_expired"),
            ] {
                let served = serve(&layer, get(&format!("/callback?code=1&state={state}"))).await;
                assert_eq!(served.summary(), expected, "{state} by {}", stringify!($verifier));
            }
        )+};
    }
    assert_verifies!(
        ByName,
        Arc::new(ByName),
        Arc::new(Arc::new(ByName)),
        dynamic,
        verify_fn(function),
        verify_fn(closure),
        Arc::new(verify_fn(function)),
        verify_fn(async |callback| ByName.verify_state(&callback).await)
    );
    for verifier in [Arc::new(AppVerifiesState)] {
        let layer = ConnectCallbackLayer::new("/callback", verifier);
        for (uri, expected) in [
            ("/callback?code=1", "app: success"),
            ("/callback?error=x&state=s", "app: error x"),
        ] {
            assert_eq!(serve(&layer, get(uri)).await.summary(), expected, "{uri}");
        }
    }
}

#[tokio::test]
async fn a_state_is_rejected_for_the_reason_of_the_verifier() {
    for &reason in RejectionReason::ALL {
        for outcome in ["code=1", "error=access_denied"] {
            let uri = format!("/callback?{outcome}&state={}", reason.as_str());
            let served = serve(&layer(), get(&uri)).await;
            assert_eq!(served.rejected(), Some(reason), "{uri}");
            assert_eq!(
                served.response.status(),
                rejections::status(reason),
                "{uri}"
            );
            assert_eq!(served.values(SET_COOKIE), [""; 0], "{uri}");
        }
    }
}

#[tokio::test]
async fn the_verifiers_extensions_and_headers_are_added() {
    async fn handler<T>(_callback: T, request: Parts) -> Response<String> {
        let payload = request.extensions.get::<Payload>().cloned();
        Response::new(payload.map_or_else(String::new, |payload| payload.0))
    }
    for uri in [
        "/callback?code=1&state=right",
        "/callback?error=x&state=right",
    ] {
        let served = serve(&layer(), get(uri)).await;
        let reached = served.reached.as_ref().expect(uri);
        assert_eq!(
            reached.extensions().get(),
            Some(&Payload("of right".to_owned())),
            "{uri}"
        );
        assert_eq!(served.values(SET_COOKIE), ["app=1", USED_UP], "{uri}");

        let with_handlers = layer()
            .on_failure(handler::<ConnectFailure>)
            .on_success(handler::<ConnectSuccess>);
        let served = serve(&with_handlers, get(uri)).await;
        assert_eq!(served.response.body(), "of right", "{uri}");
        assert_eq!(served.values(SET_COOKIE), [USED_UP], "{uri}");
    }
}

#[tokio::test]
async fn a_state_is_used_up_by_a_response_that_serves_the_callback() {
    async fn failed(failure: ConnectFailure, _request: Parts) -> Response<String> {
        let mut response = Response::new(failure.as_str().to_owned());
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    }
    let settled = Arc::new(AtomicUsize::new(0));
    let verifier = verify_fn({
        let settled = settled.clone();
        move |_callback: PendingCallback| {
            let settled = settled.clone();
            let settle = move |used_up| async move {
                tokio::task::yield_now().await;
                settled.fetch_add(if used_up { 1 } else { 10 }, Ordering::Relaxed);
            };
            let removal = HeaderValue::from_static(USED_UP);
            let verified = Verified::new().with_header(SET_COOKIE, removal);
            ready(Ok(verified.when_settled(settle)))
        }
    });
    let plain = ConnectCallbackLayer::new("/callback", verifier);
    let always = plain.clone().always_end_flows();
    let handled = plain.clone().on_failure(failed);
    let expected = [
        (200, true),
        (302, true),
        (303, true),
        (404, true),
        (422, true),
        (307, false),
        (308, false),
        (401, false),
        (407, false),
        (408, false),
        (425, false),
        (429, false),
        (500, false),
        (503, false),
    ];
    for (status, is_used_up) in expected {
        for outcome in ["code=1", "error=x"] {
            let case = format!("{outcome} with {status}");
            let request = || {
                let mut request = get(&format!("/callback?{outcome}&state=s"));
                request
                    .headers_mut()
                    .insert("respond", HeaderValue::from(status));
                request
            };
            let is_handled = outcome == "error=x";
            let mut expected_settled = 0;
            for (served, is_used_up) in [
                (serve(&plain, request()).await, is_used_up),
                (serve(&always, request()).await, true),
                (serve(&handled, request()).await, is_used_up || is_handled),
            ] {
                let removed = served.values(SET_COOKIE).contains(&USED_UP);
                assert_eq!(removed, is_used_up, "{case}");
                expected_settled += if is_used_up { 1 } else { 10 };
            }
            let settled = settled.swap(0, Ordering::Relaxed);
            assert_eq!(settled, expected_settled, "{case}");
        }
    }
}

#[tokio::test]
async fn a_confirmed_success_has_the_confirmation_in_its_extensions() {
    async fn handler(_success: ConnectSuccess, request: Parts) -> Response<String> {
        let Connection(connection) = request.extensions.get().cloned().unwrap();
        Response::new(connection)
    }
    let uri = "/callback?code=1&vehicle_id=v-1&state=right";
    let served = serve(&rejections::layer(), get(uri)).await;
    assert_eq!(served.summary(), "app: verified success");
    let reached = served.reached.as_ref().unwrap();
    assert_eq!(
        reached.extensions().get(),
        Some(&Connection("v-1".to_owned()))
    );
    assert!(reached.extensions().get::<Payload>().is_some());
    let served = serve(&rejections::layer().on_success(handler), get(uri)).await;
    assert_eq!(served.response.body(), "v-1");
}

#[tokio::test]
async fn a_success_that_is_not_confirmed_is_rejected_and_the_reason_decides_on_its_state() {
    let layer = rejections::layer();
    for &reason in RejectionReason::ALL {
        let name = reason.as_str();
        let served = serve(
            &layer,
            get(&format!("/callback?vehicle_id={name}&state=right")),
        )
        .await;
        assert_eq!(served.summary(), format!("rejected: {name}"));
        assert_eq!(
            served.response.status(),
            rejections::status(reason),
            "{name}"
        );
        let expected: &[_] = if reason.keeps_state() {
            &[]
        } else {
            &[USED_UP]
        };
        assert_eq!(served.values(SET_COOKIE), expected, "{name}");
        // Not by the status.
        let request = get(&format!("/callback?vehicle_id={name}&state=right"));
        let served = serve(&layer.clone().always_end_flows(), request).await;
        assert_eq!(served.values(SET_COOKIE), expected, "{name}");
    }
    assert!(!RejectionReason::NotConfirmed.keeps_state());
    assert!(RejectionReason::ConfirmationUnavailable.keeps_state());
}

#[tokio::test]
async fn a_confirmation_is_asked_about_verified_successes_alone() {
    let calls = Arc::new(AtomicUsize::new(0));
    let layer = ConnectCallbackLayer::new("/callback", ByName)
        .confirm({
            let calls = calls.clone();
            move |success: ConnectSuccess, request: Parts| {
                assert!(success.is_verified());
                assert!(request.extensions.get::<Payload>().is_some());
                calls.fetch_add(1, Ordering::Relaxed);
                async { Ok(()) }
            }
        })
        .accept_errors_without_state();
    for (query, expected, expected_calls) in [
        ("code=1&state=right", "app: verified success", 1),
        (
            "error=no_vehicles&state=right",
            "app: verified error no_vehicles",
            0,
        ),
        ("error=no_vehicles", "app: error no_vehicles", 0),
        ("code=1&state=wrong", "rejected: state_mismatch", 0),
        ("code=1", "rejected: state_missing", 0),
        ("code=&state=right", "rejected: empty_parameter", 0),
    ] {
        let served = serve(&layer, get(&format!("/callback?{query}"))).await;
        assert_eq!(served.summary(), expected, "{query}");
        assert_eq!(calls.swap(0, Ordering::Relaxed), expected_calls, "{query}");
    }
}

#[tokio::test]
async fn an_edited_user_id_is_not_confirmed() {
    /// What Smartcar's API says about the user who is logged in.
    #[derive(Clone)]
    struct ConnectedUser(&'static str);

    let confirm = |success: ConnectSuccess, request: Parts| {
        let connected = request.extensions.get::<ConnectedUser>();
        ready(
            match connected.map(|user| success.user_id() == Some(user.0)) {
                Some(true) => Ok(()),
                Some(false) => Err(RejectionReason::NotConfirmed),
                None => Err(RejectionReason::ConfirmationUnavailable),
            },
        )
    };
    let layer = ConnectCallbackLayer::new("/callback", ByName).confirm(confirm);
    for (query, connected, expected) in [
        ("user_id=u-1", Some("u-1"), "app: verified success"),
        ("user_id=u-2", Some("u-1"), "rejected: not_confirmed"),
        ("code=1", Some("u-1"), "rejected: not_confirmed"),
        ("user_id=u-1", None, "rejected: confirmation_unavailable"),
    ] {
        let mut request = get(&format!("/callback?{query}&state=right"));
        let user = connected.map(ConnectedUser);
        user.map(|user| request.extensions_mut().insert(user));
        let served = serve(&layer, request).await;
        assert_eq!(served.summary(), expected, "{query} of {connected:?}");
    }
    // Where nothing confirms it, the edited id is a verified success: the state proves the browser.
    let unconfirmed = ConnectCallbackLayer::new("/callback", ByName);
    let served = serve(&unconfirmed, get("/callback?user_id=u-2&state=right")).await;
    assert_eq!(served.summary(), "app: verified success");
}

#[test]
fn by_comparing_rejects_different_and_empty_states() {
    use RejectionReason::{StateMismatch, StateMissing};
    for (issued, state, expected) in [
        ("abc", "abc", None),
        ("abc", "abd", Some(StateMismatch)),
        ("abc", "ab", Some(StateMismatch)),
        ("abc", "", Some(StateMismatch)),
        ("", "abc", Some(StateMismatch)),
        ("", "", Some(StateMissing)),
    ] {
        let reason = Verified::by_comparing(issued, state).err();
        assert_eq!(reason, expected, "issued {issued:?}, state {state:?}");
    }
}

/// Reads and verifies a request without the layer, and says what [`serve`] says.
async fn read<V: VerifyState>(
    paths: &CallbackPaths,
    verifier: &V,
    request: Request<String>,
) -> String {
    let (request, _body) = request.into_parts();
    let verify = async || -> Result<Option<ConnectOutcome>, RejectedCallback> {
        let Some(callback) = paths.read(&request.method, &request.uri)? else {
            return Ok(None);
        };
        let callback = PendingCallback::new(request.clone(), callback);
        Ok(Some(callback.verify_with(verifier).await?.0))
    };
    let outcome = match verify().await {
        Ok(None) => return "app: no callback".to_owned(),
        Err(rejected) => return format!("rejected: {}", rejected.reason().as_str()),
        Ok(Some(outcome)) => outcome,
    };
    let verified = if outcome.is_verified() {
        "verified "
    } else {
        ""
    };
    match outcome {
        ConnectOutcome::Error(error) => format!("app: {verified}error {}", error.raw_code()),
        ConnectOutcome::Success(_) => format!("app: {verified}success"),
    }
}

/// Without a query, with a visit, and with outcomes and states of each kind.
const QUERIES: [&str; 16] = [
    "",
    "?",
    "?page=2&state=right",
    "?code=1&state=right",
    "?st%61te=right&user_id=a%26b",
    "?code=1",
    "?code=1&state=",
    "?code=1&state=wrong",
    "?code=1&state=state_store_unavailable",
    "?error=no_vehicles&state=right",
    "?error=oem_cancelled_login&the%20user&state=right",
    "?error=no_vehicles&state=wrong",
    "?error=&state=right",
    "?code=1&code=2",
    "?error=access_denied&code=1&state=right",
    "?Code=1",
];

#[tokio::test]
async fn read_and_verify_with_agree_with_the_layer() {
    let of_a_tenant = |uri: &Uri| {
        let rest = uri.path().strip_prefix("/tenants/");
        let id = rest.and_then(|rest| rest.strip_suffix("/callback"));
        id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
    };
    let mut summaries = std::collections::BTreeMap::new();
    for paths in [
        CallbackPaths::new("/callback"),
        CallbackPaths::new(["/", "/ends/"]).allow_visits(),
        CallbackPaths::new("/app/callback").stripped_prefix("/app"),
        CallbackPaths::new("/tenants/a%2Fb/callback"),
        CallbackPaths::matching(of_a_tenant),
    ] {
        let verifying = ConnectCallbackLayer::new(paths.clone(), ByName);
        let passing = ConnectCallbackLayer::new(paths.clone(), AppVerifiesState);
        for path in [
            "/",
            "//",
            "/callback",
            "/call%62ack",
            "/callback/",
            "/Callback",
            "/ends",
            "/ends/",
            "/tenants/7/callback",
            "/tenants/a/b/callback",
            "/tenants/a%2Fb/callback",
            "/tenants/a%2fb/callback",
            "/garage",
        ] {
            for query in QUERIES {
                // The layer itself responds to `HEAD`.
                for method in [Method::GET, Method::POST] {
                    let case = format!("{method} {path}{query} with {paths:?}");
                    let request = || {
                        let mut request = get(&format!("{path}{query}"));
                        *request.method_mut() = method.clone();
                        request
                    };
                    let summary = serve(&verifying, request()).await.summary();
                    assert_eq!(read(&paths, &ByName, request()).await, summary, "{case}");
                    *summaries.entry(summary).or_insert(0) += 1;
                    let summary = serve(&passing, request()).await.summary();
                    let read = read(&paths, &AppVerifiesState, request()).await;
                    assert_eq!(read, summary, "{case}, not verified");
                }
            }
        }
    }
    // The table has cases of each.
    assert!(summaries.len() >= 12, "{summaries:?}");
}

#[tokio::test]
async fn a_verified_callback_is_settled_by_hand_without_the_layer() {
    for (used_up, expected) in [(true, 1), (false, 0)] {
        let uri = Uri::from_static("/callback?code=1&state=right");
        let callback = CallbackPaths::new("/callback")
            .read(&Method::GET, &uri)
            .unwrap();
        let (request, _body) = get("/api").into_parts();
        let callback = PendingCallback::new(request, callback.unwrap());
        let (outcome, verified) = callback.verify_with(&ByName).await.unwrap();
        assert!(outcome.is_verified());
        assert_eq!(
            verified.extensions().get(),
            Some(&Payload("of right".to_owned()))
        );
        assert_eq!(verified.settle(used_up).await.len(), expected);
    }
}

/// Dropped while the app, the verifier or the confirmation waits.
#[tokio::test]
async fn a_callback_whose_future_is_dropped_is_not_settled() {
    let settled = Arc::new(AtomicUsize::new(0));
    let verifier = verify_fn({
        let settled = settled.clone();
        move |callback: PendingCallback| {
            let settled = settled.clone();
            async move {
                if callback.state() == "waits" {
                    pending::<()>().await;
                }
                Ok(Verified::new().when_settled(move |_used_up| async move {
                    settled.fetch_add(1, Ordering::Relaxed);
                }))
            }
        }
    });
    let layer = ConnectCallbackLayer::new("/callback", verifier).confirm(
        async |success: ConnectSuccess, _: Parts| {
            if success.code() == Some("waits") {
                pending::<()>().await;
            }
            Ok(())
        },
    );
    let app = tower::service_fn(|_request| pending());
    for (query, counters) in [
        ("code=1&state=waits", vec![]),
        ("code=waits&state=s", vec![]),
        ("code=1&state=s", vec!["success"]),
        ("error=x&state=s", vec!["error"]),
    ] {
        let mut service = layer.layer(App::new(app));
        #[cfg(feature = "metrics")]
        let recorder = metrics_util::debugging::DebuggingRecorder::new();
        {
            #[cfg(feature = "metrics")]
            let _recorder = metrics::set_default_local_recorder(&recorder);
            let future = tower::Service::call(&mut service, get(&format!("/callback?{query}")));
            let mut future = tokio_test::task::spawn(future);
            assert!(future.poll().is_pending(), "{query}");
        }
        assert_eq!(settled.load(Ordering::Relaxed), 0, "{query}");
        // It is reported, if it is verified and confirmed.
        #[cfg(feature = "metrics")]
        assert_eq!(counted(recorder), counters, "{query}");
        #[cfg(not(feature = "metrics"))]
        let _ = counters;
    }
}

/// What was counted: `success`, `error`, or why a callback was rejected, as often as it was.
#[cfg(feature = "metrics")]
pub(crate) fn counted(recorder: metrics_util::debugging::DebuggingRecorder) -> Vec<String> {
    use metrics_util::debugging::DebugValue;

    let counters = recorder.snapshotter().snapshot().into_vec();
    let counted = counters.into_iter().flat_map(|(key, _, _, value)| {
        let DebugValue::Counter(count) = value else {
            panic!("{key:?} is not a counter: {value:?}")
        };
        let mut labels = key.key().labels();
        let label = labels.find(|label| ["outcome", "reason"].contains(&label.key()));
        let label = label.expect("an outcome or a reason").value().to_owned();
        std::iter::repeat_n(label, count.try_into().unwrap())
    });
    counted.collect()
}

//! Nothing that can be printed, logged or returned shows a secret of a callback.

use std::convert::Infallible;
use std::future::ready;

use http::{Method, Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::outcome::Unverified;
use tower_smartcar_connect::states::PendingCallback;
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectError, ConnectOutcome, ConnectSuccess,
    RejectedCallback, RejectionReason, Verified, verify_fn,
};

use crate::support::log::Log;

/// Part of every private value of the callbacks below, and of nothing else.
const MARK: &str = "5ecret";

/// Reads the outcome of a callback without verifying it.
fn read(uri: &str) -> Result<Option<ConnectOutcome>, RejectedCallback> {
    let (path, query) = uri.split_once('?').expect("a callback has a query");
    let outcome = ConnectOutcome::from_query(query)?;
    assert!(path.ends_with("allback"));
    Ok(outcome.map(Unverified::skip_verification))
}

/// Callbacks whose private parameters all contain the mark. Their descriptions do not, because
/// those are printed.
const CALLBACKS: [&str; 9] = [
    "/callback?code=5ecret1&state=5ecret2&user_id=5ecret3&external_id=5ecret4&virtual_key_url=https://5ecret5.example",
    "/callback?vehicle_id=5ecret1&state=5ecret2&external_id=5ecret3",
    "/callback?error=vehicle_incompatible&error_description=Sorry&vin=5ecret1&make=5ecret2&model=5ecret3&year=1987\
     &state=5ecret4&external_id=5ecret5",
    "/callback?error=configuration_error&error_description=Sorry&error_message=5ecret1&state=5ecret2",
    "/callback?code=5ecret1&code=5ecret2&state=5ecret3",
    "/callback?error=access_denied&code=5ecret1&state=5ecret2",
    "/callback?error=5ecret%0A&state=5ecret2",
    "/callback?user_id=&state=5ecret1&external_id=5ecret2",
    "/%63allback?code=5ecret1&state=5ecret2",
];

#[test]
fn outcomes_print_no_secret() {
    for uri in CALLBACKS {
        let printed = match read(uri) {
            Ok(Some(ConnectOutcome::Error(error))) => format!("{error} {error:?} {error:#?}"),
            Ok(Some(ConnectOutcome::Success(success))) => format!("{success:?} {success:#?}"),
            Ok(None) => panic!("{uri} is a callback"),
            Err(rejected) => format!("{rejected} {rejected:?} {rejected:#?}"),
        };
        assert!(!printed.contains(MARK), "{uri} prints {printed}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn outcomes_serialize_secrets_only_on_request() {
    for uri in CALLBACKS {
        let written = match read(uri) {
            Ok(Some(response)) => {
                let asked_for = serde_json::to_string(&response.with_private_fields()).unwrap();
                assert!(asked_for.contains(MARK), "{uri} has {asked_for}");
                let outcome = match &response {
                    ConnectOutcome::Error(error) => serde_json::to_string(error).unwrap(),
                    ConnectOutcome::Success(success) => serde_json::to_string(success).unwrap(),
                };
                format!("{outcome} {}", serde_json::to_string(&response).unwrap())
            }
            Ok(None) => panic!("{uri} is a callback"),
            Err(rejected) => serde_json::to_string(&rejected).unwrap(),
        };
        assert!(!written.contains(MARK), "{uri} is written as {written}");
    }
}

/// Logs everything that the layer adds to a request, like a careless app.
fn log_all(extensions: &http::Extensions) {
    if let Some(error) = extensions.get::<ConnectError>() {
        tracing::error!(?error, %error, "error");
    }
    if let Some(success) = extensions.get::<ConnectSuccess>() {
        tracing::error!(?success, "success");
    }
    if let Some(rejected) = extensions.get::<RejectedCallback>() {
        tracing::error!(?rejected, %rejected, "rejected");
    }
}

#[tokio::test]
async fn logs_counters_and_default_responses_show_no_secret() {
    #[cfg(feature = "metrics")]
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    #[cfg(feature = "metrics")]
    let _recorder_guard = metrics::set_default_local_recorder(&recorder);
    let (log, _guard) = Log::record(tracing::Level::TRACE);

    let inner = service_fn(|request: Request<String>| async move {
        log_all(request.extensions());
        Ok::<_, Infallible>(Response::new("inner".to_owned()))
    });
    let passing = ConnectCallbackLayer::new("/callback", AppVerifiesState);
    let reject = verify_fn(|_| ready(Err(RejectionReason::StateMismatch)));
    let rejecting = ConnectCallbackLayer::new("/callback", reject);
    // With a private value for the app.
    let verify = verify_fn(async |callback: PendingCallback| {
        Ok(Verified::new().with_extension(callback.state().to_owned()))
    });
    let verifying = ConnectCallbackLayer::new("/callback", verify);
    for uri in CALLBACKS {
        for method in [Method::GET, Method::POST] {
            let request = || {
                let request = Request::builder().method(&method).uri(uri);
                request.body(String::new()).expect(uri)
            };
            let Ok(passed) = passing.layer(inner).oneshot(request()).await;
            let Ok(rejected) = rejecting.layer(inner).oneshot(request()).await;
            let Ok(verified) = verifying.layer(inner).oneshot(request()).await;
            for response in [passed, rejected, verified] {
                log_all(response.extensions());
                let shown = format!("{response:?}");
                assert!(
                    !shown.contains(MARK),
                    "{method} {uri} has the response {shown}"
                );
            }
        }
    }

    let logged = log.text();
    for expected in [
        "vehicle_incompatible",
        "success",
        "rejected Connect callback",
    ] {
        assert!(
            logged.contains(expected),
            "the log has no {expected:?}: {logged}"
        );
    }
    // The layer's own events are among them.
    for outcome in ["success", "error", "rejected"] {
        let event =
            format!("tower_smartcar_connect: Smartcar Connect callback outcome=\"{outcome}\"");
        assert_eq!(
            logged.contains(&event),
            cfg!(feature = "tracing"),
            "{event}: {logged}"
        );
    }
    assert!(!logged.contains(MARK), "{logged}");

    #[cfg(feature = "metrics")]
    {
        let exposed = format!("{:?}", recorder.snapshotter().snapshot().into_vec());
        for expected in ["vehicle_incompatible", "success", "duplicate_parameter"] {
            assert!(
                exposed.contains(expected),
                "no counter has {expected:?}: {exposed}"
            );
        }
        assert!(!exposed.contains(MARK), "{exposed}");
    }
}

#[test]
fn verifiers_and_layers_print_no_secret() {
    let expected = MARK.to_owned();
    let verifier =
        verify_fn(move |callback| ready(Verified::by_comparing(&expected, callback.state())));
    let layer = ConnectCallbackLayer::new("/callback", verifier);
    let verified = Verified::new().with_extension(MARK).with_header(
        http::header::SET_COOKIE,
        http::HeaderValue::from_static("state=5ecret"),
    );
    let service = layer.layer(());
    let printed = format!("{layer:?} {service:?} {verified:?}");
    assert!(!printed.contains(MARK), "{printed}");
}

// With the fixtures of the module.
#[cfg(all(feature = "axum", feature = "state-cookie", feature = "url"))]
#[tokio::test]
async fn flows_and_their_states_print_no_secret() {
    use tower_smartcar_connect::Flow;
    use tower_smartcar_connect::paths::CallbackPaths;
    use tower_smartcar_connect::states::{FlowPayload, FlowRecord};

    use crate::start::fixtures::{States, connect_url};

    let parts = |uri: &str| Request::get(uri).body(()).unwrap().into_parts().0;
    let states = States::default();
    let url = connect_url().external_id("5ecret1").unwrap();
    let flow = Flow::to(url).payload("5ecret2");
    let starting = format!("{flow:?}");
    let started = flow
        .start(&states, parts("/connect?5ecret3"))
        .await
        .unwrap();
    let new = states.flow();
    let record = FlowRecord::from_text("2 /callback application 5ecret1 - 5ecret2 5ecret3");
    let record = record.unwrap();
    let uri = "/callback?code=5ecret1&state=5ecret2";
    let callback = CallbackPaths::new("/callback").read(&Method::GET, &uri.parse().unwrap());
    let pending = PendingCallback::new(parts(uri), callback.unwrap().unwrap());
    let verified = pending.verify(&record).unwrap();
    let payload = verified.extensions().get::<FlowPayload>();
    let printed =
        format!("{starting} {started:?} {new:?} {record:?} {pending:?} {verified:?} {payload:?}");
    for name in [
        "Flow {",
        "NewFlow",
        "FlowRecord",
        "PendingCallback",
        "Verified",
        "FlowPayload",
    ] {
        assert!(printed.contains(name), "{name}: {printed}");
    }
    for secret in [MARK, started.state()] {
        assert!(!printed.contains(secret), "{secret}: {printed}");
    }
}

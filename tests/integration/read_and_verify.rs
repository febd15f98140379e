//! `CallbackPaths::read` and `ConnectOutcome::verify`, without a service, return the same as the
//! layer.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::header::{HeaderName, HeaderValue, SET_COOKIE};
use http::{Method, Request, Response, Uri};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_smartcar_connect::{
    CallbackPaths, ConnectCallbackLayer, ConnectError, ConnectOutcome, ConnectSuccess, ErrorCode,
    InvalidCallback, InvalidCallbackKind, Verified,
};

/// The content of a request.
#[derive(Debug, PartialEq)]
enum Found {
    NoCallback,
    Outcome {
        /// `None` for a success.
        error: Option<ErrorCode>,
        description: Option<String>,
        /// The first value of a success.
        value: Option<String>,
        state: Option<String>,
        is_verified: bool,
        payload: Option<Payload>,
        headers: Vec<(HeaderName, HeaderValue)>,
    },
    Invalid {
        kind: InvalidCallbackKind,
        parameter: Option<&'static str>,
    },
}

/// The payload of the verifier.
#[derive(Clone, Debug, PartialEq)]
struct Payload(String);

impl Found {
    fn outcome(
        outcome: &ConnectOutcome,
        payload: Option<&Payload>,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Self {
        let (error, description, value) = match outcome {
            ConnectOutcome::Error(error) => (Some(error.code()), error.description(), None),
            ConnectOutcome::Success(success) => {
                let value = success
                    .code()
                    .or(success.user_id())
                    .or(success.vehicle_id());
                (None, None, value)
            }
        };
        Self::Outcome {
            error,
            description: description.map(|text| text.into_owned()),
            value: value.map(|text| text.into_owned()),
            state: outcome.state().map(|text| text.into_owned()),
            is_verified: outcome.is_verified(),
            payload: payload.cloned(),
            headers: headers.into_iter().collect(),
        }
    }

    fn invalid(invalid: &InvalidCallback) -> Self {
        Self::Invalid {
            kind: invalid.kind(),
            parameter: invalid.parameter(),
        }
    }
}

/// The verifier of the layer and of `ConnectOutcome::verify`.
fn verify(state: &str) -> Result<Verified, InvalidCallbackKind> {
    match state {
        "expired" => Err(InvalidCallbackKind::StateExpired),
        "unavailable" => Err(InvalidCallbackKind::StateStoreUnavailable),
        _ => Ok(Verified::by_comparing("the right one", state)?
            .with_extension(Payload(format!("of {state}")))
            .with_header(SET_COOKIE, HeaderValue::from_static("flow=; Max-Age=0"))),
    }
}

/// Reads a request without the layer.
fn read(paths: &CallbackPaths, method: &Method, uri: &Uri, verifies: bool) -> Found {
    let read = || -> Result<Option<(ConnectOutcome, Verified)>, InvalidCallback> {
        match paths.read(method, uri)? {
            Some(outcome) if verifies => outcome.verify(verify).map(Some),
            outcome => Ok(outcome.map(|outcome| (outcome, Verified::new()))),
        }
    };
    match read() {
        Ok(Some((outcome, verified))) => Found::outcome(
            &outcome,
            verified.extensions().get(),
            verified.headers().iter().cloned(),
        ),
        Ok(None) => Found::NoCallback,
        Err(invalid) => Found::invalid(&invalid),
    }
}

/// Sends a request through a layer to a service that returns the request's extensions.
async fn send<L, S>(layer: &L, method: &Method, uri: &Uri) -> Found
where
    L: Layer<
            tower::util::BoxCloneSyncService<Request<String>, Response<String>, Infallible>,
            Service = S,
        >,
    S: Service<Request<String>, Response = Response<String>, Error = Infallible>,
{
    let reached = Arc::new(Mutex::new(None));
    let inner = service_fn({
        let reached = reached.clone();
        move |request: Request<String>| {
            *reached.lock().unwrap() = Some(request.extensions().clone());
            std::future::ready(Ok::<_, Infallible>(Response::default()))
        }
    });
    let request = Request::builder()
        .method(method)
        .uri(uri.clone())
        .body(String::new())
        .unwrap();
    let service = layer.layer(tower::util::BoxCloneSyncService::new(inner));
    let Ok(response) = service.oneshot(request).await;
    let reached = reached.lock().unwrap().take();
    match (reached, response.extensions().get::<InvalidCallback>()) {
        (None, Some(invalid)) => Found::invalid(invalid),
        (Some(extensions), None) => {
            let error = extensions
                .get::<ConnectError>()
                .cloned()
                .map(ConnectOutcome::Error);
            let success = extensions
                .get::<ConnectSuccess>()
                .cloned()
                .map(ConnectOutcome::Success);
            match (error, success) {
                (None, None) => Found::NoCallback,
                (Some(outcome), None) | (None, Some(outcome)) => {
                    let headers = response.headers().iter();
                    let headers = headers.map(|(name, value)| (name.clone(), value.clone()));
                    Found::outcome(&outcome, extensions.get(), headers)
                }
                both => panic!("{method} {uri} has two outcomes: {both:?}"),
            }
        }
        (reached, invalid) => panic!(
            "{method} {uri}: the inner service was called: {}; {invalid:?}",
            reached.is_some()
        ),
    }
}

/// Returns each way to configure callback paths.
fn path_settings() -> [(&'static str, CallbackPaths); 6] {
    let of_a_tenant = |uri: &Uri| {
        let rest = uri.path().strip_prefix("/tenants/");
        let id = rest.and_then(|rest| rest.strip_suffix("/callback"));
        id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
    };
    [
        ("a path", CallbackPaths::from("/callback")),
        (
            "the root, and another path",
            CallbackPaths::from(["/", "/ends/"]),
        ),
        (
            "an escaped slash",
            CallbackPaths::from("/tenants/a%2Fb/callback".to_owned()),
        ),
        ("a predicate", CallbackPaths::matching(of_a_tenant)),
        (
            "a limit of the query",
            CallbackPaths::from(vec!["/callback"]).max_query_bytes(30),
        ),
        (
            "a required result",
            CallbackPaths::from(["/callback", "/"]).require_result(true),
        ),
    ]
}

/// Without `HEAD`, because the layer responds to a `HEAD` request for a callback.
const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::PUT, Method::OPTIONS];

const PATHS: [&str; 17] = [
    "/",
    "//",
    "/callback",
    "/call%62ack",
    "/callback/",
    "//callback",
    "/%2Fcallback",
    "/Callback",
    "/callback/more",
    "/ends",
    "/ends/",
    "/tenants/7/callback",
    "/tenants/a/b/callback",
    "/tenants/a%2Fb/callback",
    "/tenants/a%2fb/callback",
    "/tenants//7/callback",
    "/garage",
];

/// The first has no query.
const QUERIES: [&str; 26] = [
    "",
    "?",
    "?page=2",
    "?state=the+right+one",
    "?state=one&state=two",
    "?code=1&state=the+right+one",
    "?st%61te=the%20right%20one&user_id=a%26b",
    "?vehicle_id=1&state=the+right+one&page=2",
    "?code=1",
    "?code=1&state=",
    "?code=1&state=wrong",
    "?code=1&state=expired",
    "?code=1&state=unavailable",
    "?error=no_vehicles&state=the+right+one",
    "?error=brand+new&error_description=Why&state=the+right+one",
    "?error=oem_cancelled_login&the%20user&state=the+right+one",
    "?error=no_vehicles",
    "?error=no_vehicles&state=wrong",
    "?code=",
    "?error=",
    "?error=%1b%5B2J&state=the+right+one",
    "?code=1&code=2",
    "?code=1&state=one&state=the+right+one",
    "?error=access_denied&code=1&state=the+right+one",
    "?error=access_denied&user_id=&state=the+right+one",
    "?Code=1",
];

#[tokio::test]
async fn read_and_verify_agree_with_the_layer() {
    let (mut outcomes, mut invalid, mut others) = (0, 0, 0);
    for (name, paths) in path_settings() {
        let layer = || ConnectCallbackLayer::new(paths.clone()).response_headers(false);
        let verifying = layer().verify_state(|_request, state| verify(state));
        let passing = layer().app_verifies_state();
        for path in PATHS {
            for query in QUERIES {
                let uri: Uri = format!("{path}{query}").parse().unwrap();
                for method in METHODS {
                    let case = format!("{method} {uri} with {name}");
                    let found = send(&verifying, &method, &uri).await;
                    assert_eq!(read(&paths, &method, &uri, true), found, "{case}, verified");
                    match found {
                        Found::Outcome { is_verified, .. } => {
                            assert!(is_verified, "{case}");
                            outcomes += 1;
                        }
                        Found::Invalid { .. } => invalid += 1,
                        Found::NoCallback => others += 1,
                    }
                    let found = send(&passing, &method, &uri).await;
                    assert_eq!(
                        read(&paths, &method, &uri, false),
                        found,
                        "{case}, not verified"
                    );
                }
            }
        }
    }
    // The table has enough cases of each.
    assert!(
        outcomes > 50 && invalid > 500 && others > 500,
        "{outcomes}, {invalid}, {others}"
    );
}

#[tokio::test]
async fn read_and_verify_return_the_expected_outcomes() {
    let paths = CallbackPaths::from("/callback");
    let found =
        |method: Method, uri: &'static str| read(&paths, &method, &Uri::from_static(uri), true);
    let invalid = |kind, parameter| Found::Invalid { kind, parameter };
    assert_eq!(found(Method::POST, "/callback?page=2"), Found::NoCallback);
    assert_eq!(
        found(Method::GET, "/garage?code=1&code=2"),
        Found::NoCallback
    );
    assert_eq!(
        found(Method::GET, "/callback?code=c&state=the+right+one"),
        Found::Outcome {
            error: None,
            description: None,
            value: Some("c".to_owned()),
            state: Some("the right one".to_owned()),
            is_verified: true,
            payload: Some(Payload("of the right one".to_owned())),
            headers: vec![(SET_COOKIE, HeaderValue::from_static("flow=; Max-Age=0"))],
        }
    );
    for (method, uri, kind, parameter) in [
        (
            Method::GET,
            "/callback?code=c",
            InvalidCallbackKind::StateMissing,
            None,
        ),
        (
            Method::GET,
            "/callback?code=c&state=expired",
            InvalidCallbackKind::StateExpired,
            None,
        ),
        (
            Method::GET,
            "/callback?code=1&code=2",
            InvalidCallbackKind::DuplicateParameter,
            Some("code"),
        ),
        (
            Method::POST,
            "/callback?code=c&state=the+right+one",
            InvalidCallbackKind::UnexpectedMethod,
            None,
        ),
        (
            Method::GET,
            "/callback/?code=c&state=the+right+one",
            InvalidCallbackKind::NonCanonicalPath,
            None,
        ),
    ] {
        assert_eq!(found(method, uri), invalid(kind, parameter), "{uri}");
    }
}

#[test]
fn the_verifier_is_not_called_without_a_state() {
    for query in ["code=1", "code=1&state", "error=access_denied&state="] {
        let outcome = ConnectOutcome::from_query(query).unwrap().expect(query);
        let invalid = outcome
            .verify(|_state| panic!("asked about {query}"))
            .unwrap_err();
        assert_eq!(invalid.kind(), InvalidCallbackKind::StateMissing, "{query}");
    }
}

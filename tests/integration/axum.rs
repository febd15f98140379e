//! The layer around axum routes: extractors, responses, and functions with extractors.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{Request, StatusCode};
use tower::ServiceExt;
use tower_smartcar_connect::extract::{self, OutcomeRejection};
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectError, ConnectFailure, ConnectOutcome,
    ConnectSuccess, ErrorCode, RejectedCallback, RejectionReason,
};

use crate::support::rejections::{self, ByName};

/// Sends a request, and returns the response with its body.
async fn send(app: &Router, target: &str) -> http::Response<String> {
    let request = Request::get(target).body(Body::empty()).unwrap();
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    http::Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
}

async fn assert_sends(app: &Router, target: &str, expected: (u16, &str), case: &str) {
    let response = send(app, target).await;
    let found = (response.status().as_u16(), &**response.body());
    assert_eq!(found, expected, "{target} {case}");
}

const VISIT: &str = "page=2&state=s-1";
const SUCCESS: &str = "code=c-1&state=s-1";
const ERROR: &str = "error=no_vehicles&state=s-1";

/// The response to every rejection that is not about the flow.
const REJECTED: (u16, &str) = (
    400,
    "This page can’t be opened directly. Go back to the app to connect your car.",
);
const FAILED: (u16, &str) = (422, "We couldn’t find a car in that account.");
const NONE: (u16, &str) = (200, "none");
const SUCCEEDED: (u16, &str) = (200, "success c-1");
const NO_VEHICLES: (u16, &str) = (200, "error no_vehicles");

/// The response of each route behind a layer to a visit, a success and an error.
const ROUTES: [(&str, [(u16, &str); 3]); 6] = [
    ("/outcome", [REJECTED, SUCCEEDED, NO_VEHICLES]),
    ("/success", [REJECTED, SUCCEEDED, FAILED]),
    ("/error", [REJECTED, REJECTED, NO_VEHICLES]),
    ("/outcome-if-any", [NONE, SUCCEEDED, NO_VEHICLES]),
    ("/success-if-any", [NONE, SUCCEEDED, FAILED]),
    ("/error-if-any", [NONE, NONE, NO_VEHICLES]),
];

fn describe(outcome: ConnectOutcome) -> String {
    match outcome {
        ConnectOutcome::Success(success) => format!("success {}", success.code().unwrap()),
        ConnectOutcome::Error(error) => format!("error {}", error.code()),
    }
}

/// Returns a route for each extractor.
fn routes() -> Router {
    async fn if_any<T>(outcome: Option<T>, into: fn(T) -> ConnectOutcome) -> String {
        outcome.map_or_else(|| "none".to_owned(), |outcome| describe(into(outcome)))
    }
    use ConnectOutcome::{Error, Success};
    Router::new()
        .route(
            "/outcome",
            get(async |outcome: ConnectOutcome| describe(outcome)),
        )
        .route(
            "/success",
            get(async |success: ConnectSuccess| describe(Success(success))),
        )
        .route(
            "/error",
            get(async |error: ConnectError| describe(Error(error))),
        )
        .route(
            "/outcome-if-any",
            get(async |outcome| if_any(outcome, |outcome| outcome).await),
        )
        .route(
            "/success-if-any",
            get(async |success| if_any(success, Success).await),
        )
        .route(
            "/error-if-any",
            get(async |error| if_any(error, Error).await),
        )
}

/// Returns a layer for all routes below a prefix.
fn layer(prefix: &str) -> ConnectCallbackLayer<AppVerifiesState> {
    let paths = ROUTES.map(|(route, _)| format!("{prefix}{route}"));
    ConnectCallbackLayer::new(paths, AppVerifiesState).allow_visits()
}

#[tokio::test]
async fn each_extractor_accepts_its_outcome_and_rejects_others() {
    let nested = |router| Router::new().nest("/api", router);
    let stripped = layer("/api").stripped_prefix("/api");
    for (app, prefix, case) in [
        (routes().layer(layer("")), "", "plain"),
        (
            nested(routes().layer(layer(""))),
            "/api",
            "in a nested router",
        ),
        (
            nested(routes().layer(stripped)),
            "/api",
            "in a nested router, with its prefix",
        ),
        (
            nested(routes()).layer(layer("/api")),
            "/api",
            "around a nested router",
        ),
        (
            Router::new().merge(routes()).layer(layer("")),
            "",
            "around a merged router",
        ),
    ] {
        for (route, expected) in ROUTES {
            for (query, expected) in [VISIT, SUCCESS, ERROR].into_iter().zip(expected) {
                assert_sends(&app, &format!("{prefix}{route}?{query}"), expected, case).await;
            }
        }
    }
}

#[tokio::test]
async fn every_extractor_rejects_a_callback_without_a_layer() {
    let other = ConnectCallbackLayer::new("/other", AppVerifiesState);
    let full_path = Router::new().nest("/api", routes().layer(layer("/api")));
    for (app, prefix, case) in [
        (routes(), "", "without a layer"),
        (routes().layer(other), "", "with a layer for another path"),
        (
            full_path,
            "/api",
            "with the path before a prefix is stripped",
        ),
    ] {
        for (route, [visit, ..]) in ROUTES {
            assert_sends(&app, &format!("{prefix}{route}?{VISIT}"), visit, case).await;
            let many = format!("{prefix}{route}?{}", "a=1&".repeat(300));
            assert_sends(&app, &many, visit, case).await;
            for query in [
                SUCCESS,
                ERROR,
                "error=hostile_news&error_description=hostile",
                // Rejected callbacks, which no layer has rejected either.
                "code=&state=s-1",
                "code=hostile&code=c-1",
                "error=no_vehicles&code=hostile",
                "error=%22hostile%22",
                "%63ode=hostile",
            ] {
                assert_sends(&app, &format!("{prefix}{route}?{query}"), REJECTED, case).await;
            }
        }
    }
}

/// Anybody can make a link that a predicate excludes.
#[tokio::test]
async fn an_extractor_takes_no_outcome_from_a_request_that_a_predicate_excludes() {
    let paths = CallbackPaths::matching(|uri| uri.query() != Some("code=google"));
    let layer = ConnectCallbackLayer::new(paths, AppVerifiesState);
    let app = Router::new()
        .fallback(get(async |_: ConnectSuccess| "connected"))
        .layer(layer);
    assert_eq!(send(&app, "/callback?code=c-1").await.body(), "connected");
    let excluded = send(&app, "/callback?code=google").await;
    assert_eq!(excluded.status(), StatusCode::BAD_REQUEST);
    assert!(excluded.extensions().get::<RejectedCallback>().is_none());
}

#[tokio::test]
async fn a_failed_flow_is_rejected_with_the_owners_message_and_a_422() {
    let app = routes().layer(layer(""));
    let codes = ErrorCode::ALL.iter().map(|code| code.as_str());
    for code in codes.chain(["oem_on_holiday"]) {
        let message = ErrorCode::from(code).suggested_user_message();
        assert_sends(&app, &format!("/success?error={code}"), (422, message), "").await;
    }
}

#[tokio::test]
async fn rejections_can_be_matched_and_say_what_to_change() {
    async fn rejection<T: FromRequestParts<(), Rejection = OutcomeRejection>>(
        result: Result<T, OutcomeRejection>,
    ) -> String {
        match result {
            Ok(_) => "extracted".to_owned(),
            Err(rejection) => format!("{rejection:?}: {rejection}"),
        }
    }
    let paths = ["/success", "/error"];
    let app = Router::new()
        .route("/success", get(rejection::<ConnectSuccess>))
        .route("/error", get(rejection::<ConnectError>))
        .layer(ConnectCallbackLayer::new(paths, AppVerifiesState).allow_visits())
        .route("/outside", get(rejection::<ConnectSuccess>));
    for (target, expected) in [
        ("/success?code=c-1", &["extracted"][..]),
        (
            "/success",
            &["NoCallback", "is not a Smartcar Connect callback"],
        ),
        (
            "/success?error=access_denied",
            &["FlowFailed(AccessDenied)", "(`access_denied`)"],
        ),
        (
            "/success?error=hostile",
            &["FlowFailed(Unknown)", "(`unknown`)"],
        ),
        (
            "/error?code=c-1",
            &["FlowSucceeded", "`Option<ConnectError>`"],
        ),
        (
            "/outside?code=c-1",
            &[
                "LayerMissing",
                "`ConnectCallbackLayer`",
                "`stripped_prefix`",
            ],
        ),
        ("/outside", &["NoCallback"]),
    ] {
        let body = send(&app, target).await.into_body();
        assert!(!body.contains("hostile"), "{target}: {body}");
        for part in expected {
            let part = part.trim_matches('`');
            assert!(body.contains(part), "{target}, {part}: {body}");
        }
    }
}

#[tokio::test]
async fn rejections_are_plain_text_are_not_cached_and_reflect_nothing() {
    let hostile = "error=hostile&error_description=%3Cscript%3Ehostile%3C/script%3E&state=hostile";
    let bare = || routes().layer(layer("").omit_privacy_headers());
    async fn rejected(rejected: RejectedCallback) -> Response {
        rejected.into_response()
    }
    let responding = |failure: ConnectFailure| async move {
        match failure {
            ConnectFailure::Rejected(reason) => rejected(reason).await,
            ConnectFailure::Error(error) => panic!("{error}"),
        }
    };
    let handled = bare().layer(
        ConnectCallbackLayer::new("/error", ByName)
            .omit_privacy_headers()
            .on_failure(extract::handler((), responding)),
    );
    for (case, app, target) in [
        ("layer missing", routes(), format!("/success?{hostile}")),
        ("no callback", bare(), "/success?page=hostile".to_owned()),
        ("flow failed", bare(), format!("/success?{hostile}")),
        ("flow succeeded", bare(), "/error?code=hostile".to_owned()),
        (
            "rejected callback",
            handled,
            "/error?code=hostile&state=hostile".to_owned(),
        ),
    ] {
        let response = send(&app, &target).await;
        assert!(response.status().is_client_error(), "{case}");
        for (header, expected) in [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CACHE_CONTROL, "no-store"),
        ] {
            let values: Vec<_> = response.headers().get_all(&header).iter().collect();
            assert_eq!(values, [expected], "{case} {header}");
        }
        let shown = format!("{response:?}");
        assert!(!shown.contains("hostile"), "{case}: {shown}");
    }
}

/// The state of a router.
#[derive(Clone)]
struct App(&'static str);

/// An extractor that rejects requests whose query contains `unauthorized`.
struct LoggedIn;

impl<S: Send + Sync> FromRequestParts<S> for LoggedIn {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, StatusCode> {
        if parts
            .uri
            .query()
            .unwrap_or_default()
            .contains("unauthorized")
        {
            Err(StatusCode::UNAUTHORIZED)
        } else {
            Ok(Self)
        }
    }
}

#[tokio::test]
async fn handlers_and_confirmations_take_extractors() {
    async fn failure(failure: ConnectFailure, State(app): State<App>, _: LoggedIn) -> String {
        format!("{} {}", app.0, failure.as_str())
    }
    #[expect(clippy::too_many_arguments, reason = "all that a function can take")]
    async fn success(
        _success: ConnectSuccess,
        Extension(payload): Extension<rejections::Payload>,
        Extension(connection): Extension<rejections::Connection>,
        _: LoggedIn,
        app: State<App>,
        _: http::Method,
        _: http::Uri,
        _: http::Version,
        _: http::HeaderMap,
    ) -> (StatusCode, String) {
        (
            StatusCode::CREATED,
            format!("{} {} {}", app.0.0, payload.0, connection.0),
        )
    }
    async fn confirm(
        success: ConnectSuccess,
        State(app): State<App>,
        extension: Option<Extension<rejections::Payload>>,
        _: LoggedIn,
    ) -> Result<rejections::Connection, RejectionReason> {
        assert!(extension.is_some());
        match success.vehicle_id() {
            Some("other") => Err(RejectionReason::NotConfirmed),
            vehicle_id => Ok(rejections::Connection(format!(
                "{vehicle_id:?} of {}",
                app.0
            ))),
        }
    }
    let confirming = ConnectCallbackLayer::new("/callback", ByName)
        .confirm(extract::confirm(App("api"), confirm))
        .on_failure(extract::handler(App("app"), failure));
    let handled = confirming
        .clone()
        .on_success(extract::handler(App("app"), success));
    let route =
        async |_: ConnectSuccess, connection: Extension<rejections::Connection>| connection.0.0;
    let silent = ConnectCallbackLayer::new("/callback", ByName)
        .confirm(extract::confirm(App("api"), confirm));
    let routed = Router::new()
        .route("/callback", get(route))
        .layer(confirming);
    let handled = Router::new().fallback(async || "fallback").layer(handled);
    let silent = Router::new().fallback(async || "fallback").layer(silent);
    let (right, wrong) = (
        "code=1&vehicle_id=v&state=right",
        "vehicle_id=other&state=right",
    );
    for (app, query, expected) in [
        (&routed, right, (200, "Some(\"v\") of api")),
        (&handled, right, (201, "app of right Some(\"v\") of api")),
        (&handled, wrong, (200, "app not_confirmed")),
        (&handled, "error=x&state=right", (200, "app unknown")),
        (&handled, "code=1", (200, "app state_missing")),
        // An extractor rejects the request.
        (&handled, "error=x&state=right&unauthorized", (401, "")),
        (&silent, "code=1&state=right&unauthorized", (503, "")),
    ] {
        assert_sends(app, &format!("/callback?{query}"), expected, "").await;
    }
}

#[cfg(feature = "state-cookie")]
mod flows {
    use axum::response::Redirect;
    use axum::routing::post;
    use http::header::{COOKIE, LOCATION, SET_COOKIE};
    use tower_smartcar_connect::start::StartedFlow;
    use tower_smartcar_connect::states::{FlowPayload, Key, NotStarted};
    use tower_smartcar_connect::{ConnectUrl, Flow, StartConnect, StateCookie};

    use super::*;

    fn base() -> ConnectUrl {
        ConnectUrl::new("app-1", "https://example.com/callback").unwrap()
    }

    #[tokio::test]
    async fn a_flow_takes_extractors() {
        async fn flow(base: ConnectUrl, app: State<App>, _: LoggedIn) -> Result<Flow, StatusCode> {
            let url = base
                .external_id(app.0.0)
                .map_err(|_| StatusCode::IM_A_TEAPOT)?;
            Ok(Flow::to(url).payload("payload"))
        }
        for (external_id, query, expected) in [
            ("owner-7", "", StatusCode::SEE_OTHER),
            ("owner-7", "?unauthorized", StatusCode::UNAUTHORIZED),
            ("", "", StatusCode::IM_A_TEAPOT),
        ] {
            let start = StartConnect::new(base(), StateCookie::new(Key::generate()))
                .flow(extract::flow(App(external_id), flow));
            let app: Router = Router::new().route_service("/connect", start);
            let request = Request::post(format!("/connect{query}")).body(Body::empty());
            let response = app.oneshot(request.unwrap()).await.unwrap();
            assert_eq!(response.status(), expected, "{external_id:?} {query}");
            let location = response.headers().get(LOCATION);
            let location = location.map(|location| location.to_str().unwrap());
            let has_id = location.is_some_and(|it| it.contains("external_id=owner-7"));
            assert_eq!(has_id, expected == StatusCode::SEE_OTHER, "{location:?}");
        }
    }

    #[tokio::test]
    async fn a_started_flow_is_a_part_of_a_response_and_its_payload_is_extracted() {
        async fn connect(
            State(states): State<StateCookie>,
            request: Request<Body>,
        ) -> Result<(StartedFlow, Redirect), NotStarted> {
            let (request, _body) = request.into_parts();
            let payload = request.uri.query().unwrap_or_default();
            let started = Flow::to(base())
                .payload(payload)
                .start(&states, request)
                .await?;
            let callback = format!("/callback?code=1&state={}", started.state());
            Ok((started, Redirect::to(&callback)))
        }
        async fn if_any(payload: Option<FlowPayload>) -> String {
            payload.map_or_else(|| "none".to_owned(), |payload| payload.as_str().to_owned())
        }
        let states = StateCookie::new(Key::generate());
        let layer = || ConnectCallbackLayer::new(&base(), states.clone());
        let payload = get(async |payload: FlowPayload| payload.as_str().to_owned());
        // Without a callback, there is no flow that could have lost its payload.
        let rejected = get(async |payload: Result<FlowPayload, OutcomeRejection>| {
            format!("{:?}", payload.unwrap_err())
        });
        let visited: Router = Router::new().fallback(rejected);
        assert_sends(&visited, "/", (200, "NoCallback"), "a visit").await;
        assert_sends(&visited, "/?code=1", (200, "LayerMissing"), "no layer").await;

        let callbacks = [
            Router::new().route("/callback", payload).layer(layer()),
            Router::new().route("/callback", get(if_any)).layer(layer()),
        ];
        for (callback, query, expected) in [
            (&callbacks[0], "?page-7", (200, "page-7")),
            (&callbacks[1], "?page-7", (200, "page-7")),
            (&callbacks[0], "", REJECTED),
            (&callbacks[1], "", NONE),
        ] {
            let connect = Router::new()
                .route("/connect", post(connect))
                .with_state(states.clone());
            let request = Request::post(format!("/connect{query}")).body(Body::empty());
            let started = connect.oneshot(request.unwrap()).await.unwrap();
            let cookie = started.headers()[SET_COOKIE].to_str().unwrap();
            let request = Request::get(started.headers()[LOCATION].to_str().unwrap())
                .header(COOKIE, cookie.split(';').next().unwrap());
            let request = request.body(Body::empty()).unwrap();
            let response = callback.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            assert_eq!(
                (status, std::str::from_utf8(&body).unwrap()),
                expected,
                "{query}"
            );
        }
    }
}

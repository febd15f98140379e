//! Outcomes as arguments of axum handlers.

use axum::Router;
use axum::extract::OriginalUri;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use hyper::body::Bytes;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectOutcome, ConnectRejection, ConnectSuccess, ErrorCode,
};

use crate::support::client::{Client, listen};

/// Every route of [`routes`].
const ROUTES: [&str; 6] = [
    "/response",
    "/success",
    "/error",
    "/response-if-any",
    "/success-if-any",
    "/error-if-any",
];

const VISIT: &str = "page=2&state=s-1";
const SUCCESS: &str = "code=c-1&state=s-1";
const ERROR: &str = "error=no_vehicles&state=s-1";

/// The response to every rejection that is not about the flow.
const REJECTED: (u16, &str) = (
    400,
    "This page can’t be opened directly. Go back to the app to connect your car.",
);
const FAILED: (u16, &str) = (422, "There’s no car in your account with the car maker.");

/// The response of each route behind a layer to a visit, a success and an error.
const BEHIND_A_LAYER: [(&str, [(u16, &str); 3]); 6] = [
    (
        "/response",
        [REJECTED, (200, "success c-1"), (200, "error no_vehicles")],
    ),
    ("/success", [REJECTED, (200, "success c-1"), FAILED]),
    ("/error", [REJECTED, REJECTED, (200, "error no_vehicles")]),
    (
        "/response-if-any",
        [
            (200, "none"),
            (200, "success c-1"),
            (200, "error no_vehicles"),
        ],
    ),
    (
        "/success-if-any",
        [(200, "none"), (200, "success c-1"), FAILED],
    ),
    (
        "/error-if-any",
        [(200, "none"), (200, "none"), (200, "error no_vehicles")],
    ),
];

fn success(success: ConnectSuccess) -> String {
    format!("success {}", success.code().unwrap_or_default())
}

fn error(error: ConnectError) -> String {
    format!("error {}", error.code())
}

fn response(response: ConnectOutcome) -> String {
    match response {
        ConnectOutcome::Success(outcome) => success(outcome),
        ConnectOutcome::Error(outcome) => error(outcome),
    }
}

fn describe_optional<T>(outcome: Option<T>, text: fn(T) -> String) -> String {
    outcome.map_or_else(|| "none".to_owned(), text)
}

/// Returns a route for each extractor.
fn routes() -> Router {
    Router::new()
        .route(
            "/response",
            get(async |outcome: ConnectOutcome| response(outcome)),
        )
        .route(
            "/success",
            get(async |outcome: ConnectSuccess| success(outcome)),
        )
        .route("/error", get(async |outcome: ConnectError| error(outcome)))
        .route(
            "/response-if-any",
            get(async |outcome: Option<ConnectOutcome>| describe_optional(outcome, response)),
        )
        .route(
            "/success-if-any",
            get(async |outcome: Option<ConnectSuccess>| describe_optional(outcome, success)),
        )
        .route(
            "/error-if-any",
            get(async |outcome: Option<ConnectError>| describe_optional(outcome, error)),
        )
}

/// Serves the app, and returns a client for each version of HTTP.
async fn serve(app: Router) -> [Client; 2] {
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Client::of_each_version(address)
}

fn status_and_body(response: &http::Response<Bytes>) -> (u16, &str) {
    let text = std::str::from_utf8(response.body()).unwrap();
    (response.status().as_u16(), text)
}

/// Asserts the responses of every route below `prefix` behind a layer.
async fn assert_behind_a_layer(app: Router, prefix: &str) {
    for client in serve(app).await {
        for (route, expected) in BEHIND_A_LAYER {
            for (query, expected) in [VISIT, SUCCESS, ERROR].into_iter().zip(expected) {
                let target = format!("{prefix}{route}?{query}");
                let response = client.get(&target).await;
                assert_eq!(status_and_body(&response), expected, "{client} {target}");
            }
        }
    }
}

#[tokio::test]
async fn each_extractor_accepts_its_outcome_and_rejects_others() {
    assert_behind_a_layer(
        routes().layer(ConnectCallbackLayer::new(ROUTES).app_verifies_state()),
        "",
    )
    .await;
}

#[tokio::test]
async fn extractors_work_in_a_nested_router() {
    let inside = routes().layer(ConnectCallbackLayer::new(ROUTES).app_verifies_state());
    assert_behind_a_layer(Router::new().nest("/api", inside), "/api").await;

    let in_full = ROUTES.map(|route| format!("/api{route}"));
    let layer = ConnectCallbackLayer::new(in_full.clone())
        .app_verifies_state()
        .match_original_uri(|extensions| {
            extensions.get::<OriginalUri>().map(|original| &original.0)
        });
    let inside = routes().layer(layer);
    assert_behind_a_layer(Router::new().nest("/api", inside), "/api").await;

    let outside = Router::new()
        .nest("/api", routes())
        .layer(ConnectCallbackLayer::new(in_full).app_verifies_state());
    assert_behind_a_layer(outside, "/api").await;
}

#[tokio::test]
async fn every_extractor_rejects_a_callback_without_a_layer() {
    let unread = [
        SUCCESS,
        ERROR,
        "error=hostile_news&error_description=hostile",
        // Invalid callbacks, which no layer has rejected either.
        "code=&state=s-1",
        "code=hostile&code=c-1",
        "error=no_vehicles&code=hostile",
        "error=%22hostile%22",
        "%63ode=hostile",
    ];
    let apps = [
        ("no layer", routes()),
        (
            "a layer for another path",
            routes().layer(ConnectCallbackLayer::new("/other").app_verifies_state()),
        ),
    ];
    for (case, app) in apps {
        for client in serve(app).await {
            for (route, [visit, ..]) in BEHIND_A_LAYER {
                let response = client.get(&format!("{route}?{VISIT}")).await;
                assert_eq!(status_and_body(&response), visit, "{case} {client} {route}");
                for query in unread {
                    let response = client.get(&format!("{route}?{query}")).await;
                    assert_eq!(
                        status_and_body(&response),
                        REJECTED,
                        "{case} {client} {route}?{query}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn many_parameters_without_an_outcome_are_not_a_callback() {
    let many = "a=1&".repeat(300);
    for client in serve(routes()).await {
        for (route, [visit, ..]) in BEHIND_A_LAYER {
            let response = client.get(&format!("{route}?{many}")).await;
            assert_eq!(status_and_body(&response), visit, "{client} {route}");
        }
    }
}

#[tokio::test]
async fn behind_an_error_handler_extractors_get_only_successes() {
    let handler = async |error: ConnectError, _request: Parts| {
        (StatusCode::IM_A_TEAPOT, format!("handler {}", error.code())).into_response()
    };
    let app = routes().layer(
        ConnectCallbackLayer::new(ROUTES)
            .app_verifies_state()
            .on_error(handler),
    );
    for client in serve(app).await {
        for (route, [visit, success, _]) in BEHIND_A_LAYER {
            let expected = [
                (VISIT, visit),
                (SUCCESS, success),
                (ERROR, (418, "handler no_vehicles")),
            ];
            for (query, expected) in expected {
                let response = client.get(&format!("{route}?{query}")).await;
                assert_eq!(
                    status_and_body(&response),
                    expected,
                    "{client} {route}?{query}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_failed_flow_is_rejected_with_the_owners_message_and_a_422() {
    let app = routes().layer(ConnectCallbackLayer::new("/success").app_verifies_state());
    let codes = ErrorCode::ALL.iter().map(|code| code.as_str());
    for client in serve(app).await {
        for error in codes.clone().chain(["oem_on_holiday"]) {
            let response = client.get(&format!("/success?error={error}")).await;
            let code: ErrorCode = error.parse().unwrap();
            let expected = (422, code.suggested_user_message());
            assert_eq!(status_and_body(&response), expected, "{client} {error}");
        }
    }
}

#[test]
fn a_rejection_says_what_to_change() {
    for (rejection, advice) in [
        (
            ConnectRejection::LayerMissing,
            "add a `ConnectCallbackLayer`",
        ),
        (
            ConnectRejection::NoCallback,
            "not a Smartcar Connect callback",
        ),
        (
            ConnectRejection::FlowFailed(ErrorCode::NoVehicles),
            "(`no_vehicles`)",
        ),
        (ConnectRejection::FlowSucceeded, "`Option<ConnectError>`"),
        (
            ConnectRejection::NoPayload,
            "issue its state with a payload",
        ),
    ] {
        assert!(
            rejection.to_string().contains(advice),
            "{rejection:?}: {rejection}"
        );
    }
}

#[tokio::test]
async fn rejections_are_plain_text_are_not_cached_and_reflect_nothing() {
    let hostile = "error=hostile&error_description=%3Cscript%3Ehostile%3C/script%3E&state=hostile";
    let cases = [
        ("layer missing", routes(), format!("/success?{hostile}")),
        ("no callback", routes(), "/success?page=hostile".to_owned()),
        (
            "flow failed",
            // Without the headers that the layer adds.
            routes().layer(
                ConnectCallbackLayer::new(ROUTES)
                    .app_verifies_state()
                    .response_headers(false),
            ),
            format!("/success?{hostile}"),
        ),
        (
            "flow succeeded",
            routes().layer(
                ConnectCallbackLayer::new(ROUTES)
                    .app_verifies_state()
                    .response_headers(false),
            ),
            "/error?code=hostile".to_owned(),
        ),
    ];
    for (case, app, target) in cases {
        for client in serve(app).await {
            let response = client.get(&target).await;
            assert!(!response.status().is_success(), "{client} {case}");
            for (header, expected) in [
                (CONTENT_TYPE, "text/plain; charset=utf-8"),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (CACHE_CONTROL, "no-store"),
            ] {
                let values: Vec<_> = response.headers().get_all(&header).iter().collect();
                assert_eq!(values, [expected], "{client} {case} {header}");
            }
            let shown = format!("{response:?}");
            assert!(!shown.contains("hostile"), "{client} {case}: {shown}");
        }
    }
}

#[tokio::test]
async fn a_handler_can_match_on_rejections_and_log_them() {
    async fn success(result: Result<ConnectSuccess, ConnectRejection>) -> String {
        result.map_or_else(|rejection| describe(&rejection), |_| "success".to_owned())
    }
    async fn error(result: Result<ConnectError, ConnectRejection>) -> String {
        result.map_or_else(|rejection| describe(&rejection), |_| "error".to_owned())
    }
    fn describe(rejection: &ConnectRejection) -> String {
        match rejection {
            ConnectRejection::LayerMissing => "layer missing".to_owned(),
            ConnectRejection::NoCallback => "no callback".to_owned(),
            ConnectRejection::FlowFailed(code) => format!("{code:?}: {rejection}"),
            ConnectRejection::FlowSucceeded => "flow succeeded".to_owned(),
            other => panic!("{other:?}"),
        }
    }

    let app = Router::new()
        .route("/success", get(success))
        .route("/error", get(error))
        .layer(ConnectCallbackLayer::new(["/success", "/error"]).app_verifies_state())
        .route("/outside", get(success));
    for client in serve(app).await {
        for (target, expected) in [
            ("/success?code=c-1", "success"),
            ("/success", "no callback"),
            (
                "/success?error=access_denied",
                "AccessDenied: this Smartcar Connect flow did not succeed (`access_denied`)",
            ),
            (
                "/success?error=hostile",
                "Unknown: this Smartcar Connect flow did not succeed (`unknown`)",
            ),
            ("/error?error=access_denied", "error"),
            ("/error", "no callback"),
            ("/error?code=c-1", "flow succeeded"),
            ("/outside?code=c-1", "layer missing"),
            ("/outside", "no callback"),
        ] {
            let response = client.get(target).await;
            assert_eq!(
                status_and_body(&response),
                (200, expected),
                "{client} {target}"
            );
        }
    }
}

#[tokio::test]
async fn an_extracted_outcome_is_verified_if_the_layer_has_verified_it() {
    async fn is_verified(response: ConnectOutcome) -> String {
        match response {
            ConnectOutcome::Success(success) => success.is_verified().to_string(),
            ConnectOutcome::Error(error) => error.is_verified().to_string(),
        }
    }

    let app = Router::new().route("/callback", get(is_verified)).layer(
        ConnectCallbackLayer::new("/callback")
            .verify_state(|_request, state| state == "s-1")
            .errors_without_state(true),
    );
    for client in serve(app).await {
        for (query, expected) in [
            (SUCCESS, (200, "true")),
            (ERROR, (200, "true")),
            ("error=no_vehicles", (200, "false")),
            ("code=c-1&state=s-2", (400, "")),
        ] {
            let response = client.get(&format!("/callback?{query}")).await;
            assert_eq!(status_and_body(&response), expected, "{client} {query}");
        }
    }
}

#[tokio::test]
async fn a_long_query_without_an_outcome_is_not_a_callback_within_the_limit() {
    let app = routes().layer(
        ConnectCallbackLayer::new(ROUTES)
            .app_verifies_state()
            .max_query_bytes(20_000),
    );
    let page = "2".repeat(10_000);
    for client in serve(app).await {
        for (route, [visit, ..]) in BEHIND_A_LAYER {
            let response = client.get(&format!("{route}?page={page}")).await;
            assert_eq!(status_and_body(&response), visit, "{client} {route}");
        }
    }
}

#[cfg(feature = "state-cookie")]
mod state_cookie {
    use axum::response::Redirect;
    use axum::routing::post;
    use http::HeaderMap;
    use http::header::{COOKIE, LOCATION, SET_COOKIE};
    use tower_smartcar_connect::StateCookie;
    use tower_smartcar_connect::state_cookie::{IssueError, IssuedState, Key, StatePayload};

    use super::*;

    /// Starts a flow with the payload of the request.
    async fn connect(
        axum::extract::State(cookie): axum::extract::State<StateCookie>,
        headers: HeaderMap,
        payload: String,
    ) -> Result<(IssuedState, Redirect), IssueError> {
        let issued = cookie.issue(&headers, "/callback", &payload)?;
        let target = format!("/callback?code=1&state={}", issued.state());
        Ok((issued, Redirect::to(&target)))
    }

    #[test]
    fn an_array_of_headers_replaces_the_cookie_unless_the_state_is_last() {
        let issued = StateCookie::new(Key::generate())
            .issue(&HeaderMap::new(), "/callback", "")
            .unwrap();
        let other = [(SET_COOKIE, "theme=dark")];
        let lost = (issued.clone(), other.clone(), ()).into_response();
        let kept = (other, issued, ()).into_response();
        let set = |response: axum::response::Response| {
            let values = response.headers().get_all(SET_COOKIE).iter();
            let values = values.map(|value| value.to_str().unwrap().to_owned());
            values.collect::<Vec<_>>()
        };
        assert_eq!(set(lost), ["theme=dark"]);
        let kept = set(kept);
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert!(kept[1].starts_with("__Host-smartcar-connect-"), "{kept:?}");
    }

    #[test]
    fn verified_is_a_part_of_a_response() {
        let verified = tower_smartcar_connect::Verified::new().with_header(
            SET_COOKIE,
            http::HeaderValue::from_static("flow=; Max-Age=0"),
        );
        let theme = [(SET_COOKIE, "theme=dark")];
        let response = (theme, verified, StatusCode::NO_CONTENT).into_response();
        let values: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
        assert_eq!(values, ["theme=dark", "flow=; Max-Age=0"]);
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }

    async fn payload(payload: StatePayload) -> String {
        payload.as_str().to_owned()
    }

    async fn payload_if_any(payload: Option<StatePayload>) -> String {
        payload.map_or_else(|| "none".to_owned(), |payload| payload.as_str().to_owned())
    }

    #[tokio::test]
    async fn an_issued_state_is_a_response_part_and_its_payload_is_extracted() {
        for (issued, is_optional, expected) in [
            ("user-7", false, (200, "user-7")),
            ("user-7", true, (200, "user-7")),
            ("", false, REJECTED),
            ("", true, (200, "none")),
        ] {
            let cookie = StateCookie::new(Key::generate());
            let callback = if is_optional {
                get(payload_if_any)
            } else {
                get(payload)
            };
            let app = Router::new()
                .route("/callback", callback)
                .layer(ConnectCallbackLayer::new("/callback").verify_state_with(cookie.clone()))
                .route("/connect", post(connect))
                .with_state(cookie);
            let request = http::Request::post("/connect")
                .body(issued.to_owned())
                .unwrap();
            let started = tower::ServiceExt::oneshot(app.clone(), request)
                .await
                .unwrap();
            assert_eq!(started.status(), StatusCode::SEE_OTHER, "{issued:?}");
            let set_cookie = started.headers()[SET_COOKIE].to_str().unwrap();
            let callback = http::Request::get(started.headers()[LOCATION].to_str().unwrap())
                .header(COOKIE, set_cookie.split(';').next().unwrap())
                .body(String::new())
                .unwrap();
            let response = tower::ServiceExt::oneshot(app, callback).await.unwrap();
            let status = response.status().as_u16();
            let body = axum::body::to_bytes(response.into_body(), usize::MAX)
                .await
                .unwrap();
            let text = std::str::from_utf8(&body).unwrap();
            assert_eq!(
                (status, text),
                expected,
                "{issued:?}, if any: {is_optional}"
            );
        }
    }

    #[tokio::test]
    async fn a_state_that_cannot_be_issued_is_a_500_without_a_body() {
        let app = Router::new()
            .route("/connect", post(connect))
            .with_state(StateCookie::new(Key::generate()));
        let request = http::Request::post("/connect")
            .body("x".repeat(129))
            .unwrap();
        let response = tower::ServiceExt::oneshot(app, request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        assert!(body.is_empty());
    }
}

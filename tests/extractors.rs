//! Outcomes as arguments of axum handlers.

#[allow(dead_code, reason = "extractors stream nothing")]
mod support;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use hyper::body::Bytes;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectRejection, ConnectRejectionKind, ConnectResponse, ConnectSuccess,
    ErrorCode,
};

use self::support::{Client, listen};

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

const NO_CALLBACK: (u16, &str) = (400, "this request is no Smartcar Connect callback");
const NO_LAYER: (u16, &str) = (
    500,
    "no layer has read this Smartcar Connect callback: put a `ConnectCallbackLayer` with the path of this route around \
     this route",
);
const SUCCEEDED: (u16, &str) = (
    500,
    "this Smartcar Connect flow succeeded, and its handler takes errors only: extract an `Option<ConnectError>` or a \
     `ConnectResponse`",
);
const FAILED: (u16, &str) = (422, "There is no car in your account with the manufacturer.");

/// What each route answers behind a layer: after a visit, a success and an error.
const BEHIND_A_LAYER: [(&str, [(u16, &str); 3]); 6] = [
    (
        "/response",
        [NO_CALLBACK, (200, "success c-1"), (200, "error no_vehicles")],
    ),
    ("/success", [NO_CALLBACK, (200, "success c-1"), FAILED]),
    ("/error", [NO_CALLBACK, SUCCEEDED, (200, "error no_vehicles")]),
    (
        "/response-if-any",
        [(200, "none"), (200, "success c-1"), (200, "error no_vehicles")],
    ),
    ("/success-if-any", [(200, "none"), (200, "success c-1"), (200, "none")]),
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

fn response(response: ConnectResponse) -> String {
    match response {
        ConnectResponse::Success(outcome) => success(outcome),
        ConnectResponse::Error(outcome) => error(outcome),
    }
}

fn if_any<T>(outcome: Option<T>, text: fn(T) -> String) -> String {
    outcome.map_or_else(|| "none".to_owned(), text)
}

/// A route for each extractor.
fn routes() -> Router {
    Router::new()
        .route("/response", get(async |outcome: ConnectResponse| response(outcome)))
        .route("/success", get(async |outcome: ConnectSuccess| success(outcome)))
        .route("/error", get(async |outcome: ConnectError| error(outcome)))
        .route(
            "/response-if-any",
            get(async |outcome: Option<ConnectResponse>| if_any(outcome, response)),
        )
        .route(
            "/success-if-any",
            get(async |outcome: Option<ConnectSuccess>| if_any(outcome, success)),
        )
        .route(
            "/error-if-any",
            get(async |outcome: Option<ConnectError>| if_any(outcome, error)),
        )
}

/// Serves the app, and returns a client for each version of HTTP.
async fn serve(app: Router) -> [Client; 2] {
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Client::of_each_version(address)
}

fn answer(response: &http::Response<Bytes>) -> (u16, &str) {
    let text = std::str::from_utf8(response.body()).unwrap();
    (response.status().as_u16(), text)
}

/// Expects of every route below `prefix` what it answers behind a layer.
async fn assert_behind_a_layer(app: Router, prefix: &str) {
    for client in serve(app).await {
        for (route, expected) in BEHIND_A_LAYER {
            for (query, expected) in [VISIT, SUCCESS, ERROR].into_iter().zip(expected) {
                let target = format!("{prefix}{route}?{query}");
                let response = client.get(&target).await;
                assert_eq!(answer(&response), expected, "{client} {target}");
            }
        }
    }
}

#[tokio::test]
async fn each_extractor_hands_on_its_outcome_and_rejects_the_rest() {
    assert_behind_a_layer(routes().layer(ConnectCallbackLayer::new(ROUTES)), "").await;
}

#[tokio::test]
async fn extractors_hand_on_outcomes_below_a_nested_router() {
    let inside = routes().layer(ConnectCallbackLayer::new(ROUTES));
    assert_behind_a_layer(Router::new().nest("/api", inside), "/api").await;

    let in_full = ROUTES.map(|route| format!("/api{route}"));
    let inside = routes().layer(ConnectCallbackLayer::new(in_full.clone()));
    assert_behind_a_layer(Router::new().nest("/api", inside), "/api").await;

    let outside = Router::new()
        .nest("/api", routes())
        .layer(ConnectCallbackLayer::new(in_full));
    assert_behind_a_layer(outside, "/api").await;
}

#[tokio::test]
async fn every_extractor_tells_the_developer_where_no_layer_has_read_a_callback() {
    let unread = [
        SUCCESS,
        ERROR,
        "error=hostile_news&error_description=hostile",
        // No layer has refused these either.
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
            routes().layer(ConnectCallbackLayer::new("/other")),
        ),
    ];
    for (case, app) in apps {
        for client in serve(app).await {
            for (route, [visit, ..]) in BEHIND_A_LAYER {
                let response = client.get(&format!("{route}?{VISIT}")).await;
                assert_eq!(answer(&response), visit, "{case} {client} {route}");
                for query in unread {
                    let response = client.get(&format!("{route}?{query}")).await;
                    assert_eq!(answer(&response), NO_LAYER, "{case} {client} {route}?{query}");
                }
            }
        }
    }
}

#[tokio::test]
async fn many_parameters_without_a_result_are_no_callback() {
    let many = "a=1&".repeat(300);
    for client in serve(routes()).await {
        for (route, [visit, ..]) in BEHIND_A_LAYER {
            let response = client.get(&format!("{route}?{many}")).await;
            assert_eq!(answer(&response), visit, "{client} {route}");
        }
    }
}

#[tokio::test]
async fn a_handler_of_errors_leaves_only_successes_to_the_extractors() {
    let handler = async |error: ConnectError, _request: Request| {
        (StatusCode::IM_A_TEAPOT, format!("handler {}", error.code())).into_response()
    };
    let app = routes().layer(ConnectCallbackLayer::new(ROUTES).on_error(handler));
    for client in serve(app).await {
        for (route, [visit, success, _]) in BEHIND_A_LAYER {
            let expected = [
                (VISIT, visit),
                (SUCCESS, success),
                (ERROR, (418, "handler no_vehicles")),
            ];
            for (query, expected) in expected {
                let response = client.get(&format!("{route}?{query}")).await;
                assert_eq!(answer(&response), expected, "{client} {route}?{query}");
            }
        }
    }
}

#[tokio::test]
async fn a_failed_flow_is_answered_with_the_message_for_the_owner_and_a_status_that_fits() {
    let cases = [
        ("access_denied", 403),
        ("configuration_error", 500),
        ("invalid_subscription", 422),
        ("no_vehicles", 422),
        ("oem_cancelled_login", 403),
        ("server_error", 503),
        ("user_cancelled", 403),
        ("user_manually_returned_to_application", 403),
        ("vehicle_incompatible", 422),
        ("oem_on_holiday", 502),
    ];
    // All that are documented, and one more.
    assert_eq!(cases.len(), ErrorCode::ALL.len() + 1);

    let app = routes().layer(ConnectCallbackLayer::new("/success"));
    for client in serve(app).await {
        for (error, status) in cases {
            let response = client.get(&format!("/success?error={error}")).await;
            let code: ErrorCode = error.parse().unwrap();
            let expected = (status, code.suggested_user_message());
            assert_eq!(answer(&response), expected, "{client} {error}");
        }
    }
}

#[tokio::test]
async fn rejections_are_plain_text_that_is_not_stored_and_holds_nothing_of_the_request() {
    let hostile = "error=hostile&error_description=%3Cscript%3Ehostile%3C/script%3E&state=hostile";
    let cases = [
        ("layer missing", routes(), format!("/success?{hostile}")),
        ("no callback", routes(), "/success?page=hostile".to_owned()),
        (
            "flow failed",
            // Without the headers of the layer.
            routes().layer(ConnectCallbackLayer::new(ROUTES).response_headers(false)),
            format!("/success?{hostile}"),
        ),
        (
            "flow succeeded",
            routes().layer(ConnectCallbackLayer::new(ROUTES).response_headers(false)),
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
async fn a_handler_can_tell_rejections_apart_and_log_them() {
    async fn success(result: Result<ConnectSuccess, ConnectRejection>) -> String {
        result.map_or_else(|rejection| told(&rejection), |_| "success".to_owned())
    }
    async fn error(result: Result<ConnectError, ConnectRejection>) -> String {
        result.map_or_else(|rejection| told(&rejection), |_| "error".to_owned())
    }
    fn told(rejection: &ConnectRejection) -> String {
        match rejection.kind() {
            ConnectRejectionKind::LayerMissing => "layer missing".to_owned(),
            ConnectRejectionKind::NoCallback => "no callback".to_owned(),
            ConnectRejectionKind::FlowFailed(code) => format!("{code:?}: {rejection}"),
            ConnectRejectionKind::FlowSucceeded => "flow succeeded".to_owned(),
            kind => panic!("{kind:?}"),
        }
    }

    let app = Router::new()
        .route("/success", get(success))
        .route("/error", get(error))
        .layer(ConnectCallbackLayer::new(["/success", "/error"]))
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
            assert_eq!(answer(&response), (200, expected), "{client} {target}");
        }
    }
}

#[tokio::test]
async fn an_extracted_outcome_is_verified_if_the_layer_has_verified_it() {
    async fn is_verified(response: ConnectResponse) -> String {
        match response {
            ConnectResponse::Success(success) => success.is_verified().to_string(),
            ConnectResponse::Error(error) => error.is_verified().to_string(),
        }
    }

    let app = Router::new().route("/callback", get(is_verified)).layer(
        ConnectCallbackLayer::new("/callback")
            .verify_state(|_request: &http::Request<Body>, state: &str| state == "s-1")
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
            assert_eq!(answer(&response), expected, "{client} {query}");
        }
    }
}

#[tokio::test]
async fn a_long_query_without_a_result_is_no_callback_where_the_layer_reads_so_much() {
    let app = routes().layer(ConnectCallbackLayer::new(ROUTES).max_query_bytes(20_000));
    let page = "2".repeat(10_000);
    for client in serve(app).await {
        for (route, [visit, ..]) in BEHIND_A_LAYER {
            let response = client.get(&format!("{route}?page={page}")).await;
            assert_eq!(answer(&response), visit, "{client} {route}");
        }
    }
}

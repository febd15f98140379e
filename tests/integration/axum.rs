//! The layer in front of axum routes, over sockets.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Router};
use http::header::{CACHE_CONTROL, DATE, REFERRER_POLICY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Bytes;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, ErrorCode, InvalidCallback,
};

use crate::support::client::{
    Client, OEM_CANCELLED_LOGIN, assert_rejected, assert_streams_both_ways, listen,
};

/// Serves the app, and returns a client for each version of HTTP.
async fn serve(app: Router) -> [Client; 2] {
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Client::of_each_version(address)
}

/// Responds with one line for each part that the layer added to the request.
async fn report(
    error: Option<Extension<ConnectError>>,
    success: Option<Extension<ConnectSuccess>>,
) -> String {
    let mut lines = Vec::new();
    if let Some(Extension(error)) = error {
        lines.push(format!("{:?}", error.code()));
        lines.extend(present([
            ("error", Some(error.error())),
            ("description", error.description()),
            ("state", error.state()),
            ("vin", error.vin()),
            ("make", error.make()),
            ("model", error.model()),
            ("year", error.year().map(|year| year.to_string().into())),
            ("external_id", error.external_id()),
            (
                "status_code",
                error.status_code().map(|code| code.to_string().into()),
            ),
            ("error_message", error.error_message()),
        ]));
    }
    if let Some(Extension(success)) = success {
        lines.push("Success".to_owned());
        lines.extend(present([
            ("code", success.code()),
            ("user_id", success.user_id()),
            ("vehicle_id", success.vehicle_id()),
            ("external_id", success.external_id()),
            ("virtual_key_url", success.virtual_key_url()),
            ("state", success.state()),
        ]));
    }
    lines.join("\n")
}

fn present<const N: usize>(
    parameters: [(&str, Option<Cow<'_, str>>); N],
) -> impl Iterator<Item = String> {
    parameters
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
}

/// How often the inner service was called.
#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

impl Calls {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Returns an app that reports on every path, and counts the requests.
    fn app(&self) -> Router {
        let calls = self.clone();
        let counted = move |error: Option<Extension<ConnectError>>,
                            success: Option<Extension<ConnectSuccess>>| {
            calls.0.fetch_add(1, Ordering::SeqCst);
            report(error, success)
        };
        Router::new()
            .route("/callback", any(counted.clone()))
            .fallback(counted)
    }
}

/// A handler of errors whose response differs from any route's.
async fn respond_teapot(error: ConnectError, request: Parts) -> Response {
    let text = format!("handler: {} on {}", error.code(), request.uri.path());
    (StatusCode::IM_A_TEAPOT, [("x-from", "handler")], text).into_response()
}

async fn echo(request: Request) -> Body {
    request.into_body()
}

fn text(response: &http::Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[tokio::test]
async fn published_redirects_reach_the_route_as_typed_outcomes() {
    let cases: [(&str, &[&str]); 7] = [
        (
            OEM_CANCELLED_LOGIN,
            &[
                "OemCancelledLogin",
                "error=oem_cancelled_login",
                "description=the user did not complete authorization with the OEM",
            ],
        ),
        (
            "/home?error=access_denied&error_description=User+denied+access+to+application.&state=0facda3319",
            &[
                "AccessDenied",
                "error=access_denied",
                "description=User denied access to application.",
                "state=0facda3319",
            ],
        ),
        (
            "/callback?error=configuration_error&error_description=There%20has%20been%20an%20error%20in%20the%20\
             configuration%20of%20your%20application.&status_code=400&error_message=You%20have%20entered%20a%20test%20\
             mode%20VIN.%20Please%20enter%20a%20VIN%20that%20belongs%20to%20a%20real%20vehicle.",
            &[
                "ConfigurationError",
                "error=configuration_error",
                "description=There has been an error in the configuration of your application.",
                "status_code=400",
                "error_message=You have entered a test mode VIN. Please enter a VIN that belongs to a real vehicle.",
            ],
        ),
        (
            "/callback?error=no_vehicles&error_description=No%20vehicles%20found.%20Please%20add%20vehicles%20to%20\
             your%20account%20and%20try%20again.",
            &[
                "NoVehicles",
                "error=no_vehicles",
                "description=No vehicles found. Please add vehicles to your account and try again.",
            ],
        ),
        (
            "/home?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319",
            &[
                "Success",
                "code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad",
                "state=0facda3319",
            ],
        ),
        (
            "/home?user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=0facda3319",
            &[
                "Success",
                "user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7",
                "state=0facda3319",
            ],
        ),
        (
            "/home?vehicle_id=sc4a1b01e5-0497-417c-a30e-6df6ba33ba46&state=0facda3319",
            &[
                "Success",
                "vehicle_id=sc4a1b01e5-0497-417c-a30e-6df6ba33ba46",
                "state=0facda3319",
            ],
        ),
    ];
    let app = Router::new()
        .route("/callback", get(report))
        .route("/home", get(report))
        .layer(ConnectCallbackLayer::new(["/callback", "/home"]).app_verifies_state());
    for client in serve(app).await {
        for (target, expected) in cases {
            let response = client.get(target).await;
            assert_eq!(response.status(), StatusCode::OK, "{client} {target}");
            assert_eq!(text(&response), expected.join("\n"), "{client} {target}");
        }
    }
}

#[tokio::test]
async fn documented_and_unknown_codes_reach_the_route() {
    let cases = [
        ("access_denied", ErrorCode::AccessDenied),
        (
            "battery_capacity_no_selection",
            ErrorCode::BatteryCapacityNoSelection,
        ),
        ("configuration_error", ErrorCode::ConfigurationError),
        ("invalid_subscription", ErrorCode::InvalidSubscription),
        ("no_vehicles", ErrorCode::NoVehicles),
        ("oem_cancelled_login", ErrorCode::OemCancelledLogin),
        ("server_error", ErrorCode::ServerError),
        ("user_cancelled", ErrorCode::UserCancelled),
        (
            "user_manually_returned_to_application",
            ErrorCode::UserManuallyReturnedToApplication,
        ),
        ("vehicle_incompatible", ErrorCode::VehicleIncompatible),
        ("oem_on_holiday", ErrorCode::Unknown),
    ];
    // All documented codes, and an unknown one.
    assert_eq!(cases.len(), ErrorCode::ALL.len() + 1);

    let app = Calls::default()
        .app()
        .layer(ConnectCallbackLayer::new("/callback").app_verifies_state());
    for client in serve(app).await {
        for (error, code) in cases {
            let response = client.get(&format!("/callback?error={error}")).await;
            assert_eq!(
                text(&response),
                format!("{code:?}\nerror={error}"),
                "{client} {error}"
            );
        }
    }
}

#[tokio::test]
async fn all_parameters_of_an_incompatible_vehicle_reach_the_route() {
    let target = "/callback?error=vehicle_incompatible&error_description=The%20user%E2%80%99s%20vehicle%20is%20not%20\
                  compatible.&vin=0SCGZ101PAUAAAAA0&make=TESLA&model=Model+S&year=2015&external_id=owner-7&state=a%2Bb";
    let expected = [
        "VehicleIncompatible",
        "error=vehicle_incompatible",
        "description=The user’s vehicle is not compatible.",
        "state=a+b",
        "vin=0SCGZ101PAUAAAAA0",
        "make=TESLA",
        "model=Model S",
        "year=2015",
        "external_id=owner-7",
    ];
    let app = Calls::default()
        .app()
        .layer(ConnectCallbackLayer::new("/callback").app_verifies_state());
    for client in serve(app).await {
        assert_eq!(
            text(&client.get(target).await),
            expected.join("\n"),
            "{client}"
        );
    }
}

#[tokio::test]
async fn a_handler_responds_to_errors_instead_of_the_route() {
    let calls = Calls::default();
    let app = calls.app().layer(
        ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_error(respond_teapot),
    );
    for client in serve(app).await {
        for (target, code) in [
            (OEM_CANCELLED_LOGIN, "oem_cancelled_login"),
            (
                "/callback?error=server_error&error_description=Sorry.&state=1",
                "server_error",
            ),
            ("/callback?error=oem_on_holiday", "unknown"),
        ] {
            let response = client.get(target).await;
            assert_eq!(
                response.status(),
                StatusCode::IM_A_TEAPOT,
                "{client} {target}"
            );
            assert_eq!(response.headers()["x-from"], "handler", "{client} {target}");
            let expected = format!("handler: {code} on /callback");
            assert_eq!(text(&response), expected, "{client} {target}");
        }
    }
    assert_eq!(calls.count(), 0);
}

#[tokio::test]
async fn a_handler_with_a_predicate_leaves_other_errors_to_the_route() {
    let calls = Calls::default();
    let user_exit = |error: &ConnectError| error.code().is_user_exit();
    let app = calls.app().layer(
        ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_error_matching(user_exit, respond_teapot),
    );
    for client in serve(app).await {
        for (error, expected) in [
            ("access_denied", "handler: access_denied on /callback"),
            (
                "oem_cancelled_login",
                "handler: oem_cancelled_login on /callback",
            ),
            ("server_error", "ServerError\nerror=server_error"),
            ("oem_on_holiday", "Unknown\nerror=oem_on_holiday"),
        ] {
            let before = calls.count();
            let response = client.get(&format!("/callback?error={error}")).await;
            assert_eq!(text(&response), expected, "{client} {error}");
            let called = calls.count() - before;
            assert_eq!(
                called,
                usize::from(!expected.starts_with("handler")),
                "{client} {error}"
            );
        }
    }
}

#[tokio::test]
async fn successes_reach_the_route_if_a_handler_responds_to_errors() {
    let app = Calls::default().app().layer(
        ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_error(respond_teapot),
    );
    for client in serve(app).await {
        for (query, expected) in [
            ("code=c-1&state=s-1", "Success\ncode=c-1\nstate=s-1"),
            (
                "user_id=u-1&external_id=e-1",
                "Success\nuser_id=u-1\nexternal_id=e-1",
            ),
            ("vehicle_id=v-1", "Success\nvehicle_id=v-1"),
            (
                "code=c-1&user_id=u-1&virtual_key_url=https%3A%2F%2Ftesla.com%2F_ak%2Fexample.com",
                "Success\ncode=c-1\nuser_id=u-1\nvirtual_key_url=https://tesla.com/_ak/example.com",
            ),
        ] {
            let response = client.get(&format!("/callback?{query}")).await;
            assert_eq!(response.status(), StatusCode::OK, "{client} {query}");
            assert_eq!(text(&response), expected, "{client} {query}");
        }
    }
}

#[tokio::test]
async fn invalid_callbacks_reach_neither_the_route_nor_the_error_handler() {
    let too_long = format!(
        "/callback?error=access_denied&state={}",
        "hostile".repeat(1200)
    );
    let too_many = format!("/callback?error=access_denied{}", "&hostile".repeat(256));
    let cases = [
        "/callback?error=access_denied&error=hostile",
        "/callback?error=access_denied&%65rror=hostile",
        "/callback?code=hostile&state=1&state=2",
        "/callback?error=access_denied&code=hostile",
        "/callback?error=access_denied&user_id=hostile",
        "/callback?error=access_denied&vehicle_id=hostile",
        "/callback?code=&state=hostile",
        "/callback?user_id&state=hostile",
        "/callback?error=&error_description=hostile",
        "/callback?error=%22hostile%22",
        "/callback?error=hostile%0D%0ASet-Cookie%3A+hostile%3D1",
        "/callback?error=hostile%5C",
        "/callback/?error=access_denied&error_description=hostile",
        "//callback?code=hostile",
        "/callbac%6B?code=hostile",
        &too_long,
        &too_many,
    ];
    let calls = Calls::default();
    let app = calls.app().layer(
        ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_error(respond_teapot),
    );
    for client in serve(app).await {
        for target in cases {
            assert_rejected(&client.get(target).await, &format!("{client} {target}"));
        }
    }
    assert_eq!(calls.count(), 0);
}

#[tokio::test]
async fn a_callback_with_a_method_other_than_get_or_head_is_rejected() {
    let calls = Calls::default();
    let app = calls
        .app()
        .route("/get", get(report))
        .layer(ConnectCallbackLayer::new(["/callback", "/get"]).app_verifies_state());
    for client in serve(app).await {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"] {
            for target in [OEM_CANCELLED_LOGIN, "/callback?code=c-1", "/get?code=c-1"] {
                let response = client.send(method, target).await;
                assert_rejected(&response, &format!("{client} {method} {target}"));
            }
        }
        assert_eq!(calls.count(), 0, "{client}");
    }
}

#[tokio::test]
async fn a_head_request_to_a_callback_does_not_run_the_route() {
    let calls = Calls::default();
    let app = calls
        .app()
        .layer(ConnectCallbackLayer::new("/callback").app_verifies_state());
    for client in &serve(app).await {
        let response = client.send("HEAD", OEM_CANCELLED_LOGIN).await;
        assert_eq!(response.status(), StatusCode::OK, "{client}");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store", "{client}");
        assert!(response.body().is_empty(), "{client}");
        assert_eq!(calls.count(), 0, "{client}");
    }
}

#[tokio::test]
async fn requests_that_are_not_callbacks_pass_unchanged() {
    let cases = [
        ("GET", "/"),
        ("GET", "/?error=access_denied"),
        ("GET", "/other?code=c-1"),
        ("GET", "/callback"),
        ("GET", "/callback?"),
        ("GET", "/callback?state=0facda3319&page=2"),
        ("GET", "/callback?Error=access_denied&my_code=1"),
        ("GET", "/callback/more?code=c-1"),
        ("GET", "/Callback?code=c-1"),
        ("POST", "/callback"),
        ("POST", "/callback?page=2"),
        ("POST", "/other?error=access_denied&error=access_denied"),
        ("DELETE", "/?code="),
    ];
    let bare = serve(Calls::default().app()).await;
    let app = Calls::default().app().layer(
        ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_error(respond_teapot),
    );
    for (client, bare) in serve(app).await.iter().zip(&bare) {
        for (method, target) in cases {
            let case = format!("{client} {method} {target}");
            let response = client.send(method, target).await;
            let expected = bare.send(method, target).await;
            assert_eq!(response.status(), expected.status(), "{case}");
            assert_eq!(response.body(), expected.body(), "{case}");
            let headers = |response: &http::Response<Bytes>| {
                let mut headers = response.headers().clone();
                headers.remove(DATE);
                headers
            };
            assert_eq!(headers(&response), headers(&expected), "{case}");
        }
    }
}

#[tokio::test]
async fn visits_pass_if_the_callback_path_is_the_root() {
    let app = Calls::default()
        .app()
        .layer(ConnectCallbackLayer::new("/").app_verifies_state());
    for client in serve(app).await {
        for (target, expected) in [
            ("/", ""),
            ("/?page=2&state=1", ""),
            ("/callback?error=access_denied", ""),
            ("/?error=access_denied", "AccessDenied\nerror=access_denied"),
        ] {
            let response = client.get(target).await;
            assert_eq!(text(&response), expected, "{client} {target}");
            let is_callback = response.headers().contains_key(REFERRER_POLICY);
            assert_eq!(is_callback, !expected.is_empty(), "{client} {target}");
        }
    }
}

#[tokio::test]
async fn bodies_of_requests_that_are_not_callbacks_stream_both_ways() {
    let app = Router::new()
        .route("/callback", post(echo))
        .fallback(echo)
        .layer(
            ConnectCallbackLayer::new("/callback")
                .app_verifies_state()
                .on_error(respond_teapot),
        );
    for client in serve(app).await {
        for target in [
            "/",
            "/other?error=access_denied",
            "/callback",
            "/callback?page=2",
        ] {
            assert_streams_both_ways(&client, target).await;
        }
    }
}

#[tokio::test]
async fn responses_to_callbacks_are_not_cached_and_keep_their_referrer_policy() {
    let cases = [
        (None, None, ["no-store", "no-referrer"]),
        (
            Some("private, max-age=60"),
            None,
            ["no-store", "no-referrer"],
        ),
        (None, Some("same-origin"), ["no-store", "same-origin"]),
        (
            Some("private, max-age=60"),
            Some("same-origin"),
            ["no-store", "same-origin"],
        ),
    ];
    for (cache_control, referrer_policy, expected) in cases {
        let mut own = HeaderMap::new();
        own.extend(cache_control.map(|value| (CACHE_CONTROL, HeaderValue::from_static(value))));
        own.extend(referrer_policy.map(|value| (REFERRER_POLICY, HeaderValue::from_static(value))));
        let handler_own = own.clone();
        let app = Router::new()
            .route("/callback", get(async move || own))
            .layer(
                ConnectCallbackLayer::new("/callback")
                    .app_verifies_state()
                    .on_error_matching(
                        |error: &ConnectError| error.code().is_user_exit(),
                        move |_error, _request| {
                            let own = handler_own.clone();
                            async move { own.into_response() }
                        },
                    ),
            );
        for client in serve(app).await {
            for query in ["code=c-1", "error=server_error", "error=access_denied"] {
                let response = client.get(&format!("/callback?{query}")).await;
                for (header, expected) in [CACHE_CONTROL, REFERRER_POLICY].into_iter().zip(expected)
                {
                    let values: Vec<_> = response.headers().get_all(&header).iter().collect();
                    assert_eq!(values, [expected], "{client} {query} {header}");
                }
            }
        }
    }
}

#[tokio::test]
async fn responses_to_callbacks_get_no_headers_if_headers_are_turned_off() {
    let app = Calls::default().app().layer(
        ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_error(respond_teapot)
            .response_headers(false),
    );
    for client in serve(app).await {
        for (query, status) in [
            ("code=c-1", StatusCode::OK),
            ("error=access_denied", StatusCode::IM_A_TEAPOT),
            ("code=", StatusCode::BAD_REQUEST),
        ] {
            let response = client.get(&format!("/callback?{query}")).await;
            assert_eq!(response.status(), status, "{client} {query}");
            for header in [CACHE_CONTROL, REFERRER_POLICY] {
                assert_eq!(
                    response.headers().get(&header),
                    None,
                    "{client} {query} {header}"
                );
            }
        }
    }
}

#[tokio::test]
async fn outer_layers_see_the_outcome_that_a_handler_responded_to() {
    async fn outcome(response: Response) -> Response {
        let error = response
            .extensions()
            .get::<ConnectError>()
            .map(ConnectError::to_string);
        let invalid = response.extensions().get::<InvalidCallback>();
        let outcome = error.or(invalid.map(|invalid| format!("{:?}", invalid.kind())));
        ([("x-outcome", outcome.unwrap_or_default())], response).into_response()
    }

    let app = Calls::default()
        .app()
        .layer(
            ConnectCallbackLayer::new("/callback")
                .app_verifies_state()
                .on_error(respond_teapot),
        )
        .layer(map_response(outcome));
    for client in serve(app).await {
        for (target, expected) in [
            (
                OEM_CANCELLED_LOGIN,
                "oem_cancelled_login: the user did not complete authorization with the OEM",
            ),
            ("/callback?code=c-1&code=c-2", "DuplicateParameter"),
            ("/callback?code=c-1", ""),
            ("/callback", ""),
        ] {
            let response = client.get(target).await;
            assert_eq!(
                response.headers()["x-outcome"],
                expected,
                "{client} {target}"
            );
        }
    }
}

/// Returns whether `path` is a callback path for the layer of `app`.
async fn is_callback_path(app: Router, path: &str) -> bool {
    let [client, _] = serve(app).await;
    let response = client.get(&format!("{path}?error=access_denied")).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    match text(&response) {
        "AccessDenied\nerror=access_denied" => true,
        "" => false,
        other => panic!("{path}: {other}"),
    }
}

/// Returns the callback route with a layer around it, to be nested.
fn inner(callback_path: &str) -> Router {
    Router::new()
        .route("/callback", get(report))
        .layer(ConnectCallbackLayer::new(callback_path).app_verifies_state())
}

#[tokio::test]
async fn a_layer_in_a_nested_router_matches_the_path_without_the_prefix() {
    assert!(
        is_callback_path(
            Router::new().nest("/api", inner("/callback")),
            "/api/callback"
        )
        .await
    );
    let twice = Router::new().nest("/app", Router::new().nest("/api", inner("/callback")));
    assert!(is_callback_path(twice, "/app/api/callback").await);
}

#[tokio::test]
async fn a_layer_in_a_nested_router_matches_the_full_path_with_original_uri() {
    let inner = |callback_path| {
        let layer = ConnectCallbackLayer::new(callback_path)
            .app_verifies_state()
            .match_original_uri(|extensions| {
                extensions.get::<OriginalUri>().map(|original| &original.0)
            });
        Router::new().route("/callback", get(report)).layer(layer)
    };
    for callback_path in ["/api/callback", "/callback"] {
        assert!(
            is_callback_path(
                Router::new().nest("/api", inner(callback_path)),
                "/api/callback"
            )
            .await
        );
    }
    let twice = Router::new().nest(
        "/app",
        Router::new().nest("/api", inner("/app/api/callback")),
    );
    assert!(is_callback_path(twice, "/app/api/callback").await);
    let twice = Router::new().nest("/app", Router::new().nest("/api", inner("/api/callback")));
    assert!(!is_callback_path(twice, "/app/api/callback").await);
}

#[tokio::test]
async fn a_layer_in_a_nested_router_does_not_match_the_full_path_by_default() {
    assert!(
        !is_callback_path(
            Router::new().nest("/api", inner("/api/callback")),
            "/api/callback"
        )
        .await
    );
}

#[tokio::test]
async fn a_layer_around_a_nested_router_matches_the_full_path() {
    let nested = Router::new().nest("/api", Router::new().route("/callback", get(report)));
    for (callback_path, expected) in [("/api/callback", true), ("/callback", false)] {
        let app = nested
            .clone()
            .layer(ConnectCallbackLayer::new(callback_path).app_verifies_state());
        assert_eq!(
            is_callback_path(app, "/api/callback").await,
            expected,
            "{callback_path}"
        );
    }
}

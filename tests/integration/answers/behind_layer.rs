//! The ready-made responses as handlers of a layer: on axum over a socket, on a bare service, and
//! with tonic's body.

use std::convert::Infallible;

use axum::body::Body;
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Bytes;
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::answers::{
    ErrorPage, Negotiate, PopupMessage, ProblemDetails, RedirectTo,
};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectFailure, ConnectSuccess, HandleCallback,
};

use crate::support::client::{Client, OEM_CANCELLED_LOGIN, listen};

const INVALID: &str = "/callback?error=access_denied&code=1";

/// An app whose route greets successes, and whose layer responds to every failure with `handler`.
fn app<H>(handler: H) -> Router
where
    H: HandleCallback<ConnectFailure, Body, Future: Send> + Send + Sync + 'static,
{
    let layer = ConnectCallbackLayer::new("/callback")
        .app_verifies_state()
        .on_failure(handler);
    Router::new()
        .route("/callback", get(async || "connected"))
        .layer(layer)
}

#[tokio::test]
async fn on_axum_on_failure_accepts_each_ready_made_response() {
    let cases = [
        (app(RedirectTo::new("/garage")), [303, 303], None, ""),
        (
            app(ErrorPage::new("/garage")),
            [422, 400],
            Some("text/html; charset=utf-8"),
            "<!DOCTYPE html>",
        ),
        (
            app(ProblemDetails::new()),
            [422, 400],
            Some("application/problem+json"),
            "{\"code\":",
        ),
        (
            app(Negotiate::new(RedirectTo::new("/garage"))),
            [303, 303],
            None,
            "",
        ),
        (
            app(PopupMessage::to_same_origin()),
            [200, 400],
            Some("text/html; charset=utf-8"),
            "<!DOCTYPE html>",
        ),
    ];
    for (app, statuses, content_type, beginning) in cases {
        let (listener, address) = listen().await;
        let server = tokio::spawn(axum::serve(listener, app).into_future());
        for client in Client::of_each_version(address) {
            for (target, status) in [OEM_CANCELLED_LOGIN, INVALID].into_iter().zip(statuses) {
                let response = client.get(target).await;
                let case = format!("{client} {target} {response:?}");
                assert_eq!(response.status(), status, "{case}");
                let found = response
                    .headers()
                    .get(CONTENT_TYPE)
                    .map(|value| value.to_str().unwrap());
                assert_eq!(found, content_type, "{case}");
                assert!(response.body().starts_with(beginning.as_bytes()), "{case}");
            }
            let success = client.get("/callback?code=1").await;
            assert_eq!(success.body(), "connected", "{client}");
        }
        server.abort();
    }
}

#[tokio::test]
async fn on_axum_the_accept_header_selects_the_response() {
    let (listener, address) = listen().await;
    let server = axum::serve(listener, app(Negotiate::new(ErrorPage::new("/garage"))));
    tokio::spawn(server.into_future());
    for client in Client::of_each_version(address) {
        for (accept, content_type, statuses) in [
            (
                "text/html, */*;q=0.8",
                "text/html; charset=utf-8",
                [422, 400],
            ),
            (
                "application/json, text/plain, */*",
                "application/problem+json",
                [422, 400],
            ),
        ] {
            for (target, status) in [OEM_CANCELLED_LOGIN, INVALID].into_iter().zip(statuses) {
                let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
                let response = client.send_with("GET", target, headers).await;
                let case = format!("{client} {accept} {target}");
                assert_eq!(response.status(), status, "{case}");
                assert_eq!(response.headers()[CONTENT_TYPE], content_type, "{case}");
                assert_eq!(response.headers()[VARY], "Accept", "{case}");
            }
        }
    }
}

#[tokio::test]
async fn on_axum_a_route_can_return_the_response_to_a_success() {
    let redirect = RedirectTo::new("/garage");
    let popup = PopupMessage::to_same_origin();
    let app = Router::new()
        .route(
            "/callback",
            get(
                async move |Extension(success): Extension<ConnectSuccess>,
                            request: Parts|
                            -> Response<Body> {
                    redirect.handle(success, request).await
                },
            ),
        )
        .route(
            "/popup",
            get(
                async move |Extension(success): Extension<ConnectSuccess>,
                            request: Parts|
                            -> Response<Body> {
                    popup.handle(success, request).await
                },
            ),
        )
        .layer(ConnectCallbackLayer::new(["/callback", "/popup"]).app_verifies_state());
    let (listener, address) = listen().await;
    tokio::spawn(axum::serve(listener, app).into_future());
    for client in Client::of_each_version(address) {
        let redirected = client.get("/callback?code=1").await;
        assert_eq!(redirected.status(), StatusCode::SEE_OTHER, "{client}");
        assert_eq!(redirected.headers()[LOCATION], "/garage", "{client}");
        let popup = client.get("/popup?code=1").await;
        assert_eq!(popup.status(), StatusCode::OK, "{client}");
        assert!(popup.body().starts_with(b"<!DOCTYPE html>"), "{client}");
    }
}

/// Returns the response of a bare service behind a layer that responds to failures with `handler`.
async fn call_bare_service<H>(handler: H, request: Request<()>) -> Response<Full<Bytes>>
where
    H: HandleCallback<ConnectFailure, Full<Bytes>>,
{
    let inner = service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let layer = ConnectCallbackLayer::new("/callback")
        .app_verifies_state()
        .on_failure(handler);
    let Ok(response) = layer.layer(inner).oneshot(request).await;
    response
}

#[tokio::test]
async fn on_a_bare_service_on_failure_accepts_each_ready_made_response() {
    let request = |target: &str| Request::get(target).body(()).unwrap();
    let [error, invalid] = [OEM_CANCELLED_LOGIN, INVALID];
    let redirect = RedirectTo::new("/garage");
    let page = ErrorPage::new("/garage");
    let problem = ProblemDetails::new();
    let popup = PopupMessage::to_same_origin();
    let negotiated = Negotiate::new(page.clone());
    let cases = [
        (
            "redirect",
            call_bare_service(redirect.clone(), request(error)).await,
            303,
        ),
        (
            "redirect, invalid",
            call_bare_service(redirect, request(invalid)).await,
            303,
        ),
        (
            "page",
            call_bare_service(page.clone(), request(error)).await,
            422,
        ),
        (
            "page, invalid",
            call_bare_service(page, request(invalid)).await,
            400,
        ),
        (
            "problem",
            call_bare_service(problem, request(error)).await,
            422,
        ),
        (
            "problem, invalid",
            call_bare_service(problem, request(invalid)).await,
            400,
        ),
        (
            "popup",
            call_bare_service(popup.clone(), request(error)).await,
            200,
        ),
        (
            "popup, invalid",
            call_bare_service(popup, request(invalid)).await,
            400,
        ),
        (
            "negotiated",
            call_bare_service(negotiated.clone(), request(error)).await,
            422,
        ),
        (
            "negotiated, invalid",
            call_bare_service(negotiated, request(invalid)).await,
            400,
        ),
    ];
    for (case, response, status) in cases {
        assert_eq!(response.status(), status, "{case}");
        assert_eq!(
            response.headers()["x-content-type-options"],
            "nosniff",
            "{case}"
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.is_empty(), status == 303, "{case}");
    }
}

#[tokio::test]
async fn on_a_bare_service_the_accept_header_selects_the_response() {
    for target in [OEM_CANCELLED_LOGIN, INVALID] {
        for (accept, expected) in [
            ("text/html", "text/html; charset=utf-8"),
            ("application/json", "application/problem+json"),
        ] {
            let request = Request::get(target)
                .header(ACCEPT, accept)
                .body(())
                .unwrap();
            let response =
                call_bare_service(Negotiate::new(ErrorPage::new("/garage")), request).await;
            assert_eq!(
                response.headers()[CONTENT_TYPE],
                expected,
                "{target} {accept}"
            );
        }
    }
}

#[tokio::test]
async fn on_success_accepts_redirects_and_popups() {
    async fn check<H>(name: &str, handler: H, statuses: [u16; 3])
    where
        H: HandleCallback<ConnectSuccess, Full<Bytes>>
            + HandleCallback<ConnectFailure, Full<Bytes>>
            + Clone,
    {
        let inner = service_fn(
            async |request: Request<()>| -> Result<Response<Full<Bytes>>, Infallible> {
                panic!("{} reached the inner service", request.uri())
            },
        );
        let service = ConnectCallbackLayer::new("/callback")
            .app_verifies_state()
            .on_failure(handler.clone())
            .on_success(handler)
            .layer(inner);
        let targets = ["/callback?code=1", OEM_CANCELLED_LOGIN, INVALID];
        for (target, status) in targets.into_iter().zip(statuses) {
            let Ok(response) = service
                .clone()
                .oneshot(Request::get(target).body(()).unwrap())
                .await;
            assert_eq!(response.status(), status, "{name} {target}");
            assert_eq!(
                response.headers()["x-content-type-options"],
                "nosniff",
                "{name} {target}"
            );
        }
    }

    check("redirect", RedirectTo::new("/garage"), [303, 303, 303]).await;
    check("popup", PopupMessage::to_same_origin(), [200, 200, 400]).await;
}

#[tokio::test]
async fn a_closure_can_convert_the_body_to_another_type() {
    let inner = service_fn(async |_request: Request<()>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new().boxed_unsync()))
    });
    let page = ErrorPage::new("/garage");
    let service = ConnectCallbackLayer::new("/callback")
        .app_verifies_state()
        .on_failure(move |failure: ConnectFailure, request: Parts| {
            let response = page.handle(failure, request);
            async {
                response
                    .await
                    .map(|html: String| Full::from(html).boxed_unsync())
            }
        })
        .layer(inner);
    for (target, status) in [(OEM_CANCELLED_LOGIN, 422), (INVALID, 400)] {
        let Ok(response) = service
            .clone()
            .oneshot(Request::get(target).body(()).unwrap())
            .await;
        assert_eq!(response.status(), status, "{target}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(b"<!DOCTYPE html>"), "{target}");
    }
}

//! The layer on a hyper server without a framework.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tower::{Service, ServiceBuilder, service_fn};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess};

use crate::support::client::{
    Client, OEM_CANCELLED_LOGIN, assert_rejected, assert_streams_both_ways, listen,
};

type Body = BoxBody<Bytes, hyper::Error>;

/// Serves each connection with a clone of `service`, and returns a client for each version of HTTP.
async fn serve<S>(service: S) -> [Client; 2]
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await
            });
        }
    });
    Client::of_each_version(address)
}

fn text_body(text: String) -> Body {
    Full::from(text).map_err(|never| match never {}).boxed()
}

/// The app: responds with what the layer added to the request, or echoes the body.
async fn app(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let extensions = request.extensions();
    let body = match (
        extensions.get::<ConnectError>(),
        extensions.get::<ConnectSuccess>(),
    ) {
        (Some(error), None) => text_body(format!("app: {error}")),
        (None, Some(success)) => {
            text_body(format!("app: {:?} {:?}", success.code(), success.state()))
        }
        (None, None) => request.into_body().boxed(),
        (Some(_), Some(_)) => panic!("both outcomes at once"),
    };
    Ok(Response::new(body))
}

#[tokio::test]
async fn outcomes_reach_the_service_in_the_request_extensions() {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback").app_verifies_state())
        .service_fn(app);
    for client in serve(service).await {
        for (target, expected) in [
            (
                OEM_CANCELLED_LOGIN,
                "app: oem_cancelled_login: the user did not complete authorization with the OEM",
            ),
            ("/callback?error=oem_on_holiday", "app: oem_on_holiday"),
            (
                "/callback?code=c-1&state=s-1",
                r#"app: Some("c-1") Some("s-1")"#,
            ),
            ("/callback?user_id=u-1", "app: None None"),
            ("/callback?page=2", ""),
            ("/?error=access_denied", ""),
        ] {
            let response = client.get(target).await;
            assert_eq!(response.status(), StatusCode::OK, "{client} {target}");
            assert_eq!(response.body(), expected, "{client} {target}");
        }
    }
}

#[tokio::test]
async fn a_handler_responds_to_errors_and_the_service_is_not_called() {
    let calls = Arc::new(AtomicUsize::new(0));
    let inner_calls = Arc::clone(&calls);
    let handler = async |error: ConnectError, request: Parts| {
        let text = format!("handler: {} on {}", error.code(), request.uri.path());
        let mut response = Response::new(text_body(text));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    };
    let service = ServiceBuilder::new()
        .layer(
            ConnectCallbackLayer::new("/callback")
                .app_verifies_state()
                .on_error(handler),
        )
        .service(service_fn(move |request| {
            inner_calls.fetch_add(1, Ordering::SeqCst);
            app(request)
        }));
    for (client, successes) in serve(service).await.iter().zip(1..) {
        let response = client.get(OEM_CANCELLED_LOGIN).await;
        assert_eq!(response.status(), StatusCode::IM_A_TEAPOT, "{client}");
        assert_eq!(
            response.body(),
            "handler: oem_cancelled_login on /callback",
            "{client}"
        );
        assert_eq!(calls.load(Ordering::SeqCst), successes - 1, "{client}");

        let response = client.get("/callback?code=c-1").await;
        assert_eq!(response.body(), r#"app: Some("c-1") None"#, "{client}");
        assert_eq!(calls.load(Ordering::SeqCst), successes, "{client}");
    }
}

#[tokio::test]
async fn invalid_callbacks_are_rejected() {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback").app_verifies_state())
        .service_fn(app);
    for client in serve(service).await {
        for (method, target) in [
            ("GET", "/callback?error=access_denied&code=hostile"),
            ("GET", "/callback?code=hostile&code=hostile"),
            ("GET", "/callback?error=%3Chostile%3E%22"),
            ("GET", "/callback/?code=hostile"),
            ("POST", "/callback?code=hostile"),
        ] {
            let response = client.send(method, target).await;
            assert_rejected(&response, &format!("{client} {method} {target}"));
        }
    }
}

#[tokio::test]
async fn bodies_of_requests_that_are_not_callbacks_stream_both_ways() {
    let service = ServiceBuilder::new()
        .layer(ConnectCallbackLayer::new("/callback").app_verifies_state())
        .service_fn(app);
    for client in serve(service).await {
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

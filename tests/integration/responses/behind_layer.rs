//! The ready-made responses as handlers of a layer on a bare service.

use std::convert::Infallible;

use http::header::LOCATION;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes};
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::callback::HandleCallback;
use tower_smartcar_connect::responses::{ErrorPage, PopupMessage, ProblemDetails, RedirectTo};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectFailure, ConnectSuccess,
};

use crate::support::client::OEM_CANCELLED_LOGIN;

const PAGE: &str = "<!DOCTYPE html>";

/// Asserts the status of the response to an error, to a rejected callback and to a success, and how
/// each body begins.
async fn check<F, O, B>(name: &str, on_failure: F, on_success: O, expected: [(u16, &str); 3])
where
    F: HandleCallback<ConnectFailure, B>,
    O: HandleCallback<ConnectSuccess, B>,
    B: Body<Data = Bytes, Error = Infallible> + Default,
{
    let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(B::default())));
    let service = ConnectCallbackLayer::new("/callback", AppVerifiesState)
        .on_failure(on_failure)
        .on_success(on_success)
        .layer(inner);
    let rejected = "/callback?error=access_denied&code=1";
    let targets = [OEM_CANCELLED_LOGIN, rejected, "/callback?code=1"];
    for (target, (status, beginning)) in targets.into_iter().zip(expected) {
        let request = Request::get(target).body(()).unwrap();
        let Ok(response) = service.clone().oneshot(request).await;
        assert_eq!(response.status(), status, "{name} {target}");
        let nosniff = &response.headers()["x-content-type-options"];
        assert_eq!(nosniff, "nosniff", "{name} {target}");
        let Ok(body) = response.into_body().collect().await;
        let body = body.to_bytes();
        assert!(body.starts_with(beginning.as_bytes()), "{name} {target}");
        assert_eq!(body.is_empty(), beginning.is_empty(), "{name} {target}");
    }
}

#[tokio::test]
async fn each_is_a_handler_for_every_body() {
    type Boxed = UnsyncBoxBody<Bytes, Infallible>;
    fn boxed(text: String) -> Boxed {
        text.boxed_unsync()
    }
    const REDIRECTS: [(u16, &str); 3] = [(303, ""); 3];
    const PAGES: [(u16, &str); 3] = [(422, PAGE), (400, PAGE), (303, "")];
    const POPUPS: [(u16, &str); 3] = [(422, PAGE), (400, PAGE), (200, PAGE)];
    const PROBLEMS: [(u16, &str); 3] = [(422, "{"), (400, "{"), (303, "")];
    let (page, problem) = (ErrorPage::new("/garage"), ProblemDetails::new());
    let redirect = || RedirectTo::new("/garage");
    let popup = PopupMessage::to_same_origin;

    check::<_, _, Full<Bytes>>("redirect", redirect(), redirect(), REDIRECTS).await;
    check::<_, _, Full<Bytes>>("page", page.clone(), redirect(), PAGES).await;
    check::<_, _, Full<Bytes>>("popup", popup(), popup(), POPUPS).await;
    check::<_, _, Full<Bytes>>("problem", problem, redirect(), PROBLEMS).await;

    let redirect = || redirect().map_body(boxed);
    let popup = || popup().map_body(boxed);
    check::<_, _, Boxed>("mapped redirect", redirect(), redirect(), REDIRECTS).await;
    check::<_, _, Boxed>("mapped page", page.map_body(boxed), redirect(), PAGES).await;
    check::<_, _, Boxed>("mapped popup", popup(), popup(), POPUPS).await;
    check::<_, _, Boxed>(
        "mapped problem",
        problem.map_body(boxed),
        redirect(),
        PROBLEMS,
    )
    .await;
}

/// Follows the redirects of a layer from an error on the callback path, and returns where they lead
/// and the status there.
async fn follow(path: &str, prefix: Option<&str>, redirect: RedirectTo) -> (String, StatusCode) {
    let inner = service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let mut layer = ConnectCallbackLayer::new(path, AppVerifiesState).on_failure(redirect);
    if let Some(prefix) = prefix {
        layer = layer.stripped_prefix(prefix);
    }
    let service = layer.layer(inner);
    let mut target = format!("{path}?error=access_denied");
    for _ in 0..5 {
        let stripped = prefix.and_then(|prefix| target.strip_prefix(prefix));
        let request = Request::get(stripped.unwrap_or(&target)).body(()).unwrap();
        let Ok(response) = service.clone().oneshot(request).await;
        match response.headers().get(LOCATION) {
            Some(location) => target = location.to_str().unwrap().to_owned(),
            None => return (target, response.status()),
        }
    }
    panic!("{path} and {prefix:?} redirect for ever, to {target}");
}

#[tokio::test]
async fn a_redirect_to_the_callback_itself_ends_on_a_page() {
    let new = RedirectTo::new;
    for (path, prefix, redirect, end, expected) in [
        (
            "/callback",
            None,
            new("/callback"),
            "/callback?error=access_denied",
            422,
        ),
        (
            "/callback",
            None,
            new("/callback").without_parameter(),
            "/callback?error=access_denied",
            422,
        ),
        // The layer forwards visits to `/`.
        ("/", None, new("/"), "/?connect_error=access_denied", 200),
        (
            "/callback",
            None,
            new("/garage"),
            "/garage?connect_error=access_denied",
            200,
        ),
        // The redirect has the prefix, and the request has lost it.
        (
            "/app/callback",
            Some("/app"),
            new("/app/callback").without_parameter(),
            "/app/callback",
            400,
        ),
    ] {
        let (target, status) = follow(path, prefix, redirect).await;
        assert_eq!((&*target, status.as_u16()), (end, expected), "{path}");
    }
}

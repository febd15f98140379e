//! The status codes of all responses to callbacks. Proxies that replace error pages by their status
//! must not hide the responses from owners.

use std::convert::Infallible;
use std::future::ready;

use axum::response::IntoResponse;
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::answers::{
    ErrorPage, Negotiate, PopupMessage, ProblemDetails, RedirectTo,
};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectFailure, ConnectOutcome, ConnectRejection, ErrorCode,
    HandleCallback, InvalidCallbackKind as Kind, Verified,
};

const KINDS: [Kind; 16] = [
    Kind::DuplicateParameter,
    Kind::ConflictingOutcome,
    Kind::EmptyParameter,
    Kind::MalformedError,
    Kind::QueryTooLong,
    Kind::TooManyParameters,
    Kind::NoResult,
    Kind::UnexpectedMethod,
    Kind::NonCanonicalPath,
    Kind::StateMissing,
    Kind::StateMismatch,
    Kind::StateUnknown,
    Kind::StateUnreadable,
    Kind::StateExpired,
    Kind::StateForOtherPath,
    Kind::StateStoreUnavailable,
];

fn parts(accept: &str) -> Parts {
    let request = Request::get("/callback").header("accept", accept);
    request.body(()).unwrap().into_parts().0
}

/// Returns an error of each code, and one that is not documented.
fn errors() -> Vec<ConnectFailure> {
    let documented = ErrorCode::ALL.iter().map(|code| code.as_str());
    documented
        .chain(["brand_new_code"])
        .map(|code| {
            let uri: Uri = format!("/callback?error={code}").parse().unwrap();
            match ConnectOutcome::from_uri(&uri) {
                Ok(Some(ConnectOutcome::Error(error))) => ConnectFailure::Error(error),
                other => panic!("{code}: {other:?}"),
            }
        })
        .collect()
}

fn invalid_callbacks() -> Vec<ConnectFailure> {
    KINDS
        .map(|kind| ConnectFailure::Invalid(kind.into()))
        .into()
}

async fn statuses<H>(handler: H, accept: &str, failures: Vec<ConnectFailure>) -> Vec<u16>
where
    H: HandleCallback<ConnectFailure, String>,
{
    let mut statuses = Vec::new();
    for failure in failures {
        let response = handler.handle(failure, parts(accept)).await;
        statuses.push(response.status().as_u16());
    }
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

#[tokio::test]
async fn ready_made_responses_have_statuses_that_proxies_do_not_replace() {
    let browser = "text/html,*/*;q=0.8";
    let program = "application/json";
    let page = ErrorPage::new("/");
    let redirect = RedirectTo::new("/");
    let popup = PopupMessage::to_same_origin();
    let problem = ProblemDetails::new();
    let negotiate = Negotiate::new(page.clone());
    macro_rules! case {
        ($name:literal, $handler:expr, $accept:expr, $errors:expr, $invalid:expr) => {
            let found = statuses($handler.clone(), $accept, errors()).await;
            assert_eq!(found, $errors, "errors, {}", $name);
            let found = statuses($handler.clone(), $accept, invalid_callbacks()).await;
            assert_eq!(found, $invalid, "invalid callbacks, {}", $name);
        };
    }
    case!("page", page, browser, [422], [400]);
    case!("redirect", redirect, browser, [303], [303]);
    case!("popup", popup, browser, [200], [400]);
    case!("negotiated page", negotiate, browser, [422], [400]);
    case!(
        "negotiated JSON",
        negotiate,
        program,
        [422, 500, 503],
        [400, 503]
    );
    case!("problem", problem, program, [422, 500, 503], [400, 503]);
}

#[test]
fn extractor_rejections_have_statuses_that_proxies_do_not_replace() {
    let failed = ErrorCode::ALL
        .iter()
        .map(|code| (ConnectRejection::FlowFailed(*code), 422));
    let others = [
        (ConnectRejection::LayerMissing, 400),
        (ConnectRejection::NoCallback, 400),
        (ConnectRejection::FlowSucceeded, 400),
        (ConnectRejection::NoPayload, 400),
    ];
    for (rejection, status) in failed.chain(others) {
        assert_eq!(rejection.into_response().status(), status, "{rejection:?}");
    }
}

#[tokio::test]
async fn without_a_handler_only_an_unavailable_verifier_is_a_server_error() {
    for kind in KINDS {
        let verify = move |_: &Parts, _: &str| Err::<Verified, _>(kind);
        let layer = ConnectCallbackLayer::new("/callback").verify_state(verify);
        let app =
            service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::<()>::default())));
        let request = Request::get("/callback?code=1&state=s").body(()).unwrap();
        let Ok(response) = layer.layer(app).oneshot(request).await;
        let expected = match kind {
            Kind::StateStoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        assert_eq!(response.status(), expected, "{kind:?}");
    }
}

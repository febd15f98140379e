//! The ready-made responses to each kind of invalid callback, through a layer that rejects it.

use std::convert::Infallible;
use std::future::ready;

use http::header::LOCATION;
use http::request::Parts;
use http::{Method, Request, Response};
use serde_json::Value;
use tower::{Layer, ServiceExt, service_fn};
use tower_smartcar_connect::answers::{ErrorPage, PopupMessage, ProblemDetails, RedirectTo};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectFailure, HandleCallback, InvalidCallbackKind as Kind, Verified,
};

use super::{count, parse, text};

/// The kinds that a verifier returns, and the state that each is returned for.
const KINDS_BY_STATE: [(&str, Kind); 6] = [
    ("state_mismatch", Kind::StateMismatch),
    ("state_unknown", Kind::StateUnknown),
    ("state_unreadable", Kind::StateUnreadable),
    ("state_expired", Kind::StateExpired),
    ("state_for_other_path", Kind::StateForOtherPath),
    ("state_store_unavailable", Kind::StateStoreUnavailable),
];

fn verify_by_name(_request: &Parts, state: &str) -> Result<Verified, Kind> {
    match KINDS_BY_STATE.into_iter().find(|(name, _)| *name == state) {
        Some((_, kind)) => Err(kind),
        None => Ok(Verified::new()),
    }
}

/// The texts of a response.
struct Texts {
    title: &'static str,
    next_step: &'static str,
    link: &'static str,
    in_popup: &'static str,
    resolution: &'static str,
    /// The status of problem details. A page is always a 400.
    status: u16,
}

const START_AGAIN: Texts = Texts {
    title: "Your car wasn’t connected",
    next_step: "Go back to the app and start again.",
    link: "Start again",
    in_popup: "Close this window, go back to the app and start again.",
    resolution: "ask_again",
    status: 400,
};

const CHECK_APP: Texts = Texts {
    title: "This link no longer works",
    next_step: "Check in the app whether your car is connected. If not, start again.",
    link: "Go to the app",
    in_popup: "Close this window and check in the app whether your car is connected. If not, start again.",
    resolution: "ask_again",
    status: 400,
};

const OPENED_DIRECTLY: Texts = Texts {
    title: "This page can’t be opened directly",
    next_step: "Go back to the app to connect your car.",
    link: "Go to the app",
    in_popup: "Close this window and go back to the app to connect your car.",
    resolution: "ask_again",
    status: 400,
};

const TRY_LATER: Texts = Texts {
    title: "Please try again later",
    next_step: "It usually helps to wait a few minutes.",
    link: "Try again",
    in_popup: "Close this window, go back to the app and try again in a few minutes.",
    resolution: "retry_later",
    status: 503,
};

const DAMAGED: &str = "This link doesn’t work.";

/// Each kind by its name, a request that is rejected with it, and the texts of the response.
fn cases() -> [(&'static str, Method, String, &'static str, &'static Texts); 16] {
    let long = format!("code={}", "1".repeat(8192));
    let many = format!("code=1{}", "&a=1".repeat(256));
    [
        (
            "duplicate_parameter",
            "code=1&code=2",
            DAMAGED,
            &START_AGAIN,
        ),
        (
            "conflicting_outcome",
            "code=1&error=access_denied",
            DAMAGED,
            &START_AGAIN,
        ),
        ("empty_parameter", "code=", DAMAGED, &START_AGAIN),
        ("malformed_error", "error=%1b%5B2J", DAMAGED, &START_AGAIN),
        ("query_too_long", &long, DAMAGED, &START_AGAIN),
        ("too_many_parameters", &many, DAMAGED, &START_AGAIN),
        (
            "no_result",
            "page=2",
            "This page only works when you come back from connecting your car.",
            &OPENED_DIRECTLY,
        ),
        ("unexpected_method", "code=1", DAMAGED, &START_AGAIN),
        ("non_canonical_path", "code=1", DAMAGED, &START_AGAIN),
        ("state_missing", "code=1", DAMAGED, &START_AGAIN),
        (
            "state_mismatch",
            "code=1&state=state_mismatch",
            DAMAGED,
            &START_AGAIN,
        ),
        (
            "state_unknown",
            "code=1&state=state_unknown",
            "This link was already used, or it was opened in another browser.",
            &CHECK_APP,
        ),
        (
            "state_unreadable",
            "code=1&state=state_unreadable",
            DAMAGED,
            &START_AGAIN,
        ),
        (
            "state_expired",
            "code=1&state=state_expired",
            "This took too long, and the link has expired.",
            &START_AGAIN,
        ),
        (
            "state_for_other_path",
            "code=1&state=state_for_other_path",
            DAMAGED,
            &START_AGAIN,
        ),
        (
            "state_store_unavailable",
            "code=1&state=state_store_unavailable",
            "We’re having problems right now.",
            &TRY_LATER,
        ),
    ]
    .map(|(name, query, message, texts)| {
        let (method, path) = match name {
            "unexpected_method" => (Method::POST, "/callback"),
            "non_canonical_path" => (Method::GET, "/%63allback"),
            _ => (Method::GET, "/callback"),
        };
        (name, method, format!("{path}?{query}"), message, texts)
    })
}

/// Returns the response of a layer with this handler.
async fn respond<H>(handler: H, method: &Method, target: &str) -> Response<String>
where
    H: HandleCallback<ConnectFailure, String>,
{
    let app =
        service_fn(|_request: Request<String>| ready(Ok::<_, Infallible>(Response::default())));
    let layer = ConnectCallbackLayer::new("/callback")
        .verify_state(verify_by_name)
        .require_result(true)
        .on_failure(handler);
    let request = Request::builder()
        .method(method)
        .uri(target)
        .body(String::new())
        .unwrap();
    let Ok(response) = layer.layer(app).oneshot(request).await;
    response
}

#[tokio::test]
async fn each_kind_has_its_text_on_the_page_and_a_link_to_the_app() {
    for (name, method, target, message, texts) in cases() {
        let response = respond(ErrorPage::new("/garage"), &method, &target).await;
        assert_eq!(response.status(), 400, "{name}");
        let page = parse(&response, name);
        assert_eq!(text(&page, "h1"), texts.title, "{name}");
        assert_eq!(text(&page, "title"), texts.title, "{name}");
        assert_eq!(text(&page, "h1 + p"), message, "{name}");
        assert_eq!(text(&page, "p + p"), texts.next_step, "{name}");
        assert_eq!(text(&page, "a[href='/garage']"), texts.link, "{name}");
    }
}

#[tokio::test]
async fn each_kind_has_its_text_in_the_popup() {
    for (name, method, target, message, texts) in cases() {
        let response = respond(PopupMessage::to_same_origin(), &method, &target).await;
        assert_eq!(response.status(), 400, "{name}");
        let page = parse(&response, name);
        assert_eq!(text(&page, "h1"), texts.title, "{name}");
        assert_eq!(text(&page, "title"), texts.title, "{name}");
        assert_eq!(text(&page, "h1 + p"), message, "{name}");
        assert_eq!(text(&page, "p + p"), texts.in_popup, "{name}");
        assert_eq!(count(&page, "a"), 0, "{name}");
    }
}

#[tokio::test]
async fn problem_details_have_the_kind_and_its_resolution() {
    for (name, method, target, message, texts) in cases() {
        let response = respond(ProblemDetails::new(), &method, &target).await;
        assert_eq!(response.status(), texts.status, "{name}");
        let problem: Value = serde_json::from_str(response.body()).expect(name);
        assert_eq!(problem["code"], name);
        assert_eq!(problem["detail"], message, "{name}");
        assert_eq!(problem["resolution"], texts.resolution, "{name}");
        assert_eq!(problem["status"], texts.status, "{name}");
    }
}

#[tokio::test]
async fn a_redirect_has_the_kind_as_a_parameter() {
    for (name, method, target, ..) in cases() {
        let response = respond(RedirectTo::new("/garage"), &method, &target).await;
        assert_eq!(response.status(), 303, "{name}");
        assert_eq!(
            response.headers()[LOCATION],
            format!("/garage?connect_error={name}"),
            "{name}"
        );
    }
}

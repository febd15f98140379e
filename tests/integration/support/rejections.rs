//! A layer whose verifier and confirmation can be told what to say, a request for each reason to
//! reject a callback, and the check of the responses.

use std::future::{Ready, ready};

use axum::response::Response;
use http::header::{HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{HeaderName, Method, Request, StatusCode};
use tower_smartcar_connect::callback::Confirmed;
use tower_smartcar_connect::states::{PendingCallback, VerifyState};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, RejectedCallback, RejectionReason, Verified,
};

/// What [`ByName`] has put into the extensions of the request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Payload(pub(crate) String);

/// What [`confirm`] has put into the extensions of the request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Connection(pub(crate) String);

/// The cookie that is removed when the state is used up.
pub(crate) const USED_UP: &str = "flow=; Max-Age=0";

/// A verifier that accepts the state `right`. A state with the name of a reason is rejected for that
/// reason, and any other as a mismatch.
#[derive(Clone, Debug)]
pub(crate) struct ByName;

impl VerifyState for ByName {
    type Future = Ready<Result<Verified, RejectionReason>>;

    fn verify_state(&self, callback: &PendingCallback) -> Self::Future {
        let state = callback.state();
        ready(match by_name(state) {
            Some(reason) => Err(reason),
            None => Verified::by_comparing("right", state).map(|verified| {
                verified
                    .with_extension(Payload(format!("of {state}")))
                    .with_header(SET_COOKIE, HeaderValue::from_static(USED_UP))
            }),
        })
    }
}

/// Confirms a success, unless its `vehicle_id` is the name of a reason.
pub(crate) fn confirm(
    success: ConnectSuccess,
    _request: Parts,
) -> Ready<Result<Connection, RejectionReason>> {
    let vehicle_id = success.vehicle_id().unwrap_or("no vehicle");
    ready(match by_name(vehicle_id) {
        Some(reason) => Err(reason),
        None => Ok(Connection(vehicle_id.to_owned())),
    })
}

fn by_name(name: &str) -> Option<RejectionReason> {
    let reasons = RejectionReason::ALL.iter().copied();
    reasons.into_iter().find(|reason| reason.as_str() == name)
}

type Confirm = fn(ConnectSuccess, Parts) -> Ready<Result<Connection, RejectionReason>>;

/// Returns a layer for `/callback` that verifies and confirms.
pub(crate) fn layer() -> ConnectCallbackLayer<Confirmed<ByName, Confirm>> {
    ConnectCallbackLayer::new("/callback", ByName).confirm(confirm as Confirm)
}

/// Returns a request that [`layer`] rejects for this reason. Its values are `5ecret`, if they can
/// be.
pub(crate) fn request<B: Default>(reason: RejectionReason) -> Request<B> {
    use RejectionReason::{
        ConfirmationUnavailable, ConflictingOutcome, DuplicateParameter, EmptyParameter,
        MalformedError, NoOutcome, NonCanonicalPath, NotConfirmed, QueryTooLong, StateMissing,
        TooManyParameters, UnexpectedMethod,
    };
    let name = reason.as_str();
    let uri = match reason {
        UnexpectedMethod => "/callback?code=5ecret&state=right".to_owned(),
        NonCanonicalPath => "/call%62ack?code=5ecret&state=right".to_owned(),
        QueryTooLong => format!("/callback?code=5ecret&{}", "x".repeat(8192)),
        NoOutcome => "/callback?page=5ecret".to_owned(),
        TooManyParameters => format!("/callback?code=5ecret{}", "&x".repeat(256)),
        DuplicateParameter => "/callback?code=5ecret&c%6fde=5ecret&state=right".to_owned(),
        EmptyParameter => "/callback?vehicle_id=&external_id=5ecret&state=right".to_owned(),
        ConflictingOutcome => "/callback?error=access_denied&code=5ecret&state=right".to_owned(),
        MalformedError => "/callback?error=5ecret%0D%0A&state=right".to_owned(),
        StateMissing => "/callback?code=5ecret&state=".to_owned(),
        NotConfirmed | ConfirmationUnavailable => {
            format!("/callback?code=5ecret&vehicle_id={name}&state=right")
        }
        // The verifier says so.
        _ => format!("/callback?code=5ecret&state={name}"),
    };
    let method = match reason {
        UnexpectedMethod => Method::POST,
        _ => Method::GET,
    };
    let request = Request::builder().method(method).uri(&uri);
    request.body(B::default()).expect(&uri)
}

/// The status of the layer's own response to a rejected callback.
pub(crate) fn status(reason: RejectionReason) -> StatusCode {
    match reason {
        RejectionReason::StateStoreUnavailable | RejectionReason::ConfirmationUnavailable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The header in which a server returns why it rejected a callback.
pub(crate) const REJECTED_HEADER: HeaderName = HeaderName::from_static("x-rejected");

/// Returns the reason in the header. Use it with `map_response`, outside the layer.
pub(crate) async fn add_rejected_header(mut response: Response) -> Response {
    if let Some(rejected) = response.extensions().get::<RejectedCallback>() {
        let reason = format!("{:?}", rejected.reason());
        response
            .headers_mut()
            .insert(REJECTED_HEADER, reason.parse().unwrap());
    }
    response
}

/// Checks that the layer rejected the callback with its own response, and set no cookie.
#[track_caller]
pub(crate) fn assert_rejected(
    response: &http::Response<String>,
    reason: RejectionReason,
    case: &str,
) {
    let rejected = response.headers().get(REJECTED_HEADER);
    let rejected = rejected.map(|reason| reason.to_str().unwrap());
    assert_eq!(
        rejected,
        Some(&*format!("{reason:?}")),
        "{case}: {}",
        response.body()
    );
    assert_eq!(response.status(), status(reason), "{case}");
    assert_eq!(response.body(), "", "{case}");
    assert_eq!(response.headers().get(SET_COOKIE), None, "{case}");
}

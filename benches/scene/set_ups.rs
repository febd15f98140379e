//! The set-ups that the documentation recommends, beside what else could stand in the same place.

use axum::body::Body;
use axum::middleware::from_fn;
use http::request::Parts;
use http::{Response, StatusCode};
use tower::layer::util::Identity;
use tower_http::validate_request::ValidateRequestHeaderLayer;
use tower_smartcar_connect::answers::{ErrorPage, Negotiate, RedirectTo};
use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};

use super::peers::{by_hand, keep_from_callback_path};
use super::places::{Place, Serve};
use super::requests::{CALLBACK_PATH, PUBLISHED_STATE};

/// A server with a layer.
pub(crate) struct SetUp {
    pub(crate) name: &'static str,
    pub(crate) serve: Serve,
}

/// No layer at all.
pub(crate) const NO_LAYER: &str = "no layer";
/// A layer that does nothing.
pub(crate) const IDLE: &str = "a layer that does nothing";
/// tower-http's `validate_request`, which keeps requests from a path of its settings.
pub(crate) const VALIDATE_REQUEST: &str = "`validate_request`";
/// A middleware by hand.
pub(crate) const FROM_FN: &str = "`from_fn`";
/// The shortest set-up.
pub(crate) const APP_VERIFIES: &str = "`app_verifies_state`";
/// A session store, with handlers of the app.
pub(crate) const ASYNC_VERIFIER: &str = "`verify_state_async`, `on_error`";
/// The README's first example.
pub(crate) const README: &str = "`StateCookie`, `ErrorPage`";
/// Redirects to pages of the app.
pub(crate) const REDIRECT: &str = "`StateCookie`, `RedirectTo`";
/// Pages for browsers, JSON for programs.
pub(crate) const NEGOTIATE: &str = "`StateCookie`, `Negotiate`";

/// The key of the state cookie.
pub(crate) const KEY: [u8; 64] = [7; 64];

/// What else could stand in this place.
pub(crate) fn peers<P: Place>(place: &P) -> Vec<SetUp> {
    let validate = ValidateRequestHeaderLayer::custom(keep_from_callback_path());
    vec![
        SetUp::new(NO_LAYER, place.without_layer()),
        SetUp::new(IDLE, place.with(Identity::new())),
        SetUp::new(VALIDATE_REQUEST, place.with(validate)),
        SetUp::new(FROM_FN, place.with(from_fn(by_hand))),
    ]
}

/// What the documentation recommends.
pub(crate) fn recommended<P: Place>(place: &P) -> Vec<SetUp> {
    let layer = || ConnectCallbackLayer::new(CALLBACK_PATH);
    let paths = ["/callback", "/reauth", "/fleet/callback", "/popup/callback"];
    let predicate = |uri: &http::Uri| uri.path().starts_with("/callbacks/");
    #[allow(unused_mut, reason = "some need features")]
    let mut set_ups = vec![
        SetUp::new(APP_VERIFIES, place.with(layer().app_verifies_state())),
        SetUp::new(
            ASYNC_VERIFIER,
            place.with(
                layer()
                    .verify_state_async(verify)
                    .on_error(async |_error, _request| Response::new(Body::empty()))
                    .on_invalid(async |_invalid, _request| bad_request()),
            ),
        ),
        SetUp::new(
            "four paths",
            place.with(ConnectCallbackLayer::new(paths).verify_state_async(verify)),
        ),
        SetUp::new(
            "a predicate",
            place.with(ConnectCallbackLayer::matching(predicate).verify_state_async(verify)),
        ),
    ];
    let layer = || layer().verify_state_with(StateCookie::new(Key::from(&KEY)));
    let page = ErrorPage::new("/garage/7");
    let redirect = RedirectTo::new("/garage/7");
    set_ups.extend([
        SetUp::new(README, place.with(layer().on_failure(page.clone()))),
        SetUp::new(
            REDIRECT,
            place.with(layer().on_failure(redirect.clone()).on_success(redirect)),
        ),
        SetUp::new(
            NEGOTIATE,
            place.with(layer().on_failure(Negotiate::new(page))),
        ),
    ]);
    set_ups
}

impl SetUp {
    fn new(name: &'static str, serve: Serve) -> Self {
        Self { name, serve }
    }
}

/// A verifier whose store answers at once.
pub(crate) async fn verify(
    _request: Parts,
    state: String,
) -> Result<Verified, InvalidCallbackKind> {
    Verified::by_comparing(PUBLISHED_STATE, &state)
}

fn bad_request() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

//! A state in a session of `tower-sessions`, with `verify_state_async`, over real servers and with
//! the cookies of a browser. The guide's page `verifying_state` shows the same code.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::SET_COOKIE;
use http::request::Parts;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, SessionStore, session_store};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, InvalidCallbackKind, Verified,
};

use crate::support::browser::{Browser, Initiator, serve};
use crate::support::rejections::{REJECTED_HEADER, add_rejected_header, assert_rejected};

/// The origin in the browser. A proxy terminates TLS there.
const ORIGIN: &str = "https://app.example";

/// The key of the state in the session.
const STATE: &str = "connect-state";

/// `POST /connect`: generates a state for a flow, and stores it in the session of this browser. It
/// replaces the state of another flow in progress.
async fn connect(session: Session) -> Response {
    // A session id is 128 random bits, so a new one serves as a state.
    let state = Id::default().to_string();
    match session.insert(STATE, &state).await {
        Ok(()) => state.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Verifies that the session of this browser has the state, and removes it.
async fn verify(request: Parts, state: String) -> Result<Verified, InvalidCallbackKind> {
    // There is a session if `SessionManagerLayer` is outside this layer.
    let session = request.extensions.get::<Session>();
    let session = session.ok_or(InvalidCallbackKind::StateStoreUnavailable)?;
    let issued = session.get::<String>(STATE).await.map_err(unavailable)?;
    let verified =
        Verified::by_comparing(&issued.ok_or(InvalidCallbackKind::StateUnknown)?, &state)?;
    // Only now: a forged callback must not end a flow that is in progress. The session layer saves
    // this with the response, unless the response is a server error.
    session.remove_value(STATE).await.map_err(unavailable)?;
    Ok(verified)
}

fn unavailable(_: tower_sessions::session::Error) -> InvalidCallbackKind {
    InvalidCallbackKind::StateStoreUnavailable
}

/// A server of an app with sessions.
struct Server {
    address: SocketAddr,
    /// How often the route or the handler of errors was called.
    calls: Arc<AtomicUsize>,
}

impl Server {
    async fn start<S: SessionStore + Clone>(sessions: SessionManagerLayer<S>) -> Self {
        Self::start_with_statuses(StatusCode::OK, sessions).await
    }

    /// Starts a server whose callback route responds with this status.
    async fn start_with_statuses<S: SessionStore + Clone>(
        status: StatusCode,
        sessions: SessionManagerLayer<S>,
    ) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let route = {
            let calls = calls.clone();
            async move |request: Request| {
                calls.fetch_add(1, Ordering::SeqCst);
                let success = request.extensions().get::<ConnectSuccess>();
                (
                    status,
                    format!("verified: {:?}", success.map(ConnectSuccess::is_verified)),
                )
            }
        };
        let handler = {
            let calls = calls.clone();
            move |error: ConnectError, _request: Parts| {
                calls.fetch_add(1, Ordering::SeqCst);
                let text = format!(
                    "handler: {}, verified: {}",
                    error.code(),
                    error.is_verified()
                );
                async move { text.into_response() }
            }
        };
        let app = Router::new()
            .route("/callback", get(route))
            .layer(
                ConnectCallbackLayer::new("/callback")
                    .on_error(handler)
                    .verify_state_async(verify),
            )
            .route("/connect", post(connect))
            // Outside the layer that verifies, so that the verifier finds the session in the
            // request.
            .layer(sessions)
            .layer(map_response(add_rejected_header));
        Self {
            address: serve(app).await,
            calls,
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Starts a flow, and returns its state.
async fn start_flow(browser: &mut Browser, server: &Server) -> String {
    let target = (server.address, "/connect");
    let response = browser.navigate(Initiator::App, "POST", target, "").await;
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body()
}

/// Navigates from another site, as a redirect from Connect or a link does.
async fn visit(browser: &mut Browser, server: &Server, target: &str) -> http::Response<String> {
    let target = (server.address, target);
    browser
        .navigate(Initiator::OtherSite, "GET", target, "")
        .await
}

/// Sessions whose cookie browsers send with the redirect from Connect. The default of
/// `tower-sessions` is `Strict`.
fn lax<S: SessionStore>(store: S) -> SessionManagerLayer<S> {
    SessionManagerLayer::new(store).with_same_site(SameSite::Lax)
}

#[tokio::test]
async fn a_state_in_the_session_passes_once() {
    let server = Server::start(lax(MemoryStore::default())).await;
    let mut browser = Browser::on(ORIGIN);
    for (outcome, expected) in [
        ("code=c", "verified: Some(true)"),
        (
            "error=access_denied",
            "handler: access_denied, verified: true",
        ),
    ] {
        let state = start_flow(&mut browser, &server).await;
        let target = format!("/callback?{outcome}&state={state}");
        let response = visit(&mut browser, &server, &target).await;
        assert_eq!(response.body(), expected);
        let again = visit(&mut browser, &server, &target).await;
        assert_rejected(&again, InvalidCallbackKind::StateUnknown, outcome);
    }
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn a_state_stays_in_the_session_if_the_route_fails() {
    let server = Server::start_with_statuses(
        StatusCode::INTERNAL_SERVER_ERROR,
        lax(MemoryStore::default()),
    )
    .await;
    let mut browser = Browser::on(ORIGIN);
    let state = start_flow(&mut browser, &server).await;
    let target = format!("/callback?code=c&state={state}");
    for calls in 1..=3 {
        let response = visit(&mut browser, &server, &target).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(server.calls(), calls);
    }
}

#[tokio::test]
async fn a_forged_callback_is_rejected_and_ends_no_flow_in_progress() {
    let server = Server::start(lax(MemoryStore::default())).await;
    let mut browser = Browser::on(ORIGIN);
    let mut attacker = Browser::on(ORIGIN);
    let state = start_flow(&mut browser, &server).await;
    let other = start_flow(&mut attacker, &server).await;
    for (case, state, kind) in [
        ("no state", String::new(), InvalidCallbackKind::StateMissing),
        (
            "an empty state",
            "&state=".to_owned(),
            InvalidCallbackKind::StateMissing,
        ),
        (
            "a guess",
            "&state=0facda3319".to_owned(),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "that of another browser",
            format!("&state={other}"),
            InvalidCallbackKind::StateMismatch,
        ),
        (
            "a part of this one",
            format!("&state={}", &state[1..]),
            InvalidCallbackKind::StateMismatch,
        ),
    ] {
        for outcome in ["code=c", "error=access_denied"] {
            let response = visit(
                &mut browser,
                &server,
                &format!("/callback?{outcome}{state}"),
            )
            .await;
            assert_rejected(&response, kind, &format!("{case}: {outcome}"));
        }
    }
    assert_eq!(server.calls(), 0);
    let response = visit(
        &mut browser,
        &server,
        &format!("/callback?code=c&state={state}"),
    )
    .await;
    assert_eq!(response.body(), "verified: Some(true)");
}

#[tokio::test]
async fn a_callback_without_a_session_is_rejected() {
    let server = Server::start(lax(MemoryStore::default())).await;
    let state = start_flow(&mut Browser::on(ORIGIN), &server).await;
    let target = format!("/callback?code=c&state={state}");
    let mut without_cookie = Browser::on(ORIGIN);
    let mut unknown_id = Browser::on(ORIGIN);
    unknown_id.keep(&format!("id={}; Path=/; Secure", Id::default()));
    let mut no_id = Browser::on(ORIGIN);
    no_id.keep("id=x; Path=/; Secure");
    for (case, browser) in [
        ("no cookie", &mut without_cookie),
        ("an id that the store does not know", &mut unknown_id),
        ("a cookie that is not an id", &mut no_id),
    ] {
        let response = visit(browser, &server, &target).await;
        let kind = InvalidCallbackKind::StateUnknown;
        let rejected = &response.headers()[REJECTED_HEADER];
        assert_eq!(rejected, &format!("{kind:?}"), "{case}");
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{case}");
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_strict_session_cookie_is_missing_after_the_redirect_from_connect() {
    // The rules for `SameSite` are in `browser`, which stands in for real browsers.
    for (case, sessions, same_site, passes) in [
        (
            "by default",
            SessionManagerLayer::new(MemoryStore::default()),
            "SameSite=Strict",
            false,
        ),
        ("lax", lax(MemoryStore::default()), "SameSite=Lax", true),
    ] {
        let server = Server::start(sessions).await;
        let mut browser = Browser::on(ORIGIN);
        let response = browser
            .navigate(Initiator::App, "POST", (server.address, "/connect"), "")
            .await;
        let set_cookie = response.headers()[SET_COOKIE].to_str().unwrap();
        assert!(
            set_cookie
                .split("; ")
                .any(|attribute| attribute == same_site),
            "{case}: {set_cookie}"
        );
        let target = format!("/callback?code=c&state={}", response.body());

        assert!(
            browser
                .cookie_header(Initiator::App, "GET", &target)
                .is_some(),
            "{case}"
        );
        let brought = browser.cookie_header(Initiator::OtherSite, "GET", &target);
        assert_eq!(brought.is_some(), passes, "{case}");
        let response = visit(&mut browser, &server, &target).await;
        if passes {
            assert_eq!(response.body(), "verified: Some(true)", "{case}");
        } else {
            assert_rejected(&response, InvalidCallbackKind::StateUnknown, case);
            // The redirect is what lacks the cookie: if the owner had typed the address, the
            // callback would pass.
            let typed = browser
                .navigate(Initiator::App, "GET", (server.address, &target), "")
                .await;
            assert_eq!(typed.body(), "verified: Some(true)", "{case}");
        }
        assert_eq!(server.calls(), 1, "{case}");
    }
}

/// A store that can fail.
#[derive(Clone, Debug, Default)]
struct FailingStore {
    inner: MemoryStore,
    fails_to_load: Arc<AtomicBool>,
    fails_to_save: Arc<AtomicBool>,
}

fn check_available(fails: &AtomicBool) -> session_store::Result<()> {
    match fails.load(Ordering::SeqCst) {
        true => Err(session_store::Error::Backend("no connection".to_owned())),
        false => Ok(()),
    }
}

#[async_trait]
impl SessionStore for FailingStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        check_available(&self.fails_to_save)?;
        self.inner.create(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        check_available(&self.fails_to_save)?;
        self.inner.save(record).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        check_available(&self.fails_to_load)?;
        self.inner.load(id).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        check_available(&self.fails_to_save)?;
        self.inner.delete(id).await
    }
}

#[tokio::test]
async fn callbacks_get_503_while_the_store_fails_and_pass_afterwards() {
    let store = FailingStore::default();
    let server = Server::start(lax(store.clone())).await;
    let mut browser = Browser::on(ORIGIN);
    let state = start_flow(&mut browser, &server).await;
    let target = format!("/callback?code=c&state={state}");
    store.fails_to_load.store(true, Ordering::SeqCst);
    for target in [
        &target,
        &format!("/callback?error=access_denied&state={state}"),
    ] {
        let response = visit(&mut browser, &server, target).await;
        assert_rejected(
            &response,
            InvalidCallbackKind::StateStoreUnavailable,
            target,
        );
    }
    assert_eq!(server.calls(), 0);
    store.fails_to_load.store(false, Ordering::SeqCst);

    // The session layer replaces the response if it cannot save that the state is used up.
    store.fails_to_save.store(true, Ordering::SeqCst);
    let response = visit(&mut browser, &server, &target).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    store.fails_to_save.store(false, Ordering::SeqCst);
    let response = visit(&mut browser, &server, &target).await;
    assert_eq!(response.body(), "verified: Some(true)");
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn no_callback_passes_if_the_session_layer_is_inside() {
    let calls = Arc::new(AtomicUsize::new(0));
    let route = {
        let calls = calls.clone();
        async move || {
            calls.fetch_add(1, Ordering::SeqCst);
        }
    };
    let app = Router::new()
        .route("/callback", get(route))
        .route("/connect", post(connect))
        .layer(lax(MemoryStore::default()))
        .layer(ConnectCallbackLayer::new("/callback").verify_state_async(verify))
        .layer(map_response(add_rejected_header));
    let server = Server {
        address: serve(app).await,
        calls,
    };
    let mut browser = Browser::on(ORIGIN);
    let state = start_flow(&mut browser, &server).await;
    let response = visit(
        &mut browser,
        &server,
        &format!("/callback?code=c&state={state}"),
    )
    .await;
    assert_rejected(
        &response,
        InvalidCallbackKind::StateStoreUnavailable,
        "wrong order",
    );
    assert_eq!(server.calls(), 0);
}

//! A state that is kept in a session of `tower-sessions`, behind `verify_state_async`, over real
//! servers and with the cookies of a browser. The guide's page `verifying_state` shows the same
//! code.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderName, StatusCode};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, SessionStore, session_store};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectError, ConnectSuccess, InvalidCallback, InvalidCallbackKind,
    Verified,
};

use crate::support::browser::{Browser, Initiator, serve};

/// Where the browser believes to be. A proxy ends TLS there.
const ORIGIN: &str = "https://app.example";

/// The key of the state in the session.
const STATE: &str = "connect-state";

/// Says in a response of the server why its callback was refused.
const REFUSED: HeaderName = HeaderName::from_static("x-refused");

/// `POST /connect`: makes a state for a flow, and remembers it in the session of this browser.
/// Another flow that is under way cannot end any more then.
async fn connect(session: Session) -> Response {
    // An id of a session is 128 random bits, so a new one serves as a state.
    let state = Id::default().to_string();
    match session.insert(STATE, &state).await {
        Ok(()) => state.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Verifies that the session of this browser has the state, which serves once.
async fn verify(request: Parts, state: String) -> Result<Verified, InvalidCallbackKind> {
    // There is a session wherever `SessionManagerLayer` is outside this layer.
    let session = request.extensions.get::<Session>();
    let session = session.ok_or(InvalidCallbackKind::StateStoreUnavailable)?;
    let issued = session.get::<String>(STATE).await.map_err(unavailable)?;
    let verified =
        Verified::by_comparing(&issued.ok_or(InvalidCallbackKind::StateUnknown)?, &state)?;
    // Only now: a forged callback must not end a flow that is in progress. The session layer saves
    // this with the response, unless that is a server error.
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
        Self::answering(StatusCode::OK, sessions).await
    }

    /// A server whose route of the callback answers with this status.
    async fn answering<S: SessionStore + Clone>(
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
            // Outside of the layer that verifies, which finds the session in the request then.
            .layer(sessions)
            .layer(map_response(name_refusal));
        Self {
            address: serve(app).await,
            calls,
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn name_refusal(mut response: Response) -> Response {
    if let Some(invalid) = response.extensions().get::<InvalidCallback>() {
        let kind = format!("{:?}", invalid.kind());
        response
            .headers_mut()
            .insert(REFUSED, kind.parse().unwrap());
    }
    response
}

/// Begins a flow, and returns its state.
async fn begin(browser: &mut Browser, server: &Server) -> String {
    let target = (server.address, "/connect");
    let response = browser.navigate(Initiator::App, "POST", target, "").await;
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body()
}

/// Follows a redirect from Connect, or a link of another site.
async fn visit(browser: &mut Browser, server: &Server, target: &str) -> http::Response<String> {
    let target = (server.address, target);
    browser
        .navigate(Initiator::OtherSite, "GET", target, "")
        .await
}

#[track_caller]
fn assert_refused(response: &http::Response<String>, kind: InvalidCallbackKind, case: &str) {
    let refused = response
        .headers()
        .get(REFUSED)
        .map(|kind| kind.to_str().unwrap());
    assert_eq!(
        refused,
        Some(&*format!("{kind:?}")),
        "{case}: {}",
        response.body()
    );
    let status = match kind {
        InvalidCallbackKind::StateStoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    assert_eq!(response.status(), status, "{case}");
    assert_eq!(response.body(), "", "{case}");
    assert!(!response.headers().contains_key(SET_COOKIE), "{case}");
}

/// Sessions whose cookie is brought when Connect redirects. `Strict` is what `tower-sessions` takes
/// otherwise.
fn lax<S: SessionStore>(store: S) -> SessionManagerLayer<S> {
    SessionManagerLayer::new(store).with_same_site(SameSite::Lax)
}

#[tokio::test]
async fn a_flow_whose_state_is_in_the_session_ends_once() {
    let server = Server::start(lax(MemoryStore::default())).await;
    let mut browser = Browser::on(ORIGIN);
    for (outcome, expected) in [
        ("code=c", "verified: Some(true)"),
        (
            "error=access_denied",
            "handler: access_denied, verified: true",
        ),
    ] {
        let state = begin(&mut browser, &server).await;
        let target = format!("/callback?{outcome}&state={state}");
        let response = visit(&mut browser, &server, &target).await;
        assert_eq!(response.body(), expected);
        let again = visit(&mut browser, &server, &target).await;
        assert_refused(&again, InvalidCallbackKind::StateUnknown, outcome);
    }
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn a_state_stays_in_the_session_where_the_route_fails() {
    let server = Server::answering(
        StatusCode::INTERNAL_SERVER_ERROR,
        lax(MemoryStore::default()),
    )
    .await;
    let mut browser = Browser::on(ORIGIN);
    let state = begin(&mut browser, &server).await;
    let target = format!("/callback?code=c&state={state}");
    for calls in 1..=3 {
        let response = visit(&mut browser, &server, &target).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(server.calls(), calls);
    }
}

#[tokio::test]
async fn a_forged_callback_is_refused_and_does_not_end_the_flow_under_way() {
    let server = Server::start(lax(MemoryStore::default())).await;
    let mut browser = Browser::on(ORIGIN);
    let mut attacker = Browser::on(ORIGIN);
    let state = begin(&mut browser, &server).await;
    let other = begin(&mut attacker, &server).await;
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
            assert_refused(&response, kind, &format!("{case}: {outcome}"));
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
async fn a_browser_without_a_session_has_begun_no_flow() {
    let server = Server::start(lax(MemoryStore::default())).await;
    let state = begin(&mut Browser::on(ORIGIN), &server).await;
    let target = format!("/callback?code=c&state={state}");
    let mut without_cookie = Browser::on(ORIGIN);
    let mut unknown_id = Browser::on(ORIGIN);
    unknown_id.keep(&format!("id={}; Path=/; Secure", Id::default()));
    let mut no_id = Browser::on(ORIGIN);
    no_id.keep("id=x; Path=/; Secure");
    for (case, browser) in [
        ("no cookie", &mut without_cookie),
        ("an id that the store does not know", &mut unknown_id),
        ("a cookie that is no id", &mut no_id),
    ] {
        let response = visit(browser, &server, &target).await;
        let kind = InvalidCallbackKind::StateUnknown;
        let refused = &response.headers()[REFUSED];
        assert_eq!(refused, &format!("{kind:?}"), "{case}");
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{case}");
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_strict_session_cookie_is_missing_when_connect_redirects_and_a_lax_one_is_there() {
    // What this browser does with `SameSite` is written in `browser`: it stands in for real ones.
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
            assert_refused(&response, InvalidCallbackKind::StateUnknown, case);
            // It is the redirect that lacks the cookie: had the owner typed the address, the
            // callback would pass.
            let typed = browser
                .navigate(Initiator::App, "GET", (server.address, &target), "")
                .await;
            assert_eq!(typed.body(), "verified: Some(true)", "{case}");
        }
        assert_eq!(server.calls(), 1, "{case}");
    }
}

/// A store that can stop answering.
#[derive(Clone, Debug, Default)]
struct FailingStore {
    inner: MemoryStore,
    fails_to_load: Arc<AtomicBool>,
    fails_to_save: Arc<AtomicBool>,
}

fn answer(fails: &AtomicBool) -> session_store::Result<()> {
    match fails.load(Ordering::SeqCst) {
        true => Err(session_store::Error::Backend("no connection".to_owned())),
        false => Ok(()),
    }
}

#[async_trait]
impl SessionStore for FailingStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        answer(&self.fails_to_save)?;
        self.inner.create(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        answer(&self.fails_to_save)?;
        self.inner.save(record).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        answer(&self.fails_to_load)?;
        self.inner.load(id).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        answer(&self.fails_to_save)?;
        self.inner.delete(id).await
    }
}

#[tokio::test]
async fn while_the_store_fails_callbacks_are_refused_with_503_and_afterwards_they_pass() {
    let store = FailingStore::default();
    let server = Server::start(lax(store.clone())).await;
    let mut browser = Browser::on(ORIGIN);
    let state = begin(&mut browser, &server).await;
    let target = format!("/callback?code=c&state={state}");
    store.fails_to_load.store(true, Ordering::SeqCst);
    for target in [
        &target,
        &format!("/callback?error=access_denied&state={state}"),
    ] {
        let response = visit(&mut browser, &server, target).await;
        assert_refused(
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
async fn with_the_session_layer_inside_no_callback_passes() {
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
        .layer(map_response(name_refusal));
    let server = Server {
        address: serve(app).await,
        calls,
    };
    let mut browser = Browser::on(ORIGIN);
    let state = begin(&mut browser, &server).await;
    let response = visit(
        &mut browser,
        &server,
        &format!("/callback?code=c&state={state}"),
    )
    .await;
    assert_refused(
        &response,
        InvalidCallbackKind::StateStoreUnavailable,
        "wrong order",
    );
    assert_eq!(server.calls(), 0);
}

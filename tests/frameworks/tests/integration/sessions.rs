//! The layer with tower-sessions and axum-login: which goes outside, which goes inside, and what
//! each one sees.
//!
//! In axum, a layer that is added later is outside the earlier ones.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_login::{
    AuthManagerLayer, AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, login_required,
};
use frameworks::client::Client;
use http::header::{CACHE_CONTROL, COOKIE, LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::request::Parts;
use http::{Extensions, HeaderMap, Method, StatusCode, Version};
use tokio::net::TcpListener;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};
use tower_smartcar_connect::states::{PendingCallback, StartState};
use tower_smartcar_connect::{
    AppVerifiesState, ConnectCallbackLayer, ConnectFailure, ConnectSuccess, ConnectUrl, Flow,
    RejectionReason, Verified, verify_fn,
};

use frameworks::verifiers::{start_flow, state_cookie};

/// Serves an app, and returns a client of it.
async fn serve(app: Router) -> Client {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Client::new(address, Version::HTTP_11)
}

/// The app's only user, who has no password.
#[derive(Clone, Debug)]
struct Owner;

impl AuthUser for Owner {
    type Id = u64;

    fn id(&self) -> u64 {
        7
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"hash"
    }
}

#[derive(Clone)]
struct Users;

impl AuthnBackend for Users {
    type User = Owner;
    type Credentials = ();
    type Error = Infallible;

    async fn authenticate(&self, (): ()) -> Result<Option<Owner>, Infallible> {
        Ok(Some(Owner))
    }

    async fn get_user(&self, _id: &u64) -> Result<Option<Owner>, Infallible> {
        Ok(Some(Owner))
    }
}

type Login = AuthSession<Users>;

fn logins() -> AuthManagerLayer<Users, MemoryStore> {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    AuthManagerLayerBuilder::new(Users, sessions).build()
}

/// Logs the owner in, and returns the cookie of the session.
async fn log_in(client: &Client) -> HeaderMap {
    let response = client.send(&Method::POST, "/login").await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
    let (pair, _attributes) = cookie.split_once(';').unwrap();
    HeaderMap::from_iter([(COOKIE, pair.parse().unwrap())])
}

async fn login(mut session: Login) -> StatusCode {
    match session.login(&Owner).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whether the extensions of a request have a `T`.
fn has<T: Send + Sync + 'static>(extensions: &Extensions) -> bool {
    extensions.get::<T>().is_some()
}

#[tokio::test]
async fn outer_sessions_are_available_to_the_verifier_and_the_handler() {
    let callbacks = || {
        let verifier = verify_fn(async |callback: PendingCallback| {
            match has::<Session>(&callback.request().extensions) {
                true => Ok(Verified::new()),
                false => Err(RejectionReason::StateUnknown),
            }
        });
        ConnectCallbackLayer::new("/callback", verifier).on_failure(
            async |failure: ConnectFailure, request: Parts| match failure {
                ConnectFailure::Error(_) => has::<Session>(&request.extensions)
                    .to_string()
                    .into_response(),
                ConnectFailure::Rejected(rejected) => rejected.into_response(),
            },
        )
    };
    let routes = || Router::new().route("/callback", get(async |_session: Session| "route"));
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    let outside = routes().layer(callbacks()).layer(sessions.clone());
    let inside = routes().layer(sessions).layer(callbacks());
    for (place, app, status) in [
        ("outside", outside, StatusCode::OK),
        ("inside", inside, StatusCode::BAD_REQUEST),
    ] {
        let client = serve(app).await;
        for target in [
            "/callback?code=c-1&state=s-1",
            "/callback?error=access_denied&state=s-1",
        ] {
            let response = client.send(&Method::GET, target).await.unwrap();
            assert_eq!(response.status(), status, "{place} {target}");
        }
    }
}

#[tokio::test]
async fn the_user_of_an_outer_axum_login_is_available_to_the_handler() {
    async fn handler(_failure: ConnectFailure, request: Parts) -> Response {
        let session = request.extensions.get::<Login>();
        format!("{:?}", session.map(|session| session.user.is_some())).into_response()
    }
    let routes = || {
        Router::new()
            .route(
                "/callback",
                get(async |session: Login| format!("route {:?}", session.user)),
            )
            .route("/login", axum::routing::post(login))
    };
    let callbacks = || ConnectCallbackLayer::new("/callback", AppVerifiesState).on_failure(handler);
    let outside = routes().layer(callbacks()).layer(logins());
    let inside = routes().layer(logins()).layer(callbacks());
    for (place, app, known) in [
        ("outside", outside, "Some(true)"),
        ("inside", inside, "None"),
    ] {
        let client = serve(app).await;
        let cookies = log_in(&client).await;
        for (target, expected) in [
            ("/callback?code=c-1", "route Some(Owner)"),
            ("/callback?error=access_denied", known),
        ] {
            let response = client
                .send_with(&Method::GET, target, cookies.clone())
                .await
                .unwrap();
            assert_eq!(response.body(), expected, "{place} {target}");
        }
    }
}

/// Without a login, `login_required!` redirects to the login page with the address of the callback,
/// including the code.
#[tokio::test]
async fn login_required_forwards_the_code_and_gets_the_headers_if_inside() {
    async fn route(request: Request) -> String {
        has::<ConnectSuccess>(request.extensions()).to_string()
    }
    let routes = || Router::new().route("/callback", get(route));
    let callbacks = || ConnectCallbackLayer::new("/callback", AppVerifiesState);
    let required = || login_required!(Users, login_url = "/login");
    let with_login = |app: Router| {
        app.route("/login", axum::routing::post(login))
            .layer(logins())
    };
    let inside = with_login(routes().route_layer(required()).layer(callbacks()));
    let outside = with_login(routes().layer(callbacks()).route_layer(required()));
    for (place, app, has_headers, status_of_invalid) in [
        ("inside", inside, true, StatusCode::BAD_REQUEST),
        ("outside", outside, false, StatusCode::TEMPORARY_REDIRECT),
    ] {
        let client = serve(app).await;
        let response = client
            .send(&Method::GET, "/callback?code=c-1")
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT, "{place}");
        assert_eq!(
            response.headers()[LOCATION],
            "/login?next=%2Fcallback%3Fcode%3Dc-1",
            "{place}"
        );
        for header in [CACHE_CONTROL, REFERRER_POLICY] {
            assert_eq!(
                response.headers().contains_key(&header),
                has_headers,
                "{place} {header}"
            );
        }
        let invalid = client
            .send(&Method::GET, "/callback?code=c-1&code=c-2")
            .await
            .unwrap();
        assert_eq!(invalid.status(), status_of_invalid, "{place}");

        let cookies = log_in(&client).await;
        let response = client
            .send_with(&Method::GET, "/callback?code=c-1", cookies)
            .await
            .unwrap();
        assert_eq!(response.body(), "true", "{place}");
    }
}

/// The session ended while the owner was at Connect, so the callback goes to the login first.
#[tokio::test]
async fn a_callback_passes_after_login_required_outside_or_inside() {
    let routes = || {
        let route = async |_: axum::Extension<ConnectSuccess>| "connected";
        Router::new().route("/callback", get(route))
    };
    let callbacks = || ConnectCallbackLayer::new("/callback", state_cookie());
    let required = || login_required!(Users, login_url = "/login");
    let with_login = |app: Router| {
        app.route("/login", axum::routing::post(login))
            .layer(logins())
    };
    let inside = with_login(routes().route_layer(required()).layer(callbacks()));
    let outside = with_login(routes().layer(callbacks()).route_layer(required()));
    for (place, app) in [("inside", inside), ("outside", outside)] {
        let client = serve(app).await;
        let flow = start_flow("/callback");
        let target = format!("/callback?code=c-1&state={}", flow.state);
        let flow = flow.cookie;
        let mut cookies = HeaderMap::from_iter([(COOKIE, flow.parse().unwrap())]);

        let sent_away = client
            .send_with(&Method::GET, &target, cookies.clone())
            .await
            .unwrap();
        assert_eq!(
            sent_away.status(),
            StatusCode::TEMPORARY_REDIRECT,
            "{place}"
        );
        assert!(!sent_away.headers().contains_key(SET_COOKIE), "{place}");

        let session = log_in(&client).await.remove(COOKIE).unwrap();
        let both = format!("{}; {flow}", session.to_str().unwrap());
        cookies.insert(COOKIE, both.parse().unwrap());
        let served = client
            .send_with(&Method::GET, &target, cookies)
            .await
            .unwrap();
        assert_eq!(served.body(), "connected", "{place}");
        let cleared = served.headers()[SET_COOKIE].to_str().unwrap();
        assert!(cleared.contains("Max-Age=0"), "{place}: {cleared}");
    }
}

/// With `SameSite=Strict`, the default of tower-sessions, browsers do not send the session with a
/// callback, because another site redirects to it. The flow then stays, and so does its cookie.
#[tokio::test]
async fn a_callback_without_the_login_of_its_flow_is_rejected_and_stays() {
    async fn user(request: Parts) -> Option<String> {
        let session: &Login = request.extensions.get()?;
        Some(session.user.as_ref()?.id().to_string())
    }
    let states = state_cookie().bind_to(user);
    let callbacks = ConnectCallbackLayer::new("/callback", states.clone());
    let url = ConnectUrl::new("application-1", "https://app.example/callback").unwrap();
    let connect = axum::routing::post(move |request: Request| {
        let flow = Flow::to(url.clone()).start(&states, request.into_parts().0);
        async move {
            flow.await
                .map(|flow| (flow.headers().clone(), flow.state().to_owned()))
        }
    });
    let app = Router::new()
        .route("/callback", get(async || "connected"))
        .layer(callbacks)
        .route("/connect", connect)
        .route("/login", axum::routing::post(login))
        .layer(logins());
    let client = serve(app).await;
    let refused = client.send(&Method::POST, "/connect").await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);

    let session = log_in(&client).await;
    let started = client
        .send_with(&Method::POST, "/connect", session.clone())
        .await
        .unwrap();
    assert_eq!(started.status(), StatusCode::OK);
    let state = String::from_utf8(started.body().to_vec()).unwrap();
    let flow = started.headers()[SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let target = format!("/callback?user_id=u-1&state={state}");
    let both = format!("{}; {flow}", session[COOKIE].to_str().unwrap());
    for (login, cookies, status) in [
        ("strict", flow, StatusCode::BAD_REQUEST),
        ("lax", &*both, StatusCode::OK),
    ] {
        let cookies = HeaderMap::from_iter([(COOKIE, cookies.parse().unwrap())]);
        let response = client
            .send_with(&Method::GET, &target, cookies)
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{login}");
        let is_over = response.headers().get_all(SET_COOKIE).iter().any(|cookie| {
            cookie
                .to_str()
                .unwrap()
                .starts_with("__Host-smartcar-connect-")
        });
        assert_eq!(is_over, status == StatusCode::OK, "{login}");
    }
}

//! From "Connect your car" to a callback that is verified, in an axum app.
//!
//! `cargo run --example state --features state-cookie`, then open the address that it prints. `PORT` chooses another
//! port.
//!
//! No real Connect is asked: a page of this example stands in for it, and offers ways to come back, good and forged.
//!
//! # The same with `tower-sessions`
//!
//! An app that has sessions can keep the state there. `tests/tower_sessions.rs` runs this code.
//!
//! ```
//! /// `POST /connect`: makes a state for a flow, and remembers it in the session of this browser. Another flow that is
//! /// under way cannot end any more then.
//! async fn connect(session: Session) -> Response {
//!     // An id of a session is 128 random bits, so a new one serves as a state.
//!     let state = Id::default().to_string();
//!     match session.insert("connect-state", &state).await {
//!         Ok(()) => Redirect::to(&format!("{CONNECT}?state={state}")).into_response(),
//!         Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
//!     }
//! }
//!
//! /// Verifies that the session of this browser has the state, which serves once.
//! async fn verify(request: Parts, state: String) -> Result<Verified, InvalidCallbackKind> {
//!     // There is a session wherever `SessionManagerLayer` is outside this layer.
//!     let session = request.extensions.get::<Session>();
//!     let session = session.ok_or(InvalidCallbackKind::StateStoreUnavailable)?;
//!     let issued = session.get::<String>("connect-state").await.map_err(unavailable)?;
//!     let verified = Verified::by_comparing(&issued.ok_or(InvalidCallbackKind::StateUnknown)?, &state)?;
//!     // Only now: a forged callback must not end a flow that is under way. And without waiting for the response,
//!     // because the session layer saves nothing if the app responds with a server error.
//!     session.remove_value("connect-state").await.map_err(unavailable)?;
//!     session.save().await.map_err(unavailable)?;
//!     Ok(verified)
//! }
//!
//! fn unavailable(_: tower_sessions::session::Error) -> InvalidCallbackKind {
//!     InvalidCallbackKind::StateStoreUnavailable
//! }
//!
//! let app = Router::new()
//!     .route("/callback", get(connected))
//!     .layer(ConnectCallbackLayer::new("/callback").verify_state_async(verify))
//!     .route("/connect", post(connect))
//!     // Outside of the layer that verifies, which finds the session in the request then.
//!     .layer(SessionManagerLayer::new(store).with_same_site(SameSite::Lax));
//! ```
//!
//! `Lax`, because the redirect to the callback comes from the site of Connect. Browsers keep cookies that are `Strict`,
//! as those of `tower-sessions` are otherwise, from every navigation that another site begins. The session would be
//! missing then, and every callback refused. `Lax` cookies are brought by a navigation with `GET`, but not by forms and
//! scripts of other sites.

use std::collections::HashMap;
use std::{env, io};

use axum::extract::{Query, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::{net::TcpListener, signal};
use tower_http::csrf::CsrfLayer;
use tower_smartcar_connect::state_cookie::{Key, StatePayload};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, InvalidCallback, InvalidCallbackKind, StateCookie};

/// Who can log in here, without a password.
const USERS: [&str; 2] = ["ada", "bob"];

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let port = listener.local_addr()?.port();
    println!("Open http://localhost:{port} in a browser. Ctrl-C stops.");
    axum::serve(listener, app()).with_graceful_shutdown(ctrl_c()).await
}

pub(crate) fn app() -> Router {
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let callback = Router::new().route("/callback", get(connected)).layer(
        ConnectCallbackLayer::new("/callback")
            .verify_state_with(state_cookie.clone())
            .on_error(failed)
            .on_invalid(refused),
    );
    Router::new()
        .route("/", get(home))
        .route("/login", post(log_in))
        .route("/connect", post(connect))
        .route("/stand-in-for-connect", get(stand_in_for_connect))
        .with_state(state_cookie)
        .merge(callback)
        // No page of another site can begin a flow. The callback comes from one too, but by `GET`, which passes.
        .layer(CsrfLayer::new())
}

/// The user whom this browser has logged in. A real app would ask its sessions.
fn user_of(headers: &HeaderMap) -> Option<&'static str> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let user = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("user="))?;
    USERS.into_iter().find(|known| *known == user)
}

async fn home(headers: HeaderMap) -> Html<String> {
    let greeting = match user_of(&headers) {
        Some(user) => {
            format!("<p>You are {user}.</p><form method=post action=/connect><button>Connect your car</button></form>")
        }
        None => "<p>Log in first.</p>".to_owned(),
    };
    let logins = USERS.map(|user| format!("<button name=user value={user}>Log in as {user}</button>"));
    Html(format!(
        "{greeting}<form method=post action=/login>{}</form>\n",
        logins.concat()
    ))
}

async fn log_in(body: String) -> Response {
    match USERS.into_iter().find(|user| body == format!("user={user}")) {
        Some(user) => {
            let set_cookie = format!("user={user}; Path=/; HttpOnly; SameSite=Lax");
            ([(SET_COOKIE, set_cookie)], Redirect::to("/")).into_response()
        }
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Begins a flow for the user who is logged in. A page of another origin cannot: `CsrfLayer` refuses its `POST`.
/// `SameSite=Lax`, which the cookie of the login has, would not do: it keeps out other sites, but no sister hosts.
async fn connect(State(state_cookie): State<StateCookie>, headers: HeaderMap) -> Response {
    let Some(user) = user_of(&headers) else {
        return (StatusCode::FORBIDDEN, "Log in first.\n").into_response();
    };
    match state_cookie.issue(&headers, "/callback", user) {
        Ok(issued) => {
            // In production: https://connect.smartcar.com/oauth/authorize with `client_id` and so on.
            let address = format!("/stand-in-for-connect?state={}", issued.state());
            let mut response = Redirect::to(&address).into_response();
            issued.add_to(response.headers_mut());
            response
        }
        Err(error) => {
            eprintln!("No state can be issued: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What an owner would see of Connect: ways to come back. Not part of an app.
async fn stand_in_for_connect(Query(query): Query<HashMap<String, String>>) -> Html<String> {
    // Encoded, it is neither markup nor another parameter, whatever it is.
    let state = query.get("state").map_or("", String::as_str);
    let state: String = form_urlencoded::byte_serialize(state.as_bytes()).collect();
    let forged = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let ways = [
        (
            "Grant access",
            format!("code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state={state}"),
        ),
        (
            "Close the car maker's login",
            format!("error=oem_cancelled_login&state={state}"),
        ),
        (
            "A forged state, with somebody else's code",
            format!("code=stolen&state={forged}"),
        ),
        ("No state, with somebody else's code", "code=stolen".to_owned()),
    ];
    let items = ways.map(|(text, query)| format!("<li><a href=\"/callback?{query}\">{text}</a>\n"));
    Html(format!(
        "<p>This page stands in for Smartcar Connect.</p>\n<ul>\n{}</ul>\n",
        items.concat()
    ))
}

/// A success, of a flow that this browser began. Whether it was this user is for the app to say: somebody else may have
/// logged in since.
async fn connected(headers: HeaderMap, began: Option<Extension<StatePayload>>) -> (StatusCode, String) {
    let user = user_of(&headers);
    let began = began.as_ref().map(|began| began.as_str());
    match user {
        // Now the code can be exchanged.
        Some(user) if began == Some(user) => (StatusCode::OK, format!("{user}, your car is connected.\n")),
        _ => (
            StatusCode::FORBIDDEN,
            "Somebody else began this flow. Please begin again.\n".to_owned(),
        ),
    }
}

/// An error, of a flow that this browser began.
async fn failed(error: ConnectError, _request: Parts) -> Response {
    let text = if error.code().is_user_exit() {
        "No car was connected. Try again whenever you like.\n".to_owned()
    } else {
        format!("No car was connected: {}.\n", error.code())
    };
    text.into_response()
}

/// A callback of no flow that this browser has under way.
async fn refused(invalid: InvalidCallback, _request: Parts) -> Response {
    println!("{invalid}");
    let text = match invalid.kind() {
        InvalidCallbackKind::StateExpired => "That took too long. Please begin again.\n",
        InvalidCallbackKind::StateUnknown => "You have been here before, or began in another browser.\n",
        _ => "This link does not work.\n",
    };
    (StatusCode::BAD_REQUEST, text).into_response()
}

async fn ctrl_c() {
    signal::ctrl_c().await.expect("Ctrl-C can be waited for");
    println!("Stopping.");
}

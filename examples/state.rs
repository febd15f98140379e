//! Smartcar Connect in an axum app with users, who are bound to their flows.
//!
//! `cargo run --example state --features axum,begin,simulator`, then open the address that it
//! prints. `PORT` selects another port. A simulator takes the place of Connect.
//!
//! The guide's page `verifying_state` shows the same with the sessions of `tower-sessions`.

use std::env;
use std::error::Error;

use axum::Router;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tokio::{net::TcpListener, signal};
use tower_http::csrf::CsrfLayer;
use tower_smartcar_connect::simulator::Simulator;
use tower_smartcar_connect::state_cookie::{Key, StatePayload};
use tower_smartcar_connect::{
    BeginConnect, ConnectCallbackLayer, ConnectError, ConnectSuccess, ConnectUrl, InvalidCallback,
    InvalidCallbackKind, StateCookie,
};

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";

/// The users, who log in without a password.
const USERS: [&str; 2] = ["ada", "bob"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let port = listener.local_addr()?.port();
    let origin = format!("http://localhost:{port}");
    // To a browser, `127.0.0.1` is another site than `localhost`, as Connect is. In production,
    // leave `origin` out.
    let connect_url = ConnectUrl::new(APPLICATION_ID, format!("{origin}/callback"))?
        .origin(format!("http://127.0.0.1:{port}"))?;
    let simulator = Simulator::new(APPLICATION_ID, [connect_url.redirect_uri()])?;

    println!("Open {origin} in a browser. Ctrl-C stops.\n");
    println!("The layer rejects a stolen code:\n");
    println!("  curl -i \"{origin}/callback?code=stolen&state=forged\"\n");
    let app = app(connect_url).route_service("/oauth/authorize", simulator);
    Ok(axum::serve(listener, app)
        .with_graceful_shutdown(ctrl_c())
        .await?)
}

pub(crate) fn app(connect_url: ConnectUrl) -> Router {
    // In production: `StateCookie::new(Key::from(&secret))` with 64 secret bytes that every server
    // has, and https.
    let state_cookie = StateCookie::new(Key::generate()).plain_http_for_development();
    let layer = ConnectCallbackLayer::new(&connect_url)
        .verify_state_with(state_cookie.clone())
        .require_result(true)
        .on_error(failed)
        .on_invalid(rejected);
    Router::new()
        .route("/callback", get(connected))
        .layer(layer)
        .route("/", get(home))
        .route("/login", post(log_in))
        .route_service(
            "/connect",
            BeginConnect::new(connect_url, state_cookie).payload(user),
        )
        // Pages of other origins cannot log a user in.
        .layer(CsrfLayer::new())
}

/// Returns the user who is logged in. A real app asks its session.
fn user_of(headers: &HeaderMap) -> Option<&'static str> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let user = cookies
        .split("; ")
        .find_map(|cookie| cookie.strip_prefix("user="))?;
    USERS.into_iter().find(|known| *known == user)
}

async fn home(headers: HeaderMap) -> Html<String> {
    let greeting = match user_of(&headers) {
        Some(user) => {
            format!(
                "<p>You are {user}.</p><form method=post action=/connect><button>Connect your car</button></form>"
            )
        }
        None => "<p>Log in first.</p>".to_owned(),
    };
    let logins =
        USERS.map(|user| format!("<button name=user value={user}>Log in as {user}</button>"));
    Html(format!(
        "{greeting}<form method=post action=/login>{}</form>\n",
        logins.concat()
    ))
}

async fn log_in(body: String) -> Response {
    match USERS
        .into_iter()
        .find(|user| body == format!("user={user}"))
    {
        Some(user) => {
            let set_cookie = format!("user={user}; Path=/; HttpOnly; SameSite=Lax");
            ([(SET_COOKIE, set_cookie)], Redirect::to("/")).into_response()
        }
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Returns the user who starts a flow, or a response that asks to log in.
async fn user(request: Parts) -> Result<String, Response> {
    match user_of(&request.headers) {
        Some(user) => Ok(user.to_owned()),
        None => Err((StatusCode::FORBIDDEN, "Log in first.\n").into_response()),
    }
}

/// Responds to a success of a flow that this browser started. Another user may have logged in since,
/// so the app compares the user.
async fn connected(
    _: ConnectSuccess,
    headers: HeaderMap,
    started_by: StatePayload,
) -> (StatusCode, String) {
    match user_of(&headers) {
        // Exchange the code for tokens here.
        Some(user) if started_by.as_str() == user => {
            (StatusCode::OK, format!("{user}, your car is connected.\n"))
        }
        _ => (
            StatusCode::FORBIDDEN,
            "Another user started this flow. Please start again.\n".to_owned(),
        ),
    }
}

/// Responds to an error of a flow that this browser started.
async fn failed(error: ConnectError, _request: Parts) -> Response {
    let text = if error.code().is_user_exit() {
        "No car was connected. Try again whenever you like.\n".to_owned()
    } else {
        format!("No car was connected: {}.\n", error.code())
    };
    (StatusCode::UNPROCESSABLE_ENTITY, text).into_response()
}

/// Responds to a rejected callback.
async fn rejected(invalid: InvalidCallback, _request: Parts) -> Response {
    println!("{invalid}");
    let text = match invalid.kind() {
        InvalidCallbackKind::StateExpired => "This took too long. Please start again.\n",
        InvalidCallbackKind::StateUnknown => {
            "This link was already used, or it was opened in another browser.\n"
        }
        _ => "This link doesn’t work.\n",
    };
    (StatusCode::BAD_REQUEST, text).into_response()
}

async fn ctrl_c() {
    signal::ctrl_c().await.expect("Ctrl-C has a handler");
    println!("Stopping.");
}

//! An app, as one of several servers. The tests of this package start it.
//!
//! It listens on the socket that is its standard input, so a restart does not change its port. These
//! variables are its settings:
//!
//! - `SERVER`: its number, which its responses tell.
//! - `STATES`: the keys of a `StateCookie`, the newest first, or the address of Redis.
//! - `VERSION`: `present`, or `later` for a later version of the crate.

mod flows;
mod later_version;

use std::env;
use std::error::Error;
use std::future::ready;
use std::io::stdin;
use std::os::fd::AsFd;
use std::time::{Duration, SystemTime};

use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower_smartcar_connect::states::{FlowPayload, InvalidKey, Key, StartState, StoredState};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectFailure, ConnectSuccess, ConnectUrl, Flow, StartConnect,
    StateCookie,
};

use self::flows::Flows;

const BUTTON: &str = "<form method=post action=/connect><button>Connect your car</button></form>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, states) = (env::var("SERVER")?, env::var("STATES")?);
    let is_later = env::var("VERSION")? == "later";
    // No two clocks are the same.
    let offset = Duration::from_secs(60 * server.parse::<u64>()?);
    let clock = move || SystemTime::now() + offset;

    let app = if states.starts_with("redis+unix:") {
        let flows = Flows::connect(&states, is_later).await?;
        app(StoredState::new(flows).clock(clock), &server)?
    } else {
        let app = app(state_cookie(&states)?.clock(clock), &server)?;
        match is_later {
            true => app.layer(middleware::from_fn_with_state(
                later_version::key(&states),
                later_version::change_cookies,
            )),
            false => app,
        }
    };
    let server = HeaderValue::try_from(server)?;
    let tell_server = move |mut response: Response| {
        response.headers_mut().insert("x-server", server.clone());
        ready(response)
    };
    let app = app.layer(middleware::map_response(tell_server));

    let mut stop = signal(SignalKind::terminate())?;
    let listener = std::net::TcpListener::from(stdin().as_fd().try_clone_to_owned()?);
    listener.set_nonblocking(true)?;
    let serve = axum::serve(TcpListener::from_std(listener)?, app);
    let stopped = async move { stop.recv().await.unwrap_or_default() };
    Ok(serve.with_graceful_shutdown(stopped).await?)
}

/// The keys, the newest first, as the docs of `older_key` read them.
fn state_cookie(keys: &str) -> Result<StateCookie, InvalidKey> {
    let (newest, older) = keys.split_once(',').unwrap_or((keys, ""));
    let states = StateCookie::new(Key::from_hex(newest)?);
    let mut older = older.split(',').filter(|key| !key.is_empty());
    older.try_fold(states, |states, key| {
        Ok(states.older_key(Key::from_hex(key)?))
    })
}

fn app<S>(states: S, server: &str) -> Result<Router, Box<dyn Error>>
where
    S: StartState<Started: Send, Future: Send> + Clone + Send + Sync + 'static,
{
    let connect_url = ConnectUrl::new("application-1", "https://app.example/callback")?;
    let connect_url = connect_url.without_code();
    let callbacks = ConnectCallbackLayer::new(&connect_url, states.clone()).on_failure(failed);
    let server = server.to_owned();
    let start = StartConnect::new(connect_url, states)
        .flow(move |base, _| ready(Ok::<_, Response>(Flow::to(base).payload(server.clone()))));
    Ok(Router::new()
        .route("/callback", get(connected))
        .layer(callbacks)
        .route_service("/connect", start)
        .route("/", get(Html(BUTTON))))
}

/// Says which server has started the flow.
async fn connected(_: ConnectSuccess, started_on: FlowPayload) -> String {
    started_on.as_str().to_owned()
}

/// Says the reason, so that the tests can count it.
async fn failed(failure: ConnectFailure, _: Parts) -> Response {
    (failure.status(), failure.as_str()).into_response()
}

//! The app of the demo and its simulator. The browser tests use them too.

mod diagnostics;
mod page;

// The guide's page about tests. Its example needs the simulator, which this package has.
#[cfg(doctest)]
#[doc = include_str!("../../../src/guide/testing.md")]
mod testing {}

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use smartcar_connect_simulator::Simulator;
use tower_smartcar_connect::callback::HandleCallback;
use tower_smartcar_connect::responses::{ErrorPage, PopupMessage, RedirectTo};
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectFailure, ConnectUrl, StartConnect, StateCookie,
};

pub use self::diagnostics::Diagnostics;

/// The application id. In a real app, it is from Smartcar's dashboard.
const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";

/// The origins of the app and the simulator, which are two sites.
#[derive(Clone)]
pub struct Addresses {
    pub garage: String,
    pub simulator: String,
}

impl Addresses {
    pub fn of_plain_http(garage: SocketAddr, simulator: SocketAddr) -> Self {
        Self {
            garage: format!("http://localhost:{}", garage.port()),
            simulator: format!("http://127.0.0.1:{}", simulator.port()),
        }
    }

    fn redirect_uris(&self) -> [String; 2] {
        ["/callback", "/popup/callback"].map(|path| format!("{}{path}", self.garage))
    }

    /// Returns the address of Connect for one of the redirect URIs.
    fn connect_url(&self, redirect_uri: &str) -> Result<ConnectUrl, Box<dyn Error>> {
        let base = ConnectUrl::new(APPLICATION_ID, redirect_uri)?
            .without_code()
            .scope(["read_odometer", "read_location", "read_battery"])?;
        Ok(base.simulated().at_origin(self.simulator.parse()?))
    }
}

/// The `Cross-Origin-Opener-Policy` of the page that opens a popup.
#[derive(Clone, Copy)]
pub enum OpenerPolicy {
    SameOriginAllowPopups,
    /// The header is absent.
    Absent,
    /// The message cannot arrive.
    SameOrigin,
}

impl OpenerPolicy {
    fn value(self) -> Option<HeaderValue> {
        match self {
            Self::SameOriginAllowPopups => {
                Some(HeaderValue::from_static("same-origin-allow-popups"))
            }
            Self::Absent => None,
            Self::SameOrigin => Some(HeaderValue::from_static("same-origin")),
        }
    }
}

#[derive(Clone)]
struct AppState {
    addresses: Addresses,
    opener_policy: OpenerPolicy,
    diagnostics: Diagnostics,
}

/// Returns the simulator, which is a site of its own.
pub fn simulator(addresses: &Addresses) -> Router {
    let simulator = Simulator::new(APPLICATION_ID, addresses.redirect_uris())
        .expect("the redirect URIs are of this machine");
    Router::new().fallback_service(simulator)
}

/// Returns the garage.
pub fn app(addresses: Addresses, opener_policy: OpenerPolicy, diagnostics: Diagnostics) -> Router {
    // In production: `Key::from_hex` with a secret that every server has.
    let state_cookie = StateCookie::new(Key::generate());
    let [connect_url, popup_connect_url] = addresses.redirect_uris().map(|redirect_uri| {
        let connect_url = addresses.connect_url(&redirect_uri);
        connect_url.expect("the redirect URI and the parameters are well-formed")
    });
    // Errors and successes redirect to the start page, which says what happened. Rejected callbacks
    // get an error page.
    let start_page = RedirectTo::new("/");
    let not_connected = {
        let (start_page, error_page) = (start_page.clone(), ErrorPage::new("/"));
        move |failure: ConnectFailure, request: Parts| match failure {
            ConnectFailure::Error(_) => start_page.handle(failure, request),
            ConnectFailure::Rejected(_) => error_page.handle(failure, request),
        }
    };
    let callback = ConnectCallbackLayer::new(&connect_url, state_cookie.clone())
        .allow_visits()
        .on_failure(not_connected)
        .on_success(start_page);
    let popup = PopupMessage::to_same_origin();
    let popup_callback = ConnectCallbackLayer::new(&popup_connect_url, state_cookie.clone())
        .allow_visits()
        .on_failure(popup.clone())
        .on_success(popup);

    let connect = StartConnect::new(connect_url, state_cookie.clone());
    let connect_in_popup = StartConnect::new(popup_connect_url, state_cookie);
    let state = AppState {
        addresses,
        opener_policy,
        diagnostics: diagnostics.clone(),
    };
    Router::new()
        .route("/", get(home))
        .route_service("/connect", connect)
        // The page asks for JSON, and opens the popup.
        .route_service("/popup/connect", connect_in_popup)
        // Handlers respond to callbacks. The routes only serve visits without an outcome.
        .route("/callback", get(async || Redirect::to("/")))
        .route("/popup/callback", get(async || Redirect::to("/")))
        .route(
            "/style.css",
            get(([(CONTENT_TYPE, "text/css")], include_str!("style.css"))),
        )
        .route(
            "/icon.svg",
            get(([(CONTENT_TYPE, "image/svg+xml")], include_str!("icon.svg"))),
        )
        .route(
            "/popup.js",
            get((
                [(CONTENT_TYPE, "text/javascript")],
                include_str!("popup.js"),
            )),
        )
        .route(
            "/metrics",
            get(async |State(state): State<AppState>| state.diagnostics.metrics()),
        )
        .with_state(state)
        // Around all routes, so the layers also see non-canonical forms of their paths.
        .layer(callback)
        .layer(popup_callback)
        // Outside both layers, so it sees their responses.
        .layer(middleware::from_fn_with_state(
            diagnostics,
            record_callbacks,
        ))
}

/// Records the outcome that a layer has inserted into the response.
async fn record_callbacks(
    State(diagnostics): State<Diagnostics>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    diagnostics.record(&path, &response);
    response
}

/// The parameters that a redirect adds to the address of the start page. Anyone can write such a
/// link, so it only selects the text of the page.
#[derive(Deserialize)]
struct StartPageQuery {
    connect_error: Option<String>,
    connected: Option<String>,
}

async fn home(State(state): State<AppState>, Query(query): Query<StartPageQuery>) -> Response {
    let news = match query {
        StartPageQuery {
            connect_error: Some(text),
            ..
        } => page::News::from_error_parameter(&text),
        StartPageQuery {
            connected: Some(_), ..
        } => Some(page::News::Connected),
        _ => None,
    };
    let page = page::home(news, &state.diagnostics.snapshot());
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' {}",
        state.addresses.simulator
    );
    let mut response = (
        [(CONTENT_SECURITY_POLICY, policy)],
        Html(page.into_string()),
    )
        .into_response();
    if let Some(policy) = state.opener_policy.value() {
        let name = HeaderName::from_static("cross-origin-opener-policy");
        response.headers_mut().insert(name, policy);
    }
    response
}

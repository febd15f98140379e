//! An app whose pages a test defines.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::Html;
use axum::routing::get;
use browser::{Tab, listen, outcome_link, serve};
use smartcar_connect_simulator::{FlowEnd, Simulator};
use tokio::net::TcpListener;
use tower_smartcar_connect::StateCookie;
use tower_smartcar_connect::responses::ErrorPage;
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectSuccess, ConnectUrl, StartConnect};

/// A button that starts a flow.
pub(crate) const BUTTON: &str = "<form action=/connect method=post><button>Connect</button></form>";

/// An app on `localhost`. Its simulator is on another site, 127.0.0.1.
pub(crate) struct App {
    listener: TcpListener,
    pub(crate) origin: String,
    pub(crate) connect_url: ConnectUrl,
    state_cookie: StateCookie,
    /// The number of requests to the callback.
    pub(crate) callbacks: Arc<AtomicUsize>,
}

impl App {
    /// Binds a port for the app, and serves the simulator.
    pub(crate) async fn bind() -> Self {
        let (listener, address) = listen().await;
        let (simulator, simulator_address) = listen().await;
        let origin = format!("http://localhost:{}", address.port());
        let connect_url = ConnectUrl::new("garage", format!("{origin}/callback"))
            .unwrap()
            .without_code()
            .at_origin(format!("http://{simulator_address}").parse().unwrap());
        let connect = Simulator::new("garage", [connect_url.redirect_uri()]).unwrap();
        serve(
            simulator,
            Router::new().route_service("/oauth/authorize", connect),
        );
        Self {
            listener,
            origin,
            connect_url,
            state_cookie: StateCookie::new(Key::generate()),
            callbacks: Arc::default(),
        }
    }

    /// Lets states expire by this clock.
    pub(crate) fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.state_cookie = self.state_cookie.clock(clock);
        self
    }

    pub(crate) fn start_connect(&self) -> StartConnect<StateCookie> {
        StartConnect::new(self.connect_url.clone(), self.state_cookie.clone())
    }

    /// Serves these routes and the callback.
    pub(crate) fn serve(self, routes: Router) {
        let layer = ConnectCallbackLayer::new(&self.connect_url, self.state_cookie)
            .on_failure(ErrorPage::new("/"));
        let connected = get(async |_: ConnectSuccess| page("<h1>Connected</h1>"));
        let callbacks = self.callbacks;
        let count = middleware::map_request(move |request: Request| {
            if request.uri().path() == "/callback" {
                callbacks.fetch_add(1, Ordering::Relaxed);
            }
            ready(request)
        });
        let routes = routes.route("/callback", connected);
        serve(self.listener, routes.layer(layer).layer(count));
    }

    /// Serves a start page, and a service on the path that its button posts to.
    pub(crate) fn serve_start_page(self, body: &str) {
        let routes = Router::new()
            .route("/", get(page(body)))
            .route_service("/connect", self.start_connect());
        self.serve(routes);
    }
}

pub(crate) fn page(body: &str) -> Html<String> {
    Html(format!("<!DOCTYPE html><title>Page</title>{body}"))
}

/// Grants access at the simulator, and returns the heading of the app's page.
pub(crate) async fn grant(tab: &Tab) -> String {
    tab.click(&outcome_link(&FlowEnd::user_id())).await;
    tab.wait_until("return location.pathname === '/callback'")
        .await;
    tab.text("h1").await
}

/// The heading of the page for a callback without its cookie.
pub(crate) const WITHOUT_COOKIE: &str = "This link no longer works";

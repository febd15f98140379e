//! Flows that a script starts with `fetch`, and navigates to.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, Method};
use axum::routing::get;
use browser::{Driver, Tab, listen, serve};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use super::app::{App, BUTTON, WITHOUT_COOKIE, grant, page};

/// Requests the address with these options, and navigates to it. Returns the error, if there is
/// one.
async fn go(tab: &Tab, app: &str, options: &str) -> Value {
    tab.execute(&format!(
        "window.failure = undefined; \
         fetch({}, {{ method: 'POST', {options} }})\
         .then(response => response.ok ? response.json() : Promise.reject(response.status))\
         .then(({{ url }}) => location.assign(url))\
         .catch(reason => {{ window.failure = String(reason); }});",
        json!(format!("{app}/connect"))
    ))
    .await;
    tab.wait_until("return window.failure ?? location.pathname === '/oauth/authorize'")
        .await
}

const JSON: &str = "headers: { accept: 'application/json' }";

pub(crate) async fn a_page_of_the_app_fetches_the_address_and_navigates_to_it(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let app = App::bind().await;
    let origin = app.origin.clone();
    app.serve_start_page("<h1>Start</h1>");
    tab.goto(&origin).await;
    assert_eq!(go(&tab, &origin, JSON).await, true);
    assert_eq!(grant(&tab).await, "Connected");
    tab.assert_no_console_errors("fetch").await;
    tab.close().await;
}

pub(crate) async fn a_fetch_without_an_accept_header_gets_the_address_too(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let app = App::bind().await;
    let origin = app.origin.clone();
    app.serve_start_page("<h1>Start</h1>");
    tab.goto(&origin).await;
    assert_eq!(go(&tab, &origin, "").await, true);
    tab.close().await;
}

/// A front end on its own origin.
struct FrontEnd {
    /// Another port of the same host: another origin on the same site.
    sister: String,
    /// The same port of another host: another site.
    other_site: String,
    app: String,
}

impl FrontEnd {
    /// Serves a front end beside an app that trusts both of its origins, or neither.
    async fn start(is_trusted: bool) -> Self {
        let app = App::bind().await;
        let (listener, address) = listen().await;
        let front_end = Self {
            sister: format!("http://localhost:{}", address.port()),
            other_site: format!("http://127.0.0.1:{}", address.port()),
            app: app.origin.clone(),
        };
        let form = BUTTON.replace("/connect", &format!("{}/connect", front_end.app));
        serve(listener, Router::new().route("/", get(page(&form))));

        let mut start_connect = app.start_connect();
        let mut cors = CorsLayer::new();
        if is_trusted {
            let origins = [&front_end.sister, &front_end.other_site];
            for origin in origins {
                start_connect = start_connect.trust_origin(origin.parse().unwrap());
            }
            cors = cors
                .allow_origin(origins.map(|origin| HeaderValue::try_from(origin).unwrap()))
                .allow_methods([Method::POST])
                .allow_credentials(true);
        }
        let routes = Router::new()
            .route_service("/connect", start_connect)
            .layer(cors)
            .route("/blank", get(page("")));
        app.serve(routes);
        front_end
    }
}

const JSON_WITH_CREDENTIALS: &str =
    "headers: { accept: 'application/json' }, credentials: 'include'";

pub(crate) async fn a_trusted_sister_origin_starts_flows(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let front_end = FrontEnd::start(true).await;
    tab.goto(&front_end.sister).await;
    assert_eq!(go(&tab, &front_end.app, JSON_WITH_CREDENTIALS).await, true);
    assert_eq!(grant(&tab).await, "Connected");
    tab.assert_no_console_errors("sister").await;

    tab.goto(&front_end.sister).await;
    tab.click("button").await;
    assert_eq!(grant(&tab).await, "Connected");
    tab.close().await;
}

pub(crate) async fn without_credentials_the_browser_drops_the_cookie(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let front_end = FrontEnd::start(true).await;
    tab.goto(&front_end.sister).await;
    assert_eq!(go(&tab, &front_end.app, JSON).await, true);
    assert_eq!(grant(&tab).await, WITHOUT_COOKIE);
    tab.close().await;
}

pub(crate) async fn from_another_site_a_form_starts_flows_and_fetch_loses_the_cookie(
    driver: Arc<Driver>,
) {
    let tab = driver.browser().await;
    let front_end = FrontEnd::start(true).await;
    tab.goto(&front_end.other_site).await;
    assert_eq!(go(&tab, &front_end.app, JSON_WITH_CREDENTIALS).await, true);
    assert_eq!(grant(&tab).await, WITHOUT_COOKIE);

    tab.goto(&front_end.other_site).await;
    tab.click("button").await;
    assert_eq!(grant(&tab).await, "Connected");
    tab.close().await;
}

pub(crate) async fn an_untrusted_origin_starts_no_flow(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let front_end = FrontEnd::start(false).await;
    let connect = format!("{}/connect", front_end.app);
    for origin in [&front_end.sister, &front_end.other_site] {
        // With a script, which cannot read the status.
        for options in [
            JSON_WITH_CREDENTIALS,
            "mode: 'no-cors', credentials: 'include'",
        ] {
            tab.goto(origin).await;
            let failure = go(&tab, &front_end.app, options).await;
            assert_ne!(failure, true, "{origin}: {options}");
        }
        // With a form.
        tab.goto(origin).await;
        tab.click("button").await;
        tab.wait_for_url(&connect).await;
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        assert_eq!(tab.execute(status).await, 403, "{origin}");
        // A page of the app, on which WebDriver lists its cookies.
        tab.goto(&format!("{}/blank", front_end.app)).await;
        let cookies = tab.cookies().await;
        assert!(cookies.is_empty(), "{origin}: {cookies:?}");
    }
    tab.close().await;
}

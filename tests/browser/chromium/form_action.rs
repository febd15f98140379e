//! Buttons on a page with a `form-action` directive.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::routing::get;
use serde_json::json;

use super::app::{App, BUTTON, grant, page};
use super::browser::{Driver, Tab};

/// Records the first violation of the policy.
const WATCH: &str = "<script>addEventListener('securitypolicyviolation', event => \
     window.violation ??= [event.effectiveDirective, new URL(event.blockedURI).origin]);</script>";

/// Opens a page with this policy and a button, and clicks the button.
async fn click_under(tab: &Tab, app: App, policy: String) {
    let page = page(&format!("{WATCH}{BUTTON}"));
    let start_page = get(async || ([(CONTENT_SECURITY_POLICY, policy)], page));
    let origin = app.origin.clone();
    let routes = Router::new()
        .route("/", start_page)
        .route_service("/connect", app.begin_connect());
    app.serve(routes);
    tab.goto(&origin).await;
    tab.click("button").await;
}

pub(crate) async fn a_policy_with_only_the_apps_origin_blocks_the_button(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let app = App::bind().await;
    let origin = app.origin.clone();
    click_under(&tab, app, "form-action 'self'".to_owned()).await;
    let violation = tab.wait_until("return window.violation").await;
    // The browser reports the address of the form, and not the target of the redirect.
    assert_eq!(violation, json!(["form-action", origin]));
    assert_eq!(tab.url().await.as_str(), format!("{origin}/"));
    tab.close().await;
}

pub(crate) async fn a_policy_with_the_origin_of_connect_allows_the_button(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let app = App::bind().await;
    let policy = format!("form-action 'self' {}", app.connect_url.connect_origin());
    click_under(&tab, app, policy).await;
    assert_eq!(grant(&tab).await, "Connected");
    tab.assert_no_console_errors("policy").await;
    tab.close().await;
}

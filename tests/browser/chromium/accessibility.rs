//! The pages that owners and testers see, checked by axe-core.

use std::future::ready;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use serde_json::Value;
use smartcar_connect_simulator::Simulator;
use tower_smartcar_connect::responses::{ErrorPage, PopupMessage, RedirectTo};
use tower_smartcar_connect::states::PendingCallback;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ErrorCode, RejectionReason, Verified, verify_fn,
};

use super::browser::{Driver, Tab};
use super::demo_servers::{self, listen, serve};
use super::garage;

/// The script of axe-core, if it is installed.
pub(crate) fn axe() -> Option<PathBuf> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/node_modules/axe-core/axe.min.js"
    );
    Some(PathBuf::from(script)).filter(|script| script.exists())
}

/// Opens a browser, and reads the script of axe-core.
async fn browser(driver: &Driver) -> (Tab, String) {
    let axe = std::fs::read_to_string(axe().expect("axe-core is installed")).unwrap();
    (driver.browser().await, axe)
}

/// What axe-core finds on the page that has its script.
async fn violations(tab: &Tab) -> Vec<Value> {
    let run = "const done = arguments[0]; axe.run().then(({ violations }) => done(violations.map(\
               ({ id, help, nodes }) => ({ id, help, html: nodes.map(({ html }) => html) }))));";
    let violations = tab.execute_async(run).await;
    violations.as_array().expect("axe returns a list").clone()
}

/// Looks at the page wide and narrow, light and dark.
async fn check(tab: &Tab, axe: &str) {
    let url = tab.url().await;
    tab.execute(axe).await;
    for (width, height) in [(1200, 900), (320, 640)] {
        for scheme in ["light", "dark"] {
            tab.show_as(width, height, scheme).await;
            let case = format!("{url}, {width} pixels wide, {scheme}");
            let fits = "return document.documentElement.scrollWidth <= innerWidth";
            assert_eq!(tab.execute(fits).await, true, "{case}");
            let violations = violations(tab).await;
            assert!(violations.is_empty(), "{case}: {violations:#?}");
        }
    }
}

/// Serves each ready-made response to each failure. Returns the addresses.
async fn responses() -> Vec<String> {
    let verify = |callback: PendingCallback| {
        let mut reasons = RejectionReason::ALL.iter();
        ready(
            match reasons.find(|reason| reason.as_str() == callback.state()) {
                Some(reason) => Err(*reason),
                None => Ok(Verified::new()),
            },
        )
    };
    let layer = |path: &str| ConnectCallbackLayer::new(path, verify_fn(verify));
    let app = Router::new()
        .layer(layer("/page").on_failure(ErrorPage::new("/")))
        .layer(layer("/popup").on_failure(PopupMessage::to_same_origin().with_link("/")))
        .layer(layer("/redirect").on_failure(RedirectTo::new("/redirect")));
    let (listener, address) = listen().await;
    serve(listener, app);
    let errors = ErrorCode::ALL.iter().map(|code| code.as_str());
    let errors = errors.chain(["not_documented"]);
    let errors = errors.map(|code| format!("error={code}&state=right"));
    let reasons = RejectionReason::ALL.iter();
    let reasons = reasons.map(|reason| format!("error=access_denied&state={}", reason.as_str()));
    let failures: Vec<_> = errors.chain(reasons).collect();
    // One is enough where the text is the same.
    let others = ["popup", "redirect"].map(|path| (path, &failures[0]));
    let pages = failures.iter().map(|failure| ("page", failure));
    pages
        .chain(others)
        .map(|(path, failure)| format!("http://{address}/{path}?{failure}"))
        .collect()
}

/// Serves a simulator. Returns the addresses of its pages.
async fn simulator() -> Vec<String> {
    let (listener, address) = listen().await;
    let redirect_uri = "http://localhost:8000/callback";
    let simulator = Simulator::new("app-1", [redirect_uri]).unwrap();
    serve(listener, Router::new().fallback_service(simulator));
    let request = "application_id=app-1&response_type";
    [
        String::from("/"),
        format!("/oauth/authorize?{request}=code&scope=read_odometer"),
        format!("/oauth/authorize?{request}=none&mode=simulated"),
        format!("/oauth/authorize?{request}=none&simulated_outcome=user_id"),
        format!("/oauth/authorize?{request}=token"),
        format!(
            "/oauth/reauthenticate?{request}=vehicle_id&vehicle_id=1&redirect_uri={redirect_uri}"
        ),
        "/oauth/reauthenticate?application_id=app-1&make=TESLA&scope=read_odometer&user_id=1"
            .into(),
        format!("/battery-capacity?{request}=vehicle_id&vehicle_id=1&redirect_uri={redirect_uri}"),
        String::from("/elsewhere"),
    ]
    .map(|path| format!("http://{address}{path}"))
    .into()
}

pub(crate) async fn no_page_breaks_a_rule_of_axe(driver: Arc<Driver>) {
    let (tab, axe) = browser(&driver).await;
    let garage = garage::start().await;
    let demo = demo_servers::start().await.garage;
    let mut pages = vec![demo, garage.clone(), format!("{garage}/login")];
    pages.extend(responses().await);
    pages.extend(simulator().await);
    for page in pages {
        tab.goto(&page).await;
        check(&tab, &axe).await;
        if page.contains("mode=simulated") {
            // The page for what the owner grants.
            tab.click("form button").await;
            tab.find("input[type=checkbox]").await;
            check(&tab, &axe).await;
        }
    }
    tab.close().await;
}

/// The check finds what it looks for.
pub(crate) async fn a_page_that_breaks_a_rule_is_found(driver: Arc<Driver>) {
    let (tab, axe) = browser(&driver).await;
    tab.goto("data:text/html,<main><h1 style=color:silver>Garage</h1></main>")
        .await;
    tab.execute(&axe).await;
    let found = violations(&tab).await;
    for rule in ["color-contrast", "document-title", "html-has-lang"] {
        let is_it = |violation: &Value| violation["id"] == rule;
        assert!(found.iter().any(is_it), "{rule}: {found:?}");
    }
    tab.close().await;
}

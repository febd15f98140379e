//! The pages that owners and testers see, checked by axe-core.

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use browser::{Driver, accessibility, listen, serve};
use smartcar_connect_simulator::Simulator;
use tower_smartcar_connect::responses::{ErrorPage, PopupMessage, RedirectTo};
use tower_smartcar_connect::states::PendingCallback;
use tower_smartcar_connect::{
    ConnectCallbackLayer, ErrorCode, RejectionReason, Verified, verify_fn,
};

use super::demo_servers;

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
    let tab = driver.browser().await;
    let mut pages = vec![demo_servers::start().await.garage];
    pages.extend(responses().await);
    pages.extend(simulator().await);
    for page in pages {
        tab.goto(&page).await;
        accessibility::check(&tab).await;
        if page.contains("mode=simulated") {
            // The page for what the owner grants.
            tab.click("form button").await;
            tab.find("input[type=checkbox]").await;
            accessibility::check(&tab).await;
        }
    }
    tab.close().await;
}

/// The check finds what it looks for.
pub(crate) async fn axe_finds_a_page_that_breaks_a_rule(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    tab.goto("data:text/html,<main><h1 style=color:silver>Garage</h1></main>")
        .await;
    let found = accessibility::violations(&tab).await;
    for rule in ["color-contrast", "document-title", "html-has-lang"] {
        let is_it = |violation: &serde_json::Value| violation["id"] == rule;
        assert!(found.iter().any(is_it), "{rule}: {found:?}");
    }
    tab.close().await;
}

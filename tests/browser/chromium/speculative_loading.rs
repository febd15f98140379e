//! Callbacks that the browser prefetches or prerenders.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::routing::get;
use browser::Driver;
use serde_json::json;

use super::app::{App, page};

/// Returns a script that starts a flow and makes the browser load its callback in advance. The
/// title has the address.
fn speculate(action: &str) -> String {
    let rules = json!({ action: [{ "urls": ["URL"], "eagerness": "immediate" }] });
    format!(
        "fetch('/connect', {{ method: 'POST', headers: {{ accept: 'application/json' }} }})\
         .then(response => response.json())\
         .then(({{ state }}) => {{\
           const url = `${{location.origin}}/callback?code=c&state=${{state}}`;\
           const script = document.createElement('script');\
           script.type = 'speculationrules';\
           script.textContent = '{rules}'.replace('URL', url);\
           document.head.append(script);\
           document.title = url;\
         }});"
    )
}

pub(crate) async fn a_callback_that_is_loaded_in_advance_is_served_on_the_visit(
    driver: Arc<Driver>,
) {
    let tab = driver.browser().await;
    for action in ["prefetch", "prerender"] {
        let app = App::bind().await;
        let (origin, callbacks) = (app.origin.clone(), Arc::clone(&app.callbacks));
        let count = {
            let callbacks = callbacks.clone();
            get(async move || callbacks.load(Ordering::Relaxed).to_string())
        };
        let routes = Router::new()
            .route("/", get(page("<h1>Start</h1>")))
            .route("/count", count)
            .route_service("/connect", app.start_connect());
        app.serve(routes);
        tab.goto(&origin).await;
        tab.execute(&speculate(action)).await;
        tab.wait_until(
            "const request = new XMLHttpRequest();\
             request.open('GET', '/count', false);\
             request.send();\
             return request.responseText === '1';",
        )
        .await;
        tab.execute("location.assign(document.title)").await;
        tab.wait_until("return location.pathname === '/callback'")
            .await;
        assert_eq!(tab.text("h1").await, "Connected", "{action}");
        assert_eq!(callbacks.load(Ordering::Relaxed), 2, "{action}");
    }
    tab.close().await;
}

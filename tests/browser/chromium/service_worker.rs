//! Apps whose service worker responds to navigations from its cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::app::{App, BUTTON, grant, page};
use super::browser::{Driver, Tab};

/// Returns a service worker that responds to navigations from its cache, like a single-page app. It
/// handles `/connect` and excluded paths with `otherwise`.
fn worker(activate: &str, is_excluded: &str, otherwise: &str) -> String {
    format!(
        "addEventListener('install', event => {{\
           event.waitUntil(caches.open('app').then(cache => cache.add('/')));\
         }});\
         addEventListener('activate', event => {{\
           event.waitUntil((async () => {{ {activate} await clients.claim(); }})());\
         }});\
         addEventListener('fetch', event => {{\
           if (event.request.mode !== 'navigate') return;\
           const {{ pathname }} = new URL(event.request.url);\
           if ({is_excluded}) {{ {otherwise} return; }}\
           event.respondWith(caches.match('/'));\
         }});"
    )
}

/// Serves an app with a service worker, and opens its start page under the control of the worker.
/// Returns the number of requests to the callback.
async fn open(tab: &Tab, worker: String) -> Arc<AtomicUsize> {
    let app = App::bind().await;
    let origin = app.origin.clone();
    let callbacks = Arc::clone(&app.callbacks);
    let register = "<script>navigator.serviceWorker.register('/worker.js');</script>";
    let start_page = page(&format!("<h1>Start</h1>{BUTTON}{register}"));
    let script = get(([(CONTENT_TYPE, "text/javascript")], worker));
    let routes = Router::new()
        .route("/", get(start_page))
        .route("/worker.js", script)
        .route_service("/connect", app.begin_connect());
    app.serve(routes);
    tab.goto(&origin).await;
    tab.wait_until("return navigator.serviceWorker.controller !== null")
        .await;
    callbacks
}

const BOTH: &str = "['/connect', '/callback'].includes(pathname)";

pub(crate) async fn a_worker_that_responds_to_each_navigation_hides_button_and_callback(
    driver: Arc<Driver>,
) {
    let tab = driver.browser().await;
    open(&tab, worker("", "false", "")).await;
    tab.click("button").await;
    tab.wait_until("return location.pathname === '/connect'")
        .await;
    assert_eq!(tab.text("h1").await, "Start");

    let callbacks = open(&tab, worker("", "pathname === '/connect'", "")).await;
    tab.click("button").await;
    assert_eq!(grant(&tab).await, "Start");
    assert_eq!(callbacks.load(Ordering::Relaxed), 0);
    tab.close().await;
}

pub(crate) async fn a_worker_that_ignores_both_paths_lets_a_flow_pass(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    for otherwise in ["", "event.respondWith(fetch(event.request));"] {
        let callbacks = open(&tab, worker("", BOTH, otherwise)).await;
        tab.click("button").await;
        assert_eq!(grant(&tab).await, "Connected", "{otherwise}");
        assert_eq!(callbacks.load(Ordering::Relaxed), 1, "{otherwise}");
    }
    tab.close().await;
}

const PRELOAD: &str = "await registration.navigationPreload.enable();";

pub(crate) async fn navigation_preload_repeats_the_callback_unless_its_response_is_used(
    driver: Arc<Driver>,
) {
    let tab = driver.browser().await;
    let use_it = "event.respondWith(event.preloadResponse.then(response => response ?? fetch(event.request)));";
    for (otherwise, expected) in [("", 2), (use_it, 1)] {
        let callbacks = open(&tab, worker(PRELOAD, BOTH, otherwise)).await;
        tab.click("button").await;
        let heading = grant(&tab).await;
        assert_eq!(callbacks.load(Ordering::Relaxed), expected, "{otherwise}");
        // The first request clears the cookie. The browser shows the response to the second one,
        // which may lack the cookie.
        if expected == 1 {
            assert_eq!(heading, "Connected");
        }
    }
    tab.close().await;
}

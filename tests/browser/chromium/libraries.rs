//! Forms that a library sends: htmx and Turbo, which are not part of the repository.
//!
//! `NODE_MODULES` is the folder in which npm has installed `htmx.org` and `@hotwired/turbo`.
//! CONTRIBUTING.md has the commands.

use std::sync::Arc;
use std::{env, fs};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::app::{App, BUTTON, grant, page};
use super::browser::{Driver, Tab};

/// Serves a start page with a library, and opens it.
async fn open(tab: &Tab, library: &str, body: &str) {
    let modules = env::var("NODE_MODULES").expect("NODE_MODULES is the path of `node_modules`");
    let library = fs::read_to_string(format!("{modules}/{library}")).expect(library);
    let app = App::bind().await;
    let origin = app.origin.clone();
    let routes = Router::new()
        .route(
            "/",
            get(page(&format!("<script src=/library.js></script>{body}"))),
        )
        .route(
            "/library.js",
            get(([(CONTENT_TYPE, "text/javascript")], library)),
        )
        .route_service("/connect", app.begin_connect());
    app.serve(routes);
    tab.goto(&origin).await;
}

pub(crate) async fn htmx_navigates_to_connect(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    for body in [
        "<button hx-post=/connect>Connect</button>",
        "<div hx-boost:inherited=true hx-boost=true><form action=/connect method=post><button>Connect</button></form></div>",
    ] {
        open(&tab, "htmx.org/dist/htmx.js", body).await;
        tab.click("button").await;
        assert_eq!(grant(&tab).await, "Connected", "{body}");
        tab.assert_no_console_errors(body).await;
    }
    tab.close().await;
}

pub(crate) async fn turbo_does_not_navigate_unless_it_is_off_for_the_form(driver: Arc<Driver>) {
    const TURBO: &str = "@hotwired/turbo/dist/turbo.es2017-umd.js";
    let watch = "<script>addEventListener('turbo:fetch-request-error', event => \
         { window.failure = String(event.detail.error); });</script>";
    let tab = driver.browser().await;
    open(&tab, TURBO, &format!("{watch}{BUTTON}")).await;
    tab.click("button").await;
    let failure = tab.wait_until("return window.failure").await;
    assert_eq!(failure, "TypeError: Failed to fetch");
    assert_eq!(tab.url().await.path(), "/");

    let form = BUTTON.replace("<form", "<form data-turbo=false");
    open(&tab, TURBO, &form).await;
    tab.click("button").await;
    assert_eq!(grant(&tab).await, "Connected");
    tab.close().await;
}

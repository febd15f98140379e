//! Apps inside an iframe of another site, where browsers drop cookies with `SameSite=Lax`.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::app::{App, BUTTON, WITHOUT_COOKIE, grant, page};
use super::browser::{Driver, Tab};
use super::demo_servers::{listen, serve};

/// Opens the app in an iframe of another site, and switches to the iframe. Returns the origin of
/// the app.
async fn open_in_frame(tab: &Tab, attributes: &str, body: &str) -> String {
    let app = App::bind().await;
    let origin = app.origin.clone();
    let frame = page(&format!("<iframe src={origin} {attributes}></iframe>"));
    app.serve_start_page(body);
    let (listener, address) = listen().await;
    serve(listener, Router::new().route("/", get(frame)));
    tab.goto(&format!("http://127.0.0.1:{}", address.port()))
        .await;
    tab.enter_frame("iframe").await;
    origin
}

/// Switches to the window that was opened.
async fn switch_to_popup(tab: &Tab) {
    let opener = tab.active_tab().await;
    let popup = tab.other_tab(&opener).await;
    tab.switch_to(popup).await;
}

pub(crate) async fn in_an_iframe_connect_is_blocked_and_the_cookie_is_dropped(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let window = tab.active_tab().await;
    let app = open_in_frame(&tab, "", BUTTON).await;
    tab.click("button").await;
    // Like many login pages, the simulator's page cannot be framed.
    tab.wait_until("return location.protocol === 'chrome-error:'")
        .await;
    // A page of the app, on which WebDriver lists its cookies.
    tab.switch_to(window).await;
    tab.goto(&app).await;
    let cookies = tab.cookies().await;
    assert!(cookies.is_empty(), "{cookies:?}");
    tab.close().await;
}

pub(crate) async fn a_form_with_target_top_starts_a_flow(driver: Arc<Driver>) {
    let tab = driver.browser().await;
    let window = tab.active_tab().await;
    let form = BUTTON.replace("<form", "<form target=_top");
    for attributes in [
        "",
        "sandbox='allow-forms allow-same-origin allow-top-navigation-by-user-activation'",
    ] {
        open_in_frame(&tab, attributes, &form).await;
        tab.click("button").await;
        tab.switch_to(window.clone()).await;
        assert_eq!(grant(&tab).await, "Connected", "{attributes}");
    }
    tab.close().await;
}

pub(crate) async fn a_form_with_a_named_target_starts_a_flow(driver: Arc<Driver>) {
    let form = BUTTON.replace("<form", "<form target=connect");
    for attributes in [
        "",
        "sandbox='allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox'",
    ] {
        let tab = driver.browser_that_blocks_popups().await;
        open_in_frame(&tab, attributes, &form).await;
        tab.click("button").await;
        switch_to_popup(&tab).await;
        assert_eq!(grant(&tab).await, "Connected", "{attributes}");
        // A message reaches the app in the iframe.
        let opener = "return opener.origin === origin && opener !== opener.top";
        assert_eq!(tab.execute(opener).await, true, "{attributes}");
        tab.close().await;
    }
}

/// Opens the popup in the click handler, before the request.
const FETCH_INTO_POPUP: &str = "<button>Connect</button><script>
    document.querySelector('button').addEventListener('click', async () => {
      const popup = window.open('', 'connect', 'popup');
      const headers = { accept: 'application/json' };
      const response = await fetch('/connect', { method: 'POST', headers });
      const { url } = await response.json();
      popup.location = url;
    });
    </script>";

pub(crate) async fn a_fetch_in_an_iframe_loses_the_cookie_of_its_popup(driver: Arc<Driver>) {
    let tab = driver.browser_that_blocks_popups().await;
    open_in_frame(&tab, "", FETCH_INTO_POPUP).await;
    tab.click("button").await;
    switch_to_popup(&tab).await;
    assert_eq!(grant(&tab).await, WITHOUT_COOKIE);
    tab.close().await;
}

pub(crate) async fn outside_an_iframe_a_fetch_sends_its_popup_to_connect(driver: Arc<Driver>) {
    let tab = driver.browser_that_blocks_popups().await;
    let app = App::bind().await;
    let origin = app.origin.clone();
    app.serve_start_page(FETCH_INTO_POPUP);
    tab.goto(&origin).await;
    tab.click("button").await;
    switch_to_popup(&tab).await;
    assert_eq!(grant(&tab).await, "Connected");
    tab.close().await;
}

//! Screenshots of the ready-made responses, to look at.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::request::Parts;
use axum::routing::get;
use tower_smartcar_connect::answers::{ErrorPage, PopupMessage};
use tower_smartcar_connect::{ConnectCallbackLayer, InvalidCallbackKind, Verified};

use super::browser::Driver;
use super::demo_servers::{listen, serve};

/// The name of the file, the address, and whether the popup is in the state after its message was
/// sent.
const SCREENSHOTS: [(&str, &str, bool); 6] = [
    (
        "page-left",
        "/page?error=oem_cancelled_login&state=1",
        false,
    ),
    (
        "page-configuration",
        "/page?error=configuration_error&state=1",
        false,
    ),
    ("page-used", "/page?code=1&state=used", false),
    ("popup-sent", "/popup?code=1&state=1", true),
    ("popup-lost", "/popup?code=1&state=1", false),
    ("popup-used", "/popup?code=1&state=used", false),
];

async fn start() -> String {
    let verify = |_: &Parts, state: &str| match state {
        "used" => Err(InvalidCallbackKind::StateUnknown),
        _ => Ok(Verified::new()),
    };
    let popup = PopupMessage::to_same_origin();
    let pages = ConnectCallbackLayer::new("/page")
        .verify_state(verify)
        .on_failure(ErrorPage::new("/"));
    let popups = ConnectCallbackLayer::new("/popup")
        .verify_state(verify)
        .on_failure(popup.clone())
        .on_success(popup);
    let app = Router::new()
        .route("/page", get(async || ""))
        .route("/popup", get(async || ""))
        .layer(pages)
        .layer(popups);
    let (listener, address) = listen().await;
    serve(listener, app);
    format!("http://{address}")
}

/// Writes screenshots into `target/tmp/answers`: of pages and popups, on a phone and on a desktop,
/// in light and dark mode.
pub(crate) async fn screenshots_of_the_responses(driver: Arc<Driver>) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("answers");
    fs::create_dir_all(&directory).unwrap();
    let app = start().await;
    for has_opener in [false, true] {
        let tab = driver.browser().await;
        if has_opener {
            tab.before_each_page("window.opener = window; window.close = () => {};")
                .await;
        }
        for (device, width) in [("phone", 390), ("desk", 1280)] {
            for scheme in ["light", "dark"] {
                tab.emulate(width, scheme).await;
                for (name, target, _) in SCREENSHOTS.iter().filter(|(.., sent)| *sent == has_opener)
                {
                    tab.goto(&format!("{app}{target}")).await;
                    let width_of_all = tab
                        .execute("return document.documentElement.scrollWidth")
                        .await;
                    assert_eq!(width_of_all, width, "{name} is not wider than the {device}");
                    let file = directory.join(format!("{name}-{device}-{scheme}.png"));
                    fs::write(file, tab.screenshot().await).unwrap();
                }
            }
        }
        tab.close().await;
    }
    println!("{}", directory.display());
}

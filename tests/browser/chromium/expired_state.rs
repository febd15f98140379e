//! A callback whose state has expired.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use browser::{Driver, outcome_link};
use smartcar_connect_simulator::FlowEnd;

use super::app::{App, BUTTON};

pub(crate) async fn an_expired_callback_is_rejected_with_a_page(driver: Arc<Driver>) {
    // A clock that the test sets.
    let minutes = Arc::new(AtomicU64::new(0));
    let passed = Arc::clone(&minutes);
    let start = SystemTime::now();
    let app = App::bind()
        .await
        .clock(move || start + Duration::from_secs(60 * passed.load(Ordering::Relaxed)));
    let origin = app.origin.clone();
    app.serve_start_page(&format!("<h1>Garage</h1>{BUTTON}"));
    let tab = driver.browser().await;
    let granted = outcome_link(&FlowEnd::authorization_code());

    tab.goto(&origin).await;
    tab.click("button").await;
    tab.find(&granted).await;
    minutes.fetch_add(31, Ordering::Relaxed);
    tab.click(&granted).await;
    assert_eq!(tab.text("h1").await, "Your car wasn’t connected");
    assert_eq!(
        tab.text("h1 + p").await,
        "This took too long, and the link has expired."
    );
    tab.assert_no_console_errors("expired").await;
    tab.click("main a").await;
    assert_eq!(tab.text("h1").await, "Garage");

    // Started again, and completed in time.
    tab.click("button").await;
    tab.find(&granted).await;
    minutes.fetch_add(29, Ordering::Relaxed);
    tab.click(&granted).await;
    assert_eq!(tab.text("h1").await, "Connected");
    tab.close().await;
}

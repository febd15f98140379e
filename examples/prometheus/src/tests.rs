//! The app as owners use it and as Prometheus scrapes it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use smartcar_connect_simulator::Simulator;
use smartcar_connect_simulator::browser::{Browser, Page};
use tower_smartcar_connect::ConnectUrl;

use super::{APPLICATION_ID, REDIRECT_URI};

const GARAGE: &str = "http://localhost:8003";
const CONNECT: &str = "http://127.0.0.1:8003";

/// Presses the button, and ends the flow as the simulator calls it.
async fn connect(browser: &mut Browser, end: &str) -> Page {
    let garage = browser.open(GARAGE).await;
    let connect = browser.submit(garage.form("Connect your car")).await;
    browser
        .open(&format!("{}&simulated_outcome={end}", connect.url()))
        .await
}

/// Returns the comments of an exposition, and its samples by series, without the series at zero.
fn parse(exposition: &str) -> (BTreeSet<&str>, BTreeMap<String, u64>) {
    let lines = exposition.lines().filter(|line| !line.is_empty());
    let (comments, samples): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with('#'));
    let samples = samples.into_iter().map(|line| {
        let (series, value) = line.rsplit_once(' ').expect(line);
        (series.to_owned(), value.parse().expect(line))
    });
    (
        comments.into_iter().collect(),
        samples.filter(|(_, value)| *value > 0).collect(),
    )
}

/// Returns the series of verified callbacks with this outcome.
fn series(outcome: &str, code: &str) -> String {
    format!(
        r#"smartcar_connect_callbacks_total{{outcome="{outcome}",code="{code}",verified="true"}}"#
    )
}

/// The recorder is global, so there is one test.
#[tokio::test]
async fn a_scraper_sees_the_funnel_from_started_flows_to_each_outcome() {
    let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI).unwrap();
    let connect_url = connect_url
        .without_code()
        .at_origin(CONNECT.parse().unwrap());
    let app = super::app(super::install_recorder().unwrap(), connect_url);
    let simulator = Simulator::new(APPLICATION_ID, [REDIRECT_URI]).unwrap();
    let browser = &mut Browser::new()
        .with_site(GARAGE, app)
        .with_site(CONNECT, simulator);

    let connected = connect(browser, "user_id").await;
    assert_eq!(connected.status(), StatusCode::OK);
    let errors = [
        ("oem_cancelled_login", 2),
        ("access_denied", 1),
        ("vehicle_incompatible", 1),
    ];
    for (end, times) in errors {
        for _ in 0..times {
            let status = connect(browser, end).await.status();
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{end}");
        }
    }
    // One owner never returns.
    let garage = browser.open(GARAGE).await;
    browser.submit(garage.form("Connect your car")).await;
    for rejected in [
        // A reload.
        connected.url().as_str(),
        &format!("{REDIRECT_URI}?user_id=u-1"),
        &format!("{REDIRECT_URI}?user_id=u-1&state=forged"),
        &format!("{REDIRECT_URI}?user_id=u-1&user_id=u-2"),
        // A bookmark.
        REDIRECT_URI,
    ] {
        assert_eq!(
            browser.open(rejected).await.status(),
            StatusCode::BAD_REQUEST,
            "{rejected}"
        );
    }

    let scraped = browser.open(&format!("{GARAGE}/metrics")).await;
    assert_eq!(scraped.status(), StatusCode::OK);
    assert_eq!(scraped.headers()[CONTENT_TYPE], "text/plain; version=0.0.4");
    let (comments, samples) = parse(scraped.body());
    let rejected = [
        "state_unknown",
        "state_missing",
        "state_mismatch",
        "duplicate_parameter",
        "no_outcome",
    ];
    let mut expected = BTreeMap::from([
        ("smartcar_connect_flows_started_total".to_owned(), 6),
        (series("success", "none"), 1),
    ]);
    expected.extend(errors.map(|(code, count)| (series("error", code), count)));
    expected.extend(rejected.map(|reason| {
        let labels = format!(r#"{{reason="{reason}",cookies="flow"}}"#);
        (
            format!("smartcar_connect_rejected_callbacks_total{labels}"),
            1,
        )
    }));
    assert_eq!(samples, expected);
    let expected = [
        "# HELP smartcar_connect_flows_started_total Smartcar Connect flows that were started",
        "# TYPE smartcar_connect_flows_started_total counter",
        "# HELP smartcar_connect_callbacks_total Smartcar Connect callbacks, by outcome and by error code",
        "# TYPE smartcar_connect_callbacks_total counter",
        "# HELP smartcar_connect_rejected_callbacks_total Smartcar Connect callbacks that were rejected, by reason and by the cookies that came with them",
        "# TYPE smartcar_connect_rejected_callbacks_total counter",
    ];
    assert_eq!(comments, BTreeSet::from(expected));
}

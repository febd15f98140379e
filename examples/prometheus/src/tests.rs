//! The app as owners use it and as Prometheus scrapes it.

#[path = "../../../tests/integration/support/browser.rs"]
mod browser;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION};
use tower_smartcar_connect::ConnectUrl;

use self::browser::{Browser, Initiator, serve};

/// Starts a flow in the browser, and returns the state.
async fn start(browser: &mut Browser, address: SocketAddr) -> String {
    let response = browser
        .navigate(Initiator::App, "POST", (address, "/connect"), "")
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers()[LOCATION].to_str().unwrap();
    location.rsplit_once("&state=").unwrap().1.to_owned()
}

/// Navigates to the callback, as Connect would.
async fn return_from_connect(
    browser: &mut Browser,
    address: SocketAddr,
    query: &str,
) -> StatusCode {
    let target = format!("/callback?{query}");
    browser
        .navigate(Initiator::OtherSite, "GET", (address, &target), "")
        .await
        .status()
}

/// Returns the comments of an exposition, and its samples by series.
fn parse(exposition: &str) -> (BTreeSet<&str>, BTreeMap<&str, u64>) {
    let lines = exposition.lines().filter(|line| !line.is_empty());
    let (comments, samples): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with('#'));
    let samples = samples.into_iter().map(|line| {
        let (series, value) = line.rsplit_once(' ').expect(line);
        (series, value.parse().expect(line))
    });
    (comments.into_iter().collect(), samples.collect())
}

/// The recorder is global, so there is one test.
#[tokio::test]
async fn a_scraper_sees_the_funnel_from_started_flows_to_each_outcome() {
    let connect_url = ConnectUrl::new("client-1", "http://localhost:8000/callback").unwrap();
    let address = serve(super::app(super::install_recorder().unwrap(), connect_url)).await;
    let browser = &mut Browser::on("http://localhost:8000");

    let state = start(browser, address).await;
    let granted = format!("code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state={state}");
    assert_eq!(
        return_from_connect(browser, address, &granted).await,
        StatusCode::OK
    );
    let exits = [
        (
            "error=oem_cancelled_login",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "error=access_denied&error_description=User+denied+access+to+application.",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "error=vehicle_incompatible&vin=1FTFW1E50NFA00000&make=FORD",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("error=brand_new_code", StatusCode::UNPROCESSABLE_ENTITY),
        ("error=another_new_code", StatusCode::UNPROCESSABLE_ENTITY),
    ];
    for (exit, expected) in exits {
        let state = start(browser, address).await;
        let status = return_from_connect(browser, address, &format!("{exit}&state={state}")).await;
        assert_eq!(status, expected, "{exit}");
    }
    // One owner never returns.
    let state = start(browser, address).await;
    let rejected = [
        // A reload.
        granted.clone(),
        "code=stolen".to_owned(),
        "code=stolen&state=forged".to_owned(),
        format!("code=stolen&code=stolen&state={state}"),
    ];
    for query in rejected {
        assert_eq!(
            return_from_connect(browser, address, &query).await,
            StatusCode::BAD_REQUEST,
            "{query}"
        );
    }
    // A bookmark. The path serves only callbacks.
    assert_eq!(
        return_from_connect(browser, address, "page=2").await,
        StatusCode::BAD_REQUEST
    );

    let scraped = browser
        .navigate(Initiator::App, "GET", (address, "/metrics"), "")
        .await;
    assert_eq!(scraped.status(), StatusCode::OK);
    assert_eq!(scraped.headers()[CONTENT_TYPE], "text/plain; version=0.0.4");
    let (comments, samples) = parse(scraped.body());
    let expected = [
        ("garage_connect_flows_started_total", 8),
        (
            r#"smartcar_connect_callbacks_total{outcome="success",code="none",verified="true"}"#,
            1,
        ),
        (
            r#"smartcar_connect_callbacks_total{outcome="error",code="oem_cancelled_login",verified="true"}"#,
            2,
        ),
        (
            r#"smartcar_connect_callbacks_total{outcome="error",code="access_denied",verified="true"}"#,
            1,
        ),
        (
            r#"smartcar_connect_callbacks_total{outcome="error",code="vehicle_incompatible",verified="true"}"#,
            1,
        ),
        (
            r#"smartcar_connect_callbacks_total{outcome="error",code="unknown",verified="true"}"#,
            2,
        ),
        (
            r#"smartcar_connect_invalid_callbacks_total{kind="state_unknown",cookies="flow"}"#,
            1,
        ),
        (
            r#"smartcar_connect_invalid_callbacks_total{kind="state_missing",cookies="flow"}"#,
            1,
        ),
        (
            r#"smartcar_connect_invalid_callbacks_total{kind="state_mismatch",cookies="flow"}"#,
            1,
        ),
        (
            r#"smartcar_connect_invalid_callbacks_total{kind="duplicate_parameter",cookies="flow"}"#,
            1,
        ),
        (
            r#"smartcar_connect_invalid_callbacks_total{kind="no_result",cookies="flow"}"#,
            1,
        ),
    ];
    assert_eq!(samples, BTreeMap::from(expected));
    let expected = [
        "# HELP garage_connect_flows_started_total Smartcar Connect flows that were started",
        "# TYPE garage_connect_flows_started_total counter",
        "# HELP smartcar_connect_callbacks_total Smartcar Connect callbacks, by outcome and by error code",
        "# TYPE smartcar_connect_callbacks_total counter",
        "# HELP smartcar_connect_invalid_callbacks_total Smartcar Connect callbacks that were rejected, by kind and by the cookies that came with them",
        "# TYPE smartcar_connect_invalid_callbacks_total counter",
    ];
    assert_eq!(comments, BTreeSet::from(expected));
}

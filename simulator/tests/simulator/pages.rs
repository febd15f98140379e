//! The pages: their links, their headers, and hostile texts on them.

use std::collections::BTreeSet;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use scraper::{Html, Selector};

use crate::{BATTERY_CAPACITY, ORIGIN, REQUEST, VEHICLE, browser, get, send, simulator, spellings};

/// A request without a callback.
const WITHOUT_CALLBACK: &str = "/oauth/authorize?response_type=none&client_id=app-1";

/// Returns one response of each kind that is a page.
async fn pages() -> Vec<(&'static str, StatusCode, Response<String>)> {
    let simulator = simulator();
    let login = "simulated_login=a@b.c";
    vec![
        ("overview", StatusCode::OK, get("/").await),
        ("flow", StatusCode::OK, get(REQUEST).await),
        (
            "battery",
            StatusCode::OK,
            get(&format!("{BATTERY_CAPACITY}?{VEHICLE}")).await,
        ),
        (
            "login",
            StatusCode::OK,
            send(&simulator, "POST", REQUEST, login).await,
        ),
        (
            "no callback",
            StatusCode::OK,
            get(&format!("{WITHOUT_CALLBACK}&simulated_outcome=user_id")).await,
        ),
        (
            "nothing ticked",
            StatusCode::BAD_REQUEST,
            send(
                &simulator,
                "POST",
                REQUEST,
                "simulated_vehicles=true&simulated_outcome=user_id",
            )
            .await,
        ),
        (
            "rejected",
            StatusCode::BAD_REQUEST,
            get("/oauth/authorize?client_id=app-2").await,
        ),
        (
            "unknown end",
            StatusCode::BAD_REQUEST,
            get(&format!("{REQUEST}&simulated_outcome=none")).await,
        ),
        ("not found", StatusCode::NOT_FOUND, get("/connect").await),
        (
            "wrong method",
            StatusCode::METHOD_NOT_ALLOWED,
            send(&simulator, "PUT", REQUEST, "").await,
        ),
        (
            "post",
            StatusCode::METHOD_NOT_ALLOWED,
            send(&simulator, "POST", REQUEST, "a=b").await,
        ),
        (
            "long form",
            StatusCode::PAYLOAD_TOO_LARGE,
            send(&simulator, "POST", REQUEST, &"a".repeat(20_000)).await,
        ),
    ]
}

fn count(response: &Response<String>, selector: &str) -> usize {
    let html = Html::parse_document(response.body());
    html.select(&Selector::parse(selector).unwrap()).count()
}

#[tokio::test]
async fn every_page_says_what_it_is_and_loads_nothing() {
    for (case, status, response) in pages().await {
        assert_eq!(response.status(), status, "{case}");
        assert!(response.body().contains("This is not Smartcar."), "{case}");
        let headers = response.headers();
        assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8", "{case}");
        assert_eq!(headers[CACHE_CONTROL], "no-store", "{case}");
        assert_eq!(headers[REFERRER_POLICY], "no-referrer", "{case}");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff", "{case}");
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{case}"
        );
        assert!(policy.ends_with("; frame-ancestors 'none'"), "{case}");
        let loaded =
            "script, link, img, iframe, object, embed, base, svg, [style], meta[http-equiv]";
        assert_eq!(count(&response, loaded), 0, "{case}");
        if status != StatusCode::OK {
            assert!(!headers.contains_key(LOCATION), "{case}");
            assert_eq!(count(&response, "a, form"), 0, "{case}");
        }
    }
}

#[tokio::test]
async fn the_page_has_a_working_link_to_every_end_in_every_spelling() {
    let bytes: String = (0..=255).map(|byte| format!("%{byte:02X}")).collect();
    let targets = [
        format!("{REQUEST}&simulated%5Foutcome&mode=&ref=1&ref=2&state=s"),
        format!("{REQUEST}&external_id=e+1&state={bytes}"),
        format!("/oauth/reauthenticate?{VEHICLE}&state={bytes}"),
    ];
    let simulator = simulator();
    for target in targets {
        let page = browser(&simulator).open(&format!("{ORIGIN}{target}")).await;
        let mut locations = BTreeSet::new();
        for link in page.links() {
            let response = get(&link.url()[url::Position::BeforePath..]).await;
            assert_eq!(response.status(), StatusCode::FOUND, "{}", link.url());
            locations.insert(response.headers()[LOCATION].to_str().unwrap().to_owned());
        }
        let request = simulator.authorize(&target.parse().unwrap()).unwrap();
        let expected = spellings()
            .iter()
            .map(|end| request.redirect(end).to_string())
            .collect();
        assert_eq!(locations, expected, "{target}");
    }
}

#[tokio::test]
async fn a_request_too_long_for_the_links_of_its_page_is_rejected_and_pages_stay_small() {
    let filled = |length: usize| format!("{REQUEST}&state={}", "x".repeat(length));
    let lengths = 7900..8190;
    let mut statuses = Vec::new();
    for length in lengths {
        let page = get(&filled(length)).await;
        assert!(page.body().len() < 1_500_000, "{}", page.body().len());
        statuses.push(page.status());
    }
    assert!(statuses.is_sorted(), "{statuses:?}");
    assert_eq!(statuses.first(), Some(&StatusCode::OK));
    assert_eq!(statuses.last(), Some(&StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn no_parameter_can_inject_markup() {
    let texts = [
        "<script>",
        "\"><form/action=//evil.example>",
        "'\u{202e}\0\u{8}&lt;",
    ];
    let names = "state scope make user external_id single_select_vin flags";
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for name in names.split(' ') {
        let target = |text| format!("{REQUEST}&single_select=true&{name}={}", encode(text));
        // Like the others, it is too strange for a make or a VIN.
        let harmless = count(&get(&target("é")).await, "*");
        for text in texts {
            let hostile = get(&target(text)).await;
            assert_eq!(count(&hostile, "*"), harmless, "{name} {text:?}");
            let invisible = ['\0', '\u{8}', '\u{202e}'];
            assert!(!hostile.body().contains(invisible), "{name} {text:?}");
        }
    }
    let log_in = async |text| {
        let form = format!("simulated_login={}", encode(text));
        count(&send(&simulator(), "POST", REQUEST, &form).await, "*")
    };
    let harmless = log_in("é").await;
    for text in texts {
        assert_eq!(log_in(text).await, harmless, "{text:?}");
    }
}

#[tokio::test]
async fn the_page_explains_parameters_that_skip_or_limit_steps() {
    let chosen = "The request has the make TESLA, so Connect skips this page.";
    let skipped = "The request has a VIN, so Connect skips this page.";
    let single = "The request has single_select=true, so the owner chooses one vehicle at most.";
    let no_other = "The request has a VIN, so Connect offers no other vehicle.";
    let vin = "single_select_vin=5YJSA1CN5DFP00101";
    let cases = [
        (String::new(), vec![]),
        ("make=TESLA".to_owned(), vec![chosen]),
        (format!("single_select=false&{vin}"), vec![]),
        (
            "single_select=true&make=TESLA".to_owned(),
            vec![chosen, single],
        ),
        (
            format!("single_select=true&{vin}&make=TESLA"),
            vec![skipped, no_other],
        ),
    ];
    for (query, expected) in cases {
        let address = format!("{ORIGIN}{REQUEST}&scope=read_vin&{query}");
        let page = browser(&simulator()).open(&address).await;
        assert_eq!(page.texts(".step section > .note"), expected, "{query}");
    }
}

#[tokio::test]
async fn a_flow_without_a_callback_says_how_the_app_can_hear_of_it() {
    let page = browser(&simulator())
        .open(&format!("{ORIGIN}{WITHOUT_CALLBACK}&external_id=ann"))
        .await;
    for link in page.links() {
        let end = browser(&simulator()).open(link.url().as_str()).await;
        assert_eq!(end.texts("h1"), ["No callback"], "{}", link.url());
        let ways = end.texts("dt").join(", ");
        assert_eq!(
            ways,
            "A webhook, The connections of the API, The message of a popup, JSON-RPC, A callback"
        );
        for (part, times) in [
            ("has an <code>external_id</code>", 1),
            // What the simulator leaves out.
            ("This simulator sends none.", 1),
            ("This page does not.", 2),
        ] {
            assert_eq!(end.body().matches(part).count(), times, "{part}");
        }
    }
}

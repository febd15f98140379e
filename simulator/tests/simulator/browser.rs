//! Flows in a browser: forms, logins, and cookies that do or do not come along.

use axum::Router;
use axum::response::{AppendHeaders, Redirect};
use axum::routing::get;
use http::HeaderMap;
use http::header::SET_COOKIE;
use smartcar_connect_simulator::Simulator;
use smartcar_connect_simulator::browser::{Browser, Form, Page};

use crate::{BATTERY_CAPACITY, ORIGIN, REQUEST, VEHICLE, browser, rows, simulator};

async fn open(simulator: &Simulator, target: &str) -> (Browser, Page) {
    let mut browser = browser(simulator);
    let page = browser.open(&format!("{ORIGIN}{target}")).await;
    (browser, page)
}

/// Logs in on the page of a flow.
async fn log_in(target: &str, login: &str) -> (Browser, Page) {
    let (mut browser, page) = open(&simulator(), target).await;
    let form = page.form("simulated_login").set("simulated_login", login);
    let page = browser.submit(form).await;
    (browser, page)
}

/// A test login, and how the callback of its error begins.
const TEST_LOGINS: &str = "
    smartcar@vehicle-incompatible.com | error=vehicle_incompatible&
    0SCBMW0012FE3B132@incompatible.smartcar.com | error=vehicle_incompatible&
    smartcar@invalid-subscription.com | error=invalid_subscription&
    0-vehicles@smartcar.com | error=no_vehicles&
";

#[tokio::test]
async fn smartcars_test_logins_cause_their_errors_in_simulated_mode_alone() {
    for [login, expected] in rows(TEST_LOGINS) {
        let vin = login.strip_suffix("@incompatible.smartcar.com");
        let simulated = format!("{REQUEST}&mode=simulated");
        // A request for a known vehicle has no mode.
        for target in [simulated, format!("{BATTERY_CAPACITY}?{VEHICLE}")] {
            let (_, page) = log_in(&target, login).await;
            assert!(
                page.body().starts_with(expected),
                "{login}: {}",
                page.body()
            );
            assert!(page.body().contains(vin.unwrap_or_default()), "{login}");
        }
        let (_, live) = log_in(REQUEST, login).await;
        assert_eq!(live.texts("h1"), ["Grant the permissions"], "{login}");
    }
}

#[tokio::test]
async fn a_login_decides_on_the_vehicles_to_tick() {
    let cases = [
        ("", "ann@example.com", 3),
        ("", "1-vehicles@smartcar.com", 1),
        ("", "7-vehicles@smartcar.com", 7),
        ("", "999999-vehicles@smartcar.com", 100),
        ("", "0SCAUDI012FE3B132@phev.smartcar.com", 1),
        ("&make=AUDI", "ann@example.com", 1),
        ("&make=KIA", "ann@example.com", 1),
        (
            "&single_select=true&single_select_vin=0SCAUDI012FE3B132",
            "ann@example.com",
            1,
        ),
    ];
    for (query, login, expected) in cases {
        let (_, page) = log_in(&format!("{REQUEST}&mode=simulated{query}"), login).await;
        let form = page.form("simulated_vehicle");
        assert_eq!(
            form.boxes("simulated_vehicle").len(),
            expected,
            "{query} {login}"
        );
        assert!(page.texts(".lead").concat().contains(login), "{login}");
    }
}

#[tokio::test]
async fn the_owner_connects_the_ticked_vehicles_alone() {
    let simulator = simulator();
    let (mut browser, page) = open(&simulator, &format!("{REQUEST}&state=s-1")).await;
    let form = page.form("Allow access");
    let boxes = form.boxes("simulated_vehicle");
    let vins: Vec<_> = boxes.iter().map(|(vin, _)| (*vin).to_owned()).collect();
    assert!(boxes.iter().all(|(_, is_ticked)| *is_ticked));
    let without = |form: Form, vin: &String| -> Form { form.tick("simulated_vehicle", vin, false) };
    let none = vins.iter().fold(form.clone(), without);
    assert_eq!(browser.submit(none).await.texts("h1"), ["No vehicle"]);
    let callback = browser.submit(vins[1..].iter().fold(form, without)).await;
    assert_eq!(
        callback.body(),
        "user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=s-1"
    );
    let overview = browser.open(&format!("{ORIGIN}/")).await;
    assert_eq!(
        overview.texts(".connections strong"),
        ["TESLA Model 3, 2023"]
    );
    let overview = browser
        .submit(overview.form("connection").press("Sign out"))
        .await;
    assert_eq!(overview.texts(".connections button"), ["Sign in"]);
    let denied = browser.submit(page.form("Deny access")).await;
    assert!(
        denied.body().starts_with("error=access_denied&"),
        "{}",
        denied.body()
    );
}

#[tokio::test]
async fn radio_buttons_choose_one_vehicle_if_the_request_asks_for_one() {
    let (mut browser, page) = open(&simulator(), &format!("{REQUEST}&single_select=true")).await;
    let form = page.form("simulated_vehicle");
    let last = form.boxes("simulated_vehicle")[2].0.to_owned();
    let form = form.tick("simulated_vehicle", &last, true);
    let ticked: Vec<_> = form
        .boxes("simulated_vehicle")
        .iter()
        .map(|(_, it)| *it)
        .collect();
    assert_eq!(ticked, [false, false, true]);
    browser.submit(form).await;
    let overview = browser.open(&format!("{ORIGIN}/")).await;
    assert_eq!(overview.texts(".connections strong"), ["VOLVO XC60, 2022"]);
}

#[tokio::test]
async fn a_strict_login_is_missing_after_connect_and_a_lax_one_is_there() {
    let cookies = |headers: &HeaderMap| {
        let cookies = headers.get("cookie").map_or("", |it| it.to_str().unwrap());
        format!("{cookies} {}", headers["sec-fetch-site"].to_str().unwrap())
    };
    let connect = format!("{ORIGIN}{REQUEST}&simulated_outcome=user_id");
    let set = AppendHeaders([
        (SET_COOKIE, "strict=1; SameSite=Strict"),
        (SET_COOKIE, "__Host-lax=1; Secure; Path=/; SameSite=Lax"),
        (SET_COOKIE, "__Host-dropped=1; Path=/"),
    ]);
    let app = Router::new()
        .route(
            "/login",
            get(async move || (set, axum::response::Html("<a href='/connect'>Go</a>"))),
        )
        .route("/connect", get(async move || Redirect::to(&connect)))
        .route("/callback", get(async || Redirect::to("/garage")))
        .route(
            "/garage",
            get(async move |headers: HeaderMap| cookies(&headers)),
        );
    let mut browser = Browser::new()
        .with_site("http://localhost:8000", app)
        .with_site(ORIGIN, simulator());
    let login = browser.open("http://localhost:8000/login").await;
    let garage = browser.click(&login.link("Go")).await;
    assert_eq!(garage.url().path(), "/garage");
    assert_eq!(garage.redirects().len(), 3);
    assert_eq!(garage.body(), "__Host-lax=1 cross-site");
    let typed = browser.open("http://localhost:8000/garage").await;
    assert_eq!(typed.body(), "strict=1; __Host-lax=1 none");
    assert_eq!(
        browser.cookie("http://localhost:8000/", "__Host-dropped"),
        None
    );
}

//! The app in a browser, which ends flows in every way.

use axum::http::StatusCode;
use smartcar_connect_simulator::browser::{Browser, Page};
use smartcar_connect_simulator::{FlowEnd, Simulator};
use tower_smartcar_connect::states::Key;
use tower_smartcar_connect::{ConnectUrl, StateCookie};

use super::{APPLICATION_ID, REDIRECT_URI, app};

const GARAGE: &str = "http://localhost:8000/";
const CONNECT: &str = "http://127.0.0.1:4000";

fn browser() -> Browser {
    let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI).unwrap();
    let connect_url = connect_url
        .without_code()
        .at_origin(CONNECT.parse().unwrap());
    let app = app(connect_url, StateCookie::new(Key::generate()));
    let simulator = Simulator::new(APPLICATION_ID, [REDIRECT_URI]).unwrap();
    Browser::new()
        .with_site(GARAGE, app)
        .with_site(CONNECT, simulator)
}

/// Presses the button of the garage, and returns the page of Connect.
async fn connect(browser: &mut Browser) -> Page {
    let garage = browser.open(GARAGE).await;
    browser.submit(garage.form("Connect your car")).await
}

#[tokio::test]
async fn an_owner_connects_a_car() {
    let mut browser = browser();
    let connect = connect(&mut browser).await;
    let callback = browser.submit(connect.form("Allow access")).await;
    assert_eq!(callback.body(), "Your car is connected.");
    // A reload.
    let again = browser.open(callback.url().as_str()).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn every_end_of_a_flow_gets_the_right_response() {
    let mut browser = browser();
    for end in FlowEnd::all() {
        let connect = connect(&mut browser).await;
        let address = format!("{}&simulated_outcome={}", connect.url(), end.name());
        let callback = browser.open(&address).await;
        let expected = match end.error_code() {
            _ if !end.has_state() => StatusCode::BAD_REQUEST,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        assert_eq!(callback.status(), expected, "{end}: {}", callback.url());
    }
}

//! The whole app over sockets, with the simulator as Connect and as Smartcar's API.

mod served;

use http::StatusCode;
use http::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

use self::served::Garage;

const ADA: [(&str, &str); 2] = [("name", "ada"), ("password", "correct horse")];
const GRACE: [(&str, &str); 2] = [("name", "grace"), ("password", "battery staple")];

/// A browser at a garage of its own.
struct Browser {
    client: Client,
    garage: Garage,
}

impl Browser {
    async fn new() -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none());
        Self {
            client: client.build().unwrap(),
            garage: served::serve().await,
        }
    }

    async fn log_in(&self, credentials: &[(&str, &str)]) {
        let request = self
            .client
            .post(format!("{}/login", self.garage.origin))
            .form(credentials);
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::SEE_OTHER
        );
    }

    /// Starts a flow, and returns the address of Connect.
    async fn start(&self, start: &str) -> Url {
        let request = self.client.post(format!("{}{start}", self.garage.origin));
        let response = request
            .header("origin", &self.garage.origin)
            .send()
            .await
            .unwrap();
        location(&response)
    }

    /// Lets a flow end well, and returns the address of its callback.
    async fn end(&self, mut connect: Url) -> Url {
        let end = match connect.path() {
            "/oauth/authorize" => "user_id",
            _ => "vehicle_id",
        };
        connect
            .query_pairs_mut()
            .append_pair("simulated_outcome", end);
        location(&self.client.get(connect).send().await.unwrap())
    }

    /// Starts a flow, lets it end well, and returns the address of its callback.
    async fn callback(&self, start: &str) -> Url {
        self.end(self.start(start).await).await
    }

    async fn open(&self, address: Url) -> StatusCode {
        self.client.get(address).send().await.unwrap().status()
    }

    async fn connect(&self) -> Url {
        let callback = self.callback("/connect").await;
        assert_eq!(self.open(callback.clone()).await, StatusCode::SEE_OTHER);
        callback
    }

    /// The vehicles of the user who is logged in, as their buttons name them.
    async fn vehicles(&self) -> Vec<String> {
        let response = self
            .client
            .get(format!("{}/", self.garage.origin))
            .send()
            .await;
        let page = response.unwrap().text().await.unwrap();
        let buttons = page.split("vehicle_id=").skip(1);
        buttons
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    }
}

fn location(response: &Response) -> Url {
    let location = response.headers().get(LOCATION);
    let location = location.unwrap_or_else(|| panic!("no redirect: {response:?}"));
    location.to_str().unwrap().parse().unwrap()
}

fn parameter(callback: &Url, name: &str) -> String {
    let mut pairs = callback.query_pairs();
    pairs
        .find(|(found, _)| found == name)
        .unwrap()
        .1
        .into_owned()
}

fn with_parameter(callback: &Url, name: &str, value: &str) -> Url {
    let mut edited = callback.clone();
    let pairs = callback
        .query_pairs()
        .map(|(found, former)| match found == name {
            true => (found, value.to_owned()),
            false => (found, former.into_owned()),
        });
    edited.query_pairs_mut().clear().extend_pairs(pairs);
    edited
}

#[tokio::test]
async fn an_owner_connects_vehicles_and_connects_one_of_them_again() {
    let browser = Browser::new().await;
    browser.log_in(&ADA).await;
    assert!(browser.vehicles().await.is_empty());
    browser.connect().await;
    let vehicles = browser.vehicles().await;
    assert!(!vehicles.is_empty());

    let again = browser
        .callback(&format!("/connect?vehicle_id={}", vehicles[0]))
        .await;
    assert_eq!(browser.open(again).await, StatusCode::SEE_OTHER);
    assert_eq!(browser.vehicles().await, vehicles);
}

#[tokio::test]
async fn a_user_id_that_the_visitor_has_edited_is_not_confirmed() {
    let browser = Browser::new().await;
    browser.log_in(&GRACE).await;
    let victim = parameter(&browser.connect().await, "user_id");
    browser.log_in(&ADA).await;

    let own = browser.callback("/connect").await;
    assert_ne!(parameter(&own, "user_id"), victim);
    let forged = with_parameter(&own, "user_id", &victim);
    assert_eq!(browser.open(forged).await, StatusCode::BAD_REQUEST);
    assert!(browser.vehicles().await.is_empty());
    // The flow is over.
    assert_eq!(browser.open(own).await, StatusCode::BAD_REQUEST);
}

/// Connect's address passes through the browser, so its external id can be edited too.
#[tokio::test]
async fn a_vehicle_that_another_user_plants_under_an_external_id_is_not_taken() {
    let browser = Browser::new().await;
    browser.log_in(&ADA).await;
    let victim = parameter(&browser.start("/connect").await, "external_id");
    browser.log_in(&GRACE).await;
    browser.connect().await;
    let planted = browser.vehicles().await[0].clone();
    let again = format!("/connect?vehicle_id={planted}");
    let own = browser.start(&again).await;
    // Ids of users do not tell each other, but one could have leaked.
    assert_ne!(parameter(&own, "external_id"), victim);
    assert_eq!(victim.len(), 32);
    let callback = browser
        .end(with_parameter(&own, "external_id", &victim))
        .await;
    assert_eq!(parameter(&callback, "external_id"), victim);
    assert_eq!(browser.open(callback).await, StatusCode::BAD_REQUEST);

    browser.log_in(&ADA).await;
    browser.connect().await;
    let vehicles = browser.vehicles().await;
    assert!(
        !vehicles.is_empty() && !vehicles.contains(&planted),
        "{vehicles:?}"
    );
}

#[tokio::test]
async fn another_vehicle_than_that_of_the_flow_is_rejected() {
    let browser = Browser::new().await;
    browser.log_in(&ADA).await;
    browser.connect().await;
    let vehicles = browser.vehicles().await;
    let again = browser
        .callback(&format!("/connect?vehicle_id={}", vehicles[0]))
        .await;
    let forged = with_parameter(&again, "vehicle_id", "36ab27d0-fd9d-4455-823a-ce30af709ffc");
    assert_eq!(browser.open(forged).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_flow_of_another_user_is_rejected_and_stays() {
    let browser = Browser::new().await;
    browser.log_in(&ADA).await;
    let callback = browser.callback("/connect").await;
    browser.log_in(&GRACE).await;
    assert_eq!(
        browser.open(callback.clone()).await,
        StatusCode::BAD_REQUEST
    );
    assert!(browser.vehicles().await.is_empty());
    browser.log_in(&ADA).await;
    assert_eq!(browser.open(callback).await, StatusCode::SEE_OTHER);
    assert!(!browser.vehicles().await.is_empty());
}

#[tokio::test]
async fn without_a_login_no_flow_starts() {
    let browser = Browser::new().await;
    let request = browser
        .client
        .post(format!("{}/connect", browser.garage.origin));
    let response = request
        .header("origin", &browser.garage.origin)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], "/login");
}

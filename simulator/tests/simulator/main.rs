//! The simulator as a value, as a server and in a browser.

mod api;
mod browser;
mod flow_ends;
mod pages;
mod redirect_uris;
mod requests;

use http::{Method, Request, Response, Uri};
use smartcar_connect_simulator::browser::Browser;
use smartcar_connect_simulator::{AuthorizeRequest, FlowEnd, Simulator};
use tower::ServiceExt;

const REDIRECT_URI: &str = "http://localhost:8000/callback";
const ORIGIN: &str = "http://127.0.0.1:4000";

const AUTHORIZE: &str = "/oauth/authorize";
const REAUTHENTICATE: &str = "/oauth/reauthenticate";
const BATTERY_CAPACITY: &str = "/battery-capacity";

/// The shortest request that gets a callback with a `user_id`.
const REQUEST: &str = "/oauth/authorize?response_type=none&client_id=app-1&redirect_uri=http://localhost:8000/callback";

/// The query of a request for a known vehicle.
const VEHICLE: &str = "response_type=vehicle_id&client_id=app-1&vehicle_id=v-1&redirect_uri=http://localhost:8000/callback";

/// Returns the rows of a table: a line each, with `|` between the columns.
fn rows<const N: usize>(table: &str) -> Vec<[&str; N]> {
    let lines = table.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let columns: Vec<_> = line.split(" |").map(str::trim).collect();
            columns.try_into().unwrap_or_else(|_| panic!("{line}"))
        })
        .collect()
}

fn simulator() -> Simulator {
    Simulator::new("app-1", [REDIRECT_URI, "http://127.0.0.1:8000/?lang=en"]).unwrap()
}

/// Reads a request to a path of Connect.
fn authorize(path: &str, query: &str) -> AuthorizeRequest {
    let address: Uri = format!("https://connect.example{path}?{query}")
        .parse()
        .unwrap();
    let request = simulator().authorize(&address);
    request.unwrap_or_else(|invalid| panic!("{path} {query}: {invalid}"))
}

/// Returns the request of this query, with `client_id` and `response_type` before it.
fn request(query: &str) -> AuthorizeRequest {
    authorize(
        AUTHORIZE,
        &format!("client_id=app-1&response_type=code&{query}"),
    )
}

/// Returns all ends in all spellings.
fn spellings() -> Vec<FlowEnd> {
    FlowEnd::all().iter().flat_map(FlowEnd::spellings).collect()
}

async fn send(simulator: &Simulator, method: &str, target: &str, body: &str) -> Response<String> {
    let method: Method = method.parse().unwrap();
    let request = Request::builder().method(method).uri(target);
    let request = request.body(body.to_owned()).unwrap();
    simulator.clone().oneshot(request).await.unwrap()
}

async fn get(target: &str) -> Response<String> {
    send(&simulator(), "GET", target, "").await
}

/// A browser that visits the simulator, and an app that shows the query of its callback.
fn browser(simulator: &Simulator) -> Browser {
    let show = |uri: Uri| std::future::ready(uri.query().unwrap_or_default().to_owned());
    let app = axum::Router::new().route("/callback", axum::routing::get(show));
    Browser::new()
        .with_site("http://localhost:8000", app)
        .with_site(ORIGIN, simulator.clone())
}

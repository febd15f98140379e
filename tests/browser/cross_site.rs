//! The apps of `examples/state.rs` and `examples/demo`: only their own pages can start flows.

#[path = "../integration/support/browser.rs"]
mod browser;
#[path = "../../examples/state.rs"]
#[expect(dead_code, reason = "`main` serves the app on a port of its own")]
mod state;

use std::net::{Ipv4Addr, SocketAddr};

use http::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;
use tower_smartcar_connect::ConnectUrl;

use self::browser::{Browser, Initiator, serve};
use demo::{Addresses, Diagnostics, OpenerPolicy};

/// The origin in the browser.
const ORIGIN: &str = "http://localhost:8000";

/// A page, and the headers that browsers send with its `POST`. Older browsers do not send
/// `Sec-Fetch-Site`.
type Page = (&'static str, &'static [(&'static str, &'static str)]);

const CROSS_ORIGIN_PAGES: [Page; 6] = [
    (
        "another site",
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://attacker.example"),
        ],
    ),
    (
        "another site, older browser",
        &[("origin", "https://attacker.example")],
    ),
    (
        "a sandboxed frame",
        &[("sec-fetch-site", "cross-site"), ("origin", "null")],
    ),
    ("a sandboxed frame, older browser", &[("origin", "null")]),
    (
        "another app on this host",
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "http://localhost:3000"),
        ],
    ),
    (
        "another app on this host, older browser",
        &[("origin", "http://localhost:3000")],
    ),
];

const SAME_ORIGIN_PAGES: [Page; 3] = [
    (
        "the app",
        &[("sec-fetch-site", "same-origin"), ("origin", ORIGIN)],
    ),
    ("the app, older browser", &[("origin", ORIGIN)]),
    // The app's own server does not see the origin either then.
    (
        "the app, with `Referrer-Policy: no-referrer`",
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
    ),
];

/// A route of an example that starts flows, and its callback.
struct Start {
    example: &'static str,
    server: SocketAddr,
    begin: &'static str,
    callback: &'static str,
    /// The cookies of the login, if the example requires one.
    browser: Browser,
}

impl Start {
    /// Returns all of them.
    async fn all() -> [Self; 3] {
        let connect_url = ConnectUrl::new("client-1", format!("{ORIGIN}/callback")).unwrap();
        let state = serve(state::app(connect_url)).await;
        let mut logged_in = Browser::on(ORIGIN);
        logged_in
            .navigate(Initiator::App, "POST", (state, "/login"), "user=ada")
            .await;
        // Nothing listens there: the demo only needs the name.
        let [garage, simulator] =
            [8000, 8001].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let addresses = Addresses::of_plain_http(garage, simulator);
        assert_eq!(addresses.garage, ORIGIN);
        let policy = OpenerPolicy::SameOriginAllowPopups;
        let demo = serve(demo::app(addresses, policy, Diagnostics::default())).await;
        [
            Self {
                example: "state",
                server: state,
                begin: "/connect",
                callback: "/callback",
                browser: logged_in,
            },
            Self {
                example: "demo",
                server: demo,
                begin: "/connect",
                callback: "/callback",
                browser: Browser::on(ORIGIN),
            },
            Self {
                example: "demo",
                server: demo,
                begin: "/popup/connect",
                callback: "/popup/callback",
                browser: Browser::on(ORIGIN),
            },
        ]
    }

    /// Sends the `POST` of a page with all cookies, so that only the check of the page can protect
    /// the route.
    async fn post_from(&self, page: &[(&'static str, &'static str)]) -> Response<String> {
        let mut headers: HeaderMap = page
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        // The script of the page accepts JSON.
        if self.begin == "/popup/connect" {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        if let Some(cookies) = self
            .browser
            .cookie_header(Initiator::App, "POST", self.begin)
        {
            headers.insert(COOKIE, cookies.parse().unwrap());
        }
        self.browser
            .send("POST", (self.server, self.begin), headers, "")
            .await
    }

    /// Follows the redirect from Connect.
    async fn return_from_connect(&self, state: &str) -> Response<String> {
        let target = format!("{}?code=c&state={state}", self.callback);
        let cookies = self
            .browser
            .cookie_header(Initiator::OtherSite, "GET", &target)
            .unwrap();
        let headers = HeaderMap::from_iter([
            (
                HeaderName::from_static("sec-fetch-site"),
                HeaderValue::from_static("cross-site"),
            ),
            (COOKIE, cookies.parse().unwrap()),
        ]);
        self.browser
            .send("GET", (self.server, &target), headers, "")
            .await
    }
}

/// Returns the `Set-Cookie` lines of a response.
fn set_cookies(response: &Response<String>) -> Vec<&str> {
    let lines = response.headers().get_all(SET_COOKIE).iter();
    lines.map(|line| line.to_str().unwrap()).collect()
}

/// Returns the state of a started flow: at the end of a redirect, or in the JSON for the popup.
fn state_in(response: &Response<String>) -> String {
    match response.headers().get(LOCATION) {
        Some(location) => location
            .to_str()
            .unwrap()
            .rsplit_once("state=")
            .unwrap()
            .1
            .to_owned(),
        None => {
            let popup: Value = serde_json::from_str(response.body()).unwrap();
            popup["state"].as_str().unwrap().to_owned()
        }
    }
}

#[tokio::test]
async fn a_page_of_another_origin_starts_no_flow() {
    for start in Start::all().await {
        for (page, headers) in CROSS_ORIGIN_PAGES {
            let case = format!("{}, {}: {page}", start.example, start.begin);
            let response = start.post_from(headers).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{case}");
            assert_eq!(set_cookies(&response), [""; 0], "{case}");
            assert_eq!(response.body(), "", "{case}");
        }
    }
}

#[tokio::test]
async fn a_page_of_the_app_starts_a_flow_whose_callback_passes() {
    for mut start in Start::all().await {
        for (page, headers) in SAME_ORIGIN_PAGES {
            let case = format!("{}, {}: {page}", start.example, start.begin);
            let response = start.post_from(headers).await;
            let [set_cookie] = set_cookies(&response)[..] else {
                panic!("{case}: {response:?}");
            };
            start.browser.keep(set_cookie);

            let callback = start.return_from_connect(&state_in(&response)).await;
            assert!(!callback.status().is_client_error(), "{case}: {callback:?}");
            // The cookie is removed only after a verified callback.
            let [cleared] = set_cookies(&callback)[..] else {
                panic!("{case}: {callback:?}");
            };
            let (name, _) = set_cookie.split_once('=').unwrap();
            assert!(
                cleared.starts_with(&format!("{name}=;")),
                "{case}: {cleared}"
            );
            start.browser.keep(cleared);
        }
    }
}

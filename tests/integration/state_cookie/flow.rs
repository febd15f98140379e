//! A flow of a browser, and its cookies.

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};

use tower_smartcar_connect::{InvalidCallbackKind, StateCookie, Verified, VerifyState};

use super::server::Server;
use crate::support::browser::{Browser, Initiator};

pub(crate) const NAME_PREFIX: &str = "__Host-smartcar-connect-";

/// A flow of a browser.
pub(crate) struct Flow {
    pub(crate) state: String,
    /// The `Set-Cookie` lines at the start of the flow, except for removals of other cookies.
    pub(crate) set_cookie: String,
    /// The names of the cookies that were removed.
    pub(crate) evicted: Vec<String>,
}

impl Flow {
    /// Starts a flow to `/callback`.
    pub(crate) async fn start(browser: &mut Browser, server: &Server, payload: &str) -> Self {
        Self::start_at("/connect", browser, server, payload).await
    }

    /// Starts a flow at this route of the server.
    pub(crate) async fn start_at(
        route: &str,
        browser: &mut Browser,
        server: &Server,
        payload: &str,
    ) -> Self {
        let target = (server.address, route);
        let response = browser
            .navigate(Initiator::App, "POST", target, payload)
            .await;
        assert_eq!(
            response.status(),
            StatusCode::SEE_OTHER,
            "{}",
            response.body()
        );
        let location = response.headers()[LOCATION].to_str().unwrap();
        let state = location.split_once("?state=").expect(location).1.to_owned();
        let (evicted, mut set): (Vec<_>, Vec<_>) = set_cookies(&response)
            .into_iter()
            .partition(|line| line.contains("; Max-Age=0;"));
        assert_eq!(set.len(), 1, "{set:?}");
        Self {
            state,
            set_cookie: set.remove(0),
            evicted: evicted.iter().map(|line| pair(line).0.to_owned()).collect(),
        }
    }

    /// Returns the name and the value of the cookie.
    pub(crate) fn cookie(&self) -> (&str, &str) {
        pair(&self.set_cookie)
    }

    /// Navigates to the callback with a success, as Connect would.
    pub(crate) async fn return_from_connect(
        &self,
        browser: &mut Browser,
        server: &Server,
    ) -> Response<String> {
        visit(
            browser,
            server,
            &format!("/callback?code=c&state={}", self.state),
        )
        .await
    }

    /// Navigates to the callback with a success, and asserts that it is verified.
    pub(crate) async fn pass(&self, browser: &mut Browser, server: &Server, payload: &str) {
        let response = self.return_from_connect(browser, server).await;
        let expected = format!("route: c, verified: true, payload: {:?}", Some(payload));
        assert_eq!(response.body(), &expected, "{:?}", response.headers());
    }
}

/// Navigates from another site.
pub(crate) async fn visit(
    browser: &mut Browser,
    server: &Server,
    target: &str,
) -> Response<String> {
    browser
        .navigate(Initiator::OtherSite, "GET", (server.address, target), "")
        .await
}

pub(crate) fn set_cookies<B>(response: &Response<B>) -> Vec<String> {
    let lines = response.headers().get_all(SET_COOKIE).iter();
    lines
        .map(|line| line.to_str().unwrap().to_owned())
        .collect()
}

/// Returns the name and the value in a `Set-Cookie` line.
pub(crate) fn pair(set_cookie: &str) -> (&str, &str) {
    let pair = set_cookie.split(';').next().unwrap();
    pair.split_once('=').unwrap()
}

/// Returns the attributes in a `Set-Cookie` line, sorted, with `Expires` but without its date.
pub(crate) fn attributes(set_cookie: &str) -> Vec<&str> {
    let attributes = set_cookie.split("; ").skip(1);
    let mut attributes: Vec<_> = attributes
        .map(|attribute| {
            attribute
                .strip_suffix(" GMT")
                .map_or(attribute, |_| "Expires")
        })
        .collect();
    attributes.sort_unstable();
    attributes
}

/// Returns headers with these cookies in one line.
pub(crate) fn with_cookies(cookies: &str) -> HeaderMap {
    HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookies).unwrap())])
}

/// Verifies a state that is returned with a request.
pub(crate) fn verify(
    state_cookie: &StateCookie,
    request: Request<()>,
    state: &str,
) -> Result<Verified, InvalidCallbackKind> {
    state_cookie
        .verify_state(&request.into_parts().0, state)
        .into_inner()
}

/// Returns a request to `/callback` with these `Cookie` headers.
pub(crate) fn request(headers: impl IntoIterator<Item = HeaderValue>) -> Request<()> {
    let mut request = Request::get("/callback").body(()).unwrap();
    request
        .headers_mut()
        .extend(headers.into_iter().map(|value| (COOKIE, value)));
    request
}

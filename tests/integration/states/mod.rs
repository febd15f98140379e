//! States: whose flow a callback ends, and how often.

mod bound;
mod cookie;
mod cookie_header;
mod key;
mod record;
mod stored;

use std::collections::BTreeMap;

use http::header::{COOKIE, HOST, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, Request, Uri};
use tower_smartcar_connect::states::{Key, NotStarted, StartState, VerifyState};
use tower_smartcar_connect::{ConnectCallbackLayer, ConnectUrl, Flow, StateCookie};

use crate::support::app::{Served, get, serve};

const REDIRECT_URI: &str = "https://app.example/callback";

fn connect_url() -> ConnectUrl {
    ConnectUrl::new("application-1", REDIRECT_URI).unwrap()
}

fn state_cookie() -> StateCookie {
    StateCookie::new(Key::generate())
}

/// A browser at the host of the app, which keeps what `Set-Cookie` says.
#[derive(Clone, Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
    /// The user who is logged in, in a header of the tests.
    user: Option<&'static str>,
    host: Option<&'static str>,
}

impl Browser {
    fn logged_in(user: &'static str) -> Self {
        Self {
            user: Some(user),
            ..Self::default()
        }
    }

    fn request(&self, uri: &str) -> Request<String> {
        let mut request = get(uri);
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.unwrap_or("app.example").parse().unwrap());
        if let Some(user) = self.user {
            headers.insert("user", user.parse().unwrap());
        }
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter();
            let pairs: Vec<_> = pairs
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            headers.insert(COOKIE, pairs.join("; ").parse().unwrap());
        }
        request
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Starts a flow, and returns its state.
    async fn start<S: StartState>(
        &mut self,
        states: &S,
        flow: impl Into<Flow>,
    ) -> Result<String, NotStarted> {
        let (request, _) = self.request("/connect").into_parts();
        let started = flow.into().start(states, request).await?;
        self.keep_cookies(started.headers());
        Ok(started.state().to_owned())
    }

    async fn open<V: VerifyState>(&mut self, layer: &ConnectCallbackLayer<V>, uri: &str) -> Served {
        self.open_with(layer, self.request(uri)).await
    }

    async fn open_with<V: VerifyState>(
        &mut self,
        layer: &ConnectCallbackLayer<V>,
        request: Request<String>,
    ) -> Served {
        let served = serve(layer, request).await;
        self.keep_cookies(served.response.headers());
        served
    }

    fn has_flow_cookie(&self) -> bool {
        self.cookies
            .keys()
            .any(|name| name.contains("smartcar-connect-"))
    }
}

fn success(state: &str) -> String {
    format!("/callback?user_id=u-1&state={state}")
}

fn error(state: &str) -> String {
    format!("/callback?error=oem_cancelled_login&state={state}")
}

/// The user who is logged in, as a login layer would say.
async fn user(request: Parts) -> Option<String> {
    let user = request.headers.get("user")?;
    Some(user.to_str().unwrap().to_owned())
}

fn parts(uri: Uri) -> Parts {
    Request::get(uri).body(()).unwrap().into_parts().0
}

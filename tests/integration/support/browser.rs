//! A browser for real servers. It keeps and sends cookies by the rules that matter to a flow.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use cookie_store::{CookieStore, RawCookie};
use http::header::{COOKIE, HOST, SET_COOKIE};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use url::Url;

/// Serves the app on a free port.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// The site whose page or redirect makes the browser navigate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Initiator {
    /// The app itself, or an owner who types an address.
    App,
    /// Another site: Connect or an attacker's.
    OtherSite,
}

/// A browser that visits one origin.
///
/// `cookie_store` keeps its cookies by domain, path, `Secure` and `Max-Age`. That crate leaves the
/// `__Host-` prefix and `SameSite` to browsers, so this type implements them. Requests go to a
/// loopback address without TLS. For an `https` origin, a server behind a proxy that terminates TLS
/// sees the same.
#[derive(Clone)]
pub(crate) struct Browser {
    origin: Url,
    pub(crate) cookies: CookieStore,
    connections: Client<HttpConnector, Full<Bytes>>,
}

impl Browser {
    pub(crate) fn on(origin: &str) -> Self {
        Self {
            origin: origin.parse().unwrap(),
            cookies: CookieStore::default(),
            connections: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Navigates to a page of the origin, which the server at `address` serves, and keeps the
    /// cookies of the response. Does not follow redirects.
    pub(crate) async fn navigate(
        &mut self,
        initiator: Initiator,
        method: &str,
        (address, target): (SocketAddr, &str),
        body: &str,
    ) -> Response<String> {
        let mut headers = HeaderMap::new();
        if let Some(cookies) = self.cookie_header(initiator, method, target) {
            headers.insert(COOKIE, cookies.parse().unwrap());
        }
        let response = self.send(method, (address, target), headers, body).await;
        for header in response.headers().get_all(SET_COOKIE) {
            self.keep(header.to_str().unwrap());
        }
        response
    }

    /// Returns the value of the `Cookie` header of a navigation.
    pub(crate) fn cookie_header(
        &self,
        initiator: Initiator,
        method: &str,
        target: &str,
    ) -> Option<String> {
        let url = self.origin.join(target).unwrap();
        let pairs: Vec<_> = self
            .cookies
            .matches(&url)
            .into_iter()
            .filter(|cookie| is_sent(cookie, initiator, method))
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps a cookie, or removes it if it has expired.
    pub(crate) fn keep(&mut self, set_cookie: &str) {
        let cookie = RawCookie::parse(set_cookie.to_owned()).unwrap();
        if cookie.name().starts_with("__Host-") {
            let is_kept = cookie.secure() == Some(true)
                && cookie.path() == Some("/")
                && cookie.domain().is_none();
            assert!(is_kept, "a browser drops {set_cookie}");
        }
        self.cookies
            .insert_raw(&cookie, &self.origin)
            .expect(set_cookie);
    }

    /// Sends exactly these headers, and keeps no cookie.
    pub(crate) async fn send(
        &self,
        method: &str,
        (address, target): (SocketAddr, &str),
        headers: HeaderMap,
        body: &str,
    ) -> Response<String> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{address}{target}"))
            .body(Full::from(body.to_owned()))
            .unwrap();
        *request.headers_mut() = headers;
        let host = self.origin.authority().parse().unwrap();
        request.headers_mut().insert(HOST, host);
        let (parts, body) = self
            .connections
            .request(request)
            .await
            .unwrap()
            .into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
    }
}

/// Returns whether browsers send a cookie with a navigation, by its `SameSite`. The default is
/// `Lax`.
fn is_sent(cookie: &RawCookie<'_>, initiator: Initiator, method: &str) -> bool {
    let same_site = cookie.same_site().map(|same_site| same_site.to_string());
    match (initiator, same_site.as_deref()) {
        (Initiator::App, _) | (Initiator::OtherSite, Some("None")) => true,
        (Initiator::OtherSite, Some("Strict")) => false,
        (Initiator::OtherSite, _) => method == "GET",
    }
}

//! A browser for tests, which visits services without a server.
//!
//! It has what decides whether a flow through Connect works: cookies with the rules of their sites,
//! redirects, links and forms. It runs no scripts.
//!
//! ```
//! use axum::{Router, routing::get};
//! use smartcar_connect_simulator::Simulator;
//! use smartcar_connect_simulator::browser::Browser;
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let app = Router::new()
//!     .route("/", get(axum::response::Html("<a href='/connect'>Connect</a>")))
//!     .route("/connect", get(axum::response::Redirect::to(
//!         "http://127.0.0.1:4000/oauth/authorize?response_type=none&application_id=app-1\
//!          &redirect_uri=http://localhost:8000/callback&state=0facda3319",
//!     )))
//!     .route("/callback", get(async |uri: axum::http::Uri| uri.to_string()));
//! let simulator = Simulator::new("app-1", ["http://localhost:8000/callback"])?;
//! let mut browser = Browser::new()
//!     .with_site("http://localhost:8000", app)
//!     .with_site("http://127.0.0.1:4000", simulator);
//!
//! let page = browser.open("http://localhost:8000/").await;
//! let connect = browser.click(&page.link("Connect")).await;
//! let callback = browser.submit(connect.form("Allow access")).await;
//! assert!(callback.body().starts_with("/callback?user_id="));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod form;
mod page;
mod site;

use std::cmp::Reverse;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use cookie_store::{CookieStore, RawCookie};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};
use url::Url;

pub use self::form::Form;
pub use self::page::{Link, Page};
use self::site::{Relation, is_kept, is_sent};

/// The number of redirects after which browsers give up.
const MAX_REDIRECTS: usize = 20;

type Respond = dyn Fn(Request<String>) -> ResponseFuture + Send + Sync;
type ResponseFuture = Pin<Box<dyn Future<Output = Response<String>> + Send>>;

/// A browser with cookies of its own.
///
/// It keeps and sends cookies as the HTTP state management draft (RFC 6265bis) says:
///
/// - A cookie with `SameSite=Strict` is only sent if the site that links or redirects here is the
///   same, and every redirect on the way. So a session with `Strict` does not come along when
///   Connect redirects to the callback, nor when the callback redirects on.
/// - `Lax`, which is the default, is also sent with a `GET` from another site.
/// - The prefixes `__Host-` and `__Secure-` and the attribute `Secure` are kept, if the origin is
///   `https` or this machine.
///
/// A site is the scheme and the last two labels of a name, or an address: `localhost` and
/// `127.0.0.1` are two sites. Browsers know that some names, such as `co.uk`, are not sites; this
/// type does not.
///
/// Requests have the headers `Host`, `Origin` and `Sec-Fetch-*` that browsers send.
///
/// # Panics
///
/// Its methods panic with words if a test asks for something that is not there: an origin without a
/// service, a link or a form that the page does not have, or more than 20 redirects.
#[derive(Clone, Default)]
pub struct Browser {
    sites: Vec<(Url, Arc<Respond>)>,
    cookies: CookieStore,
}

/// Who makes the browser go to an address: the page with the link or the form.
#[derive(Clone, Debug)]
struct Initiator {
    url: Url,
    /// Whether the page keeps its address to itself, and then its origin too.
    is_hidden: bool,
}

/// What the browser sends when it goes to an address.
struct Navigation {
    initiator: Option<Initiator>,
    method: Method,
    url: Url,
    body: String,
}

impl Browser {
    /// Creates a browser without cookies that knows no site.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the service that responds at an origin, such as `http://localhost:8000`.
    ///
    /// Requests have a [`String`] as their body, which axum's `Router` accepts.
    #[must_use]
    #[track_caller]
    pub fn with_site<S, B>(mut self, origin: &str, service: S) -> Self
    where
        S: Service<Request<String>, Response = Response<B>, Error: fmt::Debug, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        B: Body<Data: Send, Error: fmt::Debug> + Send + 'static,
    {
        let origin = origin.parse().expect("an origin is a URL");
        let respond = move |request| -> ResponseFuture {
            let service = service.clone();
            Box::pin(async move {
                let response = service.oneshot(request).await;
                let (parts, body) = response.expect("the service responds").into_parts();
                let body = body.collect().await.expect("the body arrives").to_bytes();
                Response::from_parts(parts, String::from_utf8_lossy(&body).into_owned())
            })
        };
        self.sites.push((origin, Arc::new(respond)));
        self
    }

    /// Opens an address, as an owner who types it does.
    pub async fn open(&mut self, address: &str) -> Page {
        self.go(Navigation {
            initiator: None,
            method: Method::GET,
            url: address.parse().expect(address),
            body: String::new(),
        })
        .await
    }

    /// Follows a link of a page.
    pub async fn click(&mut self, link: &Link) -> Page {
        self.go(Navigation {
            initiator: Some(link.initiator.clone()),
            method: Method::GET,
            url: link.url.clone(),
            body: String::new(),
        })
        .await
    }

    /// Sends a form of a page.
    pub async fn submit(&mut self, form: Form) -> Page {
        self.go(form.into_navigation()).await
    }

    /// Returns the value of a cookie that is kept for an address, whatever its `SameSite` is.
    #[must_use]
    pub fn cookie(&self, address: &str, name: &str) -> Option<String> {
        let url = address.parse().expect(address);
        let cookies = self.cookies.matches(&url);
        let mut cookies = cookies.into_iter().filter(|cookie| cookie.name() == name);
        cookies.next().map(|cookie| cookie.value().to_owned())
    }

    /// Goes to an address and follows redirects.
    async fn go(&mut self, mut navigation: Navigation) -> Page {
        let mut redirects = Vec::new();
        let mut relation = Relation::None;
        loop {
            if let Some(initiator) = &navigation.initiator {
                relation = relation.max(Relation::of(&initiator.url, &navigation.url));
            }
            let response = self.send(&navigation, relation).await;
            for header in response.headers().get_all(SET_COOKIE) {
                self.keep(header, &navigation.url);
            }
            let location = response.headers().get(LOCATION);
            let location = location.filter(|_| response.status().is_redirection());
            let Some(location) = location else {
                return Page::new(navigation.url, redirects, response);
            };
            let location = location.to_str().expect("`Location` is ASCII");
            let next = navigation.url.join(location).expect(location);
            redirects.push(std::mem::replace(&mut navigation.url, next));
            assert!(
                redirects.len() <= MAX_REDIRECTS,
                "too many redirects: {redirects:?}"
            );
            let keeps_method = matches!(
                response.status(),
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
            );
            if !keeps_method {
                navigation.method = Method::GET;
                navigation.body.clear();
            }
        }
    }

    async fn send(&self, navigation: &Navigation, relation: Relation) -> Response<String> {
        let url = &navigation.url;
        let mut sites = self.sites.iter();
        let (_, respond) = sites
            .find(|(origin, _)| origin.origin() == url.origin())
            .unwrap_or_else(|| {
                panic!("no service is at the origin of {url}; add it by `with_site`")
            });
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut request = Request::builder()
            .method(navigation.method.clone())
            .uri(target)
            .header(
                HOST,
                &url[url::Position::BeforeHost..url::Position::AfterPort],
            )
            .header(ACCEPT, "text/html,*/*;q=0.8")
            .header("sec-fetch-site", relation.name())
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-user", "?1");
        if navigation.method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some(initiator) = &navigation.initiator {
                let origin = match initiator.is_hidden {
                    true => "null".to_owned(),
                    false => initiator.url.origin().ascii_serialization(),
                };
                request = request.header(ORIGIN, origin);
            }
        }
        let mut cookies = self.cookies.matches(url);
        cookies.retain(|cookie| is_sent(cookie, relation, &navigation.method));
        // RFC 6265, section 5.4: cookies with longer paths come first.
        cookies.sort_by_key(|cookie| Reverse(cookie.path.as_ref().len()));
        let cookies = cookies
            .iter()
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        let request = request.body(navigation.body.clone());
        respond(request.expect("a navigation is a request")).await
    }

    /// Keeps a cookie, or removes it if it has expired. Browsers drop cookies that break the rules,
    /// and so does this.
    fn keep(&mut self, set_cookie: &HeaderValue, url: &Url) {
        let cookie = set_cookie.to_str().ok();
        let cookie = cookie.and_then(|text| RawCookie::parse(text.to_owned()).ok());
        if let Some(cookie) = cookie.filter(|cookie| is_kept(cookie, url)) {
            // It fails for a cookie of another domain.
            let _ = self.cookies.insert_raw(&cookie, url);
        }
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins = self.sites.iter().map(|(origin, _)| origin.as_str());
        f.debug_list().entries(origins).finish()
    }
}

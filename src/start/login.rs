//! The response if nobody is logged in.

use http::request::Parts;
use http::{HeaderValue, Response};

use super::client::Client;
use super::response;
use crate::states::NotStarted;

/// Response that sends the browser to your login page.
///
/// | sender | response |
/// | --- | --- |
/// | a form | `303 See Other` |
/// | htmx | `200 OK` with `HX-Redirect` |
/// | a script | `401 Unauthorized`, because `fetch` would follow a redirect and get the page |
///
/// [`StartConnect::login_page`](crate::StartConnect::login_page) uses it. Use it in a route of your
/// own that starts flows:
///
/// ```
/// use http::Response;
/// use http::request::Parts;
/// use tower_smartcar_connect::start::LoginRequired;
///
/// # struct User;
/// # fn user(_: &Parts) -> Option<User> { None }
/// async fn connect(request: Parts) -> Result<Response<String>, Response<String>> {
///     let login = LoginRequired::new("/login");
///     let user = user(&request).ok_or_else(|| login.respond(&request))?;
///     // Start the flow of this user.
/// #   let _ = user;
/// #   Ok(Response::new(String::new()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct LoginRequired(HeaderValue);

impl LoginRequired {
    /// Creates the response with the path of your login page, such as `/login?next=/garage`.
    ///
    /// # Panics
    ///
    /// If it does not begin with a single `/`, or is not in printable ASCII.
    #[track_caller]
    #[must_use]
    pub fn new(login_page: &str) -> Self {
        let is_path = login_page.starts_with('/') && !login_page.starts_with("//");
        let is_printable = login_page.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(
            is_path && is_printable && !login_page.contains('\\'),
            "`{}` is not the path of a login page; begin it with a single `/`, and percent-encode what is not printable \
             ASCII",
            login_page.escape_debug(),
        );
        Self(HeaderValue::from_str(login_page).expect("printable ASCII is a header value"))
    }

    /// Returns the response to this request.
    #[must_use]
    pub fn respond<R: From<String>>(&self, request: &Parts) -> Response<R> {
        let redirect = self.redirect(Client::of(&request.headers));
        redirect.unwrap_or_else(|| NotStarted::NotLoggedIn.into())
    }

    /// Returns the response that leads to the login page, unless a script cannot follow it.
    pub(super) fn redirect<R: From<String>>(&self, client: Client) -> Option<Response<R>> {
        response::redirect(client, self.0.clone())
    }
}

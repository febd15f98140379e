//! Issuing and verifying states.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cookie::{Cookie, CookieJar, Key, SameSite, time};
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::issued::{IssueError, IssuedState, MAX_PAYLOAD_BYTES, set_cookie};
use super::payload::StatePayload;
use super::state::{Content, State};
use crate::callback::verifier::VerifyState;
use crate::flow_cookie::{HOST_PREFIX, PREFIX};
use crate::invalid::InvalidCallbackKind;
use crate::path;
use crate::sdk_state;
use crate::stripped_prefix::MatchedUri;
use crate::verified::Verified;

/// How much longer a cookie lives than its state, so that an expired state is not an unknown one.
const AFTERLIFE: Duration = Duration::from_secs(60 * 60);

/// The longest `Cookie` header that a new flow may cause, in bytes. Common servers reject header
/// lines of more than 8 KB.
const MAX_LINE_BYTES: usize = 8000;

/// The longest callback path, in bytes. Browsers drop a cookie of more than 4096 bytes (RFC
/// 6265bis, section 5.6), and encryption makes a cookie half as long again as its content.
const MAX_CALLBACK_PATH_BYTES: usize = 1024;

/// Verifier that keeps the `state` of each flow in an encrypted cookie.
///
/// Pass it to [`BeginConnect::new`], which issues states, and to [`verify_state_with`]. All values
/// with the same key accept each other's states, on any server. Cloning is cheap. The
/// [module page](super) has an example and the rules.
///
/// ```
/// # #[cfg(feature = "begin")] {
/// use tower_smartcar_connect::state_cookie::{Key, StateCookie};
/// use tower_smartcar_connect::{BeginConnect, ConnectCallbackLayer, ConnectUrl};
///
/// # fn app(connect_url: ConnectUrl, secret: [u8; 64]) {
/// let state_cookie = StateCookie::new(Key::from(&secret));
/// let layer =
///     ConnectCallbackLayer::new(&connect_url).verify_state_with(state_cookie.clone());
/// let connect = BeginConnect::new(connect_url, state_cookie);
/// # }
/// # }
/// ```
///
/// [`BeginConnect::new`]: crate::BeginConnect::new
/// [`verify_state_with`]: crate::ConnectCallbackLayer::verify_state_with
#[derive(Clone)]
#[must_use]
pub struct StateCookie {
    /// The newest first.
    keys: Arc<[Key]>,
    lifetime: Duration,
    is_plain_http: bool,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl StateCookie {
    /// Creates a state cookie that is encrypted with `key`.
    ///
    /// A [`Key`] is 64 secret bytes from your configuration, the same on every server:
    /// [the guide](crate::guide::verifying_state#keys) says how to make and rotate it. `Key::from`
    /// panics if there are fewer bytes, and `Key::try_from` returns an error. A key of
    /// [`Key::generate`] is for development and tests.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tower_smartcar_connect::state_cookie::{Key, StateCookie};
    ///
    /// # let secret = [7; 64];
    /// let state_cookie =
    ///     StateCookie::new(Key::from(&secret)).lifetime(Duration::from_secs(15 * 60));
    /// ```
    pub fn new(key: Key) -> Self {
        Self {
            keys: Arc::new([key]),
            lifetime: Duration::from_secs(30 * 60),
            is_plain_http: false,
            clock: Arc::new(SystemTime::now),
        }
    }

    /// Also accepts states that were issued with `key`.
    ///
    /// [The guide](crate::guide::verifying_state#keys) shows how to rotate keys without rejecting a
    /// callback.
    pub fn older_key(mut self, key: Key) -> Self {
        self.keys = self.keys.iter().cloned().chain([key]).collect();
        self
    }

    /// Sets how long a state is accepted after it was issued. The default is 30 minutes. Fractions
    /// of a second are ignored.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Omits `Secure` and the `__Host-` prefix, for development on `http://localhost` without TLS.
    ///
    /// Never use this in production: anybody on the network, and any other app on the host, can set
    /// such a cookie.
    pub fn plain_http_for_development(mut self) -> Self {
        self.is_plain_http = true;
        self
    }

    /// Sets the clock, for tests and for `wasm32-unknown-unknown`. The default is
    /// [`SystemTime::now`], which panics on that target when a state is issued or verified.
    ///
    /// In a JavaScript host, `Date.now()` returns the milliseconds since 1970. For random bytes,
    /// add two dependencies there: `getrandom` 0.4 with the feature `wasm_js`, and `getrandom` 0.2,
    /// which the crate `cookie` uses, with the feature `js`.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use tower_smartcar_connect::state_cookie::{Key, StateCookie};
    ///
    /// # mod js_sys { pub struct Date; impl Date { pub fn now() -> f64 { 0.0 } } }
    /// # use js_sys::Date;
    /// // `use js_sys::Date;`
    /// let state_cookie = StateCookie::new(Key::from(&[7; 64]))
    ///     .clock(|| SystemTime::UNIX_EPOCH + Duration::from_millis(Date::now() as u64));
    /// ```
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The longest payload, in bytes.
    pub const MAX_PAYLOAD_BYTES: usize = MAX_PAYLOAD_BYTES;

    /// Issues the state of a new flow, for the browser whose request has these headers.
    ///
    /// [`BeginConnect`](crate::BeginConnect) does this for you. Call it in a route of your own,
    /// which has to reject requests from other origins:
    ///
    /// ```
    /// # #[cfg(all(feature = "axum", feature = "begin"))] {
    /// use axum::{extract::State, http::HeaderMap, response::Redirect};
    /// use tower_smartcar_connect::ConnectUrl;
    /// use tower_smartcar_connect::state_cookie::{IssueError, IssuedState, StateCookie};
    ///
    /// async fn connect(
    ///     State((connect_url, state_cookie)): State<(ConnectUrl, StateCookie)>,
    ///     headers: HeaderMap,
    /// ) -> Result<(IssuedState, Redirect), IssueError> {
    ///     let issued = state_cookie.issue(&headers, connect_url.callback_path(), "")?;
    ///     let address = connect_url.with_state(issued.state());
    ///     Ok((issued, Redirect::to(&address.to_string())))
    /// }
    /// # }
    /// ```
    ///
    /// - `headers` has the cookies of other flows in this browser. If all cookies together would
    ///   exceed 8 KB, the flows that expire first are dropped. At least twenty flows fit if the
    ///   callback path has up to 60 bytes, unless the cookies of your app need the room.
    /// - `callback_path` is the path of the redirect URI. The state is only accepted on this path.
    /// - `payload` is a string that the callback gets back, such as the user who is logged in. It
    ///   has at most 128 bytes, and can be empty. The browser cannot read it.
    ///
    /// # Errors
    ///
    /// Returns an [`IssueError`] if the payload is too long, if the callback path is not a path, or
    /// if the system has no random bytes.
    pub fn issue(
        &self,
        headers: &HeaderMap,
        callback_path: &str,
        payload: &str,
    ) -> Result<IssuedState, IssueError> {
        if payload.len() > Self::MAX_PAYLOAD_BYTES {
            return Err(IssueError::PayloadTooLong {
                bytes: payload.len(),
            });
        }
        if !callback_path.starts_with('/')
            || callback_path.contains(['?', '#'])
            || callback_path.len() > MAX_CALLBACK_PATH_BYTES
        {
            return Err(IssueError::NotAPath {
                callback_path: callback_path.to_owned(),
            });
        }
        let state = State::random().map_err(|error| IssueError::NoRandomness {
            reason: error.to_string(),
        })?;
        let content = Content {
            ends: self.now().saturating_add(self.lifetime.as_secs()),
            state: state.as_str().to_owned(),
            callback_path: path::canonical_by_segment(callback_path),
            payload: payload.to_owned(),
        };
        let mut cookie = self.encrypt(self.cookie_name(&state), &content);
        let max_age = self.lifetime.saturating_add(AFTERLIFE);
        cookie.set_max_age(time::Duration::try_from(max_age).unwrap_or(time::Duration::MAX));

        let evicted = self.evicted(headers, &cookie);
        // The new cookie comes first: a gateway that keeps one header of each name keeps the first.
        let mut cookies = vec![cookie];
        cookies.extend(evicted.into_iter().map(|name| self.removal(name)));
        Ok(IssuedState::new(state, cookies))
    }

    /// Returns your own state inside a state that Smartcar's JavaScript SDK (npm `@smartcar/auth`)
    /// has wrapped, or `None` if it is not such a state.
    ///
    /// [`StateCookie`] unwraps states itself. Call this if you keep states in a session and pass
    /// them to the SDK. The SDK replaces the state with base64 of a JSON object, which has your
    /// state as `originalState`. `state` is decoded, as verifiers receive it. The SDK does not
    /// percent-encode its base64, so a `+` arrives as a space, which this function undoes.
    ///
    /// Anybody can wrap any string, so compare the result with the state that you issued.
    ///
    /// ```
    /// use tower_smartcar_connect::StateCookie;
    ///
    /// // {"instanceId":"7f1c","originalState":"0facda3319"}
    /// let wrapped = "eyJpbnN0YW5jZUlkIjoiN2YxYyIsIm9yaWdpbmFsU3RhdGUiOiIwZmFjZGEzMzE5In0=";
    /// assert_eq!(StateCookie::unwrap_sdk_state(wrapped).as_deref(), Some("0facda3319"));
    /// assert_eq!(StateCookie::unwrap_sdk_state("0facda3319"), None);
    /// ```
    #[must_use]
    pub fn unwrap_sdk_state(state: &str) -> Option<String> {
        sdk_state::unwrap(state)
    }

    /// Verifies a state that does not come back in a callback, but in a request to your API.
    ///
    /// Call it in an API to which a [single-page app] posts what it received at its callback. If
    /// the callback reaches your server, pass the `StateCookie` to [`verify_state_with`] instead.
    ///
    /// - `headers` are the headers of the request, which has the cookie of the flow.
    /// - `callback_path` is the path that the state was issued for: the path of the redirect URI.
    /// - `state` is decoded.
    ///
    /// The [`extensions`](Verified::extensions) of the result have the [`StatePayload`], unless it
    /// is empty. Its [`headers`](Verified::headers) have the `Set-Cookie` that removes the cookie.
    /// Add them to your response, or the state can be used again. In axum (feature `axum`), a
    /// `Verified` is a part of a response.
    ///
    /// # Errors
    ///
    /// Returns the reason why the state is rejected. [The table](super#why-a-callback-is-rejected)
    /// says what each kind means.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "axum")] {
    /// use axum::http::{HeaderMap, StatusCode};
    /// use axum::{Json, extract::State};
    /// use serde::Deserialize;
    /// use tower_smartcar_connect::state_cookie::{StateCookie, StatePayload};
    /// use tower_smartcar_connect::{InvalidCallbackKind, Verified};
    ///
    /// #[derive(Deserialize)]
    /// struct Connected {
    ///     code: String,
    ///     state: String,
    /// }
    ///
    /// /// `POST /api/connected`, for `{"code":"…","state":"…"}`.
    /// async fn connected(
    ///     State(state_cookie): State<StateCookie>,
    ///     headers: HeaderMap,
    ///     Json(body): Json<Connected>,
    /// ) -> Result<(Verified, StatusCode), StatusCode> {
    ///     let verified = state_cookie
    ///         .verify(&headers, "/callback", &body.state)
    ///         .map_err(|_: InvalidCallbackKind| StatusCode::BAD_REQUEST)?;
    ///     let started_by = verified.extensions().get::<StatePayload>();
    ///     // Exchange `body.code` for the user in `started_by`.
    /// #   let _ = (started_by, body.code);
    ///     Ok((verified, StatusCode::NO_CONTENT))
    /// }
    /// # }
    /// ```
    ///
    /// [`verify_state_with`]: crate::ConnectCallbackLayer::verify_state_with
    /// [single-page app]: crate::guide::verifying_state#single-page-apps
    pub fn verify(
        &self,
        headers: &HeaderMap,
        callback_path: &str,
        state: &str,
    ) -> Result<Verified, InvalidCallbackKind> {
        let callback_path = path::canonical_by_segment(callback_path);
        self.verify_at(headers, |issued_for| issued_for == callback_path, state)
    }

    /// Verifies a state that came back on a path. `is_at` returns whether it is this callback path.
    fn verify_at(
        &self,
        headers: &HeaderMap,
        is_at: impl Fn(&str) -> bool,
        state: &str,
    ) -> Result<Verified, InvalidCallbackKind> {
        let state = State::from_text(state)
            .or_else(|| State::from_text(&sdk_state::unwrap(state)?))
            .ok_or(InvalidCallbackKind::StateMismatch)?;
        let name = self.cookie_name(&state);
        let mut named = cookies(headers)
            .filter(|cookie| cookie.name() == name)
            .peekable();
        named.peek().ok_or(InvalidCallbackKind::StateUnknown)?;
        // Without the `__Host-` prefix, there can be several cookies of a name. An unreadable one
        // must not hide the others.
        let content = named
            .find_map(|cookie| self.decrypt(&cookie))
            .ok_or(InvalidCallbackKind::StateUnreadable)?;
        let mut verified = Verified::by_comparing(&content.state, state.as_str())?;
        if !is_at(&content.callback_path) {
            return Err(InvalidCallbackKind::StateForOtherPath);
        }
        if content.ends < self.now() {
            return Err(InvalidCallbackKind::StateExpired);
        }
        verified = verified.with_header(SET_COOKIE, set_cookie(&self.removal(name)));
        if !content.payload.is_empty() {
            verified = verified.with_extension(StatePayload(content.payload));
        }
        Ok(verified)
    }

    /// The names of the cookies of older flows that are removed to make room for `new`.
    fn evicted(&self, headers: &HeaderMap, new: &Cookie<'_>) -> Vec<String> {
        let cookies: Vec<_> = cookies(headers).collect();
        let mut line_bytes = bytes_in_line(new) + cookies.iter().map(bytes_in_line).sum::<usize>();
        if line_bytes <= MAX_LINE_BYTES {
            return Vec::new();
        }
        let mut flows: Vec<_> = cookies
            .into_iter()
            .filter(|cookie| self.is_cookie_name(cookie.name()))
            .map(|cookie| {
                // A cookie that cannot be read is useless, so it is removed first.
                let ends = self.decrypt(&cookie).map_or(0, |content| content.ends);
                (ends, bytes_in_line(&cookie), cookie.name().to_owned())
            })
            .collect();
        // The sort is stable, and browsers list older cookies first (RFC 6265, section 5.4, step 2).
        // So older cookies are removed first if several expire in the same second.
        flows.sort_by_key(|(ends, _, _)| *ends);
        let too_many = flows.into_iter().map_while(|(_, bytes, name)| {
            let is_too_long = line_bytes > MAX_LINE_BYTES;
            line_bytes -= bytes;
            is_too_long.then_some(name)
        });
        too_many.collect()
    }

    /// The name of the cookie of a flow.
    fn cookie_name(&self, state: &State) -> String {
        format!("{}{}", self.cookie_prefix(), state.name())
    }

    fn is_cookie_name(&self, name: &str) -> bool {
        name.strip_prefix(&self.cookie_prefix())
            .is_some_and(State::is_name)
    }

    fn cookie_prefix(&self) -> String {
        let host = if self.is_plain_http { "" } else { HOST_PREFIX };
        format!("{host}{PREFIX}")
    }

    /// The cookie of a flow, encrypted with the newest key.
    fn encrypt(&self, name: String, content: &Content) -> Cookie<'static> {
        let mut jar = CookieJar::new();
        jar.private_mut(&self.keys[0])
            .add(self.with_attributes(Cookie::new(name.clone(), content.to_text())));
        jar.get(&name)
            .cloned()
            .expect("the jar has the cookie that was just added")
    }

    /// The content of a cookie that was encrypted with any of the keys.
    fn decrypt(&self, cookie: &Cookie<'static>) -> Option<Content> {
        let jar = CookieJar::new();
        let decrypted = self
            .keys
            .iter()
            .find_map(|key| jar.private(key).decrypt(cookie.clone()))?;
        Content::from_text(decrypted.value())
    }

    /// A cookie that removes the cookie of this name.
    fn removal(&self, name: String) -> Cookie<'static> {
        let mut cookie = self.with_attributes(Cookie::from(name));
        cookie.make_removal();
        cookie
    }

    fn with_attributes(&self, mut cookie: Cookie<'static>) -> Cookie<'static> {
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_secure(!self.is_plain_http);
        cookie.set_same_site(SameSite::Lax);
        cookie
    }

    /// Seconds since 1970. A clock before that counts as 0.
    fn now(&self) -> u64 {
        let since_1970 = (self.clock)().duration_since(SystemTime::UNIX_EPOCH);
        since_1970.map_or(0, |duration| duration.as_secs())
    }
}

impl VerifyState for StateCookie {
    type Future = Ready<Result<Verified, InvalidCallbackKind>>;

    fn verify_state(&self, request: &Parts, state: &str) -> Self::Future {
        let is_at = |callback_path: &str| match request.extensions.get::<MatchedUri>() {
            Some(matched) => matched.is_at(callback_path),
            None => callback_path == path::canonical_by_segment(request.uri.path()),
        };
        ready(self.verify_at(&request.headers, is_at, state))
    }
}

/// The cookies of all `Cookie` headers. HTTP/2 can split them.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'static>> {
    headers
        .get_all(COOKIE)
        .iter()
        .map(ascii)
        .flat_map(|header| Cookie::split_parse(header).collect::<Vec<_>>())
        .filter_map(Result::ok)
}

/// The header as a string, with `?` for each byte that is not ASCII.
///
/// A cookie of another app can have any bytes. It must not hide the cookies beside it. It must not
/// pass for a cookie of a flow either: the parser drops Unicode white space before a name, but a
/// browser does not see the `__Host-` behind it, and lets other hosts set such a cookie.
fn ascii(header: &HeaderValue) -> String {
    let bytes = header.as_bytes().iter();
    bytes
        .map(|&byte| {
            if byte.is_ascii() {
                char::from(byte)
            } else {
                '?'
            }
        })
        .collect()
}

/// The length of a cookie in a `Cookie` header: `name=value; `.
fn bytes_in_line(cookie: &Cookie<'_>) -> usize {
    cookie.name().len() + cookie.value().len() + "=; ".len()
}

/// Prints the settings without the keys.
impl fmt::Debug for StateCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateCookie")
            .field("keys", &self.keys.len())
            .field("lifetime", &self.lifetime)
            .field("is_plain_http", &self.is_plain_http)
            .finish_non_exhaustive()
    }
}

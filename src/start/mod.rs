//! Starting a flow: the address of Connect, and the service that sends browsers there.
//!
//! [`StartConnect`](crate::StartConnect) is the service, [`ConnectUrl`](crate::ConnectUrl) the
//! address, and [`Flow`](crate::Flow) one flow of one owner, which also starts in a route of your
//! own. [The guide](crate::guide::starting_a_flow) has what can go wrong in a browser.
//!
//! # Content-Security-Policy
//!
//! Chromium 156 applies `form-action` to redirects too; Firefox 57 [did not][form-action]. Under
//! `form-action 'self'`, the button does nothing. Allow Connect on the page that has the form, with
//! [`ConnectUrl::origin`](crate::ConnectUrl::origin):
//!
//! ```text
//! Content-Security-Policy: form-action 'self' https://connect.smartcar.com
//! ```
//!
//! # In an iframe
//!
//! In an iframe of another site the browser drops the cookie, also that of a `fetch`, so start the
//! flow outside of it. Give the form `target="_top"`, or `target="connect"` for a window of its own,
//! from which `PopupMessage` reaches your app. With `sandbox`, the iframe needs
//! `allow-forms allow-same-origin`, and also `allow-top-navigation-by-user-activation` or
//! `allow-popups allow-popups-to-escape-sandbox`.
//!
//! # Behind a service worker
//!
//! A service worker that responds to every navigation with `index.html` swallows the callback:
//!
//! | library | setting |
//! | --- | --- |
//! | Workbox | `new NavigationRoute(handler, { denylist: [/^\/callback/] })` |
//! | vite-plugin-pwa | `workbox: { navigateFallbackDenylist: [/^\/callback/] }` |
//! | Angular | `"!/callback"` in `navigationUrls` of `ngsw-config.json`, after the existing patterns |
//! | your own | return from the `fetch` handler for `/callback`, and for `/connect` if it handles `POST`s |
//!
//! With [navigation preload], Chromium 156 requests such a path twice, and the owner sees the
//! rejection of the second. Respond with `event.preloadResponse`, or do not enable it.
//!
//! [form-action]: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/form-action
//! [navigation preload]: https://developer.mozilla.org/docs/Web/API/NavigationPreloadManager

mod choose_flow;
mod client;
pub(crate) mod connect_url;
pub(crate) mod flow;
mod future;
#[cfg(feature = "tracing")]
mod host;
mod login;
mod response;
pub(crate) mod start_connect;

pub use self::choose_flow::{ChooseFlow, SameFlow};
pub use self::connect_url::InvalidConnectUrl;
pub use self::flow::{StartedFlow, StartingFlow};
pub use self::future::StartFuture;
pub use self::login::LoginRequired;
